"""Which counts of people below the community are hidden in a publication, and that each of them has a rule.

Belongs here: rules on tables made by hand. Does not belong here: what can be solved and guessed (`tests/faults`).
"""

import json
from collections.abc import Iterable, Iterator, Mapping

import duckdb
import pytest
import yaml

from pipelines.contracts.compiler import load_contracts
from pipelines.publication import small_cells
from pipelines.publication.small_cells import COPIES, RULES, counted_grids, hidden_together
from pipelines.settings import DBT_DIR, PROJECT_DIR

A, B = "990101001001", "990101001002"


@pytest.fixture
def working() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        yield connection


def given(connection: duckdb.DuckDBPyConnection, table: str, columns: str, rows: Iterable[tuple[object, ...]]) -> None:
    connection.execute(f"create table marts.{table} ({columns})")
    for row in rows:
        connection.execute(f"insert into marts.{table} values ({', '.join('?' for _ in row)})", row)


def hidden(connection: duckdb.DuckDBPyConnection, table: str, key: str, count: str) -> set[str]:
    rows = f"select {small_cells.columns_of(connection, f'marts.{table}')} from marts.{table}"
    found = connection.execute(f"select {key} from ({rows}) where {count} is null").fetchall()
    return {one for (one,) in found}


GRID = "grid_code varchar, community_code varchar, households bigint"


def test_a_copy_of_a_count_is_hidden_where_the_count_is(working: duckdb.DuckDBPyConnection) -> None:
    grids = [(f"{A}001", A, 3), (f"{A}002", A, 60), (f"{A}003", A, 70)]
    given(working, "dim_grid", GRID, grids)
    loads = [(f"w{grid[-1]}", grid, of) for grid, _, of in grids]
    given(working, "worker_load", "worker_id varchar, grid_code varchar, households bigint", loads)
    assert hidden(working, "dim_grid", "grid_code", "households") == {f"{A}001", f"{A}002"}
    assert hidden(working, "worker_load", "grid_code", "households") == {f"{A}001", f"{A}002"}


def test_a_grid_that_is_registered_elsewhere_is_a_part_of_both_communities(working: duckdb.DuckDBPyConnection) -> None:
    given(working, "dim_grid", GRID, [(f"{A}001", A, 40), (f"{A}002", B, 3), (f"{B}001", B, 50), (f"{B}002", B, 60)])
    # B002 too: the total of B by the code would tell B001, and that of the register then the small one.
    assert hidden(working, "dim_grid", "grid_code", "households") == {f"{A}001", f"{A}002", f"{B}001", f"{B}002"}


def test_neither_total_tells_the_visits_of_a_grid_that_is_registered_elsewhere() -> None:
    rows = [(f"{A}001", A, 100, 40), (f"{A}002", B, 100, 3), (f"{B}001", B, 100, 50), (f"{B}002", B, 100, 60)]
    found = counted_grids([("2026-10-31", *row) for row in rows])
    # visit_coverage_180d has 43 households for A, by the code of the grid.
    assert {str(grid): visited for _, grid, _, visited, _ in found} == {
        f"{A}001": None, f"{A}002": None, f"{B}001": None, f"{B}002": 60
    }  # fmt: skip


@pytest.mark.parametrize(
    ("members", "party", "told"),
    [
        (9, 0, (9, 0)),
        (9, 9, (9, 9)),
        (12, 6, (12, 6)),
        (9, 4, (9, None)),
        (9, 5, (9, None)),  # four who are no party members
        (4, 0, (None, None)),
    ],
)
def test_few_members_of_a_group_are_hidden_and_few_others_too(
    working: duckdb.DuckDBPyConnection, members: int, party: int, told: tuple[int | None, int | None]
) -> None:
    given(
        working,
        "dim_selfgov_group",
        "group_code varchar, members bigint, party_members bigint",
        [("one", members, party), ("other", 20, 10)],
    )
    listed = small_cells.columns_of(working, "marts.dim_selfgov_group")
    rows = working.execute(f"select {listed} from marts.dim_selfgov_group order by 1").fetchall()
    assert rows == [("one", *told), ("other", 20, 10)]


def test_few_who_voted_otherwise_are_hidden(working: duckdb.DuckDBPyConnection) -> None:
    columns = "covenant_id varchar, participating_households bigint, approving_households bigint"
    votes = [("all", 90, 90), ("split", 90, 40), ("one_against", 90, 89), ("one_for", 90, 1)]
    given(working, "fct_covenant", columns, votes)
    assert hidden(working, "fct_covenant", "covenant_id", "approving_households") == {"one_against", "one_for"}


AREA = "area_code varchar, community_code varchar, households bigint"


def test_areas_of_a_community_are_shown_together_or_not_at_all(working: duckdb.DuckDBPyConnection) -> None:
    """KPIs tell the households of some of them, those with a property company or a service point nearby."""
    areas = [(f"{A}A001", A, 3), (f"{A}A002", A, 50), (f"{A}A003", A, 60), (f"{B}A001", B, 70)]
    given(working, "dim_residential_area", AREA, areas)
    assert hidden(working, "dim_residential_area", "area_code", "households") == {f"{A}A00{n}" for n in (1, 2, 3)}


def test_an_area_that_moved_ties_both_communities() -> None:
    cells = {"small": 3, "moved": 50, "far": 60, "other": 70}
    assert hidden_together(cells, [{"small", "moved"}, {"moved", "far"}, {"other"}]) == {"small", "moved", "far"}
    assert hidden_together({"a": 0, "b": 5}, [{"a", "b"}]) == set()


def test_the_buildings_of_a_hidden_grid_do_not_sum_to_it(working: duckdb.DuckDBPyConnection) -> None:
    """Otherwise the community's households minus theirs would be those of the small grid beside it."""
    given(working, "dim_grid", GRID, [(f"{A}001", A, 3), (f"{A}002", A, 60), (f"{A}003", A, 70)])
    given(
        working,
        "dim_building",
        "building_code varchar, area_code varchar, grid_code varchar, households bigint",
        [
            ("b1", f"{A}A001", f"{A}001", 3),
            ("b2", f"{A}A002", f"{A}002", 20),
            ("b3", f"{A}A002", f"{A}002", 40),
            ("b4", f"{A}A003", f"{A}003", 70),
        ],
    )
    assert hidden(working, "dim_grid", "grid_code", "households") == {f"{A}001", f"{A}002"}
    found = hidden(working, "dim_building", "building_code", "households")
    assert "b1" in found
    assert found & {"b2", "b3"}


# ---------------------------------------------------------------- rejected rows


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.table}.{rule.count}")
def test_a_rejected_row_does_not_tell_a_count_that_is_hidden(
    working: duckdb.DuckDBPyConnection, rule: small_cells.Rule
) -> None:
    contracts, _ = load_contracts(PROJECT_DIR / "pipelines" / "contracts")
    named = [feed for one in contracts for feed in one.feeds if feed.name == rule.table.partition("_")[2]]
    ((feed, columns),) = ((one.name, {column.name for column in one.columns}) for one in named)
    assert rule.count in columns
    row = {"place": '6"1\\', rule.count: "3", "a": "1", "last": None}
    assert rejected(working, feed, row) == row | {rule.count: "***"}
    assert rejected(working, "event", row) == row


@pytest.mark.parametrize("value", ['61"03', "6103\\", 34.5, -1, ""])
def test_what_is_kept_back_of_a_person_is_not_in_a_rejected_row_wherever_it_stands(
    working: duckdb.DuckDBPyConnection, value: object
) -> None:
    assert rejected(working, "visit", {"photos": "1", "grid_code": value}) == {"photos": "1", "grid_code": "***"}


def rejected(connection: duckdb.DuckDBPyConnection, feed: str, row: Mapping[str, object]) -> object:
    """The row as it is published."""
    connection.execute("create schema if not exists meta")
    connection.execute("create or replace table meta.rejected_row (feed varchar, raw varchar)")
    connection.execute("insert into meta.rejected_row values (?, ?)", [feed, json.dumps(row)])
    columns = small_cells.columns_of(connection, "meta.rejected_row")
    ((raw,),) = connection.execute(f"select raw from (select {columns} from meta.rejected_row)").fetchall()
    return json.loads(raw)


# ---------------------------------------------------------------- every count has a rule

# A table with one of these has rows below the community.
BELOW = {
    "grid_code", "building_code", "area_code", "point_code", "group_code", "party_org_code", "worker_id", "team_id",
    "household_id",
}  # fmt: skip
NUMBERS = {"bigint", "integer", "hugeint", "double", "decimal"}
EVERYWHERE = {"row_number", "longitude", "latitude"}
# Numbers of such tables that are published as they are, with the reason.
NOT_OF_PEOPLE = {
    "fct_event": {"rework_count", "microseconds_to_close"},
    "fct_visit": {"problems_found", "photos"},
    "fct_report": {"photos", "rating"},
    "fct_service_case": {"trips", "rating"},
    "fct_duty_shift": {"planned_microseconds", "staffed_microseconds"},
    "fct_service_log": {"credited_hours"},
    "fct_four_link_review": {
        "organisation_score", "meeting_score", "management_score", "effect_score", "score_sum", "score",
    },
    "fct_project": {"budget_yuan", "spent_yuan"},
    "fct_covenant": {"version"},
    "dim_residential_area": {"buildings"},
    "dim_building": {"units"},
    "dim_care_household": {"visit_every_days"},
    "dim_service_point": {"floor_area_m2", "functions"},
    "repeat_spot": {"n", "closed_count", "back_count", "median_hours_to_recurrence"},
    "open_event": {"days_over"},
}  # fmt: skip
WORK_OF_A_WORKER = {
    "worker_load": {"full_time_share", "visits", "inspections", "task_load", "median_load", "times_median"},
    "account_use": {"visits", "valid_visits", "off_site", "out_of_post", "busiest_minute"},
}
TOLD_BY_KPI_DAILY = {
    # The sums of a community and day, which are mostly one vote or one activity.
    "fct_covenant": {"eligible_households", "participating_households"},
    "fct_activity": {"residents_joined"},
}


def numbers_below_the_community() -> dict[str, set[str]]:
    """The numbers of every published table that has rows below the community, by table."""
    found = {}
    for file in sorted((DBT_DIR / "models" / "marts").rglob("_*.yml")):
        for model in yaml.safe_load(file.read_text(encoding="utf-8")).get("models", []):
            types = {one["name"]: one["data_type"].split("(")[0] for one in model.get("columns", [])}
            if BELOW & set(types):
                name = "worker_load" if model["name"] == "grid_worker_load" else model["name"]
                found[name] = {column for column, of in types.items() if of in NUMBERS} - EVERYWHERE
    return found


def test_every_number_below_the_community_has_a_rule_or_a_reason_why_it_needs_none() -> None:
    """Of a new one somebody has to say, here or in small_cells, what it counts."""
    ruled = {(rule.table.removeprefix("marts."), rule.count) for rule in RULES}
    ruled |= {(table.removeprefix("marts."), count) for table, (_, count, _) in COPIES.items()}
    said = [
        (table, one) for of in (NOT_OF_PEOPLE, WORK_OF_A_WORKER, TOLD_BY_KPI_DAILY) for table in of for one in of[table]
    ]
    there = {(table, column) for table, columns in numbers_below_the_community().items() for column in columns}
    assert len(said) == len(set(said))
    assert there - ruled - set(said) == set(), "a rule in pipelines/publication/small_cells.py, or a reason here"
    assert (ruled | set(said)) - there == set(), "no longer there"
    assert ruled & set(said) == set()

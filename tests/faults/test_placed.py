"""An attack on the publication: no household is placed in its grid by what is published of its visits.

Belongs here: what a reader of the published file can guess from rows. Does not belong here: what can be solved from
counts (`test_small_cells`).
"""

from pathlib import Path

import duckdb
import pytest

from tests.walk.published import ask

# Columns that place a household nowhere below its community, or that name a file.
COMMON = {
    "community_code", "street_code", "district_code", "platform", "feed", "file_name", "row_number", "business_date",
    "valid_from", "valid_to",
}  # fmt: skip
# A visit that became an event has its community and the minutes before the report: the event has a grid.
BY_TIME = """
select visit.household_id, any_value(event.grid_code) as grid_code
from marts.fct_visit as visit
inner join marts.fct_event as event
    on visit.community_code = event.community_code and event.source = 'home_visit'
    and event.reported_at between visit.started_at and visit.started_at + interval 2 hour
where visit.problems_found > 0
group by visit.visit_id, visit.household_id
having count(distinct event.event_id) = 1
"""
# The rows of a finding about one account are the visits of that account.
BY_FINDING = """
select visit.household_id, worker.grid_code
from marts.sentinel as finding
inner join marts.sentinel_row as behind on finding.finding_id = behind.finding_id
inner join marts.fct_visit as visit on behind.fact = 'fct_visit' and behind.fact_key = visit.visit_id
inner join marts.dim_worker as worker on finding.subject = worker.worker_id and worker.valid_to is null
"""


@pytest.fixture(scope="module")
def published(district: tuple[Path, Path, str]) -> Path:
    return district[0]


@pytest.fixture(scope="module")
def real(published: Path) -> dict[str, str]:
    """The grid of every care household."""
    with duckdb.connect(str(published / "warehouse" / "sihe.duckdb"), read_only=True) as working:
        rows = "select household_id, grid_code from marts.dim_care_household where valid_to is null"
        return dict(working.execute(rows).fetchall())


def columns(published: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    rows = "select table_name, column_name from duckdb_columns() where schema_name = 'marts'"
    for table, column in ask(published, rows):
        found.setdefault(str(table), set()).add(str(column))
    return found


def ways(published: Path) -> list[str]:
    """Queries of household and grid: every table that has a grid, by every column that it shares with visits."""
    there = columns(published)
    return [
        f"select visit.household_id, other.grid_code from marts.fct_visit as visit"
        f" inner join marts.{table} as other on visit.{key} = other.{key}"
        for table in sorted(there)
        if "grid_code" in there[table] and table not in ("fct_visit", "dim_care_household")
        for key in sorted((there["fct_visit"] & there[table]) - COMMON)
        if key.endswith(("_id", "_code"))
    ]


def guessed(published: Path, way: str) -> dict[str, str]:
    """Where a way places each care household: where most of its visits are."""
    rows = f"""
    with way as ({way})
    select household_id, mode(way.grid_code)
    from marts.dim_care_household as household
    inner join way using (household_id)
    where household.valid_to is null and way.grid_code is not null
    group by household_id
    """
    return {str(household): str(grid) for household, grid in ask(published, rows)}


def test_no_column_that_visits_share_with_another_table_places_a_household(published: Path) -> None:
    tried = ways(published)
    assert sum("worker_id" in way for way in tried) >= 3
    assert sum("event_id" in way for way in tried) >= 2
    assert {way: len(found) for way in tried if (found := guessed(published, way))} == {}


def test_the_attack_places_households_where_visits_have_their_workers(published: Path, real: dict[str, str]) -> None:
    """Otherwise the tests would prove little."""
    with duckdb.connect(str(published / "warehouse" / "sihe.duckdb"), read_only=True) as working:
        found = dict(
            working.execute(
                "select household_id, mode(worker.grid_code) from marts.fct_visit as visit"
                " inner join marts.dim_worker as worker using (worker_id) where worker.valid_to is null group by 1"
            ).fetchall()
        )
    mine = {household: grid for household, grid in real.items() if household in found}
    assert len(mine) > 100
    assert sum(found[household] == grid for household, grid in mine.items()) > 0.9 * len(mine)


def test_the_ways_that_are_left_place_few_households_and_tell_no_hidden_count(
    published: Path, real: dict[str, str]
) -> None:
    """docs/security.md names them."""
    placed = {**guessed(published, BY_TIME), **guessed(published, BY_FINDING)}
    assert len(placed) < 0.05 * len(real)
    hidden = {
        str(grid)
        for (grid,) in ask(
            published, "select org_code from marts.care_household_count where org_level = 'grid' and is_hidden"
        )
    }
    assert hidden
    count = {grid: sum(of == grid for of in real.values()) for grid in hidden}
    guess = {grid: sum(of == grid for of in placed.values()) for grid in hidden}
    assert {grid for grid in hidden if 0 < guess[grid] == count[grid]} == set()

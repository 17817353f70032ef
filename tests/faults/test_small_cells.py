"""An attack on the publication: no count of one to four people below the community, or by category, can be derived.

Belongs here: what a reader of the published file can subtract and solve. Does not belong here: pseudonyms.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest

from pipelines.publication import small_cells
from pipelines.publication.small_cells import LEAST, Block, counted, counted_grids, hidden_blocks, hidden_cells
from tests.walk.published import ask

Cell = tuple[str, ...]
Equation = tuple[dict[Cell, Fraction], Fraction]
CATEGORIES = ("disabled", "elderly", "hardship")


# ---------------------------------------------------------------- the attacker


def solved(equations: Iterable[tuple[Iterable[Cell], int]]) -> dict[Cell, int]:
    """The counts that follow from their sums. Counts are not negative: if a sum is zero, all its parts are."""
    told = [(list(cells), total) for cells, total in equations]
    known: dict[Cell, int] = {}
    while True:
        before = len(known)
        rows: dict[Cell, Equation] = {}
        for cells, total in told:
            rest = total - sum(known.get(cell, 0) for cell in cells)
            if rest == 0:
                known |= {cell: 0 for cell in cells if cell not in known}
            left = {cell: Fraction(1) for cell in cells if cell not in known}
            add(rows, left, Fraction(rest))
        known |= {cell: int(rest) for cell, (left, rest) in rows.items() if len(left) == 1}
        if len(known) == before:
            return known


def add(rows: dict[Cell, Equation], left: dict[Cell, Fraction], rest: Fraction) -> None:
    """Adds an equation in reduced echelon form: each row by the cell that is in no other."""
    for pivot in [cell for cell in left if cell in rows]:
        left, rest = minus(left, rest, *rows[pivot], left[pivot])
    if not left:
        return
    pivot, factor = next(iter(left.items()))
    own = {cell: value / factor for cell, value in left.items()}, rest / factor
    for cell, (other, total) in rows.items():
        if pivot in other:
            rows[cell] = minus(other, total, *own, other[pivot])
    rows[pivot] = own


def minus(
    left: Mapping[Cell, Fraction], rest: Fraction, other: Mapping[Cell, Fraction], total: Fraction, factor: Fraction
) -> Equation:
    cells = {cell: left.get(cell, Fraction(0)) - factor * other.get(cell, Fraction(0)) for cell in {**left, **other}}
    return {cell: value for cell, value in cells.items() if value}, rest - factor * total


def equations_of(rows: Sequence[tuple[object, ...]], leaf: int) -> Iterable[tuple[list[Cell], int]]:
    """The content of the table: (org, category, visited or not) of the lowest organisations, summed."""
    lowest = sorted({str(org) for _, _, org, *_ in rows if len(str(org)) == leaf})
    categories = sorted({str(of) for _, _, _, of, *_ in rows} - {"all"}) if leaf == 12 else ["all"]
    for _, _, org, of, households, visited, is_hidden in rows:
        if is_hidden or len(str(org)) > leaf or (of != "all" and leaf == 15):
            continue
        assert isinstance(households, int)
        assert isinstance(visited, int)
        under = [one for one in lowest if one.startswith(str(org))]
        of_these = categories if of == "all" else [str(of)]
        for status, count in (("visited", visited), ("not", households - visited)):
            yield [(one, category, status) for one in under for category in of_these], count


def small(counts: Iterable[int]) -> list[int]:
    return [count for count in counts if 0 < count < LEAST]


# ---------------------------------------------------------------- any district


def leaves_of(chance: random.Random) -> list[tuple[object, str, str, int, int]]:
    """Care households by grid and category of up to three streets; many cells small, some empty."""
    most = chance.choice((3, 8, 30, 200))
    found: list[tuple[object, str, str, int, int]] = []
    for street in range(1, chance.randint(2, 4)):
        for community in range(1, chance.randint(2, 6)):
            for grid in range(1, chance.randint(2, 5)):
                for category in CATEGORIES:
                    households = chance.choice((0, chance.randint(1, most), chance.randint(1, most)))
                    if households:
                        code = f"990101{street:03}{community:03}{grid:03}"
                        found.append(("2024-01-31", code, category, households, chance.randint(0, households)))
    return found


def truth(leaves: Sequence[tuple[object, str, str, int, int]]) -> dict[Cell, int]:
    found: dict[Cell, int] = {}
    for _, grid, category, households, visited in leaves:
        for status, count in (("visited", visited), ("not", households - visited)):
            for cell in ((grid[:12], category, status), (grid, "all", status)):
                found[cell] = found.get(cell, 0) + count
    return found


@pytest.mark.parametrize("seed", range(60))
def test_no_small_cell_of_any_district_can_be_solved(seed: int) -> None:
    leaves = leaves_of(random.Random(seed))
    rows, real = counted(leaves), truth(leaves)
    got = solved(equations_of(rows, 12))
    assert all(real.get(cell, 0) == count for cell, count in got.items())
    assert small(got.values()) == []
    # A community with only one grid equals that grid; kpi_daily publishes its total.
    grids = {org for org, category, _ in real if category == "all"}
    alone = {org for org in grids if sum(other.startswith(org[:12]) for other in grids) == 1}
    totals = {cell: count for cell, count in solved(equations_of(rows, 15)).items() if cell[0] not in alone}
    of_community: dict[tuple[str, str], int] = {}
    for (org, of, status), count in real.items():
        if of == "all":
            of_community[org[:12], status] = of_community.get((org[:12], status), 0) + count
    # If a community's total is small, so are its grids' counts, and kpi_daily reveals that too.
    assert small(n for (org, _, status), n in totals.items() if of_community[org[:12], status] >= LEAST) == []


def test_the_attack_finds_small_cells_where_they_alone_are_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the tests would prove little."""
    monkeypatch.setattr(small_cells, "_next_to_hide", lambda *_: None)
    broken = [
        seed for seed in range(60) if small(solved(equations_of(counted(leaves_of(random.Random(seed))), 12)).values())
    ]
    assert len(broken) > 5


@pytest.mark.parametrize("elsewhere", [0, 0.2])
@pytest.mark.parametrize("seed", range(40))
def test_no_few_households_of_any_grid_can_be_solved(seed: int, elsewhere: float) -> None:
    """elsewhere: how many grids are registered in another community than their code says."""
    chance = random.Random(seed)
    most = chance.choice((6, 20, 300))
    grids = []
    for community in range(1, chance.randint(2, 6)):
        for grid in range(1, chance.randint(2, 7)):
            households = chance.randint(0, most)
            visited = chance.choice((0, households, chance.randint(0, households)))
            code = f"990101001{community:03}{grid:03}"
            registered = f"990101001{chance.randint(1, 3):03}" if chance.random() < elsewhere else code[:12]
            grids.append(("2024-01-31", code, registered, households, visited))
    rows, real = counted_grids(grids), {grid: (done, of - done) for _, grid, _, of, done in grids}
    assert few_of_grids(rows, real) == []
    assert few_of_grids(rows, real, {grid: community for _, grid, community, *_ in grids}) == []


def few_of_grids(
    rows: Sequence[tuple[object, ...]],
    real: Mapping[str, tuple[int, int]],
    communities: Mapping[str, str] | None = None,
) -> list[int]:
    """communities: those whose totals are known; if none are given, those of the codes.

    Small counts, visited or not, that follow from the published counts of grids and from the totals of their
    communities in kpi_daily; without those where such a total is itself small, or a community is one grid, because
    kpi_daily reveals them anyway."""
    of = communities or {grid: grid[:12] for grid in real}
    told: list[tuple[list[Cell], int]] = []
    totals: dict[Cell, int] = {}
    for grid, counts in real.items():
        for status, count in zip(("visited", "not"), counts, strict=True):
            totals[of[grid], status] = totals.get((of[grid], status), 0) + count
    for (community, status), total in totals.items():
        told.append(([(grid, status) for grid in real if of[grid] == community], total))
    for _, code, _, visited, is_hidden in rows:
        assert is_hidden == (visited is None)
        if not is_hidden:
            told += [([(str(code), status)], n) for status, n in zip(("visited", "not"), real[str(code)], strict=True)]
    got = solved(told)
    assert all(real[grid][status == "not"] == count for (grid, status), count in got.items())
    alone = {grid for grid in real if sum(of[other] == of[grid] for other in real) == 1}
    return small(
        count for (grid, status), count in got.items() if grid not in alone and totals[of[grid], status] >= LEAST
    )


def test_districts_of_many_are_shown_and_totals_always_are() -> None:
    rows = counted([("d", f"99010100100{c}00{g}", of, 50, 30) for c in (1, 2) for g in (1, 2) for of in CATEGORIES])
    assert [row for row in rows if row[-1]] == []
    few = counted([("d", f"99010100100{c}001", of, 2, 1) for c in (1, 2) for of in CATEGORIES])
    assert {(row[1], row[3]) for row in few if not row[-1]} >= {(level, "all") for level in ("district", "community")}
    assert all(row[4] is None and row[5] is None for row in few if row[-1])


@pytest.mark.parametrize(
    ("cells", "hidden"),
    [
        ({"a": 3, "b": 50, "c": 70}, {"a", "b"}),
        ({"a": 1, "b": 1, "c": 70}, {"a", "b", "c"}),
        ({"a": 4, "b": 4, "c": 70}, {"a", "b"}),
        ({"a": 0, "b": 5, "c": 70}, set()),
        ({"a": 2}, {"a"}),
        ({"a": 2, "b": 0}, {"a", "b"}),
    ],
)
def test_a_small_cell_is_never_hidden_alone(cells: dict[str, int], hidden: set[str]) -> None:
    assert hidden_cells(cells, [set(cells)]) == hidden


def places_of(chance: random.Random) -> tuple[dict[str, int], list[set[str]]]:
    """Households of buildings, and the buildings of each area and of each grid; an area may lie in two grids."""
    most = chance.choice((12, 30, 80))
    cells: dict[str, int] = {}
    groups: dict[str, set[str]] = {}
    for area in range(chance.randint(2, 8)):
        for number in range(chance.randint(2, 9)):
            building = f"{area}-{number}"
            cells[building] = chance.randint(*chance.choice(((1, 4), (5, most), (20, 20 + most))))
            groups.setdefault(f"area {area}", set()).add(building)
            groups.setdefault(f"grid {area + chance.choice((0, 0, 0, 1))}", set()).add(building)
    return cells, list(groups.values())


def told_by_totals(cells: dict[str, int], groups: list[set[str]], hidden: set[str]) -> set[str]:
    """The small cells that follow from the totals; readers do not know the small ones of these."""
    known = [group for group in groups if sum(cells[cell] for cell in group) >= LEAST]
    rests = [
        ([(cell,) for cell in sorted(group & hidden)], sum(cells[cell] for cell in group & hidden)) for group in known
    ]
    return {cell for (cell,), count in solved(rests).items() if 0 < count < LEAST}


@pytest.mark.parametrize("seed", range(60))
def test_areas_and_grids_together_tell_no_building_that_they_do_not_tell_without_buildings(seed: int) -> None:
    """An area less a grid that is a part of it is what lies in other grids."""
    cells, groups = places_of(random.Random(seed))
    hidden = hidden_cells(cells, groups)
    assert told_by_totals(cells, groups, hidden) <= told_by_totals(cells, groups, set(cells))
    alone = {cell for cell, count in cells.items() if 0 < count < LEAST}
    assert hidden >= alone


@pytest.mark.parametrize("order", ["valid_from", "valid_from desc"])
def test_what_moved_is_a_part_of_every_whole_that_it_was_in_whatever_comes_first(order: str) -> None:
    versions: list[tuple[str, str | None, int, int]] = [
        ("moved", "a", 1, 3),
        ("moved", "b", 2, 30),
        ("of_a", "a", 1, 40),
        ("of_b", "b", 1, 50),
    ]
    versions += [("also_of_a", "a", 1, 60), ("also_of_b", "b", 1, 70), ("of_none", None, 1, 80)]
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table given (party_org_code varchar, community_code varchar, valid_from int, members int)"
        )
        connection.executemany("insert into given values (?, ?, ?, ?)", versions)
        connection.execute(f"create table marts.dim_party_org as from given order by {order}")
        listed = small_cells.columns_of(connection, "marts.dim_party_org")
        rows = connection.execute(f"select {listed} from marts.dim_party_org order by all").fetchall()
    assert {code for code, _, _, members in rows if members is None} == {"moved", "of_a", "of_b"}


def test_a_part_that_is_hidden_hides_another_so_that_it_cannot_be_subtracted() -> None:
    blocks = {
        "w": Block((90, 90), None),
        "a": Block((3, 40), "w"),
        "b": Block((40, 30), "w"),
        "c": Block((47, 20), "w"),
    }
    assert hidden_blocks(blocks) == {"a", "c"}


# ---------------------------------------------------------------- a real publication


@pytest.fixture(scope="module")
def published(district: tuple[Path, Path, str]) -> Path:
    return district[0]


def test_the_published_counts_withstand_the_attack_too(published: Path) -> None:
    rows = ask(published, f"select * from marts.{small_cells.COUNT_TABLE} order by org_code, care_category")
    assert {row[1] for row in rows} == {"district", "street", "community", "grid"}
    assert 0 < sum(row[-1] for row in rows) < len(rows)
    assert small(row[4] for row in rows if row[4] is not None and row[1] == "grid") == []
    for leaf in (12, 15):
        got = solved(equations_of(rows, leaf))
        known = {(org, status) for (org, _, status), n in community_totals(rows).items() if n < LEAST}
        assert small(n for (org, _, status), n in got.items() if (org[:12], status) not in known) == []


def test_the_published_counts_of_grids_withstand_it_and_are_what_the_rows_say(published: Path) -> None:
    rows = ask(published, f"select * from marts.{small_cells.GRID_TABLE} order by grid_code")
    with duckdb.connect(str(published / "warehouse" / "sihe.duckdb"), read_only=True) as working:
        counts = dict(
            working.execute(
                "select grid_code, count(distinct household_id) from marts.fct_visit where is_valid"
                " and started_on between ?::date - 179 and ?::date group by 1",
                [rows[0][0], rows[0][0]],
            ).fetchall()
        )
        households = dict(
            working.execute(
                "select grid_code, households from marts.dim_grid where valid_from <= $1::date"
                " and (valid_to is null or valid_to > $1::date)",
                [rows[0][0]],
            ).fetchall()
        )
    real = {str(row[1]): (counts.get(row[1], 0), max(0, households[row[1]] - counts.get(row[1], 0))) for row in rows}
    shown = {str(row[1]): row[3] for row in rows if not row[4]}
    assert shown
    assert shown == {grid: real[grid][0] for grid in shown}
    assert few_of_grids(rows, real) == []


def community_totals(rows: Sequence[tuple[object, ...]]) -> dict[tuple[str, str, str], int]:
    found = {}
    for _, level, org, of, households, visited, _ in rows:
        if level == "community" and of == "all":
            assert isinstance(households, int)
            assert isinstance(visited, int)
            found[str(org), "all", "visited"], found[str(org), "all", "not"] = visited, households - visited
    return found


def test_no_row_of_a_person_tells_a_place_below_the_community_or_a_category(published: Path) -> None:
    for table, columns in small_cells._KEPT_BACK.items():
        some = " or ".join(f"{column} is not null" for column in columns)
        ((rows, told),) = ask(published, f"select count(*), count(*) filter (where {some}) from {table}")
        assert rows > 0
        assert told == 0, table
    raw = "select count(*) from meta.rejected_row where feed in ('visit', 'care_household')"
    codes = """ and regexp_matches(raw, '"(worker_id|grid_code|building_code|event_id|care_category)": "[^*]')"""
    assert ask(published, raw + codes) == [(0,)]
    counts = [(rule.table, rule.count) for rule in small_cells.RULES]
    counts += [(table, count) for table, (_, count, _) in small_cells.COPIES.items()]
    for table, column in counts:
        some = f"count(*) filter (where {column} between 1 and 4)"
        ((rows, few),) = ask(published, f"select count(*), {some} from {table}")
        assert (rows > 0, few) == (True, 0), table


def test_the_kpis_stay_whole(published: Path) -> None:
    with duckdb.connect(str(published / "warehouse" / "sihe.duckdb"), read_only=True) as working:
        whole = working.execute("select count(*), sum(hash(k)::hugeint) from marts.kpi_daily as k").fetchall()
    assert ask(published, "select count(*), sum(hash(k)::hugeint) from marts.kpi_daily as k") == whole

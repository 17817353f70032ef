"""Small cells: published counts of people must not reveal groups of one to four persons.

Belongs here: which columns of rows about people stay in the working file, which counts are hidden, and which others
must be hidden too so that nobody can compute them from totals. Does not belong here: pseudonyms (`privacy`), the KPIs:
their lowest level is the community, and `kpi_daily` is published completely.

Rows of care households and of visits are published without their place below the community and without the category,
because a reader who can count rows could count any cell. Visits also have neither worker nor event, because these have
a grid. These counts are computed here instead, in `marts.care_household_count` and `marts.grid_household_count`; what
readers need to know of workers is in models of their own (`account_use`, `worker_load`, `overloaded_worker`). The
breakdown of an organisation is published completely if none of its cells is small, otherwise not at all; one more
organisation is left out if the total minus the others would reveal a hidden one.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from pipelines.districts import codes
from pipelines.publication import catalog, totals

LEAST = 5
HIDDEN = "***"

# Columns of rows about people with their place below the community, or what they are registered for. The worker of a
# visit has a grid in `dim_worker`, its event in `fct_event`.
_KEPT_BACK: Mapping[str, Sequence[str]] = {
    "marts.dim_care_household": ("grid_code", "care_category"),
    "marts.fct_visit": ("worker_id", "grid_code", "building_code", "event_id", "longitude", "latitude"),
}


@dataclass(frozen=True)
class Rule:
    """How a count of people below the community is hidden.

    key: the place or group that is counted. wholes: SQL of the groups whose totals readers know. of: a column with the
    count of which this one is a part: what is left of it must not be small either. together: readers also know totals
    of some parts of a whole, so that either all of it is shown or nothing. within: columns of places whose own counts
    are hidden by the rule of another table: the totals of all such places of a community are known.
    """

    table: str
    key: str
    count: str
    wholes: tuple[str, ...] = ()
    of: str | None = None
    together: bool = False
    within: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> set[str]:
        """The columns that a table has to have, so that it has this count. The SQL of a whole names one of them."""
        named = {whole for whole in self.wholes if whole.isidentifier()}
        return {self.key, self.count, *named, *([self.of] if self.of else []), *self.within}


# A text or a number in JSON.
_VALUE = r'"(?:[^"\\]|\\.)*"|[0-9.-]+'
# The community of a register's row, and that of its code: where they differ, readers know the totals of both.
_BOTH = ("community_code", f"left(grid_code, {codes.COMMUNITY})")
# The KPIs publish the households of those residential areas of a community that are managed, or near a service point.
RULES = (
    Rule("marts.dim_grid", "grid_code", "households", _BOTH),
    Rule("marts.dim_residential_area", "area_code", "households", ("community_code",), together=True),
    Rule(
        "marts.dim_building",
        "building_code",
        "households",
        ("area_code", "grid_code"),
        within={"grid_code": "marts.dim_grid", "area_code": "marts.dim_residential_area"},
    ),
    Rule("marts.dim_party_org", "party_org_code", "members", ("community_code",)),
    # No other table has a total of these.
    Rule("marts.dim_selfgov_group", "group_code", "members"),
    Rule("marts.dim_selfgov_group", "group_code", "party_members", of="members"),
    Rule("marts.fct_covenant", "covenant_id", "approving_households", of="participating_households"),
    Rule("marts.fct_project", "project_id", "resident_participations"),
)
# Counts that are copies of another table's: table, key, count; hidden where that table hides them.
COPIES: Mapping[str, tuple[str, str, str]] = {"marts.worker_load": ("grid_code", "households", "marts.dim_grid")}
COUNT_TABLE, GRID_TABLE = "care_household_count", "grid_household_count"
_SAYS = {
    "": "重点关爱户统计：每个组织与类别一行，1至4户及可据以推出者不公布 · One row an organisation and category of care"
    " households; counts of 1 to 4, and those that would tell them, are hidden",
    "as_of": "截止日 · Last day of the newest whole month, else the newest day",
    "org_level": "层级 · district, street, community; grid: all categories together",
    "org_code": "组织编码 · Organisation, 6, 9, 12 digits; 15 of a grid",
    "care_category": "关爱类别 · Care category; all for all of them together",
    "households": "户数 · Care households on the register; null where hidden",
    "visited": "按期走访户数 · Of those with a valid visit within their own interval; null where hidden",
    "is_hidden": "是否隐去 · Whether the counts are hidden",
}
_SAYS_OF_GRIDS = {
    "": "网格走访户数：每个网格一行，1至4户及可据以推出者不公布 · One row a grid; counts of 1 to 4 households"
    " visited or not, and those that would tell them, are hidden",
    "as_of": _SAYS["as_of"],
    "grid_code": "网格编码 · Grid, 15 digits",
    "community_code": "社区编码 · Community, 12 digits",
    "households_visited": "走访户数 · Households with a valid visit on one of the last 180 days; null where hidden",
    "is_hidden": "是否隐去 · Whether the count is hidden",
}
_DAY = """
with day as (
    select coalesce(max(date_day) filter (where date_day = last_day(date_day)), max(date_day)) as as_of
    from marts.dim_date
)
"""
_GRIDS = f"""
{_DAY},

visited as (
    select visit.grid_code, count(distinct visit.household_id) as households_visited
    from marts.fct_visit as visit
    cross join day
    where visit.is_valid and visit.started_on between day.as_of - 179 and day.as_of
    group by all
)

select
    day.as_of,
    grid.grid_code,
    grid.community_code,
    grid.households,
    coalesce(visited.households_visited, 0) as households_visited
from marts.dim_grid as grid
cross join day
left join visited on grid.grid_code = visited.grid_code
where grid.is_known_community and grid.valid_from <= day.as_of and (grid.valid_to is null or grid.valid_to > day.as_of)
order by grid.grid_code
"""
_CARE = f"""
{_DAY},

last_visit as (
    select visit.household_id, max(visit.started_on) as visited_on
    from marts.fct_visit as visit
    cross join day
    where visit.is_valid and visit.is_known_community and visit.started_on <= day.as_of
    group by all
)

select
    day.as_of,
    household.grid_code,
    household.care_category,
    count(*) as households,
    count(*) filter (where last_visit.visited_on > day.as_of - household.visit_every_days::integer) as visited
from marts.dim_care_household as household
cross join day
left join last_visit on household.household_id = last_visit.household_id
where household.is_known_community and household.valid_from <= day.as_of
    and (household.valid_to is null or household.valid_to > day.as_of)
    and starts_with(household.grid_code, household.community_code)
group by all
"""


def columns_of(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    """The select list for publishing a table of the current database."""
    of_type = dict(
        connection.execute(
            "select column_name, data_type from duckdb_columns() where database_name = current_database()"
            " and schema_name || '.' || table_name = ?",
            [name],
        ).fetchall()
    )
    replaced = [f"null::{of_type[column]} as {column}" for column in _KEPT_BACK.get(name, ()) if column in of_type]
    for rule in RULES:
        if rule.table == name and rule.columns <= set(of_type):
            replaced.append(_unless(rule.key, _hidden_by(connection, rule), rule.count))
    if name in COPIES:
        key, count, of = COPIES[name]
        replaced.append(_unless(key, _hidden_in(connection, of), count))
    if name == "meta.rejected_row":
        replaced.append(_without_small_cells("raw"))
    return f"* replace ({', '.join(replaced)})" if replaced else "*"


def _without_small_cells(raw: str) -> str:
    """SQL for rejected rows as JSON, without what is kept back of their feed and without counts that have a rule: the
    same grid is there on other days, or was loaded before."""
    of_feed: dict[str, set[str]] = {}
    for table, columns in (*_KEPT_BACK.items(), *((rule.table, (rule.count,)) for rule in RULES)):
        # A register or fact is named for its feed.
        of_feed.setdefault(table.removeprefix("marts.").partition("_")[2], set()).update(columns)
    cases = " ".join(
        f"""when '{feed}' then regexp_replace({raw}, '"({"|".join(sorted(columns))})": ({_VALUE})',"""
        f""" '"\\1": "{HIDDEN}"', 'g')"""
        for feed, columns in of_feed.items()
    )
    return f"case feed {cases} else {raw} end as {raw}"


def _unless(key: str, hidden: Collection[str], count: str) -> str:
    """SQL for a count that is null for these keys."""
    listed = ", ".join(catalog.literal(cell) for cell in sorted(hidden))
    return f"case when {key} in ({listed}) then null else {count} end as {count}" if listed else f"{count} as {count}"


def _hidden_in(connection: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    """The keys whose count is hidden in a table with one rule; none if the table has not been built."""
    (rule,) = (rule for rule in RULES if rule.table == table)
    columns = connection.execute(
        "select column_name from duckdb_columns() where database_name = current_database()"
        " and schema_name || '.' || table_name = ?",
        [table],
    ).fetchall()
    return _hidden_by(connection, rule) if rule.columns <= {column for (column,) in columns} else set()


def _hidden_by(connection: duckdb.DuckDBPyConnection, rule: Rule) -> set[str]:
    """The keys whose count is small in one of their versions, or would be told by the total of one of their groups."""
    part = f"case when {rule.count} > 0 then {rule.count} end"
    if rule.of is not None:
        rest = f"{rule.of} - {rule.count}"
        part = f"least({part}, case when {rest} > 0 then {rest} end)"
    wholes = [*rule.wholes, *rule.within]
    listed = "".join(f", list(distinct {whole})" for whole in wholes)
    rows = connection.execute(
        f"select {rule.key}, min({part}){listed} from {rule.table} where {rule.key} is not null group by 1 order by 1"
    ).fetchall()
    cells = {cell: int(least or 0) for cell, least, *_ in rows}
    unknown = {column: _hidden_in(connection, table) for column, table in rule.within.items()}
    of_group: dict[tuple[int, str], set[str]] = {}
    # A cell that moved from one group to another belongs to both: on its days either group's total would reveal it.
    for cell, _, *places in rows:
        for i, of_whole in enumerate(places):
            for place in sorted(place for place in of_whole if place is not None):
                if i < len(rule.wholes):
                    of_group.setdefault((i, place), set()).add(cell)
                elif place in unknown[wholes[i]]:
                    of_group.setdefault((i, place[: codes.COMMUNITY]), set()).add(cell)
    if rule.together:
        return hidden_together(cells, of_group.values())
    return hidden_cells(cells, of_group.values())


def hidden_together(cells: Mapping[str, int], groups: Collection[Collection[str]]) -> set[str]:
    """The cells of all groups that have a small cell, or a cell of such a group."""
    hidden = {cell for cell, count in cells.items() if 0 < count < LEAST}
    while more := {cell for group in groups if hidden & set(group) for cell in group} - hidden:
        hidden |= more
    return hidden


def hidden_cells(cells: Mapping[str, int], groups: Collection[Collection[str]]) -> set[str]:
    """The small cells, and further cells until no group with a known total has only one hidden cell, or hidden cells
    whose sum is small, and no groups together tell a small cell."""
    hidden = {cell for cell, count in cells.items() if 0 < count < LEAST}
    for part in totals.apart(groups):
        some = hidden & set().union(*part)
        while some:
            _hide_with_others(cells, part, some)
            ways = [way for way in totals.told(cells, part, some, LEAST) if way]
            if not ways:
                break
            some |= {_least_lost(cells, way) for way in ways}
        hidden |= some
    return hidden


def _hide_with_others(cells: Mapping[str, int], groups: Collection[Collection[str]], hidden: set[str]) -> None:
    """Adds cells to the hidden ones until none is told by the total of one group."""
    is_settled = False
    while not is_settled:
        is_settled = True
        for group in groups:
            mine = hidden & set(group)
            others = set(group) - mine
            if mine and others and (len(mine) == 1 or sum(cells[cell] for cell in mine) < LEAST):
                hidden.add(_least_lost(cells, others))
                is_settled = False


def _least_lost(cells: Mapping[str, int], some: Collection[str]) -> str:
    return min(some, key=lambda cell: (cells[cell] == 0, cells[cell], cell))


# ---------------------------------------------------------------- care households, counted


@dataclass(frozen=True)
class Block:
    """The cells of one organisation, which are published completely or not at all, and the parent organisation."""

    cells: tuple[int, ...]
    parent: str | None

    @property
    def is_small(self) -> bool:
        return any(0 < cell < LEAST for cell in self.cells)


def hidden_blocks(
    blocks: Mapping[str, Block],
    known: Collection[str] = (),
    *,
    kinds: int | None = None,
    before: Collection[str] = (),
) -> set[str]:
    """The organisations whose breakdown is hidden. known: those whose numbers readers have from another source. kinds:
    the cells are so many of each category, and readers know each organisation's totals. before: those that are hidden
    in any case.

    A reader can compute what is shown, and each shown part minus the shown parts within it. No such difference may have
    a small cell, unless it equals a part that is known from another source. Nor may a difference have only one
    category: then the totals of the organisations in it would be their counts of that category.
    """
    hidden = {org for org, block in blocks.items() if block.is_small and org not in known} | set(before)
    children: dict[str, list[str]] = {}
    for org, block in sorted(blocks.items()):
        if block.parent is not None:
            children.setdefault(block.parent, []).append(org)
    while (more := _next_to_hide(blocks, children, hidden, kinds)) is not None:
        hidden.add(more)
    return hidden


def _next_to_hide(
    blocks: Mapping[str, Block], children: Mapping[str, Sequence[str]], hidden: Collection[str], kinds: int | None
) -> str | None:
    for whole in sorted(set(children) - set(hidden)):
        parts = list(_largest_shown(whole, children, hidden))
        rest = [cell - sum(blocks[org].cells[i] for org in parts) for i, cell in enumerate(blocks[whole].cells)]
        is_of_one = kinds is not None and any(sum(cell > 0 for cell in rest[i::kinds]) == 1 for i in range(kinds))
        if is_of_one and not parts:
            return whole
        if parts and (is_of_one or any(0 < cell < LEAST for cell in rest)):
            return min(parts, key=lambda org: (sum(blocks[org].cells) == 0, sum(blocks[org].cells), org))
    return None


def _largest_shown(whole: str, children: Mapping[str, Sequence[str]], hidden: Collection[str]) -> Iterator[str]:
    """The shown parts that are not within another shown part."""
    for org in children.get(whole, ()):
        if org in hidden:
            yield from _largest_shown(org, children, hidden)
        else:
            yield org


def write_counts(connection: duckdb.DuckDBPyConnection, into: str) -> dict[str, int]:
    """Writes the tables of counts into schema `marts` of an attached database; returns how many rows each has. Writes
    none if there is no register to count."""
    there = {
        name
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where database_name = current_database() and schema_name = 'marts'"
        ).fetchall()
    }
    written = {}
    if {"dim_care_household", "fct_visit", "dim_date"} <= there:
        care = counted(connection.execute(_CARE).fetchall())
        written[f"marts.{COUNT_TABLE}"] = _write(connection, f"{into}.marts.{COUNT_TABLE}", care, _SAYS)
    if {"dim_grid", "fct_visit", "dim_date"} <= there:
        grids = counted_grids(connection.execute(_GRIDS).fetchall())
        written[f"marts.{GRID_TABLE}"] = _write(connection, f"{into}.marts.{GRID_TABLE}", grids, _SAYS_OF_GRIDS)
    return written


_TYPES = {"as_of": "date", "households": "bigint", "households_visited": "bigint", "visited": "bigint",
          "is_hidden": "boolean"}  # fmt: skip


def _write(
    connection: duckdb.DuckDBPyConnection, name: str, rows: Sequence[tuple[object, ...]], says: Mapping[str, str]
) -> int:
    types = {column: _TYPES.get(column, "varchar") for column in says if column}
    connection.execute(f"create table {name} ({', '.join(f'{column} {of}' for column, of in types.items())})")
    if rows:
        values = ", ".join(f"unnest(?::{of}[])" for of in types.values())
        connection.execute(f"insert into {name} select {values}", [list(column) for column in zip(*rows, strict=True)])
    connection.execute(f"comment on table {name} is '{says['']}'")
    for column in types:
        connection.execute(f"comment on column {name}.{column} is '{says[column]}'")
    return len(rows)


_LEVELS = {codes.DISTRICT: "district", codes.STREET: "street", codes.COMMUNITY: "community", codes.GRID: "grid"}
# Below the district, each level adds this many digits to the code.
_DIGITS = codes.STREET - codes.DISTRICT


def counted(leaves: Sequence[tuple[object, str, str, int, int]]) -> list[tuple[object, ...]]:
    """Rows of `care_household_count` from (as_of, grid, category, households, visited) of every grid and category.

    The totals of communities and above are known: `kpi_daily` publishes them.
    """
    if not leaves:
        return []
    as_of = leaves[0][0]
    categories = sorted({category for _, _, category, _, _ in leaves})
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for _, grid, category, households, visited in leaves:
        for length in _LEVELS:
            for of in (category, "all"):
                before = found.get((grid[:length], of), (0, 0))
                found[grid[:length], of] = before[0] + households, before[1] + visited
    orgs = sorted({org for org, _ in found})

    def cells(org: str, of: Sequence[str]) -> tuple[int, ...]:
        pairs = [found.get((org, one), (0, 0)) for one in of]
        return tuple(cell for households, visited in pairs for cell in (visited, households - visited))

    upper = [org for org in orgs if len(org) < codes.GRID]
    by_category = {
        org: Block(cells(org, categories), org[:-_DIGITS] if len(org) > codes.DISTRICT else None) for org in upper
    }
    of_grids = {
        org: Block(cells(org, ["all"]), org[:-_DIGITS] if len(org) > codes.COMMUNITY else None)
        for org in orgs
        if len(org) >= codes.COMMUNITY
    }
    hidden = hidden_blocks(by_category, kinds=2)
    hidden_grids = hidden_blocks(of_grids, known=[org for org in orgs if len(org) == codes.COMMUNITY])
    rows: list[tuple[object, ...]] = []
    for org in orgs:
        level = _LEVELS[len(org)]
        for of in ["all", *(categories if level != "grid" else [])]:
            is_hidden = org in (hidden_grids if level == "grid" else hidden if of != "all" else ())
            counts = (None, None) if is_hidden else found.get((org, of), (0, 0))
            rows.append((as_of, level, org, of, *counts, is_hidden))
    return rows


def counted_grids(grids: Sequence[tuple[object, str, str, int, int]]) -> list[tuple[object, ...]]:
    """Rows of `grid_household_count` from (as_of, grid, community, households, visited) of every grid.

    The totals of communities are known: `kpi_daily` publishes their coverage, by the code of the visit's grid, and the
    register says of which community a grid is. Where the two differ, neither total may tell a hidden count.
    """
    cells = {grid: (visited, max(0, households - visited)) for _, grid, _, households, visited in grids}
    wholes = [{grid: community for _, grid, community, *_ in grids}, {grid: grid[: codes.COMMUNITY] for grid in cells}]
    hidden: set[str] = set()
    is_settled = False
    while not is_settled:
        before = set(hidden)
        for community_of in wholes:
            hidden = _hidden_grids(cells, community_of, hidden)
        is_settled = hidden == before
    return [
        (as_of, grid, community, None if grid in hidden else visited, grid in hidden)
        for as_of, grid, community, _, visited in grids
    ]


def _hidden_grids(
    cells: Mapping[str, tuple[int, int]], community_of: Mapping[str, str], before: Collection[str]
) -> set[str]:
    """The grids that are hidden so that the totals of these communities tell no small count."""
    of_community: dict[str, tuple[int, int]] = {}
    for grid, community in community_of.items():
        sums = of_community.get(community, (0, 0))
        of_community[community] = sums[0] + cells[grid][0], sums[1] + cells[grid][1]
    blocks = {community: Block(both, None) for community, both in of_community.items()}
    blocks |= {grid: Block(cells[grid], community) for grid, community in community_of.items()}
    return hidden_blocks(blocks, known=list(of_community), before=before)

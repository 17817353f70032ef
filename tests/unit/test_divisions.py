"""Screens compute no statistics: where the dashboard divides at all, and why each of these places may.

Belongs here: the places, with their reasons. Does not belong here: the figures, which the warehouse publishes.
"""

import ast
import re
from pathlib import Path

import pytest

from pipelines.settings import DASHBOARD_DIR

# Of queries: what stands on each side of a `/`, or the aggregate.
QUERIES = {
    "accounts": {"invalid / visits": "the order of the rows alone; the screen shows both counts"},
    "points_staffed": {
        "sum(shift.planned_microseconds) / 3600000000": "microseconds as hours",
        "coalesce(sum(shift.staffed_microseconds), 0) / 3600000000": "microseconds as hours",
        "staffed_hours / planned_hours": "the order of the rows alone; the screen shows both sums",
    },
    "due_soon_events": {
        "date_diff('minute', cast($last as date) + interval 1 day, due_at) / 60": "minutes as hours",
    },
}
_AGGREGATES = r"\b(?:avg|mean|median|quantile\w*|stddev\w*|var_\w+|corr|regr_\w+|entropy|mode)(?= ?\()"

# Of modules: what is divided there.
MODULES = {
    "figures/shares.py": "the share and the mean of numbers that one panel shows, for all screens",
    "figures/lifecycle.py": "seconds as hours; how far along an event's life a moment is, drawn",
    "figures/periods.py": "the number of a month's quarter",
    "figures/published.py": "paths",
    "language/numbers.py": "yuan and households as tens of thousands",
    "page/concerns.py": "how heavy a list of broken promises is beside the other concerns",
    "page/marks.py": "the week of a day",
    "screens/events/one.py": "seconds as hours, of one event",
    "components/bars.py": "widths",
    "components/cards.py": "positions",
    "components/compare.py": "positions",
    "components/contributions.py": "widths",
    "components/places.py": "widths",
    "components/rank_list.py": "positions",
    "components/scores.py": "positions",
    "components/sparkline.py": "positions",
    "components/stacks.py": "widths",
    "components/trend.py": "the steps of an axis",
    "components/way.py": "seconds as hours, of one stage",
}


def divisions(text: str) -> set[str]:
    """The two sides of every division in a query, and the aggregates in it that are no count, sum, least or most."""
    bare = re.sub(r"--.*", "", text)
    operand = r"(?:[\w.]*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|[\w.$]+)"
    pairs = re.findall(rf"({operand})\s*(//?)\s*({operand})", bare)
    found = {f"{left} {sign} {right}" for left, sign, right in pairs}
    assert len(pairs) == len(re.findall(r"//?", bare)), "a division whose sides this does not understand"
    return found | set(re.findall(_AGGREGATES, bare))


@pytest.mark.parametrize("path", sorted((DASHBOARD_DIR / "queries").rglob("*.sql")), ids=lambda path: path.stem)
def test_queries_divide_only_where_it_is_no_statistic(path: Path) -> None:
    assert divisions(path.read_text(encoding="utf-8")) == set(QUERIES.get(path.stem, {}))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("select sum(a) / sum(b) as rate -- a / c\nfrom t", {"sum(a) / sum(b)"}),
        ("select f(sum(x), 0) / g(sum(least(y, 0)), 1)", {"f(sum(x), 0) / g(sum(least(y, 0)), 1)"}),
        ("select date_diff('day', a, b) // 7", {"date_diff('day', a, b) // 7"}),
        ("select avg(value), median(x) filter (where y)", {"avg", "median"}),
        ("select count(*), sum(n), max(d) from t", set()),
    ],
)  # fmt: skip
def test_divisions_are_found(query: str, found: set[str]) -> None:
    assert divisions(query) == found


def is_path(node: ast.BinOp) -> bool:
    """`folder / "name"`: what is joined is a text."""
    return any(
        isinstance(side, ast.JoinedStr) or (isinstance(side, ast.Constant) and isinstance(side.value, str))
        for side in (node.left, node.right)
    ) or (isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Div) and is_path(node.left))


def divides(source: str) -> bool:
    return any(
        isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.FloorDiv) and not is_path(node)
        for node in ast.walk(ast.parse(source))
    )


def test_modules_divide_only_where_it_is_no_statistic() -> None:
    dividing = {
        path.relative_to(DASHBOARD_DIR).as_posix()
        for path in DASHBOARD_DIR.rglob("*.py")
        if "static" not in path.parts and divides(path.read_text(encoding="utf-8"))
    }
    assert dividing == set(MODULES)


def test_a_division_of_numbers_is_no_path() -> None:
    assert divides("rate = kept / due * 100")
    assert divides("week = days // 7")
    assert not divides('path = folder / "queries" / f"{name}.sql"')

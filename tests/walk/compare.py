"""Compares each published number with the one that the oracle computes from the same exports.

Belongs here: comparing the two and listing every difference, by KPI. Does not belong here: computing either.

    python -m tests.walk.compare --home H --inbox I [--show 20]
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from math import isclose
from pathlib import Path
from typing import NamedTuple

from pipelines.registry import loading
from tests.walk.oracle import exports, oracle
from tests.walk.periods import PERIODS, Figure, Periods, Rule
from tests.walk.published import ask
from tests.walk.recompute import FLOWS, STOCKS, Cell, Key

KPIS = frozenset(FLOWS | STOCKS)


class Numbers(NamedTuple):
    """Numerator, denominator and value; the value is None if the denominator is 0, the denominator is None
    for a count."""

    numerator: float
    denominator: float | None
    value: float | None


@dataclass(frozen=True)
class Difference:
    """One cell that differs; None if one side does not have it."""

    key: Key
    published: Numbers | None
    expected: Numbers | None

    def __str__(self) -> str:
        kpi, level, org, day = self.key
        return f"{kpi} {level} {org} {day}: published {told(self.published)}, expected {told(self.expected)}"


@dataclass(frozen=True)
class Comparison:
    """`unknown`: KPIs of the oracle that the generation does not define. `cells`: how many were compared."""

    differences: Mapping[str, list[Difference]]
    unknown: frozenset[str]
    cells: int

    def __str__(self) -> str:
        return self.report(20)

    def report(self, shown: int) -> str:
        """The number of differences of each KPI, then the first of them, some of each KPI."""
        lines = [f"{self.cells} cells, {sum(map(len, self.differences.values()))} differences"]
        if self.unknown:
            lines.append(f"not published at all: {', '.join(sorted(self.unknown))}")
        lines += [f"{len(found):6} {kpi}" for kpi, found in sorted(self.differences.items())]
        if self.differences:
            each = max(1, shown // len(self.differences))
            lines += [str(one) for _, found in sorted(self.differences.items()) for one in found[:each]]
        return "\n".join(lines)


def told(numbers: Numbers | None) -> str:
    if numbers is None:
        return "nothing"
    value = "none" if numbers.value is None else f"{numbers.value:g}"
    over = "" if numbers.denominator is None else f"/{numbers.denominator:g}"
    return f"{numbers.numerator:g}{over} = {value}"


def published(home: Path) -> dict[Key, Numbers]:
    """(kpi_id, org_level, org_code, day) → the numbers that an analyst reads."""
    cells: dict[Key, Numbers] = {}
    for kpi, level, org, day, *numbers in ask(
        home, "select kpi_id, org_level, org_code, kpi_date, numerator, denominator, value from marts.kpi_daily"
    ):
        key = (kpi, level, org, day)
        if key in cells:
            raise AssertionError(f"{key} is published twice")
        cells[key] = Numbers(*(None if number is None else float(number) for number in numbers))  # type: ignore[arg-type]
    return cells


def numbers_of(cell: Cell) -> Numbers:
    """The exact numbers as floats."""
    denominator = None if cell.denominator is None else float(cell.denominator)
    return Numbers(float(cell.numerator), denominator, None if cell.value is None else float(cell.value))


def says_nothing(numbers: Numbers | None) -> bool:
    """0 divided by 0: whether it is published or not makes no difference to readers."""
    return numbers is None or (numbers.denominator == 0 and numbers.numerator == 0 and numbers.value is None)


def is_same(one: Numbers | None, other: Numbers | None) -> bool:
    if one is None or other is None:
        return says_nothing(one) and says_nothing(other)
    return all(
        left is right if left is None or right is None else isclose(left, right, rel_tol=1e-6, abs_tol=1e-9)
        for left, right in zip(one, other, strict=True)
    )


def compare(home: Path, *inboxes: Path) -> Comparison:
    """Compares the home's current generation with the oracle's result for the inboxes, cell by cell, in both
    directions."""
    found, expected = published(home), {key: numbers_of(cell) for key, cell in oracle(*inboxes).items()}
    defined = {kpi for (kpi,) in ask(home, "select kpi_id from marts.kpi_definition")}
    keys = {key for key in found.keys() | expected.keys() if key[0] in defined}
    differences: dict[str, list[Difference]] = defaultdict(list)
    for key in sorted(keys, key=in_order):
        if not is_same(found.get(key), expected.get(key)):
            differences[key[0]].append(Difference(key, found.get(key), expected.get(key)))
    return Comparison(differences, KPIS - defined, len(keys))


def compare_periods(home: Path, *inboxes: Path, every: int = 1) -> tuple[int, list[str]]:
    """The same for the figures of periods, of the newest day in all periods and of every third day in 30 days.

    every: compares only one of so many. Returns how many were compared, and every difference in words.
    """
    registry = loading.load()
    made_of = {
        kpi: frozenset(feeds.split(", ")) for kpi, feeds in ask(home, "select kpi_id, feeds from marts.kpi_definition")
    }
    rules = {
        one.id: Rule(
            one.kpi.direction, one.kpi.window_days, tuple(one.kpi.points or ()), made_of.get(one.id, frozenset())
        )
        for one in registry.kpis
    }
    periods = Periods(exports(*inboxes), rules)
    newest = periods.days[-1]
    wanted = {(newest, period) for period in PERIODS} | {(day, "30d") for day in periods.days[::3]}
    columns = ", ".join(Figure._fields)
    compared, differences = 0, []
    published = ask(home, f"select kpi_id, org_code, as_of, period, {columns} from marts.kpi_period order by all")
    doubts = set(ask(home, "select kpi_id, org_code, as_of from marts.kpi_doubt"))
    for kpi, org, as_of, period, *found in published[::every]:
        if kpi in KPIS and (as_of, period) in wanted:
            compared += 1
            expected = periods.figure(kpi, org, as_of, period)
            if expected.band == "better" and (kpi, org, as_of) in doubts:
                expected = expected._replace(band="same")
            differences += [
                f"{kpi} {org} {as_of} {period} {name}: published {ours}, expected {theirs}"
                for name, ours, theirs in zip(Figure._fields, found, expected, strict=True)
                if not is_equal(ours, theirs) and not (name == "status" and theirs is None)
            ]
    return compared, differences


def is_equal(one: object, other: object) -> bool:
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return isclose(one, other, rel_tol=1e-6, abs_tol=1e-6)
    return one == other


def in_order(key: Key) -> tuple[str, date, int, str]:
    """By KPI and day, communities before their sums."""
    kpi, _, org, day = key
    return kpi, day, -len(org), org


def main(arguments: Iterable[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--inbox", type=Path, required=True)
    parser.add_argument("--show", type=int, default=20)
    given = parser.parse_args(None if arguments is None else list(arguments))
    comparison = compare(given.home, given.inbox)
    print(comparison.report(given.show))
    return 1 if comparison.differences or comparison.unknown else 0


if __name__ == "__main__":
    sys.exit(main())

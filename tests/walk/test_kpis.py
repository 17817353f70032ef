"""Every KPI of every day and org: the published number and an independent recomputation, on adversarial exports."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from pipelines.registry import loading
from tests.conftest import ODD_SEED, build_once, in_two_nights
from tests.walk.compare import KPIS, Comparison, compare, compare_periods
from tests.walk.oracle import oracle
from tests.walk.published import ask
from tests.walk.random_exports import write
from tests.walk.recompute import FLOWS, STOCKS, Cell, Key

Built = tuple[Path, Path, str]
LEAST_CELLS = 8
"""Of each kind of cell that a KPI can have."""

# Means of these units have no upper limit that a value could miss.
WITHOUT_MISSES = {"hours", "points_10", "points_100", "ratio", "per_1000"}
MORE_SEEDS = [int(seed) for seed in os.environ.get("SIHE_SEEDS", "").split()]
"""More seeds, two minutes each: SIHE_SEEDS="12 13" pytest tests/walk/test_kpis.py"""


@pytest.fixture(scope="session", params=[ODD_SEED, *MORE_SEEDS])
def comparison(request: pytest.FixtureRequest, odd: Built, shared: Path, parsed: Path) -> Comparison:
    """The published numbers of one seed's exports, compared with the expected ones."""
    seed: int = request.param
    home, inbox, _ = odd
    if seed != ODD_SEED:
        home, inbox, _ = build_once(shared / f"odd{seed}", lambda into: write(into, seed), parsed, in_two_nights)
    return compare(home, inbox)


def test_every_kpi_of_every_day_and_org_is_what_its_definition_says(comparison: Comparison) -> None:
    assert comparison.unknown == frozenset()
    assert not comparison.differences, str(comparison)


def test_every_figure_of_a_period_is_what_its_rules_say(odd: Built) -> None:
    compared, differences = compare_periods(*odd[:2])
    assert compared > 5000
    assert differences == []


def test_a_check_names_every_row_of_a_street_or_community_that_no_register_had(odd: Built) -> None:
    home = odd[0]
    known = {code for (code,) in ask(home, "select org_code from marts.dim_org")}
    entries = [one for one in loading.load().facts if one.fact.where == "is_known_community"]
    unknown: Counter[str] = Counter()
    for one in entries:
        for code, is_known in ask(home, f"select {one.fact.org}, is_known_community from marts.{one.name}"):
            unknown["community"] += not is_known
            unknown["street"] += is_known and code is not None and code not in known
    results = json.loads((home / "dbt" / "target" / "run_results.json").read_text())["results"]
    [found] = [one["failures"] for one in results if "assert_communities_are_known" in one["unique_id"]]
    assert min(unknown.values()) > 0
    assert found == unknown.total()


@pytest.fixture(scope="session")
def cells(odd: Built) -> list[tuple[Key, Cell]]:
    """Of the lowest level that each KPI has."""
    district_only = {one.id for one in loading.load().kpis if one.kpi.district_only}
    return [(key, cell) for key, cell in oracle(odd[1]).items() if key[1] == "community" or key[0] in district_only]


def test_the_exports_give_every_kpi_something_to_be_wrong_about(cells: list[tuple[Key, Cell]]) -> None:
    units = {kpi: unit for kpi, (unit, _) in (FLOWS | STOCKS).items()}
    seen: Counter[tuple[str, str]] = Counter()
    for (kpi, *_), (numerator, denominator, _value) in cells:
        seen[kpi, "hit"] += numerator > 0 and denominator != 0
        if denominator is None:
            seen[kpi, "miss"] += numerator == 0
        elif units[kpi] not in WITHOUT_MISSES:
            seen[kpi, "miss"] += numerator < denominator
        else:
            seen[kpi, "miss"] += denominator > 0
    few = {(kpi, kind): seen[kpi, kind] for kpi in KPIS for kind in ("hit", "miss") if seen[kpi, kind] < LEAST_CELLS}
    assert not few, few

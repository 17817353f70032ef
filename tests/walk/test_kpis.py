"""Every KPI of every day and org, as published and as an independent recomputation has it, on adversarial exports."""

import random
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ODD_SEED, run_sihe
from tests.walk.compare import KPIS, Comparison, compare
from tests.walk.oracle import oracle
from tests.walk.random_exports import write
from tests.walk.recompute import FLOWS, STOCKS, Cell, Key

SEEDS = (ODD_SEED, 12)
LEAST_CELLS = 8
"""Of each kind of cell that a KPI can have, over all seeds."""

# What these are means of is never all there could have been.
WITHOUT_MISSES = {"hours", "points_10", "points_100", "ratio", "per_1000"}


@pytest.fixture(scope="session")
def inboxes(odd: tuple[Path, Path, str], tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Seed → its exports. Not to be changed."""
    root = tmp_path_factory.mktemp("random")
    write(root / "inbox", SEEDS[1])
    return {SEEDS[0]: odd[1], SEEDS[1]: root / "inbox"}


@pytest.fixture(scope="session", params=SEEDS)
def comparison(request: pytest.FixtureRequest, odd: tuple[Path, Path, str], inboxes: dict[int, Path]) -> Comparison:
    """What was published of one seed's exports, beside what must come of them.

    The first seed's files come in one night, the second one's in two, in no order.
    """
    seed: int = request.param
    inbox = inboxes[seed]
    if seed == SEEDS[0]:
        return compare(odd[0], inbox)
    home = inbox.parent / "home"
    for arrived in in_two(inbox, inbox.parent / "arriving", random.Random(seed)):
        ran = run_sihe(home, "run", "--inbox", str(arrived))
        assert ran.returncode == 0, ran.stdout + ran.stderr
    return compare(home, inbox)


def in_two(inbox: Path, arriving: Path, rng: random.Random) -> Iterator[Path]:
    """One folder twice, first with half of the files; whatever their dates and times of receipt."""
    files = sorted(file for file in inbox.rglob("*") if file.is_file())
    rng.shuffle(files)
    for half in range(2):
        for file in files[half::2]:
            copy = arriving / file.relative_to(inbox)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, copy)
        yield arriving


def test_every_kpi_of_every_day_and_org_is_what_its_definition_says(comparison: Comparison) -> None:
    assert comparison.unknown == frozenset()
    assert not comparison.differences, str(comparison)


@pytest.fixture(scope="session")
def cells(inboxes: dict[int, Path]) -> list[tuple[Key, Cell]]:
    """Of the lowest level that each KPI has, and of all seeds."""
    return [
        (key, cell)
        for inbox in inboxes.values()
        for key, cell in oracle(inbox).items()
        if key[1] == "community" or key[0] in ("feed_on_time_rate", "row_acceptance_rate")
    ]


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
    assert len(KPIS) == 79
    few = {(kpi, kind): seen[kpi, kind] for kpi in KPIS for kind in ("hit", "miss") if seen[kpi, kind] < LEAST_CELLS}
    assert not few, few

"""The sections on the district's night: cold and warm, and as the warehouse grows.

Belongs here: what is compared with what, the tables and their words. Does not belong here: one measured night
(`night`). Standard library only, as `measure`.
"""

import statistics
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from . import measure, night
from .measure import Outcome, peak, spread, table, verdict
from .night import Base

AIM, AIM_TIMES = 1.2, 10
"""The maximum ratio of a night's time in a warehouse that is this many times as old."""

FLOOR, AIM_FLOOR = ("start", "dagster import", "dbt start"), 2.5
"""What no night can do without, by its stages; and the maximum ratio of a whole night to it."""

_CUTS = """Nothing is instrumented: the cuts are the moments at which `sihe run` printed its lines, the events in
Dagster's run logs (`$SIHE_HOME/dagster/history/runs`: `STEP_START`, `STEP_SUCCESS`, the line `Running dbt command`) and
the times in dbt's `run_results.json`; dbt runs one node at a time. The rows add up to the whole."""


def night_section(folder: Path, code: Path, base: Base, runs: int) -> str:
    """A night in one installation, cold and warm."""
    print(f"night: {base.days} days, {runs} runs", flush=True)
    where = measure.machine()
    sides = {
        "cold": partial(night.night, folder, code, base, is_cold=True),
        "warm": partial(night.night, folder, code, base),
    }
    found = measure.interleaved(runs, sides)
    files = base.exports()
    return f"""## Night

{where}

**What.** `sihe run` for one new day of every feed of the demo district ({len(files)} files,
{sum(file.stat().st_size for file in files) / 1e6:.1f} MB), the whole process from start to end, in a warehouse of the
{base.days} days before. Every run works on a fresh copy at the same path, with a copy of the code as it was at the
start. Warm: dbt's manifest exists, and the page cache is as the previous runs left it. Cold: as after a
restart with a new version: the manifest must be parsed, and the installation, its inbox, the code and Python's
libraries have been dropped from the page cache. {runs} runs.

{_compared(found, "warm")}

Where the time goes, of runs as above. {_CUTS} The share is that of the median of the warm
runs.

{_staged(found, "warm")}

{_floor(found["warm"])}
"""


def _floor(warm: Sequence[Outcome]) -> str:
    ratios = [one.seconds / sum(one.numbers()[stage] for stage in FLOOR) for one in warm]
    names = "; ".join(f"*{night.STAGES[stage]}*" for stage in FLOOR)
    return (
        f"The floor of a warm night is what it costs to start: {names}. A warm night takes {spread(ratios)} times its "
        f"floor; the aim is {AIM_FLOOR:g}: {verdict(ratios, AIM_FLOOR)}."
    )


def growth_section(folder: Path, code: Path, bases: Sequence[Base], runs: int) -> str:
    """The same night in installations of several ages, youngest first, and the cost of building each of them."""
    sizes = [base.days for base in bases]
    print(f"growth: {sizes} days, {runs} runs", flush=True)
    where = measure.machine()
    found = measure.interleaved(
        runs, {f"{base.days:,} days": partial(night.night, folder, code, base) for base in bases}
    )
    youngest = f"{sizes[0]:,} days"
    aimed = next((f"{days:,} days" for days in sizes if days >= AIM_TIMES * sizes[0]), None)
    parts = {"archive": "archive", "working database": "warehouse", "published": "published", "Dagster": "dagster"}
    built = table(
        [
            "days",
            "rows",
            "seconds",
            "days a second",
            "peak memory",
            "home on disk",
            *(f"of it {name}" for name in parts),
        ],
        [
            [
                f"{base.days:,}",
                f"{base.rows:,}",
                f"{base.built.seconds:,.0f}",
                f"{base.days / base.built.seconds:.2f}",
                peak([base.built]),
                *(f"{night.size_mib(base.home / part):,.0f} MiB" for part in ("", *parts.values())),
            ]
            for base in bases
        ],
    )
    return f"""## Growth

{where}

**What.** The same night (business date {night.NIGHT}, warm, as above) in warehouses of several ages, given in
days. The aim is for a warehouse ten times as old. {runs} runs.

{_compared(found, youngest, aimed)}

Where the time goes:

{_staged(found, youngest)}

The first intake: one `sihe run` on an empty home with all the days' exports in the inbox; they are loaded, built and
published. Measured once per size, in the order of the table. The size of the home is that after this run, before the
night.

{built}
"""


def _compared(found: Mapping[str, Sequence[Outcome]], to: str, aimed: str | None = None) -> str:
    """One line per side: times as ratios to one side, run by run."""
    lines = []
    for side, outcomes in found.items():
        ratios = [one.seconds / other.seconds for one, other in zip(outcomes, found[to], strict=True)]
        used = [one.processor / other.processor for one, other in zip(outcomes, found[to], strict=True)]
        aim = [f"≤ {AIM}", verdict(ratios, AIM)] if side == aimed else ["", ""]
        compared = ["1", *aim, "1"] if side == to else [spread(ratios), *aim, spread(used)]
        lines.append([side, *compared, spread([one.seconds for one in outcomes]), peak(outcomes)])
    head = ["", "ratio of time", "aim", "where we stand", "ratio of processor time", "seconds", "peak memory"]
    return table(head, lines)


def _staged(found: Mapping[str, Sequence[Outcome]], shared: str) -> str:
    """One line per stage; the share of each in one side."""
    numbers = {side: [outcome.numbers() for outcome in outcomes] for side, outcomes in found.items()}
    whole = statistics.median(outcome.seconds for outcome in found[shared])
    return table(
        ["seconds", *found, "share"],
        [
            [
                name,
                *(spread([one[stage] for one in ones]) for ones in numbers.values()),
                f"{100 * statistics.median(one[stage] for one in numbers[shared]) / whole:.0f} %",
            ]
            for stage, name in night.STAGES.items()
        ],
    )

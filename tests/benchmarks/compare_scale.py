"""The section on sizes beyond a district: DuckDB beside Spark, and the numbers of a nation.

Belongs here: the tables and their words. Does not belong here: one measured build (`scale`), the generated mart
(`nation`). Standard library only, as `measure`.
"""

import json
import os
import shutil
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from . import measure
from .measure import Outcome, peak, spread, table, verdict

COMMUNITIES, DAYS = 110_000, 1096
"""A nation's communities, and the days of three years."""
PAGE_AIM, SERIES_AIM, SIZE_AIM = 0.150, 0.010, 15.0
"""Seconds of a page's query and of a series of the nation; GB of the mart."""
QUERIES = {
    "period_values": "all KPIs of a district and below, on a day",
    "weeks": "twelve weeks of all KPIs of a district",
    "counts_before": "what is behind all KPIs of a district in the 30 days before",
    "standings": "every place in one KPI on a day",
    "nation_series": "one KPI of the nation, day by day",
}


def prepare(folder: Path, events: int) -> Path:
    """A home with so many events, loaded and built once."""
    rows, home = folder / f"events-{events}", folder / f"home-{events}"
    rows.mkdir()
    measure.python("exports", "deliveries", rows, events)
    inbox = rows / "inbox" / "command_centre"
    inbox.parent.mkdir()
    (rows / "many").rename(inbox)
    shutil.rmtree(rows / "one")
    for file in inbox.iterdir():
        # As the contract has it.
        file.write_bytes(file.read_text(encoding="utf-8").encode("gb18030"))
    measure.run([_sihe(), "run", "--home", str(home), "--inbox", str(inbox.parent)])
    shutil.rmtree(rows)
    return home


def section(folder: Path, events: int, engines: Sequence[str], communities: int, runs: int) -> str:
    """engines: duckdb, and spark if it is installed."""
    where = measure.machine()
    home = prepare(folder, events)
    sides = {f"{engine}, {events:,} events": partial(_build, home, engine) for engine in engines}
    found = measure.interleaved(runs, sides)
    equal = _compared(home) if "spark" in engines else "Spark is not installed here: not compared."
    nation = measure.interleaved(1, {"nation": partial(measure.python, "nation", communities, DAYS)})["nation"]
    loaded = next(iter(found.values()))[0].numbers()["events"]
    head = ["", "seconds", "of them dbt's models", "processor seconds", "peak memory of all processes", "× DuckDB"]
    first = next(iter(found.values()))
    return f"""## Scale

{where}

**What.** A complete build and publication of a home whose only feed is `command_centre.event`, {loaded:,.0f} rows of
400 days: `sihe build`, DuckDB with all tables to be built again, beside `sihe build --engine spark` on `local[*]` of
this machine, {_cores()} cores. Runs of each, in turn: {runs}. Both sides include starting Dagster and dbt, dbt's tests
and the publication; Spark's also the lake, which is written once and kept.

{table(head, [_engine(name, outcomes, first) for name, outcomes in found.items()])}

{equal}

{_nation(nation, communities)}
"""


def _sihe() -> str:
    return str(Path(sys.executable).parent / "sihe")


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _build(home: Path, engine: str) -> Outcome:
    outcome = measure.python("scale", engine, home)
    file = home / "published" / json.loads((home / "published" / "current.json").read_text(encoding="utf-8"))["file"]
    shutil.copyfile(file, home / f"by-{engine}.duckdb")
    return outcome


def _compared(home: Path) -> str:
    """What `tests.spark.compare` says of the last publication of both."""
    command = [
        sys.executable,
        "-m",
        "tests.spark.compare",
        str(home / "by-duckdb.duckdb"),
        str(home / "by-spark.duckdb"),
    ]
    lines = [line for _, line in measure.run(command).lines]
    rows = sum(int(line.split()[1].replace(",", "")) for line in lines)
    differ = {line.split()[0]: line.split(" rows, ")[1].split()[0] for line in lines}
    wrong = {name: count for name, count in differ.items() if count != "0"}
    said = ", ".join(f"`{name}`: {count}" for name, count in wrong.items()) or "0 differences"
    return f"Compared to the last bit of every column, {len(lines)} tables, {rows:,} rows: {said}."


def _engine(name: str, outcomes: Sequence[Outcome], first: Sequence[Outcome]) -> list[str]:
    numbers = [one.numbers() for one in outcomes]
    ratios = [one["seconds"] / other.numbers()["seconds"] for one, other in zip(numbers, first, strict=True)]
    return [
        name,
        spread([one["seconds"] for one in numbers], 0),
        spread([one["models"] for one in numbers], 0),
        spread([one["processor"] for one in numbers], 0),
        f"{max(one['mib'] for one in numbers):,.0f} MiB",
        spread(ratios, 1),
    ]


def _nation(outcomes: Sequence[Outcome], communities: int) -> str:
    numbers = outcomes[0].numbers()
    times = COMMUNITIES / communities
    sizes = [
        [
            f"`{name}`", f"{numbers['rows']:,.0f}", f"{numbers[name + '_bytes'] / 1e6:,.0f} MB",
            f"{numbers[name + '_bytes'] / numbers['rows']:.2f}", f"{numbers['rows'] * times / 1e9:,.1f}",
            f"{numbers[name + '_bytes'] * times / 1e9:,.0f} GB",
        ]
        for name in ("kpi_daily", "kpi_period")
    ]  # fmt: skip
    daily = numbers["kpi_daily_bytes"] * times / 1e9
    asked = []
    for name, said in QUERIES.items():
        aim = SERIES_AIM if name == "nation_series" else PAGE_AIM
        asked.append([said, f"{numbers[name] * 1000:,.1f} ms", f"≤ {aim * 1000:g} ms", verdict([numbers[name]], aim)])
    return f"""**A nation on paper.** {COMMUNITIES:,} communities, the levels above them, {DAYS:,} days, every
registered KPI, a row for each: generated for {communities:,} communities, which is 1/{times:g} of them, in the order
of the published tables. What is said of the nation is that sample × {times:g}; the times are the
sample's. Peak memory while it is generated: {peak(outcomes)}.

{table(["", "rows of the sample", "on disk", "bytes a row", "10⁹ rows of a nation", "on disk"], sizes)}

The aim for `kpi_daily` of a nation is {SIZE_AIM:g} GB: {verdict([daily], SIZE_AIM)}.

{table(["query of the sample", "median", "aim", "where we stand"], asked)}
"""

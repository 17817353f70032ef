"""`python -m tests.benchmarks.run`: measures, prints a table, and writes docs/benchmarks.md.

Belongs here: options, what is compared with what, the page. Does not belong here: one measured run (`intake`, `night`),
invented data (`exports`), stopwatches (`measure`).
"""

import argparse
import statistics
import tempfile
from functools import partial
from pathlib import Path

from . import measure, night
from .measure import Outcome, spread, table, verdict

AIM_UTF8, AIM_GB18030, AIM_NIGHT = 2.5, 3.5, 1.2

HEAD = """# Benchmarks

What Sihe costs, as ratios of two things measured in one run on one machine, since seconds alone say more about the
machine than about Sihe. `make bench` measures anew and writes this page; nothing on it is typed by hand.

Every measured program is a process of its own. The sides take turns (A B A B …). A spread is min – **median** – max of
the runs. The aims are of time as a clock tells it; processor time, of all cores together, is less disturbed by what
else a busy machine does. Peak memory is the largest resident set that the process, or one of its children, ever had, as
the kernel counts it (`ru_maxrss`). All data are invented, by a seeded generator.
"""


def measure_intake(folder: Path, rows: int, runs: int) -> str:
    print(f"intake: {rows:,} rows, {runs} runs")
    where = measure.machine()
    measure.python("exports", "events", folder, rows)
    files = {encoding: folder / f"events.{encoding}.csv" for encoding in ("utf-8", "gb18030")}

    def load(*arguments: object) -> Outcome:
        with tempfile.TemporaryDirectory(dir=folder) as home:
            return measure.python("intake", *arguments, home)

    found = measure.interleaved(
        runs,
        {
            "UTF-8": partial(load, "sihe", files["utf-8"], "utf-8"),
            "GB18030": partial(load, "sihe", files["gb18030"], "gb18030"),
            "bare": partial(load, "bare", files["utf-8"]),
        },
    )
    numbers = {side: [outcome.numbers() for outcome in outcomes] for side, outcomes in found.items()}
    counts = numbers["UTF-8"][0]
    if any(int(number["rows"]) != rows for side in numbers.values() for number in side):
        raise SystemExit("the sides did not see the same rows")

    def ratios(side: str, what: str) -> list[float]:
        return [one[what] / other[what] for one, other in zip(numbers[side], numbers["bare"], strict=True)]

    def seconds(side: str, what: str = "seconds") -> str:
        return spread([number[what] for number in numbers[side]])

    aims = {"UTF-8": AIM_UTF8, "GB18030": AIM_GB18030}
    compared = table(
        ["", "aim", "ratio of time", "where we stand", "ratio of processor time", "seconds", "peak memory"],
        [
            *(
                [
                    side,
                    f"≤ {aim}",
                    spread(ratios(side, "seconds")),
                    verdict(ratios(side, "seconds"), aim),
                    spread(ratios(side, "processor")),
                    seconds(side),
                    _peak(found[side]),
                ]
                for side, aim in aims.items()
            ),
            ["bare load", "", "1", "", "1", seconds("bare"), _peak(found["bare"])],
        ],
    )
    names = {
        "read": "read: bytes, decoding, counting, parsing",
        "check_all": "check: types, rules, duplicates",
        "treat": "treat: personal data",
        "masked_rows": "mask the rejected rows",
        "store": "store: one transaction, checkpoint",
        "archive": "(not in the ratio) hash and archive the file",
    }
    staged = table(
        ["seconds", "UTF-8", "GB18030"],
        [[name, seconds("UTF-8", stage), seconds("GB18030", stage)] for stage, name in names.items()],
    )
    size = files["utf-8"].stat().st_size / 1e6
    return f"""## Intake

{where}

**What.** One `command_centre.event` export of {rows:,} rows ({size:.0f} MB in UTF-8, 25 columns, Chinese text;
5 % of the descriptions hold a phone number, 2 % are quoted; {counts["rejected"]:.0f} rows break a rule,
{counts["duplicate"]:.0f} are duplicates, {counts["superseded"]:.0f} superseded).
Sihe: reading, checking, treating and storing it as a night does, one transaction into a fresh DuckDB file, checkpoint
included. Bare: DuckDB's own `read_csv` of the same rows in UTF-8 with every column's type given and nothing checked,
`create table` into a fresh file, checkpoint included. Both with DuckDB's and polars' default number of threads, timed
inside the process: starting Python and importing count on neither side, nor does opening the database. The files lie in
the page cache. {runs} runs.

{compared}

Where Sihe's time goes:

{staged}
"""


def measure_night(folder: Path, days: int, runs: int) -> str:
    print(f"night: {days} and {10 * days} days, {runs} runs")
    where = measure.machine()
    code = night.copy_code(folder)
    sides = {f"{size} days": night.prepare(folder, code, size) for size in (days, 10 * days)}
    found = measure.interleaved(runs, sides)
    young, old = found.values()
    ratios = [one.seconds / other.seconds for one, other in zip(old, young, strict=True)]
    compared = table(
        ["", "aim", "ratio of time", "where we stand", "ratio of processor time", "seconds", "peak memory"],
        [
            [
                f"{10 * days} days",
                f"≤ {AIM_NIGHT}",
                spread(ratios),
                verdict(ratios, AIM_NIGHT),
                spread([one.processor / other.processor for one, other in zip(old, young, strict=True)]),
                _seconds(old),
                _peak(old),
            ],
            [f"{days} days", "", "1", "", "1", _seconds(young), _peak(young)],
        ],
    )
    stages = [[outcome.numbers() for outcome in outcomes] for outcomes in (young, old)]
    whole = statistics.median(outcome.seconds for outcome in young)
    staged = table(
        ["seconds", *found, "share"],
        [
            [
                name,
                *(spread([numbers[stage] for numbers in side]) for side in stages),
                f"{100 * statistics.median(numbers[stage] for numbers in stages[0]) / whole:.0f} %",
            ]
            for stage, name in night.STAGES.items()
        ],
    )
    return f"""## Night

{where}

**What.** `sihe run` for one new day, the whole process from start to end, in a warehouse of {days} days and in one of
{10 * days}: `command_centre.event` (about 300 changed events a day) and `smart_community.community` (61
communities). Both warehouses are built by `sihe run` first; every run works on a fresh copy at the same path, with a
copy of the code as it was at the start. {runs} runs.

{compared}

Where the time goes, of runs as above. Nothing is instrumented: the cuts are the moments at which `sihe run` printed its
lines, the events in Dagster's run logs (`$SIHE_HOME/dagster/history/runs`: `STEP_START`, `STEP_SUCCESS`, the line
`Running dbt command`) and the times in dbt's `run_results.json`; dbt runs one node at a time. The rows add up to the
whole; the share is that of the median of {days} days.

{staged}
"""


def _peak(outcomes: list[Outcome]) -> str:
    return f"{max(outcome.peak_mib for outcome in outcomes):,.0f} MiB"


def _seconds(outcomes: list[Outcome]) -> str:
    return spread([outcome.seconds for outcome in outcomes])


def with_sections(page: str, sections: list[str]) -> str:
    """The page with these sections put in; one that was not measured now stays as it was."""
    kept = {part.partition("\n")[0]: f"## {part.strip()}\n" for part in page.split("\n## ")[1:]}
    new = {section.partition("\n")[0].removeprefix("## "): section.strip() + "\n" for section in sections}
    return "\n".join([HEAD, *(kept | new).values()])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.run", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the export that is taken in")
    parser.add_argument(
        "--days", type=int, default=36, help="age of the younger warehouse; the other is ten times that"
    )
    parser.add_argument("--runs", type=int, default=5, help="how often each side is measured")
    parser.add_argument("--only", choices=("intake", "night"), help="measure one of them; the page keeps the other")
    parser.add_argument("--page", type=Path, default=measure.PROJECT_DIR / "docs" / "benchmarks.md")
    options = parser.parse_args()
    sections = []
    with tempfile.TemporaryDirectory(prefix="sihe-benchmark-") as folder:
        if options.only != "night":
            sections.append(measure_intake(Path(folder), options.rows, options.runs))
        if options.only != "intake":
            sections.append(measure_night(Path(folder), options.days, options.runs))
    for section in sections:
        print(f"\n{section}")
    options.page.parent.mkdir(exist_ok=True)
    page = options.page.read_text(encoding="utf-8") if options.page.exists() else ""
    options.page.write_text(with_sections(page, sections), encoding="utf-8")
    print(f"written to {options.page}")


if __name__ == "__main__":
    main()

"""The section on intake: Sihe compared with DuckDB's bare load and with dlt, in every format.

Belongs here: what is compared with what, the tables and their words. Does not belong here: one measured load (`intake`,
`dlt_load`), the exports (`exports`). Standard library only, as `measure`.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from . import measure
from .measure import Outcome, peak, spread, table, verdict

KINDS = {"utf-8": "csv", "gb18030": "csv", "ndjson": "ndjson", "json": "json", "xlsx": "xlsx"}
"""The variants of an export, and the format of each."""

TITLES = {"utf-8": "csv UTF-8", "gb18030": "csv GB18030"}
AIMS = {"utf-8": 2.0, "ndjson": 3.0, "json": 3.0, "xlsx": 8.0}
"""Against the bare load of the format, the archive included."""

GB18030_AIM, DELIVERIES_AIM, LARGE_AIM = 1.25, 4.0, 1.1
"""Against the same rows: in UTF-8, in one delivery; a row of a large csv against a row of csv UTF-8."""

MOST_MIB, MOST_MIB_OF_LARGE = 800, 1200
"""Of memory, for csv UTF-8 and for the large one."""

BARE = {
    "csv": "DuckDB `read_csv`",
    "ndjson": "DuckDB `read_json`",
    "json": "DuckDB `read_json`",
    "xlsx": "DuckDB `read_csv` of the same rows as csv",
}
DLT = {"arrow": "dlt, Arrow path", "rows": "dlt, row path"}
STAGES = {
    "archive": "hash and archive the file",
    "read": "read: bytes, decoding, counting, parsing",
    "check": "check: types, rules, duplicates",
    "treat": "treat: personal data",
    "mask": "mask the rejected rows",
    "store": "store and account: one transaction, checkpoint",
    "rest": "the rest",
}
DLT_PACKAGES = ("dlt[duckdb]", "pyarrow", "polars")


class NotMade(Exception):
    """The environment for dlt could not be made, with the reason."""


def dlt_environment(folder: Path) -> tuple[Path, str]:
    """A virtual environment with dlt from the package index: its Python, and the installed versions.

    Raises NotMade if there is no package index, or no Python that can make an environment.
    """
    python = folder / "bin" / "python"
    make = [sys.executable, "-m", "venv", str(folder)]
    install = [str(python), "-m", "pip", "install", "--quiet", *DLT_PACKAGES]
    versions = [str(python), "-m", "tests.benchmarks.dlt_load", "versions"]
    for command in (make, install, versions):
        done = subprocess.run(command, cwd=measure.PROJECT_DIR, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise NotMade(next((line for line in reversed(said) if "ERROR" in line), said[-1] if said else "no words"))
    return python, done.stdout.strip()


def section(folder: Path, title: str, sizes: Mapping[str, int], forms: list[str], dlt_rows: int, runs: int) -> str:
    """Measures and writes the section; sizes are rows by format, dlt_rows those of dlt's row path, 0 for no dlt."""
    print(f"intake: {', '.join(forms)}, {runs} runs", flush=True)
    where = measure.machine()
    kinds = list(dict.fromkeys(KINDS[form] for form in forms))
    for kind in kinds:
        (folder / kind).mkdir()
        measure.python("exports", kind, folder / kind, sizes[kind])
    sides: dict[str, Callable[[], Outcome]] = {}
    rows_of: dict[str, int] = {}
    for form in forms:
        kind = KINDS[form]
        sides[form] = partial(_load, folder, ["intake", "sihe", form, folder / kind])
        sides[f"bare {kind}"] = partial(_load, folder, ["intake", "bare", kind, folder / kind])
        rows_of[form] = rows_of[f"bare {kind}"] = sizes[kind]
    if small := sizes.get("deliveries", 0):
        (folder / "deliveries").mkdir()
        measure.python("exports", "deliveries", folder / "deliveries", small)
        for side in ("one", "many"):
            sides[side] = partial(_load, folder, ["intake", "sihe", side, folder / "deliveries"])
            rows_of[side] = small
    if large := sizes.get("large", 0):
        (folder / "large").mkdir()
        measure.python("exports", "large", folder / "large", large)
        sides["large"] = partial(_load, folder, ["intake", "sihe", "large", folder / "large"])
        rows_of["large"] = large
    csv, types = folder / "csv" / "bare.csv", folder / "csv" / "types.json"
    try:
        if not dlt_rows:
            raise NotMade("it was left out")
        python, dlt_said = dlt_environment(folder / "dlt")
        for path, size in (("arrow", sizes["csv"]), ("rows", min(dlt_rows, sizes["csv"]))):
            sides[DLT[path]] = partial(_load, folder, ["dlt_load", path, csv, types], size, python=python)
            rows_of[DLT[path]] = size
    except NotMade as reason:
        dlt_said = f"not measured: {reason}"
    found = measure.interleaved(runs, sides)
    numbers = {side: [outcome.numbers() for outcome in outcomes] for side, outcomes in found.items()}
    for side, ones in numbers.items():
        if any(one["rows"] != rows_of[side] for one in ones):
            raise SystemExit(f"{side} did not see the {rows_of[side]} rows")

    def line(form: str, named: str, side: str, *, aim: float | None = None) -> list[str]:
        """One side compared with the bare load of its format."""
        bare, rows = numbers[f"bare {KINDS[form]}"], rows_of[side]
        ratios, used = _ratios(numbers[side], bare, "seconds"), _ratios(numbers[side], bare, "processor")
        is_bare = side.startswith("bare ")
        return [
            TITLES.get(form, form),
            named,
            f"{rows:,}",
            spread([rows / one["seconds"] for one in numbers[side]], 0),
            "1" if is_bare else spread(ratios),
            f"≤ {aim:g}" if aim else "",
            verdict(ratios, aim) if aim else "",
            "1" if is_bare else spread(used),
            peak(found[side]),
        ]

    lines = []
    for form in forms:
        lines.append(line(form, "Sihe, the whole intake", form, aim=AIMS.get(form)))
        if form != "gb18030":
            lines.append(line(form, BARE[KINDS[form]], f"bare {KINDS[form]}"))
        if form == "utf-8":
            for named in DLT.values():
                lines.append(
                    line(form, named, named) if named in found else [TITLES[form], named, "", dlt_said, *[""] * 5]
                )
    compared = table(
        [
            "format", "side", "rows", "rows a second", "time a row ÷ bare", "aim", "where we stand",
            "processor time a row ÷ bare", "peak memory",
        ],
        lines,
    )  # fmt: skip
    staged = table(
        ["seconds", *(TITLES.get(form, form) for form in forms)],
        [
            [name, *(spread([one.get(stage, 0.0) for one in numbers[form]]) for form in forms)]
            for stage, name in STAGES.items()
        ],
    )
    beside = []
    if {"utf-8", "gb18030"} <= set(forms):
        beside.append(("csv GB18030 against csv UTF-8", "gb18030", "utf-8", GB18030_AIM))
    if large:
        beside.append((f"csv UTF-8 of {large:,} rows against {sizes['csv']:,}", "large", "utf-8", LARGE_AIM))
    if small:
        beside.append(
            (
                f"{numbers['many'][0]['deliveries']:.0f} deliveries of {small:,} rows against one",
                "many",
                "one",
                DELIVERIES_AIM,
            )
        )
    ourselves = table(
        ["Sihe against itself, a row", "ratio of time", "aim", "where we stand", "ratio of processor time",
         "seconds", "peak memory"],
        [
            [name, spread(_ratios(numbers[side], numbers[other], "seconds")), f"≤ {aim:g}",
             verdict(_ratios(numbers[side], numbers[other], "seconds"), aim),
             spread(_ratios(numbers[side], numbers[other], "processor")),
             spread([one["seconds"] for one in numbers[side]]), peak(found[side])]
            for name, side, other, aim in beside
        ],
    )  # fmt: skip
    memories = [(f"{sizes['csv']:,}", forms[0], MOST_MIB)]
    if large:
        memories.append((f"{large:,}", "large", MOST_MIB_OF_LARGE))
    peaks = "; ".join(
        f"for {rows} rows {most} MiB: {verdict([max(one.peak_mib for one in found[side])], most)}"
        for rows, side, most in memories
    )
    counts = numbers[forms[0]][0]
    megabytes = csv.stat().st_size / 1e6
    return f"""## {title}

{where} dlt's environment: {dlt_said}.

**What.** Exports of `command_centre.event`: 25 columns, Chinese text; 5 % of the descriptions have a phone number,
2 % are quoted. That of {sizes["csv"]:,} rows is {megabytes:.0f} MB in UTF-8; of its rows {counts["rejected"]:.0f}
break a rule, {counts["duplicate"]:.0f} are duplicates, {counts["superseded"]:.0f} superseded. The other formats have
fewer rows of the same kind, so the time per row is compared.

- Sihe: `intake.take` of the one file that has arrived: it is hashed and archived, read, checked, treated, stored in one
  transaction into a fresh DuckDB file with its ledger line, checkpoint included.
- Bare: DuckDB's own load of the same rows (in UTF-8) with given column types and without checks,
  `create table` into a fresh file, checkpoint included. For json it loads a plain list, without the object around
  it; for xlsx there is no such load without an extension, so it loads the same rows as csv.
- dlt: `pipeline.run` of one resource into a fresh DuckDB file, with its default settings, except that Chinese column
  names are kept. Arrow path: tables that pyarrow reads from the csv, typed; row path: dictionaries of Python's
  `csv.DictReader`, of the first {dlt_rows:,} rows. It checks no rules, treats no personal data and archives no file.

All with the libraries' default numbers of threads, timed inside the process: no side includes starting Python, imports
or opening the database. The files are in the page cache. {runs} runs, all sides in turn.

{compared}

Aims for the memory of csv UTF-8: {peaks}.

{ourselves}

Where Sihe's time goes (reading a workbook includes starting the child process that does it; a large csv or JSON is
read in pieces, two at once, and archived meanwhile, so its stages add up to more than the whole):

{staged}
"""


def _ratios(numbers: Sequence[Mapping[str, float]], others: Sequence[Mapping[str, float]], what: str) -> list[float]:
    """A row's time, or processor time, in each run against the other side's."""
    return [one[what] / one["rows"] / (other[what] / other["rows"]) for one, other in zip(numbers, others, strict=True)]


def _load(folder: Path, arguments: list[object], *more: object, python: Path | None = None) -> Outcome:
    """One measured load in its own home, which the program gets as its next argument."""
    module, *rest = arguments
    with tempfile.TemporaryDirectory(dir=folder) as home:
        return measure.python(str(module), *rest, home, *more, executable=python)

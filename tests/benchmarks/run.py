"""`python -m tests.benchmarks.run`: measures, prints tables, and writes docs/benchmarks.md.

Belongs here: options, which sections, the page. Does not belong here: a section (`compare_intake`, `compare_nights`,
`compare_pages`, `compare_gate`, `compare_rollup`, `compare_scale`), one measured run (`intake`, `dlt_load`, `night`,
`pages`, `gate`, `rollup`, `scale`, `nation`), invented data (`exports`, `districts`), stopwatches (`measure`).
"""

import argparse
import sys
import tempfile
from pathlib import Path

from pipelines.lake import readiness

from . import compare_gate, compare_intake, compare_nights, compare_pages, compare_rollup, compare_scale, measure, night

PARTS = ("intake", "dlt", "night", "growth", "pages", "scoped", "gate", "rollup", "scale")

HEAD = """# Benchmarks

What Sihe costs, as ratios of two things measured in one run on one machine, because seconds alone say more about the
machine than about Sihe. `make bench` measures again and writes this page; nothing on it is typed by hand.

Every measured program is a separate process. The sides take turns (A B A B …). A spread is min – **median** – max of
the runs. The aims refer to wall time; processor time, of all cores together, depends less on other load of the machine.
Peak memory is the largest resident set of the process or one of its children, as the kernel counts it
(`ru_maxrss`). All data are generated from a seed.
"""


def with_sections(page: str, sections: list[str]) -> str:
    """The page with these sections replaced; other sections stay as they were."""
    kept = {part.partition("\n")[0]: f"## {part.strip()}\n" for part in page.split("\n## ")[1:]}
    new = {section.partition("\n")[0].removeprefix("## "): section.strip() + "\n" for section in sections}
    return "\n".join([HEAD, *(kept | new).values()])


def measured(options: argparse.Namespace, folder: Path) -> list[str]:
    """The requested sections; all their files are in `folder`."""
    parts = [options.only] if options.only else ["intake", "night", "growth", "pages", "scoped", "gate", "rollup"]
    sections = []
    if {"intake", "dlt"} & set(parts):
        sizes = {
            "csv": options.rows,
            "ndjson": options.json_rows,
            "json": options.json_rows,
            "xlsx": options.xlsx_rows,
        }
        if "intake" in parts:
            sizes |= {"deliveries": options.delivery_rows, "large": options.large_rows}
        title, forms = ("Intake", list(compare_intake.KINDS)) if "intake" in parts else ("Intake beside dlt", ["utf-8"])
        sections.append(compare_intake.section(folder, title, sizes, forms, options.dlt_rows, options.runs))
    home: Path | None = options.home
    if {"night", "growth"} & set(parts) or ({"pages", "scoped", "rollup"} & set(parts) and home is None):
        days = sorted(options.days)
        sizes_of_nights = days if "growth" in parts else days[:1]
        code = night.copy_code(folder)
        night.write_exports(folder, code, sizes_of_nights)
        bases = [night.prepare(folder, code, size) for size in sizes_of_nights]
        if "night" in parts:
            sections.append(compare_nights.night_section(folder, code, bases[0], options.runs))
        if "growth" in parts:
            sections.append(compare_nights.growth_section(folder, code, bases, options.runs))
        home = home or bases[0].home
    if "pages" in parts and home is not None:
        sections.append(compare_pages.section(home, options.people, options.seconds, options.runs))
    if "scoped" in parts and home is not None:
        sections.append(compare_pages.scoped_section(home, options.streets, options.runs))
    if "gate" in parts:
        sections.append(compare_gate.section(options.requests, options.runs))
    if "rollup" in parts and home is not None:
        measure.run([str(Path(sys.executable).parent / "sihe"), "parcel", "--home", str(home), "--to", str(folder)])
        (file,) = folder.glob("parcel-*.zip")
        sections.append(compare_rollup.section(file, options.districts, options.runs))
    # Only when it is asked for: Spark is an extra.
    if "scale" in parts:
        engines = ["duckdb"] if readiness.missing() else ["duckdb", "spark"]
        sections.append(compare_scale.section(folder, options.events, engines, options.communities, options.runs))
    return sections


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.run", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the csv that is taken in")
    parser.add_argument("--large-rows", type=int, default=10_000_000, help="rows of a large csv; 0: none is taken in")
    parser.add_argument("--json-rows", type=int, default=200_000, help="rows of the ndjson and of the json")
    parser.add_argument("--xlsx-rows", type=int, default=50_000, help="rows of the workbook")
    parser.add_argument("--delivery-rows", type=int, default=20_000, help="rows of 400 small deliveries together")
    parser.add_argument(
        "--dlt-rows",
        type=int,
        default=20_000,
        help="rows of the csv that dlt's row path is given; 0: Sihe is not compared with dlt",
    )
    parser.add_argument(
        "--days",
        type=int,
        nargs="+",
        default=[30, 120, 365, 1000],
        help="ages of warehouses; the night and the pages are the youngest's",
    )
    parser.add_argument("--home", type=Path, help="the pages show what this home has published, which is only read")
    parser.add_argument("--people", type=int, default=50, help="readers of the pages at once")
    parser.add_argument("--seconds", type=int, default=60, help="how long they read")
    parser.add_argument("--streets", type=int, default=4, help="whose pages are compared with the open ones")
    parser.add_argument("--requests", type=int, default=5000, help="requests of each kind to the gate")
    parser.add_argument(
        "--districts", type=int, nargs="+", default=[13, 156], help="sizes of the areas that are rolled up"
    )
    parser.add_argument("--events", type=int, default=2_500_000, help="rows that DuckDB and Spark build from")
    parser.add_argument("--communities", type=int, default=1100, help="of the generated sample of a nation")
    parser.add_argument("--runs", type=int, default=5, help="how often each side is measured")
    parser.add_argument(
        "--only", choices=PARTS, help="measure one part, the page keeps the others; dlt: only csv UTF-8, beside dlt"
    )
    parser.add_argument("--page", type=Path, default=measure.PROJECT_DIR / "docs" / "benchmarks.md")
    options = parser.parse_args()
    if options.home and not (options.home / "published" / "current.json").is_file():
        parser.error(f"nothing is published in {options.home}")
    with tempfile.TemporaryDirectory(prefix="sihe-benchmark-") as folder:
        sections = measured(options, Path(folder))
    for section in sections:
        print(f"\n{section}")
    options.page.parent.mkdir(exist_ok=True)
    page = options.page.read_text(encoding="utf-8") if options.page.exists() else ""
    options.page.write_text(with_sections(page, sections), encoding="utf-8")
    print(f"written to {options.page}")


if __name__ == "__main__":
    main()

"""The section on intake with little data: every format runs, is divided into stages, and has its rows in the table.

dlt would have to be downloaded, so its side is left out, except the readers that do not need dlt.
"""

import json
from pathlib import Path

from . import compare_intake, dlt_load, exports, run
from .conftest import Found

ROWS = 900
SIZES = {"csv": ROWS, "ndjson": ROWS, "json": ROWS, "xlsx": ROWS, "deliveries": ROWS, "large": 10 * ROWS}


def test_every_format_is_measured_with_its_stages(tmp_path: Path, found: Found) -> None:
    forms = list(compare_intake.KINDS)
    section = compare_intake.section(tmp_path, "Intake", SIZES, forms, 0, 1)

    for form in forms:
        ours, bare = found[form][0].numbers(), found[f"bare {compare_intake.KINDS[form]}"][0].numbers()
        assert ours["rows"] == bare["rows"] == ROWS
        # The rest, the time outside the stages, may be zero. Masking is missing if no row needs it.
        assert {name for name in compare_intake.STAGES if name not in ours} <= {"mask"}
        assert all(ours[name] > 0 for name in compare_intake.STAGES if name in ours and name != "rest")
        assert sum(ours[name] for name in ("archive", "read", "check", "treat")) < ours["seconds"]
        assert min(ours["seconds"], ours["processor"], bare["seconds"], bare["processor"]) > 0
        assert f"| {compare_intake.TITLES.get(form, form)} | Sihe, the whole intake | {ROWS} |" in section
    assert all(f"| {name} |" in section for name in compare_intake.STAGES.values())
    many, one = found["many"][0].numbers(), found["one"][0].numbers()
    assert many["rows"] == one["rows"] == ROWS and many["loaded"] >= one["loaded"]
    assert f"| {ROWS // exports.LEAST_ROWS} deliveries of {ROWS} rows against one |" in section
    assert found["large"][0].numbers()["loaded"] > 9 * ROWS
    assert f"| csv UTF-8 of {10 * ROWS:,} rows against {ROWS} |" in section
    # How much it is here says nothing: a child of a large process is reported at least as large.
    assert f"Aims for the memory of csv UTF-8: for {ROWS} rows 800 MiB: " in section
    assert f"; for {10 * ROWS:,} rows 1200 MiB: " in section
    assert "| csv GB18030 against csv UTF-8 |" in section
    assert "dlt, row path |  | not measured: it was left out |" in section
    page = run.with_sections("# Benchmarks\n\n## Pages\n\nas it was\n", [section])
    assert page.startswith(run.HEAD) and "## Pages\n\nas it was\n" in page and section.strip() in page


def test_what_dlt_is_given_is_every_row_of_the_export(tmp_path: Path) -> None:
    exports.write("csv", tmp_path, ROWS)
    types = json.loads((tmp_path / "types.json").read_text(encoding="utf-8"))
    tables = list(dlt_load.arrow_tables(tmp_path / "bare.csv", types))
    assert sum(table.num_rows for table in tables) == ROWS
    assert set(tables[0].column_names) == set(types)
    assert [set(row) for row in dlt_load.dictionaries(tmp_path / "bare.csv", 2)] == [set(types)] * 2

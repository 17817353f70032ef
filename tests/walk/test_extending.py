"""The two exercises of docs/extending.md, done on a throw-away copy of the checkout with the files from the page.

Belongs here: that the page's files, and nothing else, add a KPI and a feed. Does not belong here: the tables of fields
(`unit/commands/test_fields.py`), errors of wrong files (`unit/registry`, `unit/contracts`), the copy (`checkout`).
"""

import json
from pathlib import Path

import duckdb
import pytest

from tests.walk.checkout import DAY, Extended, files_of_the_page
from tests.walk.published import ask

CLEAR = ("尉迟某甲", "钟离某乙", "司空某丙", "13900007701", "13900007702", "13900007703")


@pytest.fixture
def published(extended: Extended) -> Path:
    """The home, after a day of the demo district and of the new feed was loaded and published."""
    return extended.root / "home"


def test_the_page_adds_files_of_the_kinds_that_it_names_and_no_other() -> None:
    paths = {path for path, _ in files_of_the_page()}
    assert paths == {
        "dbt_project/kpis/safe/snap_with_photo_rate.yml",
        "inbox/2025-12-14/elder_canteen_meal_20251214.csv",
        "pipelines/contracts/elder_canteen.odcs.yaml",
        "dbt_project/models/staging/elder_canteen/stg_elder_canteen__meal.sql",
        "dbt_project/models/staging/elder_canteen/_elder_canteen.yml",
        "dbt_project/models/marts/core/fct_meal.sql",
        "dbt_project/models/marts/core/_meal.yml",
        "dbt_project/kpis/happy/elder_diners_per_1k.yml",
    }


def test_the_registry_finds_both_kpis_sound(extended: Extended) -> None:
    files = len(list((extended.root / "dbt_project" / "kpis").rglob("*.yml")))
    assert extended.checked.startswith(f"{files} KPIs over ")


def test_the_kpi_on_known_data_counts_the_reports_of_the_export(published: Path) -> None:
    export = published.parent / "inbox" / str(DAY) / f"snap_report_report_{DAY:%Y%m%d}.ndjson"
    told = ask(published, "select row_number from meta.rejected_row where file_name = ?", [export.name])
    rejected = {number for (number,) in told}
    lines = export.read_text(encoding="utf-8").splitlines()
    taken = [json.loads(line) for number, line in enumerate(lines, 1) if number not in rejected]
    newest = {row["report_id"]: row for row in taken}
    of_the_day = [row for row in newest.values() if row["reported_at"].startswith(str(DAY))]
    with_photo = [row for row in of_the_day if int(row["photos"]) > 0]
    assert 0 < len(with_photo) < len(of_the_day)
    assert ask(
        published,
        "select denominator, numerator, value from marts.kpi_daily"
        " where kpi_id = 'snap_with_photo_rate' and org_level = 'district' and kpi_date = ?",
        [DAY],
    ) == [(len(of_the_day), len(with_photo), pytest.approx(100 * len(with_photo) / len(of_the_day)))]


def test_the_kpi_on_the_new_feed_counts_its_people_once_in_each_community(published: Path) -> None:
    rows = ask(
        published,
        "select kpi.org_code, kpi.numerator, kpi.denominator, org.population, kpi.value from marts.kpi_daily as kpi"
        " inner join marts.dim_community as org on kpi.org_code = org.community_code"
        " where kpi.kpi_id = 'elder_diners_per_1k' and kpi.kpi_date = ? and kpi.numerator > 0 order by kpi.org_code",
        [DAY],
    )
    assert [row[:2] for row in rows] == [("610302001001", 2), ("610302001002", 2)]
    for _, people, denominator, population, value in rows:
        assert denominator == population
        assert value == pytest.approx(1000 * people / population)
    assert ask(
        published,
        "select numerator from marts.kpi_daily"
        " where kpi_id = 'elder_diners_per_1k' and kpi_date = ? and org_level = 'district'",
        [DAY],
    ) == [(4,)]


def test_every_meal_is_loaded_and_stands_behind_the_number(published: Path) -> None:
    assert ask(
        published,
        "select rows_counted, rows_loaded, state from meta.delivery where platform = 'elder_canteen'",
    ) == [(5, 5, "loaded")]
    behind = ask(
        published,
        "select distinct fact_key from marts.kpi_evidence('elder_diners_per_1k', null, null, null) where in_numerator",
    )
    assert {key for (key,) in behind} == {f"YC{number:010}" for number in range(1, 6)}


def test_no_personal_value_of_the_new_feed_is_in_what_is_published(published: Path) -> None:
    tokens = ask(published, "select count(distinct diner_phone) from marts.fct_meal")
    assert tokens == [(3,)]
    file = (published / "published" / "current.duckdb").resolve()
    content = file.read_bytes()
    assert [value for value in CLEAR if value.encode() in content] == []
    with duckdb.connect(str(file), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where schema_name in ('marts', 'meta')"
        ).fetchall()
        assert ("marts.fct_meal",) in tables
        found = [
            (table, value)
            for (table,) in tables
            for value in CLEAR
            if connection.execute(
                f"select 1 from {table} as t where contains(t::varchar, ?) limit 1", [value]
            ).fetchone()
        ]
    assert found == []

"""A city above simulated districts: what is published equals a plain sum over the parcels.

Belongs here: the numbers of `sihe rollup` computed again by other code. Does not belong here: which parcels count, and
which files are refused (tests/unit/rollup), the page (tests/pages/test_above.py).
"""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import duckdb
import openpyxl
import polars as pl
import pytest

from pipelines.publication import workbook
from pipelines.rollup import parcel
from pipelines.rollup.parcel import Parcel
from tests.conftest import CITY, DISTRICT_FROM, DISTRICT_TO, LATE_DAYS, OTHER_FORMULA, run_sihe

LATE, OTHER, DAMAGED = "610324", "610327", "610326"
DELIVERED = ["610302", "610303", "610304", "610323", OTHER]
APART = "overloaded_worker_share"
FLOWS, FACTORS = "flow", {"percent": 100.0, "per_1000": 1000.0}


@pytest.fixture(scope="module")
def published(city: tuple[Path, Path, str]) -> dict[str, pl.DataFrame]:
    folder = city[0] / "published"
    file = folder / json.loads((folder / "current.json").read_text(encoding="utf-8"))["file"]
    with duckdb.connect(str(file), read_only=True) as connection:
        names = connection.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
        return {name: connection.sql(f"from {name}").pl() for (name,) in names}


@pytest.fixture(scope="module")
def parcels(city: tuple[Path, Path, str]) -> dict[str, Parcel]:
    return {code: parcel.read(next((city[1] / code).glob("*.zip"))) for code in [*DELIVERED, LATE]}


@pytest.fixture(scope="module")
def kpis(published: dict[str, pl.DataFrame]) -> pl.DataFrame:
    return published["marts.kpi_definition"].select("kpi_id", "kind", "unit", "window_days", "is_additive", "feeds")


def daily(parcels: dict[str, Parcel], kpis: pl.DataFrame) -> pl.DataFrame:
    """The city's number of every KPI and day, added up by polars from the parcels' own tables."""
    every = pl.concat(one.tables["kpi_daily"].with_columns(district=pl.lit(code)) for code, one in parcels.items())
    every = every.filter(~((pl.col("district") == OTHER) & (pl.col("kpi_id") == OTHER_FORMULA)))
    return (
        every.join(kpis.filter("is_additive"), on="kpi_id")
        .group_by("kpi_id", "kind", "unit", "kpi_date")
        .agg(
            pl.col("numerator").sum(),
            pl.when(pl.col("denominator").count() > 0).then(pl.col("denominator").sum()).alias("denominator"),
            pl.col("n").sum(),
        )
    )


def test_every_day_is_the_sum_of_its_districts(
    published: dict[str, pl.DataFrame], parcels: dict[str, Parcel], kpis: pl.DataFrame
) -> None:
    wanted = daily(parcels, kpis).select("kpi_id", "kpi_date", "numerator", "denominator")
    found = published["marts.kpi_daily"].filter(org_code=CITY)
    both = wanted.join(found, on=["kpi_id", "kpi_date"], how="full", coalesce=True)
    assert both.height == wanted.height == found.height > 500
    for side in ("numerator", "denominator"):
        apart = (pl.col(side) - pl.col(f"{side}_right")).abs() > 1e-6 * (1 + pl.col(side).abs())
        assert both.filter(apart.fill_null(pl.col(side).is_null() != pl.col(f"{side}_right").is_null())).is_empty()


def test_thirty_days_have_numerator_denominator_value_and_status_of_the_whole(
    published: dict[str, pl.DataFrame], parcels: dict[str, Parcel], kpis: pl.DataFrame
) -> None:
    """All days are within the thirty: a flow is the sum of its days, a stock or window its last day."""
    found = {
        row["kpi_id"]: row
        for row in published["marts.kpi_period"]
        .filter(org_code=CITY, period="30d", as_of=DISTRICT_TO)
        .iter_rows(named=True)
    }
    numbers = daily(parcels, kpis)
    loaded = {
        f"{row['platform']}.{row['feed']}"
        for one in parcels.values()
        for row in one.tables["feed_day"].filter(state="loaded").iter_rows(named=True)
    }
    seen = set()
    for kpi in kpis.filter("is_additive").iter_rows(named=True):
        own = numbers.filter(kpi_id=kpi["kpi_id"])
        if kpi["kind"] != FLOWS:
            own = own.filter(kpi_date=DISTRICT_TO)
        is_count = kpi["unit"] == "count"
        numerator, denominator, n = (float(own[name].sum() or 0) for name in ("numerator", "denominator", "n"))
        row = found[kpi["kpi_id"]]
        assert row["numerator"] == pytest.approx(numerator), kpi
        assert (row["denominator"] or 0) == pytest.approx(denominator), kpi
        value: float | None = numerator
        if not is_count:
            value = numerator / denominator * FACTORS.get(kpi["unit"], 1.0) if denominator else None
        assert row["value"] == pytest.approx(value), kpi
        is_filling = DISTRICT_FROM + timedelta(days=(kpi["window_days"] or 1) - 1) > DISTRICT_TO
        has_data = bool(loaded & set(kpi["feeds"].split(", "))) or "ledger.delivery" in kpi["feeds"]
        status = (
            ("not_applicable" if has_data or kpi["kind"] != FLOWS else "no_data")
            if value is None
            else "warming_up"
            if is_filling
            else "small_n"
            if kpi["kind"] == FLOWS and not is_count and n < 5
            else "ok"
        )
        assert row["status"] == status, kpi
        seen.add(status)
    assert {"ok", "warming_up"} <= seen


def test_a_district_is_shown_as_it_published_itself(
    published: dict[str, pl.DataFrame], parcels: dict[str, Parcel]
) -> None:
    for table, key in (("kpi_period", ["kpi_id", "as_of", "period"]), ("index_daily", ["as_of", "pillar"])):
        own = parcels["610303"].tables[table]
        found = published[f"marts.{table}"].filter(org_code="610303")
        assert found.select(own.columns).sort(key).equals(own.sort(key))
    assert set(published["marts.kpi_period"].filter(org_code=OTHER, kpi_id=OTHER_FORMULA)["kpi_id"]) == set()


def test_how_many_districts_are_in_a_sum_is_said(published: dict[str, pl.DataFrame]) -> None:
    said = published["marts.kpi_coverage"]

    def of(kpi: str, days_before: int) -> tuple[int, int, str]:
        row = said.filter(kpi_id=kpi, as_of=DISTRICT_TO - timedelta(days=days_before)).row(0, named=True)
        return row["districts_in"], row["districts_expected"], row["missing"]

    other = "event_close_hours"
    assert of(other, LATE_DAYS)[:2] == (6, 12) and LATE not in of(other, LATE_DAYS)[2]
    assert of(other, 0)[:2] == (5, 12) and LATE in of(other, 0)[2] and DAMAGED in of(other, 0)[2]
    assert of(OTHER_FORMULA, 0)[:2] == (4, 12) and OTHER in of(OTHER_FORMULA, 0)[2]
    assert of(APART, 0)[0] == 0
    states = dict(published["meta.district_parcel"].select("district_code", "state").iter_rows())
    assert [code for code, state in states.items() if state == "delivered"] == DELIVERED
    assert (states[LATE], states[DAMAGED], states["610305"]) == ("late", "refused", "missing")


def test_what_is_not_added_up_is_there_for_each_district_only(published: dict[str, pl.DataFrame]) -> None:
    found = published["marts.kpi_period"].filter(kpi_id=APART, period="30d", as_of=DISTRICT_TO)
    assert set(found["org_code"]) == set(DELIVERED)


def test_districts_are_judged_against_the_city(published: dict[str, pl.DataFrame]) -> None:
    period = published["marts.kpi_period"].filter(period="30d", as_of=DISTRICT_TO)
    directions = dict(published["marts.kpi_definition"].select("kpi_id", "direction").iter_rows())
    whole = dict(period.filter(org_code=CITY).select("kpi_id", "value").iter_rows())
    bands = period.filter(org_level="district").drop_nulls("band")
    assert {"better", "same", "worse"} == set(bands["band"])
    for row in bands.iter_rows(named=True):
        value, is_up = whole[row["kpi_id"]], directions[row["kpi_id"]] == "up"
        above, below = row["low90"] > value, row["high90"] < value
        assert row["band"] == ("same" if not above and not below else "better" if above == is_up else "worse")


def test_a_parcel_says_nothing_of_anybody_or_any_place_below_the_district(parcels: dict[str, Parcel]) -> None:
    columns = {name for one in parcels.values() for table in one.tables.values() for name in table.columns}
    assert not {name for name in columns if "name" in name or "code" in name or "token" in name or name == "org"}


def test_no_feed_of_a_city_names_a_table(published: dict[str, pl.DataFrame]) -> None:
    """A city publishes no rows of feeds."""
    assert published["meta.feed"].height
    assert published["meta.feed"]["table_name"].null_count() == published["meta.feed"].height


def test_every_published_table_of_a_city_is_described(published: dict[str, pl.DataFrame]) -> None:
    said = published["meta.catalog"].filter(pl.col("table_name").str.contains(r"^(?:marts|meta)\."))
    bare = said.filter(pl.col("description").is_null(), pl.col("table_name") != "meta.delivery")
    assert bare.is_empty(), bare


def test_the_workbook_has_the_city_and_its_districts(city: tuple[Path, Path, str]) -> None:
    book = openpyxl.load_workbook(city[0] / "published" / "current" / "kpis.xlsx", read_only=True)
    assert book.sheetnames[:3] == ["封面", "全市", f"区县{DISTRICT_TO:%Y-%m}"]
    assert "宝鸡市" in str(book["封面"]["A1"].value)
    book.close()


def test_the_command_says_who_is_missing_and_does_nothing_twice(city: tuple[Path, Path, str]) -> None:
    home, inbox, printed = city
    assert f"5 of 12 districts have delivered up to {DISTRICT_TO}" in printed
    assert f"late     {LATE}" in printed and "missing  610305" in printed
    assert f"refused  {DAMAGED}" in printed and f"left out {OTHER}: {OTHER_FORMULA} (other_formula)" in printed
    again = run_sihe(home, "rollup", "--inbox", str(inbox))
    assert again.returncode == 0 and "nothing has changed" in again.stdout
    assert run_sihe(home, "query", "select count(*) from marts.kpi_coverage").returncode == 0


def test_the_workbook_says_which_districts_are_in_it(city: tuple[Path, Path, str]) -> None:
    book = openpyxl.load_workbook(city[0] / "published" / "current" / "kpis.xlsx", read_only=True)
    (said,) = [text for name, text in book["封面"].iter_rows(values_only=True) if name == "报送"]
    assert said.startswith("应报12个区县，已报5个；迟报：扶风县（截至2025-12-12）；未报送：凤翔区、")
    assert said.endswith("；文件无法使用：眉县")


def test_districts_of_one_name_have_a_row_each_in_the_workbook(city: tuple[Path, Path, str], tmp_path: Path) -> None:
    """As 鼓楼区 of two cities in the workbook of their province."""
    file = tmp_path / "city.duckdb"
    shutil.copy((city[0] / "published" / "current.duckdb").resolve(), file)
    file.chmod(0o644)
    twins = DELIVERED[:2]
    with duckdb.connect(str(file)) as connection:
        connection.execute("update marts.dim_org set org_name = '鼓楼区' where list_contains(?, org_code)", [twins])
        workbook.write(connection, tmp_path / "kpis.xlsx")
        scores = connection.execute(
            "select score from marts.index_daily where pillar = 'overall' and list_contains(?, org_code)"
            " and as_of = (select data_through from meta.build) order by org_code",
            [twins],
        ).fetchall()
    rows = openpyxl.load_workbook(tmp_path / "kpis.xlsx")["指数"].iter_rows(values_only=True)
    assert [row[3] for row in rows if row[2] == "鼓楼区"] == [score for (score,) in scores]

"""The sums before dbt computes from them: only what was counted alike is added, and only what may be."""

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.registry.loading import Registry
from pipelines.rollup import sums
from pipelines.rollup.reception import receive
from pipelines.rollup.sums import Chosen
from pipelines.warehouse.ledger import TABLES
from tests.unit.rollup import parcels
from tests.unit.rollup.parcels import APART, COUNT, DAY, RATE
from tests.unit.rollup.test_reception import AREA, TODAY, A, B, C


def chosen(inbox: Path, registry: Registry) -> Chosen:
    return sums.choose(receive(inbox, AREA, TODAY), registry)


def added(of: Chosen, registry: Registry) -> pl.DataFrame:
    with duckdb.connect() as connection:
        connection.execute(TABLES)
        sums.fill(connection, AREA, of, registry, datetime(2026, 3, 11, 8))
        rows: pl.DataFrame = connection.sql("from marts.kpi_daily").pl()
        return rows


def row(of: pl.DataFrame, kpi: str) -> tuple[float, float | None, float | None]:
    found = of.filter(kpi_id=kpi, kpi_date=DAY).row(0, named=True)
    return found["numerator"], found["denominator"], found["value"]


def test_numerators_and_denominators_are_added_and_rates_are_not(tmp_path: Path, registry: Registry) -> None:
    parcels.make(tmp_path, A, registry, numbers={RATE: (1.0, 10.0), COUNT: (5.0, None)})
    parcels.make(tmp_path, B, registry, numbers={RATE: (90.0, 90.0), COUNT: (7.0, None)})
    found = added(chosen(tmp_path, registry), registry)
    assert row(found, RATE) == (91.0, 100.0, 91.0)
    assert row(found, COUNT) == (12.0, None, 12.0)
    assert set(found["org_code"]) == {AREA.code}


def test_a_late_district_is_not_zero_but_absent(tmp_path: Path, registry: Registry) -> None:
    parcels.make(tmp_path, A, registry, numbers={RATE: (8.0, 10.0)})
    parcels.make(tmp_path, B, registry, numbers={RATE: (0.0, 10.0)}, through=DAY - timedelta(days=1))
    found = added(chosen(tmp_path, registry), registry)
    assert row(found, RATE) == (8.0, 10.0, 80.0)
    before = found.filter(kpi_id=RATE, kpi_date=DAY - timedelta(days=1)).row(0, named=True)
    assert (before["numerator"], before["denominator"]) == (8.0, 20.0)


def test_what_stands_on_a_whole_of_its_own_is_not_added(tmp_path: Path, registry: Registry) -> None:
    for district in (A, B):
        parcels.make(tmp_path, district, registry)
    of = chosen(tmp_path, registry)
    assert added(of, registry).filter(kpi_id=APART).is_empty()
    assert not sums.frame(of, "kpi_daily").filter(kpi_id=APART).is_empty()


@pytest.mark.parametrize(("kpi", "why"), [(RATE, "other_formula"), ("a_kpi_of_tomorrow", "unknown_kpi")])
def test_what_was_counted_otherwise_touches_its_district_and_kpi_alone(
    tmp_path: Path, registry: Registry, kpi: str, why: str
) -> None:
    numbers = {RATE: (8.0, 10.0), COUNT: (5.0, None), "a_kpi_of_tomorrow": (1.0, 1.0)}
    told = {"a_kpi_of_tomorrow": "00ff"}
    parcels.make(tmp_path, A, registry, numbers={RATE: (8.0, 10.0), COUNT: (5.0, None)})
    parcels.make(tmp_path, B, registry, numbers=numbers, changed=told | {kpi: "0123abcd"})
    of = chosen(tmp_path, registry)
    assert of.left_out[B, kpi] == why and (A, kpi) not in of.left_out
    found = added(of, registry)
    assert row(found, RATE)[0] == (8.0 if kpi == RATE else 16.0)
    assert row(found, COUNT)[0] == 10.0
    assert found.filter(kpi_id="a_kpi_of_tomorrow").is_empty()


def test_a_district_without_a_feed_of_a_kpi_is_no_zero_in_it(tmp_path: Path, registry: Registry) -> None:
    parcels.make(tmp_path, A, registry, numbers={RATE: (8.0, 10.0), COUNT: (5.0, None)})
    parcels.make(
        tmp_path, B, registry, numbers={RATE: (8.0, 10.0), COUNT: (0.0, None)},
        never_came=sorted(registry.feeds_read()[COUNT]),
    )  # fmt: skip
    of = chosen(tmp_path, registry)
    assert of.left_out == {(B, COUNT): "feed_never_came"}
    found = added(of, registry)
    assert row(found, RATE)[0] == 16.0 and row(found, COUNT)[0] == 5.0
    assert set(sums.frame(of, "kpi_daily").filter(kpi_id=COUNT)["org_code"]) == {A}


def test_the_order_of_the_parts_does_not_matter(tmp_path: Path, registry: Registry) -> None:
    for inbox, parts in (("one", (0.1, 0.2, 0.3)), ("two", (0.3, 0.2, 0.1))):
        for district, part in zip((A, B, C), parts, strict=True):
            parcels.make(tmp_path / inbox, district, registry, numbers={RATE: (part, 1.0)})
    one, two = (row(added(chosen(tmp_path / inbox, registry), registry), RATE) for inbox in ("one", "two"))
    assert one == two == (0.6, 3.0, 0.6 / 3.0 * 100)


def test_a_district_that_is_ahead_is_cut_at_the_day(tmp_path: Path, registry: Registry) -> None:
    parcels.make(tmp_path, A, registry, through=TODAY)
    parcels.make(tmp_path, B, registry)
    parcels.make(tmp_path, C, registry)
    of = chosen(tmp_path, registry)
    assert of.day == DAY and added(of, registry)["kpi_date"].max() == DAY


def test_every_table_of_an_area_is_described() -> None:
    said = sums.descriptions()
    assert all(text and " · " in text for *_, text in said)
    assert len({one[:3] for one in said}) == len(said)

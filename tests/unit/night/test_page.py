"""The night's page: what it says of a ledger and a publication."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.contracts.model import Contract
from pipelines.installation import House
from pipelines.night import page
from pipelines.night.findings import Code, Finding
from pipelines.settings import Settings
from pipelines.warehouse.store import Warehouse
from tests.unit.helpers import ledger_line

DAY = date(2024, 1, 5)
NOW = datetime(2024, 1, 6, 6, 0)


@pytest.fixture
def here(settings: Settings, contracts: tuple[Contract, ...]) -> House:
    return House(replace(settings, clock=lambda: NOW), contracts, (), ())


def publish(published: Path, restated: int) -> None:
    """A publication with this many restated numbers of two KPIs."""
    published.mkdir(parents=True)
    with duckdb.connect(str(published / "g2.duckdb")) as connection:
        connection.execute(
            "create schema marts; create schema meta; create table meta.build as select 'g2' as generation"
        )
        connection.execute(
            "create table marts.kpi_restatement as select 'k' || (i % 2) as kpi_id, 'g2' as generation"
            f" from range({restated}) as t (i) union all select 'k9', 'g1'"
        )
    pointer = {"generation": "g2", "file": "g2.duckdb", "built_at": "2024-01-06T05:30:00", "data_through": "2024-01-05"}
    (published / "current.json").write_text(json.dumps(pointer))


def test_the_page_says_what_came_what_is_missing_and_what_is_to_do(here: House, warehouse: Warehouse) -> None:
    publish(here.settings.published, 1200)
    old = ledger_line(9, DAY - timedelta(days=9), 7, platform="home_visit", taken_at=NOW - timedelta(hours=25))
    warehouse.write_lines([
        ledger_line(1, DAY, 900, rows_rejected=100, rows_counted=1000),
        ledger_line(2, DAY, 0, state="held", reason="bad"),
        ledger_line(3, DAY, 0, state="duplicate"),
        replace(ledger_line(4, DAY, 0, state="rejected"), platform=None, feed=None, business_date=None),
        old,
    ])  # fmt: skip
    held = Finding(
        Code.HELD, "a.b", "x", 1, DAY, DAY, (("title", "窗|口"), ("files", (("a.csv", "the file is empty"),)))
    )
    said = page.text(page.look(here, warehouse, [held]))
    assert "已发布 g2（2024-01-06T05:30:00），数据截至 2024-01-05，从第一个文件到发布 30 分钟" in said
    assert "更正了 2 个指标的 1,200 个数" in said
    assert "### 要处理的事 1 件" in said
    assert "- 【文件挂起】窗&#124;口 1月5日：a.csv 未入库" in said
    title = next(contract.title for contract in here.contracts if contract.platform == "service_centre")
    assert f"| {title} | 3 | 900 | 100 | 1 | 1 |" in said
    assert "| 无此数据集 | 1 | 0 | 0 | 1 | 0 |" in said
    visits = next(contract.title for contract in here.contracts if contract.platform == "home_visit")
    assert said.rstrip().endswith(visits)


def test_a_home_without_anything_has_a_page(here: House, warehouse: Warehouse) -> None:
    said = page.text(page.look(here, warehouse, []))
    assert "还没有发布。" in said
    assert said.count("没有。") == 2

"""`sihe readiness`: what it says of published tables, and where there are none."""

import json
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from pipelines.commands.cli import main

TABLES = """
create schema meta;
create schema marts;
create table meta.build as select '1' as generation;
create table meta.feed as
select * from (values
    ('home_visit', 'visit', '入户走访', true, null), ('snap_report', 'report', '随手拍上报', false, 'snap.odcs.yaml')
) as one (platform, feed, title, is_connected, own_contract);
create table meta.readiness_feed as
select * from (values
    ('home_visit', 'visit', true, 'on', 2, 0, 2, date '2026-01-01', date '2026-01-02', 90, 3, 2, 1),
    ('snap_report', 'report', false, 'trial', 1, 0, 1, date '2026-01-02', date '2026-01-02', 5, 0, 1, 0)
) as one (
    platform, feed, is_connected, state, files, files_held, days_accepted, accepted_from, accepted_through,
    rows_counted, rows_rejected, kpis, kpis_on
);
create table meta.readiness_kpi as
select * from (values ('a', true, null), ('b', false, 'snap_report.report')) as one (kpi_id, is_on, lacks);
create table meta.readiness_page as
select * from (values ('visits', 'home_visit', 'visit'), ('events', 'snap_report', 'report')) as one
    (page, platform, feed);
create table marts.kpi_definition as
select * from (values ('a', '甲', 'safe'), ('b', '乙', 'safe')) as one (kpi_id, zh, pillar);
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    published = tmp_path / "home" / "published"
    published.mkdir(parents=True)
    with duckdb.connect(str(published / "sihe-1.duckdb")) as connection:
        connection.execute(TABLES)
    (published / "current.json").write_text('{"generation": "1", "file": "sihe-1.duckdb"}', encoding="utf-8")
    return published.parent


def readiness(home: Path, *flags: str) -> Result:
    return CliRunner().invoke(main, ["readiness", "--home", str(home), *flags])


def test_it_says_what_is_on_and_what_lacks(home: Path) -> None:
    said = readiness(home)
    assert said.exit_code == 0, said.output
    lines = [" ".join(line.split()) for line in said.output.splitlines()]
    assert lines[0] == "1 of 2 feeds are in use, 1 of 2 KPIs are on"
    assert "home_visit.visit in use 2 2026-01-02 90 3 1/2" in lines
    assert "snap_report.report on trial: accepted, not connected 1 2026-01-02 5 0/1" in lines
    assert "events 0/1, lacks snap_report.report" in lines
    assert "b 乙: lacks snap_report.report" in lines


def test_json_has_everything(home: Path) -> None:
    told = json.loads(readiness(home, "--json").output)
    assert [one["state"] for one in told["feeds"]] == ["on", "trial"]
    assert told["feeds"][1]["own_contract"] == "snap.odcs.yaml"
    assert told["kpis"][1] == {
        "kpi_id": "b",
        "zh": "乙",
        "pillar": "safe",
        "is_on": False,
        "lacks": "snap_report.report",
    }
    assert told["pages"] == [
        {"page": "events", "feeds": 1, "feeds_there": 0, "lacks": "snap_report.report"},
        {"page": "visits", "feeds": 1, "feeds_there": 1, "lacks": None},
    ]


def test_before_the_first_publication_it_says_what_to_do(tmp_path: Path) -> None:
    said = readiness(tmp_path)
    assert (said.exit_code, "sihe run" in said.output) == (1, True)


def test_a_generation_of_an_older_version_is_no_traceback(home: Path) -> None:
    with duckdb.connect(str(home / "published" / "sihe-1.duckdb")) as connection:
        connection.execute("drop table meta.readiness_page")
    said = readiness(home)
    assert said.exit_code == 1
    assert "sihe run publishes one" in said.output

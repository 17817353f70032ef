"""What a run should load, decided from the inbox and the files seen before: a pure function, tested by a table; and the
sensors that call it, and those that send alerts."""

import fcntl
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._utils import get_run_crash_explanation

from pipelines import dbt_bridge
from pipelines.commands.preparing import prepare
from pipelines.contracts.model import Contract, Feed
from pipelines.delivery.landing import Arrival
from pipelines.installation import House
from pipelines.night import findings
from pipelines.orchestration import automation, common, unfinished
from pipelines.orchestration.automation import what_to_take
from pipelines.settings import Settings
from pipelines.warehouse import journal
from tests.unit.desk import Desk
from tests.unit.helpers import csv_bytes, put, row_of
from tests.unit.robot import Robot

NOW = datetime(2024, 2, 1, 6, 0, 0)
LONG_AGO = NOW - timedelta(hours=3)
EVENT, FLOW, POINT = "command_centre.event", "command_centre.event_flow", "service_centre.service_point"


def arrival(
    feeds: list[Feed], day: date | None, name: str = "a.csv", at: datetime = LONG_AGO, folder: str = "d"
) -> Arrival:
    return Arrival(f"/inbox/{folder}/{name}", folder, name, tuple(feeds), day, 1, at, "s1", size=1)


def day(number: int) -> date:
    return date(2024, 1, number)


Found = list[tuple[list[str], date | None, datetime]]
Seen = dict[tuple[str, str, str], str]


@pytest.mark.parametrize(
    ("found", "seen", "answer"),
    [
        pytest.param([], {}, "nothing new in the inbox", id="an empty inbox"),
        pytest.param([([EVENT], day(5), LONG_AGO)], {}, ({EVENT}, day(5), day(5)), id="one file"),
        pytest.param(
            [([EVENT], day(5), LONG_AGO)], {(EVENT, "d", "0.csv"): "s1"}, "nothing new in the inbox", id="seen"
        ),
        pytest.param(
            [([EVENT], day(5), LONG_AGO)], {(EVENT, "d", "0.csv"): "s0"}, ({EVENT}, day(5), day(5)), id="changed"
        ),
        pytest.param(
            [([EVENT], day(5), LONG_AGO)], {(EVENT, "e", "0.csv"): "s1"}, ({EVENT}, day(5), day(5)), id="other folder"
        ),
        pytest.param(
            [([EVENT], day(5), LONG_AGO), ([POINT], day(2), LONG_AGO), ([EVENT], day(9), LONG_AGO)],
            {},
            ({EVENT, POINT}, day(2), day(9)),
            id="a range of days of two feeds",
        ),
        pytest.param(
            [([EVENT, FLOW], day(5), LONG_AGO)],
            {(EVENT, "d", "0.csv"): "s1"},
            ({FLOW}, day(5), day(5)),
            id="a workbook seen by one of its feeds",
        ),
        pytest.param([([], None, LONG_AGO)], {}, set(), id="of no feed"),
        pytest.param(
            [([], None, LONG_AGO)], {("", "d", "0.csv"): "s1"}, "nothing new in the inbox", id="of no feed, but known"
        ),
        pytest.param([([EVENT], date(2099, 1, 1), LONG_AGO)], {}, set(), id="of the future"),
        pytest.param([([EVENT], date(25, 1, 1), LONG_AGO)], {}, set(), id="of the year 25"),
        pytest.param([([EVENT], day(5), NOW)], {}, "30 s", id="arrived this moment"),
        pytest.param([([EVENT], day(5), NOW - timedelta(seconds=29))], {}, "30 s", id="arrived 29 s ago"),
        pytest.param(
            [([EVENT], day(5), NOW - timedelta(seconds=30))], {}, ({EVENT}, day(5), day(5)), id="arrived 30 s ago"
        ),
        pytest.param(
            [([EVENT], day(5), NOW + timedelta(days=1))], {}, ({EVENT}, day(5), day(5)), id="a clock that runs ahead"
        ),
        pytest.param(
            [([EVENT], day(5), LONG_AGO), ([POINT], day(5), NOW)], {}, "30 s", id="more of the same upload may follow"
        ),
        pytest.param(
            [([EVENT], day(5), LONG_AGO), ([], None, NOW)], {}, ({EVENT}, day(5), day(5)), id="a stray waits for nobody"
        ),
        pytest.param(
            [([EVENT], day(5), LONG_AGO), ([POINT], day(5), NOW)],
            {(POINT, "d", "1.csv"): "s1"},
            ({EVENT}, day(5), day(5)),
            id="what was seen waits for nobody",
        ),
    ],
)
def test_what_to_take(
    feeds: dict[str, Feed], found: Found, seen: Seen, answer: tuple[set[str], date, date] | set[str] | str
) -> None:
    arrivals = [arrival([feeds[f] for f in ids], on, f"{i}.csv", at) for i, (ids, on, at) in enumerate(found)]
    decided = what_to_take(arrivals, seen, NOW)
    if isinstance(answer, str):
        assert isinstance(decided, str)
        assert answer in decided
    else:
        assert decided == answer


# ---------------------------------------------------------------- the sensors themselves


@pytest.fixture
def here(settings: Settings, contracts: tuple[Contract, ...]) -> House:
    """An installation of one platform."""
    return House(settings, tuple(one for one in contracts if one.platform == "service_centre"), (), ())


def sensors_of(here: House) -> dict[str, Any]:
    everything = dg.AssetSelection.all()
    build = automation.jobs(everything, everything, common.business_dates(here))[1]
    return {sensor.name: sensor for sensor in automation.sensors(here, build)}


@pytest.fixture
def sensors(here: House) -> dict[str, Any]:
    return sensors_of(here)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def put_point(here: House, day: str, at: datetime = LONG_AGO, data: bytes | None = None) -> None:
    rows = csv_bytes(here.feeds[0], [row_of(here.feeds[0])]) if data is None else data
    put(here.settings.inbox, "d", f"service_centre_service_point_{day}.csv", rows, at)


def take(here: House) -> None:
    with here.writing("a test") as opened:
        Desk(opened, here.settings, here.feeds, here.key(opened)).take()


@contextmanager
def another_writer(here: House) -> Iterator[None]:
    here.settings.lock_file.parent.mkdir(parents=True, exist_ok=True)
    with here.settings.lock_file.open("w") as file:
        file.write("process 1: a long backfill")
        file.flush()
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def test_the_inbox_sensor_asks_for_the_feeds_and_days_that_are_new(
    here: House, sensors: dict[str, Any], instance: dg.DagsterInstance
) -> None:
    look = sensors["inbox_sensor"]
    assert look(dg.build_sensor_context(instance)).skip_message == "nothing new in the inbox"
    for name in ("20240105", "20240109"):
        put_point(here, name)
    asked = look(dg.build_sensor_context(instance))
    assert isinstance(asked, dg.RunRequest)
    assert asked.asset_selection == [dg.AssetKey("inbox"), dg.AssetKey(["service_centre", "service_point"])]
    assert all(text in json.dumps([asked.run_config, asked.tags]) for text in ("2024-01-05", "2024-01-09"))
    take(here)
    assert look(dg.build_sensor_context(instance)).skip_message == "nothing new in the inbox"
    put(here.settings.inbox, "", "notes.txt", b"x", LONG_AGO)
    asked = look(dg.build_sensor_context(instance))
    assert asked.asset_selection == [dg.AssetKey("inbox")]
    with another_writer(here):
        assert "a long backfill" in look(dg.build_sensor_context(instance)).skip_message


def test_an_inbox_as_it_was_is_looked_at_without_the_database(
    here: House, sensors: dict[str, Any], instance: dg.DagsterInstance
) -> None:
    look, context = sensors["inbox_sensor"], dg.build_sensor_context(instance)
    put_point(here, "20240105")
    take(here)
    assert look(context).skip_message == automation.NOTHING_NEW
    with another_writer(here):
        assert look(context).skip_message == automation.NOTHING_NEW
        put_point(here, "20240106")
        assert "a long backfill" in look(context).skip_message
    assert isinstance(look(context), dg.RunRequest)
    assert isinstance(look(context), dg.RunRequest)
    take(here)
    assert look(context).skip_message == automation.NOTHING_NEW
    # A database that is gone is looked for, and made again from archive and journal.
    here.settings.working_db.unlink()
    assert look(context).skip_message == automation.NOTHING_NEW
    assert here.settings.working_db.exists()
    # A file of a day that has not come waits for it.
    take(here)
    day_after = here.settings.clock() + timedelta(days=1)
    put_point(here, f"{day_after:%Y%m%d}")
    take(here)
    assert look(context).skip_message == automation.NOTHING_NEW
    later = House(replace(here.settings, clock=lambda: day_after), here.contracts, (), ())
    tomorrow = sensors_of(later)["inbox_sensor"]
    assert isinstance(tomorrow(dg.build_sensor_context(instance, cursor=context.cursor)), dg.RunRequest)


def test_the_daemon_s_looks_share_one_instance(tmp_path: Path) -> None:
    """Its contexts have a reference, with which each would open an instance of its own."""
    (tmp_path / "another").mkdir()
    with (
        dg.DagsterInstance.local_temp(str(tmp_path)) as one,
        dg.DagsterInstance.local_temp(str(tmp_path / "another")) as another,
    ):
        first = automation._opened(one.get_ref())
        assert automation._opened(one.get_ref()) is first
        assert automation._opened(another.get_ref()) is not first


def test_findings_are_told_once(here: House, sensors: dict[str, Any], instance: dg.DagsterInstance) -> None:
    look = sensors["alert_findings"]
    assert look(dg.build_sensor_context(instance)).skip_message == "0 findings: 0 told now, 0 mended"
    put_point(here, "20240105")
    take(here)
    assert look(dg.build_sensor_context(instance)).skip_message == "1 findings: 1 told now, 0 mended"
    assert look(dg.build_sensor_context(instance)).skip_message == "1 findings: 0 told now, 0 mended"
    (record,) = here.settings.alerts_file.read_text(encoding="utf-8").splitlines()
    assert "未按时到达" in json.loads(record)["lines"][0]
    with another_writer(here):
        assert "a long backfill" in look(dg.build_sensor_context(instance)).skip_message


@dg.op
def broken() -> None:
    raise ValueError("申某某 13900000001")


@dg.job
def take_in_like() -> None:
    broken()


def failure_of(instance: dg.DagsterInstance, run: dg.DagsterRun, event: dg.DagsterEvent) -> dg.RunFailureSensorContext:
    return dg.build_run_status_sensor_context(
        sensor_name="alert_failure", dagster_event=event, dagster_instance=instance, dagster_run=run
    ).for_run_failure()


def test_a_run_that_died_in_no_step_says_why(
    sensors: dict[str, Any], here: House, instance: dg.DagsterInstance
) -> None:
    """Two such runs of a day are told both, if they died otherwise."""
    for why in ("its process has died", "its process has died", "the machine was restarted"):
        run = instance.create_run_for_job(take_in_like)
        event = instance.report_run_failed(run, why)
        sensors["alert_failure"](failure_of(instance, run, event))
    lines = here.settings.alerts_file.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["lines"][0] for line in lines] == ["its process has died", "the machine was restarted"]


@pytest.mark.parametrize(("exit_code", "why"), [(-9, "被强行结束"), (3, "unexpectedly exited with code 3")])
def test_a_run_whose_process_has_died_says_how(
    sensors: dict[str, Any], here: House, instance: dg.DagsterInstance, exit_code: int, why: str
) -> None:
    """The event of its failure says no more than that it comes from outside."""
    run = instance.create_run_for_job(take_in_like)
    # As the code server does it.
    instance.report_engine_event(get_run_crash_explanation(f"Run execution process for {run.run_id}", exit_code), run)
    sensors["alert_failure"](failure_of(instance, run, instance.report_run_failed(run)))
    (line,) = here.settings.alerts_file.read_text(encoding="utf-8").splitlines()
    assert why in json.loads(line)["lines"][0]


def test_a_failed_run_is_told_to_a_robot_without_quoting_it(
    settings: Settings, contracts: tuple[Contract, ...], instance: dg.DagsterInstance
) -> None:
    """The text of an error may quote a cell: only steps are named."""
    with Robot() as robot:
        there = House(replace(settings, webhook=robot.address), contracts[:1], (), ())
        everything = dg.AssetSelection.all()
        build = automation.jobs(everything, everything, common.business_dates(there))[1]
        (alert,) = (sensor for sensor in automation.sensors(there, build) if sensor.name == "alert_failure")
        failed = take_in_like.execute_in_process(instance=instance, raise_on_error=False)
        alert(failure_of(instance, failed.dagster_run, failed.get_run_failure_event()))
    ((_, body),) = robot.posted
    text = body["markdown"]["content"]
    assert "take_in_like 运行失败" in text
    assert "step broken failed" in text
    assert failed.dagster_run.run_id in text
    assert "申某某" not in text
    assert "13900000001" not in settings.alerts_file.read_text(encoding="utf-8")


def test_a_failed_run_is_told_by_its_assets_with_a_link(
    settings: Settings, contracts: tuple[Contract, ...], instance: dg.DagsterInstance
) -> None:
    """The job of assets that were chosen in the pages has a name that nobody gave."""

    @dg.asset
    def visits() -> None: ...

    there = House(replace(settings, address="https://sihe.example.gov.cn"), contracts[:1], (), ())
    everything = dg.AssetSelection.all()
    build = automation.jobs(everything, everything, common.business_dates(there))[1]
    (alert,) = (sensor for sensor in automation.sensors(there, build) if sensor.name == "alert_failure")
    job = dg.Definitions([visits]).get_implicit_global_asset_job_def()
    run = instance.create_run_for_job(job, asset_selection=frozenset({dg.AssetKey("visits")}))
    alert(failure_of(instance, run, instance.report_run_failed(run, "its process has died")))
    (told,) = map(json.loads, there.settings.alerts_file.read_text(encoding="utf-8").splitlines())
    assert told["title"] == "四合：visits 运行失败 · run failed"
    assert told["lines"][-1] == f"the log: https://sihe.example.gov.cn/dagster/runs/{run.run_id}"


@pytest.mark.parametrize("name", ["nightly", "alert_findings"])
def test_a_look_that_fails_is_told_because_no_run_does(here: House, instance: dg.DagsterInstance, name: str) -> None:
    here.settings.journal.parent.mkdir(parents=True)
    here.settings.journal.write_text("overwritten\n")
    with Robot() as robot:
        there = replace(here, settings=replace(here.settings, webhook=robot.address))
        (nightly,) = automation.schedules(there)
        for _ in range(3):
            with pytest.raises(journal.Unreadable):
                if name == "nightly":
                    nightly(dg.build_schedule_context(instance))
                else:
                    sensors_of(there)[name](dg.build_sensor_context(instance))
    ((_, body),) = robot.posted
    text = body["markdown"]["content"]
    assert f"{name} 运行失败" in text and "does not begin as a journal does" in text


def test_what_fails_in_a_look_is_told_without_its_text_if_it_may_quote_a_row(
    here: House, sensors: dict[str, Any], instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("申某某 13900000001")

    monkeypatch.setattr(findings, "collect", fail)
    with pytest.raises(ValueError, match="申某某"):
        sensors["alert_findings"](dg.build_sensor_context(instance))
    said = here.settings.alerts_file.read_text(encoding="utf-8")
    assert "ValueError" in said and "申某某" not in said


def test_definitions_that_cannot_be_loaded_are_told(tmp_path: Path) -> None:
    """Without them no sensor would send an alert."""
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "kpi_override.csv").write_text(
        "valid_from,kpi_id,org_code,red_line,target,stretch,band_low,band_high,weight,reason\n2026-01-01,nope,,,,,,,1,\n"
    )
    environment = {**os.environ, "SIHE_HOME": str(tmp_path), "SIHE_INBOX": str(tmp_path / "inbox")}
    command = [sys.executable, "-c", "import pipelines.definitions"]
    assert subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 1
    (line,) = Settings(tmp_path, tmp_path, tmp_path).alerts_file.read_text(encoding="utf-8").splitlines()
    assert "dagster 运行失败" in line and "kpi_override.csv:2: kpi_id: no KPI is called 'nope'" in line


def publish_as(here: House, generation: str) -> None:
    """As a build ends that has published."""
    published = here.settings.published
    published.mkdir(parents=True, exist_ok=True)
    file = f"sihe-{generation}.duckdb"
    (published / file).touch()
    (published / "current.json").write_text(json.dumps({"generation": generation, "file": file}))
    with here.writing("a test") as opened:
        opened.connection.execute("delete from ledger.change")
        opened.note_build(dbt_bridge.code_version(here.settings), is_whole=True)
        opened.note_published(generation)


def test_what_was_taken_is_built_once(
    here: House, sensors: dict[str, Any], instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = sensors["changes_sensor"]
    context = dg.build_sensor_context(instance)
    put_point(here, "20240105")
    take(here)
    with another_writer(here):
        assert "a long backfill" in look(context).skip_message
    first = look(context)
    assert isinstance(first, dg.RunRequest)
    # No run came of what was asked for.
    assert look(context).skip_message == automation.ASKED_TODAY
    # The build fails after it changed the database: the same is not asked for again, except on another day.
    with here.writing("a test") as opened:
        opened.note_build("a version", is_whole=False)
    assert look(context).run_key == first.run_key
    later = House(replace(here.settings, clock=lambda: NOW + timedelta(days=9)), here.contracts, (), ())
    assert sensors_of(later)["changes_sensor"](dg.build_sensor_context(instance)).run_key != first.run_key
    # More is taken.
    put_point(here, "20240106")
    take(here)
    assert look(context).run_key not in (None, first.run_key)
    publish_as(here, "1")
    assert look(context).skip_message == "nothing has changed since the last build"
    # Other code is built without a file.
    monkeypatch.setattr(dbt_bridge, "code_version", lambda _: "other")
    assert isinstance(look(context), dg.RunRequest)


def test_code_that_is_changed_back_is_built_again_on_the_same_day(
    here: House, sensors: dict[str, Any], instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dagster starts no second run for a key: targets that were changed back were published on the next morning."""
    look, context = sensors["changes_sensor"], dg.build_sensor_context(instance)
    asked = []
    for generation, version in enumerate(("a", "b", "a", "b"), start=1):
        monkeypatch.setattr(dbt_bridge, "code_version", lambda _, version=version: version)
        asked.append(look(context).run_key)
        publish_as(here, str(generation))
        assert look(context).skip_message == "nothing has changed since the last build"
    assert len(set(asked)) == 4


@pytest.mark.parametrize("name", ["inbox_sensor", "changes_sensor"])
def test_no_run_is_asked_for_while_another_waits_or_works(
    here: House, sensors: dict[str, Any], instance: dg.DagsterInstance, name: str
) -> None:
    put_point(here, "20240105")
    if name == "changes_sensor":
        take(here)
    run = instance.create_run_for_job(take_in_like, status=dg.DagsterRunStatus.STARTED)
    context = dg.build_sensor_context(instance)
    assert sensors[name](context).skip_message == "a run of take_in_like waits or works"
    instance.report_run_canceled(run)
    assert isinstance(sensors[name](context), dg.RunRequest)


def test_a_build_does_not_overtake_a_run_that_is_about_to_be_tried_again(
    here: House, sensors: dict[str, Any], instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_point(here, "20240105")
    take(here)
    context = dg.build_sensor_context(instance)
    failed = dg.DagsterRunStatus.FAILURE
    run = instance.create_run_for_job(take_in_like, status=failed, tags={"dagster/will_retry": "true"})
    assert "take_in_like is about to be tried again" in sensors["changes_sensor"](context).skip_message
    # Dagster does not try a run of the command line again.
    with monkeypatch.context() as later:
        later.setattr(unfinished, "RETRIED_WITHIN", timedelta(0))
        assert unfinished.reason_to_wait(here, instance) is None
    instance.add_run_tags(run.run_id, {"dagster/auto_retry_run_id": "another"})
    assert isinstance(sensors["changes_sensor"](context), dg.RunRequest)


def test_a_run_whose_process_has_died_does_not_stop_the_nights(
    here: House, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is silent for long, and nobody holds the writer's lock."""
    run = instance.create_run_for_job(take_in_like, status=dg.DagsterRunStatus.STARTED)
    waits = "a run of take_in_like waits or works"
    assert unfinished.reason_to_wait(here, instance) == waits
    monkeypatch.setattr(unfinished, "SILENT_FOR", timedelta(0))
    with another_writer(here):
        assert unfinished.reason_to_wait(here, instance) == waits
    queued = instance.create_run_for_job(take_in_like, status=dg.DagsterRunStatus.STARTING)
    assert unfinished.reason_to_wait(here, instance) == waits
    instance.report_run_canceled(queued)
    assert unfinished.reason_to_wait(here, instance) is None
    ended = instance.get_run_by_id(run.run_id)
    assert ended is not None
    assert ended.status is dg.DagsterRunStatus.FAILURE


def test_dagster_dev_is_warned_that_it_stands_beside_an_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    house = prepare(tmp_path / "home", tmp_path / "inbox")
    monkeypatch.setattr(dg, "get_dagster_logger", lambda _: logging.getLogger("said"))

    def said() -> str:
        caplog.clear()
        common.warn_of_two(house)
        return caplog.text

    monkeypatch.setenv("DAGSTER_IS_DEV_CLI", "1")
    assert not said()  # a new home is nobody's installation
    house.settings.journal.parent.mkdir(exist_ok=True)
    house.settings.journal.touch()
    assert f"beside the installation in {house.settings.home}, which does not work at this moment" in said()
    with (house.settings.dagster_home / "code.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "which works at this moment" in said()
    assert "does not work at this moment" in said()
    monkeypatch.delenv("DAGSTER_IS_DEV_CLI")
    assert not said()

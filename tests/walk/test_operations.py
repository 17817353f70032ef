"""Operating an installation: status, doctor, a corrected contract, two runs at once, an alert.

Belongs here: the commands on a real home. Does not belong here: their output in every state (`unit/`).
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines import dbt_bridge, installation, settings
from pipelines.commands import cli
from pipelines.delivery import landing
from pipelines.intake import taking, worklist
from pipelines.warehouse import lock
from tests.conftest import SIHE, lines_of, receive, run_sihe
from tests.unit.robot import Robot
from tests.walk.published import ask

Copied = Callable[[str], tuple[Path, Path]]
CONTRACTS = settings.PROJECT_DIR / "pipelines" / "contracts"
NAME = "command_centre_event_20150316.csv"


@pytest.fixture
def here(copied: Copied, built: tuple[Path, Path, str]) -> Iterator[installation.House]:
    """A copy of the built home, with the inbox it was built from; the environment is restored."""
    before = dict(os.environ)
    home, _ = copied("operations")
    (home / "inbox").mkdir()
    yield installation.load(home, built[1])
    os.environ.clear()
    os.environ.update(before)


def new_day(inbox: Path, built_inbox: Path) -> None:
    """A day with two cases of a source that is not in the contract, and one of a source that is."""
    header, row, *_ = lines_of(built_inbox / "2015-03-14" / "command_centre_event_20150314.csv")
    names, values = header.split(","), row.split(",")
    made = [dict(zip(names, values, strict=True)) | {"事件编号": f"SJ9000000000000{i}"} for i in range(3)]
    for case in made[:2]:
        case["来源"] = "无人机巡查"
    lines = [header, *(",".join(case[name] for name in names) for case in made)]
    file = inbox / "2015-03-16" / NAME
    file.parent.mkdir()
    file.write_bytes("".join(f"{line}\n" for line in lines).encode("gb18030"))
    receive(inbox)


def generation(home: Path) -> str:
    return str(json.loads((home / "published" / "current.json").read_text())["generation"])


# ---------------------------------------------------------------- looking


def test_the_status_is_what_ledger_and_publication_say(here: installation.House) -> None:
    home = here.settings.home
    ended = CliRunner().invoke(cli.main, ["status", "--json", "--home", str(home), "--inbox", str(here.settings.inbox)])
    assert ended.exit_code == 0, ended.output
    found = json.loads(ended.output)
    assert (found["generation"], found["data_from"], found["data_through"]) == (
        generation(home), "2015-01-02", "2015-03-15"
    )  # fmt: skip
    assert (found["pending_files"], found["unbuilt_feed_days"], found["is_demo"]) == (0, 0, False)
    told = ask(
        home,
        "select platform || '.' || feed, max(business_date)::varchar, count(*), sum(rows_rejected)"
        " from meta.delivery group by 1",
    )
    assert {
        (feed["feed"], feed["newest"], feed["deliveries"], feed["rejected_rows"])
        for feed in found["feeds"]
        if feed["deliveries"]
    } == set(told)
    assert [feed["feed"] for feed in found["feeds"]] == [feed.id for feed in here.feeds]
    assert {feed for feed, _ in found["late"]} == {feed for feed, *_ in told}
    assert found["held"] == found["rejected"] == found["contract_errors"] == []
    warned = ask(
        home, "select check_name, feed from meta.check_result where status <> 'pass' and business_date is null"
    )
    assert {(finding["check_name"], finding["feed"]) for finding in found["findings"]} == set(warned)


def test_the_doctor_finds_nothing_until_there_is_something(here: installation.House) -> None:
    arguments = ["doctor", "--home", str(here.settings.home), "--inbox", str(here.settings.inbox)]
    ended = CliRunner().invoke(cli.main, arguments)
    assert ended.exit_code == 0, ended.output
    assert "71 deliveries: every row has one fate, every loaded row is there" in ended.output
    here.settings.key_file.chmod(0o644)
    ended = CliRunner().invoke(cli.main, arguments)
    assert ended.exit_code == 1
    assert "others can read the key: chmod 600 it" in ended.output


# ---------------------------------------------------------------- a build without and with a change


def test_a_build_publishes_what_changed_and_nothing_where_nothing_did(here: installation.House) -> None:
    home = here.settings.home

    def built(*arguments: str) -> tuple[str, str]:
        ran = run_sihe(home, "build", *arguments, env={"SIHE_INBOX": str(here.settings.inbox)})
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return generation(home), ran.stdout

    # The copy of the home has other files than were checked.
    first, _ = built()
    assert built() == (first, f"nothing has changed: generation {first} stays published\n")
    calendar = here.settings.local_seeds / "calendar.csv"
    calendar.parent.mkdir(exist_ok=True)
    calendar.write_text("from_on,to_on,zh,en,kpi_id,source\n2015-02-01,,口径 2,Version 2,event_rework_rate,区\n")
    second, _ = built()
    assert second != first
    assert ask(home, "select zh from marts.calendar_mark where kpi_id = 'event_rework_rate'") == [("口径 2",)]
    assert built()[0] == second
    # A publication that did not end: the next build makes up for it.
    with here.writing("a test") as opened:
        opened.note_build(dbt_bridge.code_version(here.settings), is_whole=True)
    third, _ = built()
    assert third not in (first, second)
    assert built("--force")[0] not in (first, second, third)


# ---------------------------------------------------------------- a contract is corrected


@dataclass(frozen=True)
class Backfilled:
    home: Path
    ran: subprocess.CompletedProcess[str]
    before: str
    rejected_before: int
    broken: Path


@pytest.fixture
def backfilled(here: installation.House, tmp_path: Path) -> Backfilled:
    """A day with rejected rows, then `sihe backfill --rejected` with a contract that has their value; meanwhile another
    platform's contract was broken."""
    home = here.settings.home
    new_day(home / "inbox", here.settings.inbox)
    arrivals = landing.scan(home / "inbox", here.feeds)
    (event,) = (feed for feed in here.feeds if feed.id == "command_centre.event")
    with here.writing("a test") as opened:
        found = worklist.pending(arrivals, opened.stamps(), here.settings.clock().date())
        settled = list(taking.take([event], found, opened, here.settings, here.key(opened)))
    (line,) = settled[0].new
    shutil.rmtree(home / "inbox")  # the archive has it
    contracts = tmp_path / "contracts"
    shutil.copytree(CONTRACTS, contracts)
    file = contracts / "command_centre.odcs.yaml"
    known = "{id: grid_patrol, value: 网格巡查"
    text = file.read_text(encoding="utf-8")
    assert text.count(known) == 1
    file.write_text(text.replace(known, f"{{id: drone, value: 无人机巡查}}, {known}"), encoding="utf-8")
    broken = contracts / "smart_community.odcs.yaml"
    broken.write_text(broken.read_text(encoding="utf-8").replace("logicalType: date", "logicalType: moment", 1))
    before = generation(home)
    ran = run_sihe(home, "backfill", "--rejected", env={"SIHE_CONTRACTS": str(contracts)})
    return Backfilled(home, ran, before, line.rows_rejected, broken)


def test_rejected_rows_are_loaded_and_published_after_their_contract_was_mended(backfilled: Backfilled) -> None:
    ran, home = backfilled.ran, backfilled.home
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert backfilled.rejected_before == 2
    assert "taking again 1 feeds, business dates 2015-03-16 to 2015-03-16" in ran.stdout
    assert "taken    1 loaded; 3 rows loaded, 0 rejected" in ran.stdout
    assert generation(home) != backfilled.before
    fates = "select state, rows_counted, rows_loaded, rows_rejected from meta.delivery where file_name = ?"
    assert ask(home, fates, [NAME]) == [("loaded", 3, 3, 0)]
    assert ask(home, "select count(*) from meta.rejected_row") == [(0,)]
    sources = (
        "select source, count(*) from marts.fct_event where event_id like 'SJ9000000000000%' group by 1 order by 1"
    )
    assert ask(home, sources)[0] == ("drone", 2)
    assert len(ask(home, sources)) == 2
    takes_down_its_own_platform_only(backfilled)


def takes_down_its_own_platform_only(backfilled: Backfilled) -> None:
    """The other contract is broken: that is one error, and the existing data of its platform stay."""
    ran, home, broken = backfilled.ran, backfilled.home, backfilled.broken
    line = next(i for i, text in enumerate(broken.read_text(encoding="utf-8").splitlines(), 1) if "moment" in text)
    assert f"{broken.name}:{line}: schema[" in ran.stderr
    assert ran.stderr.count("contract left out") == 1
    registered = "select count(*) from meta.delivery where platform = 'smart_community' and state = 'loaded'"
    assert ask(home, registered) == [(1,)]
    assert ask(home, "select count(distinct org_code) from marts.dim_org where org_level = 'community'")[0][0] > 5


# ---------------------------------------------------------------- two at once, and what people hear


def has_open(process: "subprocess.Popen[str]", file: Path) -> bool:
    """Whether the process has already opened the file."""
    for handle in Path(f"/proc/{process.pid}/fd").iterdir():
        try:
            if handle.readlink() == file:
                return True
        except OSError:
            continue
    return False


def test_a_second_run_waits_for_the_first(here: installation.House) -> None:
    home, inbox = here.settings.home, here.settings.inbox
    with lock.exclusive(here.settings, 0, "a long backfill"):
        second = subprocess.Popen(
            [str(SIHE), "run", "--home", str(home), "--inbox", str(inbox)], stdout=subprocess.PIPE, text=True
        )
        deadline = time.monotonic() + 60
        while not has_open(second, here.settings.lock_file) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
        assert second.poll() is None
        assert "a long backfill" in here.settings.lock_file.read_text()
    output, _ = second.communicate(timeout=300)
    assert second.returncode == 0
    assert "nothing has changed" in output


def test_a_run_that_fails_is_told_to_the_webhook_and_publishes_nothing(here: installation.House) -> None:
    """Others can read the key: nothing is loaded with it."""
    home = here.settings.home
    new_day(home / "inbox", here.settings.inbox)
    here.settings.key_file.chmod(0o644)
    before = generation(home)
    with Robot() as robot:
        ran = run_sihe(home, "run", env={"SIHE_INBOX": str(home / "inbox"), "SIHE_WEBHOOK": robot.address})
    assert ran.returncode == 1
    assert "others can read the key" in ran.stderr
    assert generation(home) == before
    told = [body["markdown"]["content"] for _, body in robot.posted]
    (failure,) = (text for text in told if "take_in 运行失败" in text)
    assert "command_centre__files: " in failure
    assert "others can read the key: chmod 600 it" in failure
    assert f"the log: {home}/logs/" in failure
    records = [json.loads(line) for line in here.settings.alerts_file.read_text(encoding="utf-8").splitlines()]
    assert [record["webhook"] for record in records if "运行失败" in record["title"]] == ["sent"]
    with here.writing("a test") as opened:
        assert [line for line in opened.lines() if line.file_name == NAME] == []

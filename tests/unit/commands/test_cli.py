"""Output and exit codes of the commands, as far as no build is needed."""

import fcntl
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipelines import installation, settings
from pipelines.commands import cli, demo_exports, runs
from pipelines.commands import status as inspection
from pipelines.commands.alone import EX_BUSY
from pipelines.installation import House
from pipelines.warehouse import lock
from tests.conftest import SIHE
from tests.unit.conftest import CONTRACTS
from tests.unit.desk import Desk
from tests.unit.helpers import csv_bytes, put, row_of


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The commands set environment variables for their children: they are restored after each test."""
    for name, value in settings.load(tmp_path, tmp_path).environment().items():
        monkeypatch.setenv(name, value)


def test_an_inbox_that_is_no_folder_is_wrong_usage(tmp_path: Path) -> None:
    ended = CliRunner().invoke(cli.main, ["run", "--home", str(tmp_path), "--inbox", str(tmp_path / "nowhere")])
    assert ended.exit_code == 2
    assert "nowhere is no folder" in ended.output


@pytest.mark.parametrize(
    "command", [["status"], ["doctor"], ["catalog"], ["query", "select 1"], ["backfill"], ["rebuild"], ["docs"]]
)
def test_a_mistyped_home_is_an_error_and_no_new_installation(tmp_path: Path, command: list[str]) -> None:
    mistyped = tmp_path / "hoem"
    ended = CliRunner().invoke(cli.main, [*command, "--home", str(mistyped)])
    assert ended.exit_code == 2
    assert f"'{mistyped}' does not exist" in ended.output
    ended = CliRunner().invoke(cli.main, command, env={"SIHE_HOME": str(mistyped)})
    assert ended.exit_code == 2
    assert "does not exist" in ended.output
    assert not mistyped.exists()


# Each command as a person may mistype it, and refused: HOME is a folder that is not there, or an empty one.
REFUSED = [
    ["backfill"], ["build"], ["bundle", "--arch", "x86_64", "--to", "HOME/x"], ["catalog"], ["check", "HOME/x.csv"],
    ["collect"], ["dagster", "--port", "TAKEN"], ["dashboard"], ["demo", "--days", "0"],
    ["demo", "--dashboard-port", "TAKEN"], ["docs"], ["doctor"], ["draft", "HOME/x.csv", "--out", "HOME/x.odcs.yaml"],
    ["erase", "--phone", "13800000000"], ["export", "--to", "HOME/x"], ["generations"],
    ["generations", "--pin", "20240106-063015"], ["init", "--district", "999999"],
    ["init", "--district", "610303", "--platform", "x"], ["init", "--city", "9999"], ["parcel"], ["query", "select 1"],
    ["readiness"], ["rebuild"], ["registry", "--nothing"], ["rollup"], ["rotate-key"], ["run"],
    ["run", "--from", "2024-01-05", "--to", "2024-01-01"], ["serve"], ["serve", "--certificate", "x"],
    ["simulate", "--from", "2024-01-05", "--to", "2024-01-01", "--inbox", "HOME/x"], ["status"],
    ["user", "add", "wang", "--role", "leader"], ["user", "list"], ["user", "remove", "wang"],
]  # fmt: skip
# Where nothing is published there are no generations, and where nobody was added no users: this is said.
ANSWERED = {("generations",): "nothing is published yet", ("user", "list"): "nobody was added yet"}
_OF_NO_HOME = {"bundle", "draft", "simulate"}


def test_a_refused_command_leaves_nothing_behind_in_a_folder_that_is_no_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {arguments[0] for arguments in REFUSED} == set(cli.main.commands)
    monkeypatch.delenv("SIHE_HOME")
    monkeypatch.delenv("SIHE_INBOX")
    absent, empty, default = (tmp_path / name for name in ("absent", "empty", "default"))
    empty.mkdir()
    monkeypatch.setattr(settings, "default_home", lambda: default)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for home in (absent, empty, default):
            named = ["--home", str(home)] if home != default else []
            for arguments in REFUSED:
                told = [one.replace("HOME", str(home)).replace("TAKEN", port) for one in arguments]
                ended = invoke(*told, *(named if told[0] not in _OF_NO_HOME else []))
                answer = ANSWERED.get(tuple(arguments)) if home != absent else None
                assert ended.exit_code in (1, 2) or (answer and answer in ended.stderr), (told, ended.output)
                assert not absent.exists() and not default.exists() and not list(empty.iterdir()), told


def test_what_quotes_rows_is_not_for_every_account_of_the_machine(home: Path) -> None:
    closed = [home / name for name in ("dagster", "logs", "dbt")]
    (home / "logs").mkdir(mode=0o755, exist_ok=True)
    assert invoke("status", "--home", str(home)).exit_code == 0
    assert [folder.stat().st_mode & 0o007 for folder in closed] == [0, 0, 0]


def test_a_second_run_says_who_is_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "LOCK_WAIT_SECONDS", 0)
    here = settings.load(tmp_path, tmp_path)
    with here.lock_file.open("w") as first:
        first.write("process 1: a long backfill")
        first.flush()
        fcntl.flock(first, fcntl.LOCK_EX)
        ended = CliRunner().invoke(cli.main, ["run", "--home", str(tmp_path), "--inbox", str(tmp_path)])
    assert ended.exit_code == EX_BUSY
    assert "waiting  up to 0 minutes for process 1: a long backfill" in ended.output
    assert "busy: " in ended.output


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SIHE_WEBHOOK", "//x"),
        ("SIHE_WEBHOOK_KIND", "slack"),
        ("SIHE_MAIL_SERVER", "smpt://x"),
        ("SIHE_MAIL_SERVER", "smtp://x"),
        ("SIHE_GENERATIONS_GB", "abc"),
        ("SIHE_DISTRICTS_AT_ONCE", "x"),
    ],
)
@pytest.mark.parametrize("command", ["run", "doctor", "status"])
def test_a_wrong_variable_is_named_in_one_line(tmp_path: Path, name: str, value: str, command: str) -> None:
    ended = CliRunner().invoke(cli.main, [command, "--home", str(tmp_path)], env={name: value})
    assert ended.exit_code == 2
    assert f"Error: {name}: " in ended.output and "needed" in ended.output


@pytest.mark.parametrize(
    "command",
    [
        ["dashboard", "--port", "99999"], ["dagster", "--port", "-1"], ["serve", "--port", "0"],
        ["demo", "--dagster-port", "65536"],
    ],
)  # fmt: skip
def test_a_port_that_there_cannot_be_is_wrong_usage(tmp_path: Path, command: list[str]) -> None:
    ended = CliRunner().invoke(cli.main, [*command, "--home", str(tmp_path)])
    assert ended.exit_code == 2
    assert "is not in the range 1<=x<=65535" in ended.output


def simulated(monkeypatch: pytest.MonkeyPatch, here: House, today: datetime, days: int = 3) -> list[tuple[date, date]]:
    """The days whose exports the demo writes on that day, and the end of its stories."""
    calls: list[tuple[date, date]] = []

    def simulate(_: object, inbox: Path, first: date, last: date, *, anchor: date) -> None:
        calls.append((first, last))
        assert f"{anchor}\n" == here.settings.demo_mark.read_text()
        for day in range((last - first).days + 1):
            (inbox / str(first + timedelta(days=day))).mkdir(parents=True)

    monkeypatch.setattr(demo_exports, "simulate", simulate)
    demo_exports.deliver(replace(here, settings=replace(here.settings, clock=lambda: today)), days)
    return calls


def test_the_demo_delivers_up_to_yesterday_and_later_the_days_since(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = House(settings.load(tmp_path, tmp_path / "inbox"), (), (), ())
    today = datetime(2026, 11, 21, 9)
    assert simulated(monkeypatch, here, today) == [(date(2026, 11, 18), date(2026, 11, 20))]
    assert simulated(monkeypatch, here, today) == []
    assert simulated(monkeypatch, here, today + timedelta(days=2)) == [(date(2026, 11, 21), date(2026, 11, 22))]
    assert here.settings.demo_mark.read_text() == "2026-11-20\n"
    # `sihe simulate` into the same inbox continues this district.
    known = json.loads((here.settings.inbox / ".demo-district.json").read_text())
    assert known == {"seed": 1, "stories_end_on": "2026-11-20"}


def test_a_later_day_in_an_inbox_continues_its_district(tmp_path: Path) -> None:
    def simulated_into(inbox: str, first: str, last: str, *more: str) -> Result:
        return invoke("simulate", "--from", first, "--to", last, "--inbox", str(tmp_path / inbox), *more)

    assert simulated_into("whole", "2025-12-09", "2025-12-09").exit_code == 0
    assert simulated_into("whole", "2025-12-10", "2025-12-10", "--seed", "1").exit_code == 0
    register = "service_centre_service_point_202512{}.csv"
    (before,) = (tmp_path / "whole").rglob(register.format("09"))
    (after,) = (tmp_path / "whole").rglob(register.format("10"))
    assert simulated_into("other", "2025-12-10", "2025-12-10").exit_code == 0
    (another,) = (tmp_path / "other").rglob(register.format("10"))

    def codes(file: Path) -> set[str]:
        return {line.split(",")[0] for line in file.read_text(encoding="utf-8-sig").splitlines()}

    assert codes(before) == codes(after)
    assert another.read_bytes() != after.read_bytes()
    assert simulated_into("zero", "2025-12-10", "2025-12-10", "--seed", "0").exit_code == 0
    refused = simulated_into("whole", "2025-12-11", "2025-12-11", "--seed", "2")
    assert refused.exit_code == 2
    assert "has the district of --seed 1" in refused.output


def test_the_demo_keeps_away_from_data_that_are_none(tmp_path: Path) -> None:
    there = settings.load(tmp_path, tmp_path)
    there.working_db.parent.mkdir()
    there.working_db.touch()
    ended = invoke("demo", "--home", str(tmp_path))
    assert ended.exit_code == 2
    assert "holds data that are no demonstration" in ended.output


def test_a_taken_port_is_named_with_the_option_that_changes_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = CliRunner().invoke(cli.main, ["dashboard", "--home", str(tmp_path), "--port", str(port)])
    assert ended.exit_code == 1
    assert f"port {port} is taken" in ended.output
    assert "--port" in ended.output


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, list(arguments))


# ---------------------------------------------------------------- wrong usage


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "--from", "20240105"], "'--from'"),
        (["run", "--to", "yesterday"], "'--to'"),
        (["run", "--from", "2026-01-05", "--to", "2026-01-01"], "--to is before --from: 2026-01-01 is before 2026"),
        (["backfill", "--feed", "service_centre.nothing"], "no contract has the feed service_centre.nothing"),
        (["backfill", "--feed", "service_point"], "no contract has the feed service_point"),
        (["backfill", "--from", "2024-02-30"], "'--from'"),
        (["backfill", "--from", "2024-01-06", "--to", "2024-01-05"], "--to is before --from"),
        (["status", "--yaml"], "No such option"),
        (["simulate", "--from", "2024-01-05", "--to", "2024-01-06"], "'--inbox'"),
        (["simulate", "--from", "2024-01-05", "--inbox", "in"], "'--to'"),
        (["simulate", "--from", "2024-01-06", "--to", "2024-01-05", "--inbox", "in"], "--to is before --from"),
        (["simulate", "--from", "2024-01-05", "--to", "2024-01-05", "--inbox", "in", "--seed", "x"], "'--seed'"),
        (["demo", "--days", "many"], "'--days'"),
        (["nothing"], "No such command"),
    ],
)
def test_wrong_usage_is_named_and_ends_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inbox").mkdir()
    ended = invoke(*arguments)
    assert ended.exit_code == 2
    assert says in ended.output
    assert not (tmp_path / "in").exists()


def test_a_simulation_says_which_feeds_it_does_not_know(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIHE_CONTRACTS", str(tmp_path / "contracts"))
    (tmp_path / "contracts").mkdir()
    text = (CONTRACTS / "home_visit.odcs.yaml").read_text(encoding="utf-8")
    (tmp_path / "contracts" / "home_visit.odcs.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "contracts" / "library.odcs.yaml").write_text(text.replace("home_visit", "library"), encoding="utf-8")
    days = ["--from", "2026-11-20", "--to", "2026-11-20"]
    ended = invoke("simulate", *days, "--inbox", str(tmp_path / "inbox"))
    assert ended.exit_code == 0, ended.output
    assert "left out library.visit: the demo district knows nothing of this feed" in ended.output
    assert [file.name for file in (tmp_path / "inbox").rglob("*_2*")] == ["home_visit_visit_20261120.csv"]


# ---------------------------------------------------------------- status, doctor, backfill


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and its inbox with two contracts: creating the tables of all 33 feeds takes a second."""
    contracts = tmp_path / "contracts"
    contracts.mkdir()
    for name in ("service_centre", "home_visit"):
        (contracts / f"{name}.odcs.yaml").write_bytes((CONTRACTS / f"{name}.odcs.yaml").read_bytes())
    monkeypatch.setenv("SIHE_CONTRACTS", str(contracts))
    (tmp_path / "home" / "inbox").mkdir(parents=True)
    monkeypatch.setenv("SIHE_INBOX", "")
    return tmp_path / "home"


def test_the_status_is_a_table_for_people_and_json_for_programs(home: Path) -> None:
    feed = installation.load(home).feeds[1]
    put(home / "inbox", "d", "service_centre_service_point_20240105.csv", csv_bytes(feed, [row_of(feed)]), LONG_AGO)
    ended = invoke("status", "--home", str(home))
    assert ended.exit_code == 0
    lines = ended.output.splitlines()
    assert "published   nothing yet" in lines
    assert "pending     1 files to take, 0 feed-days to build" in lines
    assert next(line for line in lines if line.startswith("service_centre.service_point")).split()[1] == "never"
    ended = invoke("status", "--json", "--home", str(home))
    found = json.loads(ended.output)
    assert set(found) == {
        "at", "home", "inbox", "generation", "unreadable", "built_at", "data_from", "data_through", "is_demo",
        "pending_files",
        "unbuilt_feed_days", "feeds", "late", "held", "rejected", "findings", "contract_errors",
        "kpi_errors",
        "to_do",
        "night",
    }  # fmt: skip
    assert (found["home"], found["pending_files"], len(found["feeds"])) == (str(home), 1, 4)
    assert found["feeds"][0] == {
        "feed": "home_visit.visit", "title": "入户走访", "newest": None, "days_behind": None, "deliveries": 0,
        "held": 0, "rejected_rows": 0,
    }  # fmt: skip


LONG_AGO = datetime(2024, 1, 6, 3)


def take(here: House) -> None:
    with here.writing("a test") as opened:
        Desk(opened, here.settings, here.feeds, here.key(opened)).take()


def test_what_needs_a_look_stands_below_the_table(home: Path) -> None:
    here = installation.load(home)
    feed = here.feeds[1]
    rows = [row_of(feed), row_of(feed, 2, functions=99), row_of(feed, 3, functions=99)]
    put(home / "inbox", "d", "service_centre_service_point_20240105.csv", csv_bytes(feed, rows), LONG_AGO)
    put(home / "inbox", "d", "service_centre_service_point_20240106.csv", b"", LONG_AGO)
    take(here)
    (here.settings.contracts / "home_visit.odcs.yaml").write_text("version: 1\n", encoding="utf-8")
    ended = invoke("status", "--home", str(home))
    assert ended.exit_code == 0
    for line in (
        "  service_centre_service_point_20240106.csv: is empty: there is no header"
        " (export it even where there are no rows)",
        "  2 × service_centre.service_point: functions: maximum 50, e.g. in service_centre_service_point_20240105.csv",
    ):
        assert line in ended.output.splitlines()
    assert "late\n  service_centre.service_point for " in ended.output
    assert "contracts left out\n  home_visit.odcs.yaml" in ended.output


def test_the_doctor_ends_with_1_where_something_fails(home: Path) -> None:
    here = installation.load(home)
    feed = here.feeds[1]
    put(home / "inbox", "d", "service_centre_service_point_20240105.csv", csv_bytes(feed, [row_of(feed)]), LONG_AGO)
    take(here)
    ended = invoke("doctor", "--home", str(home))
    assert ended.exit_code == 0, ended.output
    here.settings.archive.chmod(0o755)
    ended = invoke("doctor", "--home", str(home))
    assert ended.exit_code == 1
    assert f"fail  folders          {here.settings.archive} is open to other users: chmod 700 it" in ended.output


@pytest.fixture
def busy(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home that another process writes to; nobody waits for it."""
    here = installation.load(home)
    real = lock.exclusive
    monkeypatch.setattr(lock, "exclusive", lambda there, _, what: real(there, 0, what))
    with here.settings.lock_file.open("w") as first:
        first.write("process 1: a long backfill")
        first.flush()
        fcntl.flock(first, fcntl.LOCK_EX)
        yield home


def test_who_is_busy_is_said_with_an_exit_code_of_its_own(busy: Path) -> None:
    ended = invoke("backfill", "--home", str(busy))
    assert ended.exit_code == EX_BUSY
    assert "a long backfill" in ended.output


def test_status_and_doctor_answer_while_another_process_writes(busy: Path) -> None:
    ended = invoke("status", "--home", str(busy))
    assert ended.exit_code == 0
    assert "a long backfill" in ended.output
    assert "published   nothing yet" in ended.output
    told = json.loads(invoke("status", "--home", str(busy), "--json").stdout)
    assert "a long backfill" in told["busy"]
    assert "a long backfill" in invoke("doctor", "--home", str(busy)).output


def test_a_wrong_command_is_told_the_nearest_one() -> None:
    ended = invoke("statsu")
    assert ended.exit_code == 2
    assert "No such command 'statsu'; did you mean 'status'?" in ended.output
    assert "did you mean" not in invoke("xyzzy").output


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), type("DagsterExecutionInterruptedError", (BaseException,), {})()]
)
def test_ctrl_c_is_one_line_and_an_exit_code_of_its_own(
    home: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def interrupted(*_: object) -> None:
        raise error

    monkeypatch.setattr(inspection, "status", interrupted)
    ended = invoke("status", "--home", str(home))
    assert ended.exit_code == 130
    assert ended.output == "\nstopped: what was finished is kept, and the same command goes on from there\n"


def asked_again(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[list[str], list[str]] | str:
    """The feeds and days that a backfill loads again, or its message."""
    asked: list[tuple[list[str], list[str]]] = []

    def take_again(_: House, feeds: list[str], days: list[date]) -> bool:
        asked.append((feeds, [f"{day:%d}" for day in days]))
        return True

    monkeypatch.setattr(runs, "take_again", take_again)
    ended = invoke("backfill", *arguments)
    assert ended.exit_code == 0, ended.output
    return asked[0] if asked else ended.output


def test_a_backfill_takes_again_what_was_asked_for(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Impossible partitions are ignored, and so are feeds without a contract at the moment."""
    here = installation.load(home)
    visit, point, case, _ = here.feeds
    there = ["--home", str(home)]
    assert "nothing to take again" in asked_again(monkeypatch, *there)
    for day in ("20240105", "20240106", "20240107"):
        row = row_of(point, 1, functions=99 if day.endswith("6") else 1)
        put(home / "inbox", "d", f"service_centre_service_point_{day}.csv", csv_bytes(point, [row]), LONG_AGO)
    put(home / "inbox", "d", "service_centre_service_case_20240107.csv", b"", LONG_AGO)
    put(home / "inbox", "d", "service_centre_service_point_20991231.csv", b"x", LONG_AGO)
    put(home / "inbox", "d", "service_centre_service_point_00250105.csv", b"x", LONG_AGO)
    put(home / "inbox", "d", "home_visit_visit_20240109.csv", b"", LONG_AGO)
    put(home / "inbox", "d", "notes.txt", b"", LONG_AGO)
    take(here)
    ids = [point.id, case.id, visit.id]
    assert asked_again(monkeypatch, *there) == (sorted(ids), ["05", "06", "07", "09"])
    assert asked_again(monkeypatch, *there, "--rejected") == (sorted(ids), ["06", "07", "09"])
    assert asked_again(monkeypatch, *there, "--from", "2024-01-06", "--to", "2024-01-07") == (
        sorted(ids[:2]), ["06", "07"]
    )  # fmt: skip
    assert asked_again(monkeypatch, *there, "--feed", point.id, "--rejected") == ([point.id], ["06"])
    assert "nothing to take again" in asked_again(monkeypatch, *there, "--from", "2024-02-01")
    (here.settings.contracts / "home_visit.odcs.yaml").write_text("version: 1\n", encoding="utf-8")
    assert asked_again(monkeypatch, *there, "--rejected") == (sorted(ids[:2]), ["06", "07"])


# ---------------------------------------------------------------- init


def test_init_says_what_it_wrote_and_what_to_do_next(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli.main, ["init", "--district", "610303", "--home", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert f"written  {tmp_path / 'district.yaml'}: 陕西省宝鸡市金台区" in done.output
    assert "11 streets and towns, 127 communities and villages" in done.output
    assert f"sihe run --home {tmp_path}" in done.output
    again = CliRunner().invoke(cli.main, ["init", "--district", "610303", "--home", str(tmp_path)])
    assert again.exit_code == 2
    assert "already exists: use --overwrite to replace" in again.output


def test_init_with_a_name_says_its_code(tmp_path: Path) -> None:
    refused = CliRunner().invoke(cli.main, ["init", "--district", "金台区", "--home", str(tmp_path / "home")])
    assert refused.exit_code == 2
    assert "610303  陕西省宝鸡市金台区" in refused.output
    assert not (tmp_path / "home").exists()


def test_a_broken_district_ends_a_command_before_it_begins(tmp_path: Path) -> None:
    (tmp_path / "district.yaml").write_text('code: "610303"\nnmae: 金台区\n', encoding="utf-8")
    ended = CliRunner().invoke(cli.main, ["run", "--home", str(tmp_path), "--inbox", str(tmp_path)])
    assert ended.exit_code == 1
    assert "district.yaml:2: nmae: unknown key; did you mean 'name'?" in ended.output
    assert not (tmp_path / "warehouse").exists()


def test_the_demo_names_its_district_and_leaves_one_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = House(settings.load(tmp_path, tmp_path / "inbox"), (), (), ())
    simulated(monkeypatch, here, datetime(2026, 11, 21, 9))
    written = here.settings.district_file.read_text(encoding="utf-8")
    assert "zh: 渭滨区基层治理驾驶舱\n  en: Weibin · Governance" in written
    here.settings.district_file.write_text(written.replace("Weibin", "Baoji"), encoding="utf-8")
    simulated(monkeypatch, here, datetime(2026, 11, 22, 9))
    assert "en: Baoji" in here.settings.district_file.read_text(encoding="utf-8")


def test_a_terminal_without_chinese_gets_all_the_rest(tmp_path: Path) -> None:
    """A traceback would end a run between intake and build."""
    (tmp_path / "inbox").mkdir()
    command = [str(SIHE), "status", "--night", "--home", str(tmp_path)]
    environment = {**os.environ, "PYTHONIOENCODING": "iso-8859-1"}
    ended = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout.startswith(b"## \\u6628\\u591c \xb7 20")


def test_what_must_be_passed_on_as_it_is_says_which_encoding_it_needs(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    ended = CliRunner(charset="iso-8859-1").invoke(cli.main, ["status", "--night", "--home", str(tmp_path)])
    assert ended.exit_code == 1
    assert "has no '\\u6628': call it with LC_ALL=C.UTF-8" in ended.output

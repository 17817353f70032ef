"""The audit: what is in it, what is not, and that a change is noticed.

Belongs here: lines, the chain, the page, `sihe doctor`. Does not belong here: what a page shows.
"""

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from pipelines.commands.status import FAIL, OK, audited
from pipelines.gate import audit
from pipelines.gate.audit import Audit, code_of, verify
from pipelines.gate.rules import AUDIT_DAYS, PROFILES
from pipelines.gate.sessions import Sessions
from pipelines.gate.store import Store
from pipelines.settings import PROJECT_DIR
from tests.gate.conftest import GENERATION, Site, until
from tests.gate.test_sockets import asked_for

Small = Callable[..., AbstractContextManager[Site]]
BEGUN = datetime(2026, 1, 31, 23, 50)


class Days:
    """A clock that goes on by ten minutes at every look."""

    def __init__(self) -> None:
        self.at = BEGUN

    def __call__(self) -> datetime:
        self.at += timedelta(minutes=10)
        return self.at


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(tmp_path)
    yield found
    found.close()


@pytest.fixture
def written(store: Store) -> list[Path]:
    """Thirty lines in two months."""
    writer = Audit(store, Days())
    for n in range(30):
        writer.write("page", who="leader", address="1.2.3.4", page=f"/p{n}")
    files = sorted(writer.folder.glob("audit-*.ndjson"))
    assert [file.name for file in files] == ["audit-2026-02.ndjson"] or len(files) == 1
    return files


def test_a_whole_chain_is_whole_over_months(store: Store) -> None:
    days = Days()
    writer = Audit(store, days)
    for _ in range(8):
        days.at += timedelta(days=20)
        writer.write("page", who="leader", address="1.2.3.4", page="/")
    assert len(list(writer.folder.glob("audit-*.ndjson"))) > 3
    verdict = verify(store)
    assert (verdict.lines, verdict.problem) == (8, None)
    assert [line["number"] for line in writer.newest(100)] == [8, 7, 6, 5, 4, 3, 2, 1]
    # The oldest months may be put away; the gate itself deletes nothing, whatever their age.
    min(writer.folder.glob("audit-*.ndjson")).unlink()
    assert verify(store).problem is None and AUDIT_DAYS >= 180


def changed(line: str) -> str:
    return line.replace("leader", "nobody")


def forged(line: str, more: int) -> str:
    """Another line after this one, with the right hash."""
    before = json.loads(line)
    after = {"number": before["number"] + more, "before": before.pop("hash"), "who": "nobody"}
    record = {**before, **after}
    return json.dumps({**record, "hash": audit._hash(record)})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: [*lines[:9], changed(lines[9]), *lines[10:]], "line 10 was changed"),
        (lambda lines: [*lines[:9], *lines[10:]], "a line is missing"),
        (lambda lines: [*lines[:9], lines[10], lines[9], *lines[11:]], "a line is missing"),
        (lambda lines: lines[:-1], "cut off"),
        (lambda lines: [], "cut off"),
        (lambda lines: [*lines, lines[-1]], "a line is missing"),
        (lambda lines: [*lines[:4], "{}", *lines[5:]], "no line of the audit"),
        (lambda lines: [*lines[:4], "[1", *lines[5:]], "no line of the audit"),
        (lambda lines: [*lines, forged(lines[-1], 1)], "added by another program"),
        (lambda lines: [*lines[:-1], forged(lines[-2], 1)], "was replaced"),
    ],
    ids=["changed", "removed", "swapped", "cut", "emptied", "repeated", "replaced", "broken", "added", "rewritten"],
)
def test_every_change_of_the_file_is_noticed(
    store: Store, written: list[Path], change: Callable[[list[str]], list[str]], said: str
) -> None:
    assert verify(store).problem is None
    file = written[-1]
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("".join(f"{line}\n" for line in change(lines)), encoding="utf-8")
    assert said in (verify(store).problem or "")
    # The page shows the lines that can be read beside what was found.
    shown = Audit(store, Days()).newest(100)
    assert all({"at", "what", "who", "from"} <= line.keys() for line in shown)


def test_bytes_that_are_no_text_are_noticed_too(store: Store, written: list[Path]) -> None:
    written[-1].write_bytes(written[-1].read_bytes().replace(b"leader", b"\xff", 1))
    assert "line 1 was changed" in (verify(store).problem or "")
    assert len(Audit(store, Days()).newest(100)) == 30


def test_a_line_that_a_full_disk_cut_off_leaves_the_chain_whole(store: Store, written: list[Path]) -> None:
    """A limit on the size of files stands for the disk: the line before is whole, and half of the next one fits."""
    writer, before = Audit(store, lambda: datetime(2026, 2, 1)), written[-1].stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (before + 50, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            writer.write("page", who="leader", address="", page="/")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert written[-1].stat().st_size == before
    writer.write("page", who="leader", address="", page="/")
    verdict = verify(store)
    assert (verdict.lines, verdict.problem) == (31, None)


def test_the_doctor_looks_at_it(store: Store, written: list[Path], tmp_path: Path) -> None:
    (found,) = audited(tmp_path)
    assert found.state == OK and "30 lines" in found.text
    written[-1].write_text("", encoding="utf-8")
    (found,) = audited(tmp_path)
    assert found.state == FAIL and "cut off" in found.text
    assert list(audited(tmp_path / "without a gate")) == []


def backup_only(program: Path) -> None:
    """What the page asks of `sqlite3`, for a machine without it: the same function of the same library."""
    program.parent.mkdir()
    program.write_text(
        f"""#!{sys.executable}
import sqlite3, sys
word, to = sys.argv[2].split()
assert word == ".backup"
sqlite3.connect(sys.argv[1]).backup(sqlite3.connect(to))
"""
    )
    program.chmod(0o755)


def test_the_backup_of_the_operations_page_restores_a_whole_chain(store: Store, tmp_path: Path) -> None:
    """While people use the gate: taken one after the other, database and audit would not fit together. What the machine
    has of before is left by a crash, with a log of SQLite that belongs to another database."""
    page = (PROJECT_DIR / "docs" / "operations.md").read_text(encoding="utf-8")
    taking, restoring = (
        line.partition("    #")[0] for line in page.splitlines() if line.startswith("cd /var/lib/sihe/gate")
    )
    if not shutil.which("sqlite3"):
        backup_only(tmp_path / "bin" / "sqlite3")
    path = f"{os.environ['PATH']}:{tmp_path / 'bin'}"

    def run(command: str, gate: Path) -> None:
        here = command.replace("/var/lib/sihe/gate", str(gate)).replace("runuser -u sihe -- ", "")
        subprocess.run(["sh", "-c", here], check=True, env={**os.environ, "PATH": path})

    writer, is_done = Audit(store, Days()), threading.Event()
    with ThreadPoolExecutor(1) as people:

        def work() -> None:
            while not is_done.wait(0.001):
                writer.write("page", who="leader", address="", page="/")

        working = people.submit(work)
        until(lambda: len(writer.newest(20)) == 20, 5)
        run(taking, store.folder)
        is_done.set()
        working.result()
    there = tmp_path / "there" / "gate"
    shutil.copytree(store.folder, there, ignore=lambda *_: {"gate.db", "audit"})
    (there / "audit").mkdir()
    assert (there / "gate.db-wal").stat().st_size
    run(restoring, there)
    restored = Store(there.parent)
    for _ in range(2):
        verdict = verify(restored)
        assert verdict.lines >= 20 and verdict.problem is None
        Audit(restored, Days()).write("page", who="leader", address="", page="/")
    restored.close()


def test_two_writers_write_one_chain(store: Store, tmp_path: Path) -> None:
    """As `sihe serve` and `sihe user` do: each with a connection and a lock of its own."""

    def add(who: str) -> None:
        own = Store(tmp_path)
        writer = Audit(own, Days())
        for _ in range(40):
            writer.write("page", who=who, address="", page="/")
        own.close()

    with ThreadPoolExecutor(2) as writers:
        list(writers.map(add, ("one", "other")))
    verdict = verify(store)
    assert (verdict.lines, verdict.problem) == (80, None)


def test_strangers_do_not_fill_it(store: Store) -> None:
    at = BEGUN
    writer = Audit(store, lambda: at)
    for _ in range(500):
        writer.refused("role", who="", address="6.6.6.6", path="/audit")
    assert len(writer.newest(1000)) == 60
    at += timedelta(minutes=1)
    writer.refused("role", who="", address="6.6.6.6", path="/audit")
    assert writer.newest(2)[1]["why"] == "440 more in a minute"


@pytest.mark.parametrize("typed", ["王小二", "zhang san", "13900000000 王", "a" * 65, "<b>"])
def test_what_a_person_typed_is_not_in_it(typed: str) -> None:
    assert code_of(typed) == "…"


@pytest.mark.parametrize("code", ["30d", "990102003001", "2026-01-31", "/events", "event_on_time_close_rate", ""])
def test_codes_are(code: str) -> None:
    assert code_of(code) == code


def lines_of(site: Site) -> list[dict[str, Any]]:
    folder = site.house.audit.folder
    text = "".join(file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.ndjson")))
    return [json.loads(line) for line in text.splitlines()]


def test_it_says_who_did_what_from_where(small: Small) -> None:
    with small() as site, site.client() as client:
        site.post_login(client, "leader", "my secret word")
        site.post_login(client, "my-other-secret", "x")
        site.post_login(client, "leader")
        with site.socket(client) as socket:
            for query in ("p=7d", "p=30d&org=990102003&q=王小二"):
                message = BackMsg()
                message.rerun_script.page_name = "events"
                message.rerun_script.query_string = query
                socket.send(message.SerializeToString())
            until(lambda: any(line["what"] == "page" for line in lines_of(site)), 5)
        client.get("/audit")
        client.post("/logout")
        lines = lines_of(site)
        assert [(line["what"], line["who"]) for line in lines] == [
            ("refused", "leader"), ("refused", "unknown"), ("sign-in", "leader"), ("page", "leader"),
            ("refused", "leader"), ("sign-out", "leader"),
        ]  # fmt: skip
        assert {line["from"] for line in lines} == {"127.0.0.1"}
        assert lines[3]["page"] == "/events" and lines[3]["asked"] == {"p": "30d", "org": "990102003", "q": "…"}
        whole = json.dumps(lines, ensure_ascii=False)
        assert not any(word in whole for word in ("secret", "王", client.cookies.get("sihe") or "no cookie"))
        assert all(file.stat().st_mode & 0o077 == 0 for file in site.house.audit.folder.glob("*.ndjson"))


def test_downloads_and_pages_of_the_real_dashboard_are_in_it(site: Site) -> None:
    with site.signed_in("analyst") as client:
        client.get(f"/files/sihe-{GENERATION}.duckdb")
        client.get("/events?p=7d", headers={"sec-fetch-dest": "document"})
        with site.socket(client) as socket:
            asked_for(socket)
            asked_for(socket, "events")
    mine = [line for line in lines_of(site) if line["who"] == "analyst"]
    assert [(line["what"], line.get("file") or line.get("page")) for line in mine][-3:] == [
        ("download", f"sihe-{GENERATION}.duckdb"), ("page", "/events"), ("page", "/events"),
    ]  # fmt: skip
    assert "王" not in json.dumps(mine, ensure_ascii=False)
    log = (site.house.settings.home / "served.log").read_text(encoding="utf-8", errors="replace")
    assert "/events" not in log and "/files/" not in log


def test_an_error_is_logged_and_its_reader_is_told_nothing_of_it(
    small: Small, capfd: pytest.CaptureFixture[str]
) -> None:
    with small() as site, site.signed_in("leader") as client:
        answer = client.get("/fails")
        assert answer.status_code == 500 and "engineer" not in answer.text
        assert client.get("/").status_code == 200
    assert "RuntimeError: what only the engineer reads" in capfd.readouterr().err


def test_on_a_full_disk_pages_are_shown_and_the_next_line_says_how_many_are_missing(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(self: Store) -> sqlite3.Connection:
        raise sqlite3.OperationalError("database or disk is full")

    with small() as site, site.signed_in("admin") as client, site.signed_in("street") as other:
        assert client.get("/audit").status_code == 200
        with monkeypatch.context() as full:
            full.setattr(Store, "changing", no_room)
            assert [client.get("/audit").status_code for _ in range(2)] == [200, 200]
            # Nobody takes a file away, or signs in, without a line.
            assert other.get("/download/7").status_code == 500
            assert site.post_login(site.client(), "leader").status_code == 500
        assert (client.get("/audit").status_code, other.get("/download/7").status_code) == (200, 200)
        lines = [(line["what"], line["who"], line.get("pages")) for line in lines_of(site)]
        assert lines == [
            ("page", "admin", None), ("missing", "", 2), ("page", "admin", None), ("download", "street", None),
        ]  # fmt: skip
        assert verify(site.house.store).problem is None


def test_a_session_goes_on_while_the_disk_is_full(store: Store) -> None:
    class Full:
        def execute(self, *_: object) -> None:
            raise sqlite3.OperationalError("database or disk is full")

    sessions = Sessions(store, PROFILES["standard"], now=lambda: 1000.0)
    store.connection, real = Full(), store.connection  # type: ignore[assignment]
    assert sessions.seen("key", 900.0) == 900.0
    store.connection = real
    assert sessions.seen("key", 900.0) == 1000.0


def test_another_fault_of_the_audit_is_no_full_disk(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = Audit(store, Days())
    monkeypatch.setattr(Store, "changing", lambda self: self.connection.execute("select * from nowhere"))
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        writer.looked(who="leader", address="", page="/")


def test_a_file_of_a_panel_is_in_it_by_its_name(small: Small) -> None:
    with small() as site, site.signed_in("street") as client:
        assert client.get("/download/7").status_code == 200
        client.get("/download/8")
        handed = [(line["who"], line["file"]) for line in lines_of(site) if line["what"] == "download"]
        assert handed == [("street", "事件.csv")]


def test_an_administrator_reads_it_and_sees_that_it_is_whole(small: Small) -> None:
    with small() as site, site.signed_in("admin") as client:
        page = client.get("/audit").text
        assert "链条完整" in page and "查看" in page
        assert "the chain is whole" in client.get("/audit?lang=en").text
        file = next(site.house.audit.folder.glob("*.ndjson"))
        file.write_text(file.read_text(encoding="utf-8").replace('"admin"', '"nobody"', 1), encoding="utf-8")
        assert "审计记录有改动" in client.get("/audit?lang=zh").text

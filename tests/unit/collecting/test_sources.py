"""What `sources.yaml` may say, secrets of their owner alone, and files that appear whole."""

import errno
import multiprocessing
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.collecting import placing, sources
from pipelines.collecting.fetching import Outcome
from pipelines.collecting.sources import CollectError, secret
from pipelines.documents import DocumentError
from tests.unit.collecting.conftest import keep

KEY = "ssh-ed25519 AAAAC3Nza"
SFTP = f"kind: sftp, address: 'sftp://me@host/out', host_key: '{KEY}', password_file: /p"
SQL = "kind: mysql, address: 'mysql://me@host/b', password_file: /p, file: 'a_{yyyymmdd}.csv'"
WINDOW = "query: 'select 1 where a >= :from_on and a < :to_on'"
HTTP = "kind: http, file: 'a_{yyyymmdd}.csv'"


def read(home: Path, said: str, at: str = "['05:30']", name: str = "visits") -> sources.Sources:
    text = f"sources:\n  good: {{{SFTP}, at: ['05:30']}}\n  {name}: {{{said}, at: {at}}}\n"
    (home / sources.FILE).write_text(text, encoding="utf-8")
    return sources.load(home)


@pytest.mark.parametrize(
    "said",
    [
        SFTP, f"{SQL}, {WINDOW}", f"{HTTP}, address: 'https://host/x?d={{yyyymmdd}}', token_file: /t",
        "kind: webdav, address: 'https://host/x', user: me, password_file: /p",
        "kind: s3, address: 's3://bucket/x', endpoint: 'https://host', user: me, password_file: /p",
    ],
)  # fmt: skip
def test_a_source_of_each_kind_is_read(tmp_path: Path, said: str) -> None:
    found = read(tmp_path, said, "['05:30', '13:00']")
    assert found.errors == () and found.named["visits"].at == ("05:30", "13:00")


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("kind: ftp", "needs a kind: sftp,.* did you mean 'sftp'"),
        (SFTP.replace("sftp://me@", "sftp://me:hunter2@"), "a password does not belong into an address"),
        (SFTP.replace("me@", ""), "needs a user"),
        (SFTP.replace("password_file: /p", "password_fil: /p"), "unknown key; did you mean 'password_file'"),
        (f"{SFTP}, key_file: /k", "either password_file or key_file"),
        (SFTP.replace(KEY, "none"), "String should match"),
        (SFTP.replace(f"host_key: '{KEY}', ", ""), "host_key: is needed"),
        (f"{SQL}, query: 'select 1'", "needs :from_on and :to_on"),
        (f"{SQL}, query: 'delete from x where a >= :from_on and a < :to_on'", "begins with select"),
        (f"{SQL}, query: 'select :from_on, :to_on; drop table x'", "one statement"),
        (f"{SQL}, {WINDOW}".replace("a_{yyyymmdd}", "../a_{yyyymmdd}"), "String should match"),
        (f"{SQL}, {WINDOW}".replace("{yyyymmdd}.csv", "x.csv"), "once, as the contract"),
        (f"{SQL}, {WINDOW}".replace("}.csv", "}.xlsx"), "a query writes .csv"),
        (f"{HTTP}, address: 'https://host/x'", "needs {yyyymmdd} or"),
        (f"{HTTP}, address: 'http://host/{{yyyymmdd}}', token_file: /t", "over https:// only"),
        ("kind: webdav, address: 'http://host/x', user: me, password_file: /p", "over https:// only"),
        ("kind: webdav, address: 'https://host/x', user: me", "belong together"),
        ("kind: s3, address: 's3://bucket/x'", "endpoint belongs to kind s3"),
    ],
)
def test_a_wrong_source_says_where_and_what_and_leaves_out_itself(tmp_path: Path, said: str, problem: str) -> None:
    found = read(tmp_path, said)
    assert list(found.named) == ["good"]
    (error,) = found.errors
    with pytest.raises(DocumentError, match=rf"sources\.yaml:3: sources\.visits.*{problem}"):
        raise error
    assert "hunter2" not in str(error)


@pytest.mark.parametrize(
    ("at", "name", "problem"),
    [("['25:00']", "a", "is no time"), ("[]", "a", "at least 1"), ("['05:30']", "../a", "a name has small letters")],
)
def test_times_and_names_are_looked_at(tmp_path: Path, at: str, name: str, problem: str) -> None:
    (error,) = read(tmp_path, SFTP, at, name).errors
    assert problem in str(error)


@pytest.mark.parametrize("text", ["[]", "sources: 3", "source: {}", "sources: {a: 1, a: 2}", "sources: {a: ["])
def test_a_file_that_is_none_is_one_error(tmp_path: Path, text: str) -> None:
    (tmp_path / sources.FILE).write_text(text, encoding="utf-8")
    found = sources.load(tmp_path)
    assert not found.named and len(found.errors) == 1


def test_without_the_file_there_are_no_sources(tmp_path: Path) -> None:
    assert sources.load(tmp_path) == sources.Sources()


def test_a_secret_is_its_owners_alone(tmp_path: Path) -> None:
    file = keep(tmp_path / "secret", "word")
    assert secret(file) == "word" and secret(None) == ""
    for mode in (0o640, 0o604, 0o660):
        file.chmod(mode)
        with pytest.raises(CollectError, match=r"others can read the secret .*chmod 600") as refused:
            secret(file)
        assert "word" not in str(refused.value)
    for wrong in (tmp_path, tmp_path / "none", keep(tmp_path / "two", "a\nb"), keep(tmp_path / "empty", "")):
        with pytest.raises(CollectError, match="the secret"):
            secret(wrong)


# ---------------------------------------------------------------- placing


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"half"
        assert [file.name for file in tmp_path.iterdir()] == [".a.csv.part"]
        raise CollectError("cut")

    with pytest.raises(CollectError, match="cut"):
        placing.place(tmp_path, "a.csv", chunks(), 100)
    assert list(tmp_path.iterdir()) == []
    placing.place(tmp_path, "a.csv", [b"wh", b"ole"], 100, size=5)
    with pytest.raises(CollectError, match="3 bytes came of 5: it was cut"):
        placing.place(tmp_path, "a.csv", [b"cut"], 100, size=5)
    with pytest.raises(CollectError, match="larger than"):
        placing.place(tmp_path, "a.csv", [b"x" * 101], 100)
    assert (tmp_path / "a.csv").read_bytes() == b"whole" and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("name", ["../a.csv", "/etc/a.csv", ".a.csv", "a" * 201])
def test_a_name_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(CollectError, match="is no name for a file"):
        placing.place(tmp_path, name, [b"x"], 100)


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CollectError, match="the disk is full: make room"):
        placing.place(tmp_path, "a.csv", [b"x"], 100)
    assert list(tmp_path.iterdir()) == []


def test_the_bytes_are_on_the_disk_before_the_name_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    sync, move = os.fsync, Path.replace

    def synced(handle: int) -> None:
        done.append("fsync")
        sync(handle)

    def moved(self: Path, to: Path) -> Path:
        done.append("rename")
        return move(self, to)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", moved)
    placing.place(tmp_path, "a.csv", [b"x"], 100)
    assert done == ["fsync", "rename", "fsync"]


def _half(inbox: Path, began: Any) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"half"
        began.set()
        signal.pause()

    with placing.opened(inbox, "visits") as folder:
        placing.place(folder, "a.csv", chunks(), 100)


def test_a_killed_collector_leaves_nothing_and_two_do_not_meet(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    began = context.Event()
    killed = context.Process(target=_half, args=(tmp_path, began))
    killed.start()
    assert began.wait(20)
    with pytest.raises(CollectError, match="by another process"), placing.opened(tmp_path, "visits"):
        pass
    killed.kill()
    killed.join()
    assert (tmp_path / "visits" / ".a.csv.part").exists() and not (tmp_path / "visits" / "a.csv").exists()
    with placing.opened(tmp_path, "visits") as folder:
        assert [file.name for file in folder.iterdir()] == [".lock"]


def test_a_link_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "visits").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CollectError, match="is no folder"), placing.opened(tmp_path, "visits"):
        pass


def test_a_name_of_no_feed_is_told_without_a_person_s_number() -> None:
    said = Outcome(strays=["住户13912345678.xlsx", "notes.txt"]).said
    assert "2 of no feed: 'notes.txt'" in said and "1391" not in said

"""Files of remote folders: SFTP and WebDAV, real servers on loopback."""

import json
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import paramiko
import pytest

from pipelines.collecting.fetching import Collector
from pipelines.collecting.sources import CollectError, Source
from tests.unit.collecting import servers
from tests.unit.collecting.conftest import Make, keep
from tests.unit.collecting.servers import PASSWORD, USER

NAME, LATER = "home_visit_visit_20261127.csv", "home_visit_visit_20261128.csv"
HOST_KEY, OTHER_KEY = paramiko.RSAKey.generate(2048), paramiko.RSAKey.generate(2048)
PINNED = f"ssh-rsa {HOST_KEY.get_base64()}"
Served = Callable[..., AbstractContextManager[Source]]


def put(folder: Path, name: str, content: bytes, *, age: float = 3600) -> None:
    (folder / name).write_bytes(content)
    os.utime(folder / name, (time.time() - age,) * 2)


def in_inbox(collector: Collector) -> dict[str, bytes]:
    """Everything that the intake could see."""
    files = (collector.inbox / "visits").glob("*")
    return {file.name: file.read_bytes() for file in files if not file.name.startswith(".")}


@pytest.fixture(params=["sftp", "webdav"])
def served(request: pytest.FixtureRequest, there: Path, password_file: Path, source: Make) -> Served:
    """A source whose server has the folder; after: its cable is cut after so many bytes."""

    @contextmanager
    def serve(after: int | None = None) -> Iterator[Source]:
        is_sftp = request.param == "sftp"
        server = servers.sftp(there, HOST_KEY) if is_sftp else servers.webdav(there)
        with server as port, servers.cable(port, after or 1 << 40) as reached:
            if is_sftp:
                address = f"sftp://{USER}@127.0.0.1:{reached}/"
                yield source(kind="sftp", address=address, host_key=PINNED, password_file=password_file)
            else:
                address = f"http://127.0.0.1:{reached}/"
                yield source(kind="webdav", address=address, user=USER, password_file=password_file)

    return serve


def test_files_of_feeds_come_whole_and_once(served: Served, collector: Collector, there: Path) -> None:
    big = random.Random(1).randbytes(1_500_000)
    put(there, NAME, b"a,b\n1,2\n")
    put(there, LATER, big)
    put(there, "notes.txt", b"no feed")
    put(there, "home_visit_visit_20200101.csv", b"too old")
    with served() as source:
        outcome = collector.collect("visits", source)
        assert sorted(outcome.fetched) == [NAME, LATER] and outcome.strays == ["notes.txt"]
        assert in_inbox(collector) == {NAME: b"a,b\n1,2\n", LATER: big}
        stamp = (collector.inbox / "visits" / NAME).stat().st_mtime_ns
        again = collector.collect("visits", source)
        assert again.fetched == [] and sorted(again.unchanged) == [NAME, LATER]
        assert again.older == ["home_visit_visit_20200101.csv"]
        assert "2 unchanged; 1 older than the days that are looked at, left alone" in again.said
        put(there, NAME, b"a,b\n1,3\n", age=1800)
        assert collector.collect("visits", source).fetched == [NAME]
    assert in_inbox(collector)[NAME] == b"a,b\n1,3\n"
    assert (collector.inbox / "visits" / NAME).stat().st_mtime_ns > stamp
    sidecar = json.loads((collector.inbox / "visits" / f".{NAME}.json").read_text(encoding="utf-8"))
    assert sidecar["source"] == "visits" and sidecar["size"] == 8 and len(sidecar["sha256"]) == 64
    assert sidecar["fetched_at"] == "2026-11-29T05:30:00+08:00"
    assert PASSWORD not in json.dumps(sidecar)


@pytest.mark.parametrize("after", [500, 3_000, 200_000])
def test_a_cut_leaves_nothing_and_the_next_call_has_all(
    served: Served, collector: Collector, there: Path, after: int
) -> None:
    content = random.Random(2).randbytes(800_000)
    put(there, NAME, content)
    with served(after) as source, pytest.raises(CollectError) as cut:
        collector.collect("visits", source)
    assert cut.value.is_transient and PASSWORD not in str(cut.value)
    assert list((collector.inbox / "visits").iterdir()) == [collector.inbox / "visits" / ".lock"]
    with served() as source:
        collector.collect("visits", source)
    assert in_inbox(collector) == {NAME: content}


def test_a_file_that_is_still_written_is_left_for_the_next_call(
    served: Served, collector: Collector, there: Path
) -> None:
    put(there, NAME, b"half", age=1)
    put(there, LATER, b"whole", age=1)
    put(there, f"{NAME}.part", b"an upload")

    def written_meanwhile(_: float) -> None:
        put(there, NAME, b"half, and more", age=0)

    with served() as source:
        outcome = replace(collector, pause=written_meanwhile).collect("visits", source)
        assert (outcome.fetched, outcome.unfinished) == ([LATER], [NAME])
        assert in_inbox(collector) == {LATER: b"whole"}
        assert collector.collect("visits", source).fetched == [NAME]
    assert in_inbox(collector)[NAME] == b"half, and more"


def test_a_wrong_password_is_said_and_not_shown(
    served: Served, collector: Collector, there: Path, tmp_path: Path
) -> None:
    put(there, NAME, b"a")
    with served() as source:
        wrong = source.model_copy(update={"password_file": keep(tmp_path / "wrong", "hunter2-guess")})
        with pytest.raises(CollectError) as refused:
            collector.collect("visits", wrong)
    assert "hunter2" not in str(refused.value) and in_inbox(collector) == {}


# ---------------------------------------------------------------- SFTP alone


def test_a_changed_host_key_is_refused_before_anything_is_sent(
    collector: Collector, there: Path, password_file: Path, source: Make
) -> None:
    put(there, NAME, b"a")
    with servers.sftp(there, OTHER_KEY) as port:
        asked = source(
            kind="sftp", address=f"sftp://{USER}@127.0.0.1:{port}/", host_key=PINNED, password_file=password_file
        )
        with pytest.raises(CollectError, match=r"shows another host key, SHA256:\S+: nothing was sent") as refused:
            collector.collect("visits", asked)
        other_kind = asked.model_copy(update={"host_key": "ssh-ed25519 AAAA"})
        with pytest.raises(CollectError, match="has no host key of the kind ssh-ed25519"):
            collector.collect("visits", other_kind)
    assert not refused.value.is_transient and in_inbox(collector) == {}


def test_a_key_lets_in_and_another_does_not(collector: Collector, there: Path, tmp_path: Path, source: Make) -> None:
    put(there, NAME, b"a")
    keys = {name: paramiko.RSAKey.generate(2048) for name in ("mine", "other")}
    for name, key in keys.items():
        key.write_private_key_file(str(tmp_path / name))
    with servers.sftp(there, HOST_KEY, keys["mine"]) as port:
        address = f"sftp://{USER}@127.0.0.1:{port}/"
        asked = source(kind="sftp", address=address, host_key=PINNED, key_file=tmp_path / "other")
        with pytest.raises(CollectError, match="refuses the user export: look at"):
            collector.collect("visits", asked)
        mine = asked.model_copy(update={"key_file": tmp_path / "mine"})
        assert collector.collect("visits", mine).fetched == [NAME]
        no_key = asked.model_copy(update={"key_file": keep(tmp_path / "text", "no key")})
        with pytest.raises(CollectError, match="is no private key"):
            collector.collect("visits", no_key)


def test_a_link_on_the_server_is_no_file(collector: Collector, there: Path, password_file: Path, source: Make) -> None:
    (there / NAME).symlink_to("/etc/passwd")
    with servers.sftp(there, HOST_KEY) as port:
        asked = source(
            kind="sftp", address=f"sftp://{USER}@127.0.0.1:{port}/", host_key=PINNED, password_file=password_file
        )
        assert collector.collect("visits", asked).fetched == []


def test_a_server_that_is_not_there_is_tried_later(collector: Collector, password_file: Path, source: Make) -> None:
    with servers.http(lambda _: None) as port:
        pass
    asked = source(
        kind="sftp", address=f"sftp://{USER}@127.0.0.1:{port}/", host_key=PINNED, password_file=password_file
    )
    with pytest.raises(CollectError, match="does not answer") as gone:
        collector.collect("visits", asked)
    assert gone.value.is_transient

"""Files of an S3-like store: a real server on loopback that checks signatures, with cuts, wrong keys and half files."""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.collecting import stores
from pipelines.collecting.fetching import Collector
from pipelines.collecting.sources import CollectError, Source
from tests.unit.collecting import servers
from tests.unit.collecting.conftest import Make, keep
from tests.unit.collecting.servers import Bucket

NAME, LATER = "home_visit_visit_20261127.csv", "home_visit_visit_20261128.csv"
Named = Callable[..., AbstractContextManager[Source]]


@pytest.fixture(scope="module")
def store() -> Iterator[Bucket]:
    with servers.s3() as bucket:
        yield bucket


@pytest.fixture
def bucket(store: Bucket) -> Bucket:
    store.clear()
    return store


@pytest.fixture
def named(bucket: Bucket, source: Make, tmp_path: Path) -> Named:
    """The source; after: its cable is cut after so many bytes."""

    @contextmanager
    def made(after: int = 1 << 40, secret: str = bucket.secret, key: str = bucket.key) -> Iterator[Source]:
        file = keep(tmp_path / "secret", secret)
        with servers.cable(bucket.port, after) as port:
            yield source(
                kind="s3", address=f"s3://{bucket.name}/out", user=key, password_file=file,
                endpoint=f"http://127.0.0.1:{port}",
            )  # fmt: skip

    return made


def in_inbox(collector: Collector) -> dict[str, bytes]:
    files = (collector.inbox / "visits").glob("*")
    return {file.name: file.read_bytes() for file in files if not file.name.startswith(".")}


def test_files_of_feeds_come_whole_and_once(bucket: Bucket, named: Named, collector: Collector) -> None:
    big = random.Random(1).randbytes(12_000_000)
    for name, content in {NAME: b"a,b\n1,2\n", LATER: big, "notes.txt": b"no feed", "sub/" + NAME: b"deeper"}.items():
        bucket.put(name, content)
    with named() as source:
        outcome = collector.collect("visits", source)
        assert sorted(outcome.fetched) == [NAME, LATER] and outcome.strays == ["notes.txt"]
        assert in_inbox(collector) == {NAME: b"a,b\n1,2\n", LATER: big}
        again = collector.collect("visits", source)
        assert again.fetched == [] and sorted(again.unchanged) == [NAME, LATER]
        bucket.put(NAME, b"a,b\n1,3\n")
        assert collector.collect("visits", source).fetched == [NAME]
    assert in_inbox(collector)[NAME] == b"a,b\n1,3\n"
    sidecar = json.loads((collector.inbox / "visits" / f".{NAME}.json").read_text(encoding="utf-8"))
    assert sidecar["size"] == 8 and len(sidecar["sha256"]) == 64
    assert bucket.secret not in json.dumps(sidecar)


@pytest.mark.parametrize("after", [300, 200_000])
def test_a_cut_leaves_nothing_and_the_next_call_has_all(
    bucket: Bucket, named: Named, collector: Collector, after: int
) -> None:
    content = random.Random(2).randbytes(800_000)
    bucket.put(NAME, content)
    with named(after) as source, pytest.raises(CollectError) as cut:
        collector.collect("visits", source)
    assert cut.value.is_transient and bucket.secret not in str(cut.value)
    assert list((collector.inbox / "visits").iterdir()) == [collector.inbox / "visits" / ".lock"]
    with named() as source:
        collector.collect("visits", source)
    assert in_inbox(collector) == {NAME: content}


def test_a_file_that_is_still_written_is_left_for_the_next_call(
    bucket: Bucket, named: Named, collector: Collector
) -> None:
    bucket.put(NAME, b"half")
    bucket.put(LATER, b"whole")
    bucket.put(f"{NAME}.part", b"an upload")

    def written_meanwhile(_: float) -> None:
        bucket.put(NAME, b"half, and more")

    with named() as source:
        outcome = replace(collector, pause=written_meanwhile).collect("visits", source)
        assert (outcome.fetched, outcome.unfinished) == ([LATER], [NAME])
        assert in_inbox(collector) == {LATER: b"whole"}
        assert collector.collect("visits", source).fetched == [NAME]
    assert in_inbox(collector)[NAME] == b"half, and more"


def test_a_wrong_secret_and_an_unknown_key_are_said_and_not_shown(
    bucket: Bucket, named: Named, collector: Collector
) -> None:
    bucket.put(NAME, b"a")
    for wrong in ({"secret": "hunter2-guess"}, {"key": "AKIAUNKNOWNUNKNOWN00", "secret": "hunter2-guess"}):
        with named(**wrong) as source, pytest.raises(CollectError) as refused:
            collector.collect("visits", source)
        assert "refused, look at user and password_file" in str(refused.value)
        assert "hunter2" not in str(refused.value)
        assert not refused.value.is_transient
    assert in_inbox(collector) == {}


def test_a_bucket_that_is_not_there_is_said(bucket: Bucket, named: Named, collector: Collector) -> None:
    with named() as source, pytest.raises(CollectError, match="there is no such folder"):
        collector.collect("visits", source.model_copy(update={"address": "s3://another/out"}))


def test_a_file_that_was_replaced_since_it_was_listed_is_not_taken(
    bucket: Bucket, named: Named, collector: Collector
) -> None:
    """Replaced between listing and reading: it must not come in half, under the old stamp."""
    bucket.put(NAME, b"0123456789")
    with named() as source, stores.opened(source) as folder:  # type: ignore[arg-type]
        (entry,) = folder.entries()
        bucket.put(NAME, b"0123")
        with pytest.raises(CollectError, match="FileExpired"):
            list(folder.read(NAME, entry.size))

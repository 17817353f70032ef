"""Small csv that are parsed together, each against the same file read by itself."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.contracts.model import Feed
from pipelines.delivery.csv_together import read_together
from pipelines.delivery.reading import read
from pipelines.delivery.text_table import Held, TextTable
from tests.unit.delivery.test_csv_reading import any_file
from tests.unit.helpers import CASE, csv_bytes


def by_itself(path: Path, data: bytes, feed: Feed) -> TextTable | None:
    path.write_bytes(data)
    try:
        return read(path, feed)
    except Held:
        return None


def is_same(one: TextTable, other: TextTable | None) -> bool:
    return (
        other is not None
        and one.frame.equals(other.frame)
        and one.frame.schema == other.frame.schema
        and replace(one, frame=None) == replace(other, frame=None)  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("seed", range(10))
def test_any_files_are_read_as_each_is_by_itself(tmp_path: Path, feeds: dict[str, Feed], seed: int) -> None:
    chance, together = random.Random(seed), 0
    for _ in range(20):
        feed = replace(feeds["service_centre.service_case"], encoding=chance.choice(["utf-8", "gb18030"]))
        files = {i: any_file(chance).encode(feed.encoding) for i in range(chance.randint(1, 30))}
        if chance.random() < 0.2:
            files[0] = b"\xff\xff" + files[0]
        found = read_together(files, feed)
        for i, table in found.items():
            assert is_same(table, by_itself(tmp_path / "file", files[i], feed))
        together += len(found)
    assert together > 4


@pytest.mark.parametrize(
    "odd",
    [
        b"", b"\n", b"a\n", b"a,b\n1,2", b"a,b\n1,2,3\n", b'a,b\n1,"2\n', b"a,b\n1,2\n\n", b"a,b\r\n1,2\r\n",
        b"a,b\n,\n", b"a,b\n1,\xff\n", b"a,b\n1,\x00\n", b'{"a": 1}\n',
    ],
)  # fmt: skip
def test_a_file_with_a_fault_leaves_the_others_as_they_are(tmp_path: Path, feeds: dict[str, Feed], odd: bytes) -> None:
    feed = feeds["service_centre.service_case"]
    files = {
        "first": b"a,b\n1,2\n3,4\n",
        "odd": odd,
        "last": b'a,b\n"5\n6",7\n',
        "empty": b"a,b\n",
        "other": b"b,a\n1,2\n",
    }
    found = read_together(files, feed)
    for name, table in found.items():
        assert is_same(table, by_itself(tmp_path / "file", files[name], feed))
    assert "odd" not in found and "other" not in found
    if b"\xff" not in odd and b",\n" not in odd:
        assert set(found) == {"first", "last", "empty"}


def test_a_file_alone_is_read_by_itself(feeds: dict[str, Feed]) -> None:
    feed = feeds["service_centre.service_case"]
    data = csv_bytes(feed, [CASE])
    assert read_together({1: data}, feed) == {}
    assert set(read_together({1: data, 2: data}, feed)) == {1, 2}

"""Searching files for texts: in every encoding, packed or in tables."""

import json
import zipfile
from pathlib import Path

import duckdb
import pytest

from pipelines.commands.traces import Traces
from pipelines.delivery import compression, tombstones

PHONE, NAME = "13912345678", "渭滨.42(甲)"


def places(file: Path) -> list[str]:
    with Traces([PHONE, NAME]) as traces:
        return list(traces.places(file))


@pytest.mark.parametrize("encoding", tombstones.ENCODINGS)
@pytest.mark.parametrize("text", [PHONE, NAME])
def test_bytes_are_searched_in_every_encoding(tmp_path: Path, text: str, encoding: str) -> None:
    file = tmp_path / "x.log"
    file.write_bytes(f"请打{text}。".encode(encoding))
    assert places(file) == [""]
    file.write_bytes(f"请打{text[:-1]}。".encode(encoding))
    assert places(file) == []


def test_escaped_json_and_compressed_files_are_searched(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps({"name": f"在{NAME}"}))
    assert places(tmp_path / "x.json") == [""]
    packed = tmp_path / f"{'0a' * 32}{compression.SUFFIX}"
    packed.write_bytes(compression.compressed(("x" * 99 + PHONE).encode()))
    assert places(packed) == [""]
    with zipfile.ZipFile(tmp_path / "x.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/a.xml", "nothing")
        archive.writestr("xl/b.xml", "x" * 99 + NAME)
    assert places(tmp_path / "x.xlsx") == [": xl/b.xml"]


def test_tables_name_the_column_and_a_pattern_is_a_text(tmp_path: Path) -> None:
    database, copy = tmp_path / "it's.duckdb", tmp_path / "fct.parquet"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema raw")
        connection.execute(
            'create table raw.visit as select 1 as n, null::varchar as "od""d", [?, null] as many', [NAME]
        )
        connection.execute("create table raw.other as select ? as note, ?::blob as data", ["渭滨x42甲", PHONE.encode()])
        connection.execute("create table raw.empty (note varchar)")
        connection.execute("create table raw.numbers as select 13912345678 as n")
        connection.execute(f"copy raw.visit to '{copy}' (format parquet)")
    # The bytes of the small database have the texts too.
    assert [one for one in places(database) if one] == [": raw.other.data", ": raw.visit.many"]
    assert [one for one in places(copy) if one] == [": fct.many"]
    with Traces(["nowhere"]) as traces:
        assert [list(traces.places(file)) for file in (database, copy, database)] == [[], [], []]

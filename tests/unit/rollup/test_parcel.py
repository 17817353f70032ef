"""A parcel is read as it was written, or refused: never read otherwise than it was meant."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from pipelines import settings
from pipelines.registry.loading import Registry
from pipelines.rollup import parcel
from pipelines.rollup.parcel import MANIFEST, NoParcel, Parcel
from tests.unit.rollup import parcels

DISTRICT = "990101"


@pytest.fixture
def file(tmp_path: Path, registry: Registry) -> Path:
    return parcels.make(tmp_path, DISTRICT, registry)


def members(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def repack(file: Path, content: dict[str, bytes], kind: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(file, "w", kind) as packed:
        for name, one in content.items():
            packed.writestr(name, one)
    return file


def refusal(file: Path) -> str:
    with pytest.raises(NoParcel) as refused:
        parcel.read(file)
    assert str(refused.value)
    return refused.value.kind


def again(file: Path, found: Parcel, table: str, rows: pl.DataFrame) -> Path:
    """The parcel with another table, packed by the same code, so that its hashes are right."""
    return parcel.pack(file.parent, found.manifest, {**found.tables, table: rows})


def test_a_parcel_is_read_as_it_was_written(file: Path) -> None:
    found = parcel.read(file)
    assert found.manifest.district == DISTRICT and found.manifest.data_through == parcels.DAY
    one = found.tables["kpi_daily"].filter(kpi_id=parcels.RATE, kpi_date=parcels.DAY).row(0, named=True)
    assert (one["numerator"], one["denominator"]) == (8.0, 10.0)
    assert found.rows == sum(table.height for table in found.tables.values()) > 20


def test_the_same_numbers_give_the_same_bytes(file: Path, tmp_path: Path, registry: Registry) -> None:
    assert parcels.make(tmp_path / "twice", DISTRICT, registry).read_bytes() == file.read_bytes()


def test_a_parcel_that_is_cut_off_is_damaged(file: Path) -> None:
    whole = file.read_bytes()
    for part in range(20):
        file.write_bytes(whole[: len(whole) * part // 20])
        assert refusal(file) == "damaged"


def test_a_changed_byte_of_a_table_is_noticed(file: Path) -> None:
    content = members(file)
    table = bytearray(content["kpi_daily.parquet"])
    table[len(table) // 2] ^= 1
    assert refusal(repack(file, {**content, "kpi_daily.parquet": bytes(table)})) == "damaged"


def test_other_members_are_refused(file: Path) -> None:
    content = members(file)
    assert refusal(repack(file, {**content, "../evil.parquet": b""})) == "foreign"
    assert refusal(repack(file, {name: one for name, one in content.items() if name != MANIFEST})) == "foreign"
    # A small file that unpacks to a large one.
    assert refusal(repack(file, {**content, MANIFEST: b" " * 10**6}, zipfile.ZIP_DEFLATED)) == "foreign"


def test_another_format_is_of_another_version(file: Path) -> None:
    content = members(file)
    told = content[MANIFEST].replace(b'"format": 1', b'"format": 2')
    assert told != content[MANIFEST]
    assert refusal(repack(file, {**content, MANIFEST: told})) == "version"


@pytest.mark.parametrize(
    "change",
    [
        lambda _: b"[" * 200_000,
        lambda _: b'{"format":' * 200_000,
        lambda told: told.replace(b'"households": 100', b'"households": 99999999999999999999'),
    ],
)
def test_a_manifest_that_nobody_wrote_is_refused(file: Path, change: Callable[[bytes], bytes]) -> None:
    content = members(file)
    told = change(content[MANIFEST])
    assert told != content[MANIFEST]
    assert refusal(repack(file, {**content, MANIFEST: told})) == "foreign"


@pytest.mark.parametrize(
    ("table", "change", "kind"),
    [
        ("kpi_daily", lambda rows: pl.concat([rows, rows.head(1)]), "contents"),
        ("kpi_daily", lambda rows: rows.with_columns(kpi_date=pl.col("kpi_date").dt.offset_by("1d")), "contents"),
        ("kpi_daily", lambda rows: rows.with_columns(numerator=pl.lit(float("nan"))), "contents"),
        ("kpi_daily", lambda rows: rows.with_columns(numerator=pl.lit(float("-inf"))), "contents"),
        ("kpi_daily", lambda rows: rows.with_columns(numerator=pl.lit(1e30)), "contents"),
        ("kpi_daily", lambda rows: rows.with_columns(n=pl.lit(-(2**63))), "contents"),
        ("feed_day", lambda rows: rows.with_columns(rows_counted=pl.lit(2**63 - 1)), "contents"),
        ("kpi_daily", lambda rows: rows.with_columns(kpi_id=pl.lit("x") + pl.col("kpi_id")), "contents"),
        ("kpi_period", lambda rows: rows.with_columns(status=pl.lit("<b>ok</b>")), "version"),
        ("kpi_period", lambda rows: rows.with_columns(numerator=pl.col("numerator").cast(pl.String)), "version"),
    ],
)
def test_tables_that_cannot_be_right_are_refused(
    file: Path, table: str, change: Callable[[pl.DataFrame], pl.DataFrame], kind: str
) -> None:
    found = parcel.read(file)
    assert refusal(again(file, found, table, change(found.tables[table]))) == kind


def test_what_is_no_parquet_is_damaged_even_with_the_right_hash(file: Path) -> None:
    found = parcel.read(file)
    content = members(file)
    other = b"PAR1 nothing PAR1"
    digest = found.manifest.members["kpi_daily.parquet"].sha256
    new = content[MANIFEST].replace(digest.encode(), hashlib.sha256(other).hexdigest().encode())
    assert refusal(repack(file, {**content, MANIFEST: new, "kpi_daily.parquet": other})) == "damaged"


def test_a_link_is_no_parcel(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.zip"
    link.symlink_to(file)
    assert refusal(link) == "foreign"


def test_a_home_without_a_generation_has_no_parcel_to_give(tmp_path: Path) -> None:
    with pytest.raises(parcel.Nothing, match="sihe run"):
        parcel.write(settings.load(tmp_path, tmp_path), tmp_path)


def test_the_tables_are_stored_as_parquet_that_any_tool_reads(file: Path) -> None:
    rows = pl.read_parquet(io.BytesIO(members(file)["index_daily.parquet"]))
    assert rows["score"].to_list() == [70.0] * 3

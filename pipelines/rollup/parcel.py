"""A parcel: the numbers that a district hands up, one zip of Parquet files with a manifest.

Belongs here: which tables and columns a parcel has, writing one from a published generation, reading one strictly. Does
not belong here: which parcels of an inbox are in force (`reception`), the sums over them (`sums`).

A parcel has numbers of the district as a whole, numerators and denominators first. It has no row of a resident, an
event or a place below the district, and no name but that of the district. The hashes find damage; who may put files
into the folder of a district is a matter of accounts.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pydantic
from pydantic import BaseModel, ConfigDict, Field

from pipelines.districts import codes
from pipelines.publication import publish
from pipelines.settings import Settings
from pipelines.warehouse.database_file import offline_config

FORMAT: Literal[1] = 1
MANIFEST = "manifest.json"
# A parcel of three years has about 5 MB. More than this is none, or would fill the memory.
MOST_BYTES = 256 * 1024**2
MOST_ROWS = 5_000_000
# Of numbers and counts: sums of many of them stay within the types that they are summed in.
_LARGEST: Mapping[type[pl.DataType], float] = {pl.Float64: 1e24, pl.Int64: 10**15}
# A fixed time, so that the same generation gives the same bytes.
_WRITTEN_AT = (2020, 1, 1, 0, 0, 0)

_KEY = {"kpi_id": pl.String}
_NUMBERS = dict.fromkeys(("numerator_squares", "products", "denominator_squares"), pl.Float64)
TABLES: Mapping[str, dict[str, type[pl.DataType]]] = {
    "kpi_daily": {
        **_KEY, "kpi_date": pl.Date, "numerator": pl.Float64, "denominator": pl.Float64, "value": pl.Float64,
        "n": pl.Int64, **_NUMBERS,
    },
    "kpi_period": {
        **_KEY, "as_of": pl.Date, "period": pl.String, "numerator": pl.Float64, "denominator": pl.Float64,
        "value": pl.Float64, "n": pl.Float64, "is_exact": pl.Boolean, "value_smoothed": pl.Float64,
        "low90": pl.Float64, "high90": pl.Float64, "score": pl.Float64, "status": pl.String,
        "previous_value": pl.Float64, "year_ago_value": pl.Float64,
    },
    "kpi_target": {
        **_KEY, "valid_from": pl.Date, "valid_to": pl.Date,
        **dict.fromkeys(("red_line", "target", "stretch", "band_low", "band_high", "weight"), pl.Float64),
    },
    "index_daily": {"as_of": pl.Date, "pillar": pl.String, "score": pl.Float64, "coverage": pl.Float64},
    "feed_day": {
        "platform": pl.String, "feed": pl.String, "business_date": pl.Date, "state": pl.String, "files": pl.Int64,
        "rows_counted": pl.Int64, "rows_loaded": pl.Int64, "rows_rejected": pl.Int64,
    },
}  # fmt: skip
"""The tables of a parcel, with the types of their columns."""
_KEYS = {
    "kpi_daily": ["kpi_id", "kpi_date"],
    "kpi_period": ["kpi_id", "as_of", "period"],
    "kpi_target": ["kpi_id", "valid_from"],
    "index_daily": ["as_of", "pillar"],
    "feed_day": ["platform", "feed", "business_date", "state"],
}
DAYS = {"kpi_daily": "kpi_date", "kpi_period": "as_of", "index_daily": "as_of"}
"""The column of the day that a number is of."""
_WORDS: Mapping[str, frozenset[str]] = {
    "status": frozenset(("ok", "small_n", "warming_up", "not_applicable", "no_data")),
    "period": frozenset(("1d", "7d", "30d", "month", "quarter", "year", "all")),
    "pillar": frozenset(("safe", "convenient", "beautiful", "happy", "organisation", "overall")),
    "state": frozenset(("loaded", "superseded", "duplicate", "held", "rejected")),
}
"""The codes that a reader of the numbers knows; `state` is another column in other tables, and only of feeds here."""
# What a feed brings that is not connected is on trial, and in no number.
_FEED_DAY = """
select platform, feed, business_date, state, count(*)::bigint as files, sum(rows_counted)::bigint as rows_counted,
    sum(rows_loaded)::bigint as rows_loaded, sum(rows_rejected)::bigint as rows_rejected
from meta.delivery
where business_date is not null and (platform, feed) in (select (platform, feed) from meta.feed where is_connected)
group by all
"""


class Nothing(RuntimeError):
    """A home that has no parcel to give; the message says why, and what to do."""


class NoParcel(ValueError):
    """A file that cannot be used as a parcel; the message says why. kind: damaged, foreign (of another district, or not
    of Sihe), version (of another version of Sihe), clock (of days to come), contents (contradicts itself)."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Member(_Strict):
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    rows: Annotated[int, Field(ge=0, le=MOST_ROWS)]


class Manifest(_Strict):
    """What a parcel says of itself. formulas: the fingerprint of the formula of each KPI that it has numbers of."""

    format: Literal[1]
    district: Annotated[str, Field(pattern=rf"^[0-9]{{{codes.DISTRICT}}}$")]
    name: Annotated[str, Field(min_length=1, max_length=60)]
    households: Annotated[int | None, Field(ge=0, le=10**9)]
    generation: Annotated[str, Field(pattern=r"^\d{8}-\d{6}(-\d+)?$")]
    built_at: datetime
    data_from: date
    data_through: date
    is_demo: bool
    code_version: Annotated[str, Field(pattern=r"^[0-9a-f]{1,64}$")]
    formulas: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Annotated[str, Field(pattern=r"^[0-9a-f]+$")]]
    members: dict[str, Member]


@dataclass(frozen=True)
class Parcel:
    """A parcel that was read and found sound; sha256: of the file."""

    file: Path
    sha256: str
    manifest: Manifest
    tables: Mapping[str, pl.DataFrame]

    @property
    def rows(self) -> int:
        return sum(table.height for table in self.tables.values())

    def feeds(self) -> frozenset[str]:
        """`<platform>.<feed>` of every connected feed that the district has ever loaded."""
        loaded = self.tables["feed_day"].filter(state="loaded").select("platform", "feed").unique()
        return frozenset(f"{platform}.{feed}" for platform, feed in loaded.rows())


# ---------------------------------------------------------------- writing


def write(settings: Settings, folder: Path) -> Path:
    """Writes the parcel of the published generation into a folder; returns its file, which the same generation gives
    with the same bytes. Raises Nothing if nothing is published, or by a version that knew no parcels."""
    named = (publish.current(settings.published) or {}).get("file")
    if not named or Path(named).name != named:
        raise Nothing(f"{settings.published} has no generation: call sihe run first")
    with duckdb.connect(str(settings.published / named), read_only=True, config=offline_config()) as connection:
        try:
            return pack(folder, *_read_generation(connection))
        except duckdb.BinderException as error:
            raise Nothing(f"{named} is of an older version of Sihe: call sihe run, then again") from error


def pack(folder: Path, manifest: Manifest, tables: Mapping[str, pl.DataFrame]) -> Path:
    """Writes a parcel; the manifest gets its members from the tables."""
    members, told = {}, {}
    for table, columns in TABLES.items():
        out = io.BytesIO()
        tables[table].select(list(columns)).sort(_KEYS[table]).write_parquet(out, compression="zstd")
        members[f"{table}.parquet"] = out.getvalue()
        digest = hashlib.sha256(out.getvalue()).hexdigest()
        told[f"{table}.parquet"] = Member(sha256=digest, rows=tables[table].height)
    manifest = manifest.model_copy(update={"members": told})
    file = folder / f"parcel-{manifest.district}-{manifest.data_through:%Y%m%d}-{manifest.generation}.zip"
    folder.mkdir(parents=True, exist_ok=True)
    # As every delivery: under a name that is not taken for a parcel until it is complete.
    temporary = file.with_suffix(".part")
    with zipfile.ZipFile(temporary, "w") as packed:
        for name, content in {MANIFEST: manifest.model_dump_json(indent=1).encode(), **members}.items():
            packed.writestr(zipfile.ZipInfo(name, _WRITTEN_AT), content)
    if file.exists() and file.read_bytes() == temporary.read_bytes():
        temporary.unlink()  # it keeps the time at which it was first handed up
    else:
        temporary.replace(file)
    return file


def _read_generation(connection: duckdb.DuckDBPyConnection) -> tuple[Manifest, dict[str, pl.DataFrame]]:
    whole = connection.execute(
        "select org_code, org_name, households from marts.dim_org where org_level = 'district' order by org_code"
    ).fetchall()
    if len(whole) != 1:
        raise Nothing(f"the generation has {len(whole)} districts: a parcel is of one")
    district, name, households = whole[0]
    generation, built_at, first, last, is_demo, version = connection.execute(
        "select generation, built_at, data_from, data_through, is_demo, code_version from meta.build"
    ).fetchall()[0]
    if first is None:
        raise Nothing("the generation has no days yet")
    formulas = connection.execute("select kpi_id, formula from marts.kpi_definition order by kpi_id").fetchall()
    tables = {}
    for table, columns in TABLES.items():
        source = f"({_FEED_DAY})" if table == "feed_day" else f"marts.{table} where org_code = $district"
        given = None if table == "feed_day" else {"district": district}
        rows = connection.sql(f"select {', '.join(columns)} from {source}", params=given)
        tables[table] = rows.pl().cast(dict(columns))
    manifest = Manifest(
        format=FORMAT, district=district, name=name[:60], households=households, generation=generation,
        built_at=built_at, data_from=first, data_through=last, is_demo=is_demo, code_version=version,
        formulas=dict(formulas), members={},
    )  # fmt: skip
    return manifest, tables


# ---------------------------------------------------------------- reading


def read(file: Path) -> Parcel:
    """Reads a parcel and checks everything that can be checked without others; raises NoParcel. The file is from
    outside: nothing of it becomes a path, SQL or HTML."""
    if not file.is_file() or file.is_symlink():
        raise NoParcel("foreign", "is no file")
    if file.stat().st_size > MOST_BYTES:
        raise NoParcel("foreign", f"has more than {MOST_BYTES // 1024**2} MiB")
    content = file.read_bytes()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            members = _unpacked(packed)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        if isinstance(error, NoParcel):
            raise
        raise NoParcel(
            "damaged", f"is damaged or cut off: {str(error).splitlines()[0] if str(error) else 'no zip'}"
        ) from error
    manifest = _manifest(members.pop(MANIFEST, b""))
    if set(manifest.members) != set(members) or set(members) != {f"{table}.parquet" for table in TABLES}:
        raise NoParcel("foreign", f"has other tables than {', '.join(TABLES)}")
    tables = {table: _table(table, members[f"{table}.parquet"], manifest) for table in TABLES}
    return Parcel(file, hashlib.sha256(content).hexdigest(), manifest, tables)


def _unpacked(packed: zipfile.ZipFile) -> dict[str, bytes]:
    listed = packed.infolist()
    if len({one.filename for one in listed}) != len(listed) or len(listed) > len(TABLES) + 1:
        raise NoParcel("foreign", f"has other tables than {', '.join(TABLES)}")
    # Parquet is compressed already: a member that is compressed again may be a bomb.
    if any(one.compress_type != zipfile.ZIP_STORED or one.file_size > MOST_BYTES for one in listed):
        raise NoParcel("foreign", "its members are compressed again: sihe parcel stores them as they are")
    return {one.filename: packed.read(one) for one in listed}


def _manifest(content: bytes) -> Manifest:
    try:
        values = json.loads(content)
        if isinstance(values, dict) and values.get("format") != FORMAT:
            raise NoParcel(
                "version", f"is of format {str(values.get('format'))[:20]}, format {FORMAT} is read here: same version"
            )
        return Manifest.model_validate_json(content)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))[:80]
        raise NoParcel("foreign", f"its manifest is wrong: {place}: {first['msg']}") from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, NoParcel):
            raise
        raise NoParcel("foreign", "has no manifest that can be read") from error


def _table(table: str, content: bytes, manifest: Manifest) -> pl.DataFrame:
    told = manifest.members[f"{table}.parquet"]
    if hashlib.sha256(content).hexdigest() != told.sha256:
        raise NoParcel("damaged", f"is damaged: {table} has another SHA-256 than the manifest says")
    try:
        stored = pq.ParquetFile(io.BytesIO(content))
        if stored.metadata.num_rows != told.rows:
            raise NoParcel("contents", f"{table} has {stored.metadata.num_rows} rows, the manifest says {told.rows}")
        found = pl.DataFrame(stored.read())
    except (pa.ArrowException, pl.exceptions.PolarsError, OSError) as error:
        raise NoParcel("damaged", f"{table} is no Parquet that can be read") from error
    if dict(found.schema) != {name: kind() for name, kind in TABLES[table].items()}:
        raise NoParcel("version", f"{table} has other columns than {', '.join(TABLES[table])}")
    if found.select(pl.struct(_KEYS[table]).is_duplicated().any()).item():
        raise NoParcel("contents", f"{table} has the same {', '.join(_KEYS[table])} twice")
    if (
        table in DAYS
        and not found.filter(
            ~pl.col(DAYS[table]).is_between(manifest.data_from, manifest.data_through).fill_null(value=False)
        ).is_empty()
    ):
        raise NoParcel("contents", f"{table} has days outside of {manifest.data_from} to {manifest.data_through}")
    bounds = {name: _LARGEST[kind] for name, kind in TABLES[table].items() if kind in _LARGEST}
    if any(not found[name].is_between(-most, most).all() for name, most in bounds.items()):
        raise NoParcel("contents", f"{table} has numbers that are none, or beyond all bounds")
    for column in _WORDS.keys() & TABLES[table].keys():
        if unknown := set(found[column].unique()) - _WORDS[column]:
            raise NoParcel("version", f"{table}.{column} has unknown values ({len(unknown)})")
    if "kpi_id" in found.columns and not set(found["kpi_id"].unique()) <= set(manifest.formulas):
        raise NoParcel("contents", f"{table} has KPIs without a formula in the manifest")
    return found

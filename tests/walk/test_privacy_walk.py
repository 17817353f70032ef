"""Known persons in every feed, with every fault of a file: none of them is found outside the archive.

Belongs here: a search through the bytes and the tables of a complete home after a real run. Does not belong here: the
single treatments (`unit/test_privacy.py`). All persons are invented.
"""

import json
import shutil
import sqlite3
import stat
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from pipelines import installation
from pipelines.commands import status
from pipelines.contracts.compiler import load_contracts
from pipelines.contracts.model import Column, Feed, Kind, Treatment
from pipelines.delivery import landing
from pipelines.delivery.compression import contents
from pipelines.delivery.privacy import id_check_digit
from pipelines.settings import PROJECT_DIR
from tests.conftest import run_sihe
from tests.unit.helpers import Row, csv_text, export_bytes, header_of, json_rows, put, row_of, sheet_of, workbook_bytes
from tests.walk.published import ask

DAY = date(2024, 1, 5)
RECEIVED = datetime(2024, 1, 6, 3)

# The last character is X, so that it has two spellings.
DIGITS = next(f"6103031990010{i:04}" for i in range(1000, 9999) if id_check_digit(f"6103031990010{i:04}") == "X")
WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(ord("0"), ord("z"))})
IDS = [
    f"{DIGITS}X",
    f"{DIGITS}x",
    f"{DIGITS}X".translate(WIDE),
    f"{DIGITS[:6]} {DIGITS[6:14]} {DIGITS[14:]}X",
    DIGITS[:6] + DIGITS[8:],
]
PHONES = [
    "13912345678",
    "139 1234 5678",
    "139-1234-5678",
    "+8613912345678",
    "+86 139 1234 5678",
    "0086-13912345678",
    "１３９１２３４５６７８",
    "(+86)139 1234-5678",
]
CARDS = ["6222021234567890123", "6222 0212 3456 7890 123"]
OTHERS = ["shen.moumou@example.com", "ｓｈｅｎ＠example.com", "陕C·8K3F2", "陕C8K3F2", "0917-3261234", "(0917)3261234"]
NAME, OPENID, HOUSEHOLD = "申屠某某", "oPLANTED-openid-77", "HHPLANTED0001"
LONGITUDE, LATITUDE = "107.123456", "34.654321"
NEEDLES = [*IDS, *PHONES, *CARDS, *OTHERS, NAME, OPENID, HOUSEHOLD, LONGITUDE, LATITUDE, "139 1234", "12345678"]
# A database numbers the entries of its dictionaries byte after byte: these are no text, and nothing planted has them.
COUNTING_UP = b"123456789:"
TEXT = "，".join([*IDS, *PHONES, *CARDS, *OTHERS])


# ---------------------------------------------------------------- the exports


def planted(feed: Feed, number: int) -> Row:
    """Personal values for every personal column, with different spellings for each number."""
    values: dict[str, object] = {}
    for column in feed.columns:
        match column.privacy:
            case Treatment.DROP:
                values[column.name] = PHONES[number % len(PHONES)]
            case Treatment.MASK:
                values[column.name] = NAME
            case Treatment.REDACT:
                values[column.name] = f"{TEXT[: (column.max_length or 4000) - 1]}。"
            case Treatment.GENERALISE:
                values[column.name] = LONGITUDE if column.name == "longitude" else LATITUDE
            case Treatment.PSEUDONYMISE:
                values[column.name] = of_one_person(column, number)
            case None:
                pass
    return values


def of_one_person(column: Column, number: int) -> str:
    if "id_number" in column.name:
        return IDS[number % len(IDS)]
    if "phone" in column.name or column.name == "counterparty":
        return PHONES[number % len(PHONES)]
    return {"household_id": HOUSEHOLD, "reporter_openid": OPENID}[column.name]


def broken(feed: Feed, number: int) -> Row:
    """A rejected row: a person's phone number in a column that cannot have one."""
    closed = next(
        column
        for column in feed.columns
        if column.privacy is None and not column.is_key and (column.codes or column.kind is not Kind.STRING)
    )
    return row_of(feed, number, **{**planted(feed, number), closed.name: PHONES[number % len(PHONES)]})


def shifted(feed: Feed, number: int) -> Row:
    """A row with all values shifted one column to the right."""
    names = [column.name for column in feed.columns]
    row = {**row_of(feed, number), **planted(feed, number)}
    values = [row.get(name) for name in names]
    return dict(zip(names, [values[-1], *values[:-1]], strict=True))


def rows_of(feed: Feed) -> list[Row]:
    good = [row_of(feed, number, **planted(feed, number)) for number in (1, 2, 3)]
    # A register whose key is a person has one row per person.
    return [
        *(good[:1] if any(c.is_key and c.privacy for c in feed.columns) else good),
        broken(feed, 4),
        shifted(feed, 5),
    ]


def with_unknown_columns(feed: Feed) -> Feed:
    """The feed with additional columns from its platform, one of them named after a person's number."""
    like = next(column for column in feed.columns if column.kind is Kind.STRING)
    more = [
        replace(like, name=f"more_{i}", header=header, is_key=False, pattern=None, codes=None, required=False)
        for i, header in enumerate(["家庭住址", f"备注{PHONES[0]}", IDS[0]])
    ]
    return replace(feed, columns=(*feed.columns, *more))


def file_name(feed: Feed, more: str = "") -> str:
    stem, _, ending = feed.file_template.replace("{yyyymmdd}", f"{DAY:%Y%m%d}").rpartition(".")
    return f"{stem}{more}.{ending}"


def write_exports(inbox: Path, feeds: Sequence[Feed]) -> None:
    """Every feed in its own format: accepted files with good, rejected and shifted rows and unknown columns; held
    corrections of them; files and folders named after persons."""
    shared = [feed for feed in feeds if feed.platform == "co_building"]
    wider = {feed.id: with_unknown_columns(feed) for feed in feeds}
    secrets = {"more_0": f"{NAME} {PHONES[1]}", "more_1": IDS[1], "more_2": CARDS[0]}

    def rows(feed: Feed) -> list[Row]:
        return [{**row, **secrets} for row in rows_of(feed)]

    def cut(feed: Feed) -> Feed:
        """Without its key, a required column: its file is held."""
        return replace(feed, columns=tuple(column for column in feed.columns if not column.is_key))

    def short(feed: Feed) -> list[Row]:
        names = {column.name for column in cut(feed).columns}
        return [{name: value for name, value in row.items() if name in names} for row in rows_of(feed)]

    for feed in feeds:
        if feed not in shared:
            put(inbox, str(DAY), file_name(feed), export_bytes(wider[feed.id], rows(feed)), RECEIVED)
            put(inbox, str(DAY), file_name(feed, "_r2"), export_bytes(cut(feed), short(feed)), RECEIVED)
    book = {feed.sheet or "": sheet_of(wider[feed.id], rows(feed)) for feed in shared}
    put(inbox, str(DAY), file_name(shared[0]), workbook_bytes(book), RECEIVED)
    book = {feed.sheet or "": sheet_of(cut(feed), short(feed)) for feed in shared}
    put(inbox, str(DAY), file_name(shared[0], "_r2"), workbook_bytes(book), RECEIVED)
    write_wrecks(inbox, {feed.id: feed for feed in feeds})


def write_wrecks(inbox: Path, feeds: Mapping[str, Feed]) -> None:
    """Files that cannot be read at all, in each format, and files of no feed."""
    event, report, team = (feeds[f] for f in ("command_centre.event", "snap_report.report", "volunteer.volunteer_team"))
    area = feeds["smart_community.residential_area"]
    text = csv_text(event, rows_of(event))
    documents = json_rows(report, rows_of(report))
    wrecks = [
        (event, "_r3", text.split("\n", 1)[1].encode("gb18030")),  # no header: a person's data are in its place
        (event, "_r4", text.replace("\n", f",{NAME}\n", 1).encode("gb18030")),
        (event, "_r5", text.encode("gb18030") + b"\xff\xff" + NAME.encode("gb18030")),
        (event, "_r6", f'{text}"{NAME}{PHONES[0]}'.encode("gb18030")),
        (event, "_r7", ",".join([PHONES[0], PHONES[0], NAME, NAME]).encode("gb18030") + b"\n"),
        (report, "_r3", json.dumps(documents[0], ensure_ascii=False).encode()[:-9]),
        (report, "_r4", json.dumps([documents[0]], ensure_ascii=False).encode()),
        (team, "_r3", json.dumps({"feed": f"{NAME}.{PHONES[0]}", "rows": []}, ensure_ascii=False).encode()),
        (area, "_r3", workbook_bytes({"小区": [["标题"], [NAME, *header_of(area)], [PHONES[0]] * 20]})),
        (area, "_r4", workbook_bytes({f"{NAME}{PHONES[0]}": sheet_of(area, [])})),
    ]
    for feed, more, data in wrecks:
        put(inbox, str(DAY), file_name(feed, more), data, RECEIVED)
    person = f"{PHONES[0]} {IDS[0]}"
    put(inbox, str(DAY), f"{person}.xlsx", TEXT.encode(), RECEIVED)
    put(inbox, f"转交 {person}/{DAY}", file_name(event, "_r8"), text.encode("gb18030"), RECEIVED)
    put(inbox, f"转交 {person}", f"{CARDS[0]}.csv", TEXT.encode(), RECEIVED)


# ---------------------------------------------------------------- a run, and all that it left


@pytest.fixture(scope="module")
def searched(parsed: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """(home, all output of the commands) after a run of every feed's files."""
    root = tmp_path_factory.mktemp("privacy")
    shutil.copytree(parsed / "dbt", root / "home" / "dbt")
    contracts, errors = load_contracts(PROJECT_DIR / "pipelines" / "contracts")
    assert errors == ()
    write_exports(root / "inbox", [feed for contract in contracts for feed in contract.feeds])
    ran = run_sihe(root / "home", "run", "--inbox", str(root / "inbox"))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return root / "home", ran.stdout + ran.stderr


def found_in(text: bytes) -> list[str]:
    """Planted values in every spelling that a file may have, including JSON's escapes of escapes."""
    text = text.replace(COUNTING_UP, b"")
    unescaped = text.replace(b"\\", b"")
    return [
        needle
        for needle in NEEDLES
        if any(needle.encode(encoding) in text for encoding in ("utf-8", "gb18030", "utf-16-le"))
        or json.dumps(needle).strip('"').replace("\\", "").encode() in unescaped
    ]


def kept(home: Path) -> Iterator[Path]:
    """Every file except the raw deliveries and the key."""
    for file in sorted(home.rglob("*")):
        if file.is_file() and not file.is_symlink() and not {home / "archive", home / "keys"} & set(file.parents):
            yield file


def tables_of(file: Path) -> Iterator[tuple[str, bytes]]:
    """Every table of a database as text; compressed values also decompressed."""
    if file.suffix == ".duckdb":
        with duckdb.connect(str(file), read_only=True) as database:
            names = database.execute("select schema_name, table_name from duckdb_tables() order by all").fetchall()
            for schema, table in names:
                query = f'select "{table}"::varchar from "{schema}"."{table}"'
                rows = database.execute(query).fetchall()
                yield f"{schema}.{table}", "\n".join(str(row) for (row,) in rows).encode()
    elif file.read_bytes().startswith(b"SQLite format 3"):
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as events:
            for (table,) in events.execute("select name from sqlite_master where type = 'table'").fetchall():
                cells = [cell for row in events.execute(f'select * from "{table}"') for cell in row]
                yield table, b"\n".join(map(plain, cells))


def plain(cell: object) -> bytes:
    data = cell if isinstance(cell, bytes) else str(cell).encode()
    try:
        return zlib.decompress(data)
    except zlib.error:
        return data


def test_every_feed_was_taken_with_rows_of_every_fate(searched: tuple[Path, str]) -> None:
    """Otherwise there would be nothing to find."""
    home, _ = searched
    lines = ask(
        home,
        "select platform || '.' || feed, sum(rows_loaded), sum(rows_rejected), count(*) filter (where state = 'held')"
        " from meta.delivery where feed is not null group by 1",
    )
    assert {feed for feed, *_ in lines} == {feed.id for feed in installation.load(home).feeds}
    assert [line for line in lines if not all(line)] == []
    assert ask(home, "select count(*) from meta.delivery where platform is null") == [(2,)]
    archived = b"".join(map(contents, landing.archived_files(home / "archive")))
    assert set(found_in(archived)) >= {PHONES[0], IDS[0], CARDS[0], NAME, OPENID, HOUSEHOLD, LONGITUDE}


def test_no_planted_value_is_in_the_bytes_of_any_file(searched: tuple[Path, str]) -> None:
    home, _ = searched
    leaks = {str(file.relative_to(home)): found for file in kept(home) if (found := found_in(file.read_bytes()))}
    assert leaks == {}
    names = [str(path.relative_to(home)) for path in home.rglob("*")]
    assert [name for name in names if found_in(name.encode())] == []


def test_no_planted_value_is_in_any_table_of_any_database(searched: tuple[Path, str]) -> None:
    """DuckDB compresses its storage: a search in the bytes alone is not enough."""
    home, _ = searched
    looked_at = [(f"{file.relative_to(home)}: {name}", text) for file in kept(home) for name, text in tables_of(file)]
    assert {name.split(":")[0].partition("/")[0] for name, _ in looked_at} == {"warehouse", "published", "dagster"}
    assert len(looked_at) > 100
    assert {name: found for name, text in looked_at if (found := found_in(text))} == {}


def test_no_planted_value_is_said(searched: tuple[Path, str]) -> None:
    home, output = searched
    assert "held" in output
    assert found_in(output.encode()) == []
    here = installation.load(home, home.parent / "inbox")
    told = json.dumps(status.status(here).as_dict(), ensure_ascii=False, default=str)
    told += "".join(finding.text for finding in status.examine(here))
    assert found_in(told.encode()) == []


def test_the_raw_deliveries_and_the_key_are_their_owners_only(searched: tuple[Path, str]) -> None:
    home, _ = searched
    for private in ("archive", "keys", "warehouse"):
        paths = [home / private, *(home / private).rglob("*")]
        modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in paths if private != "warehouse"}
        assert modes <= {(True, 0o700), (False, 0o600)}, private
        assert stat.S_IMODE((home / private).stat().st_mode) == 0o700


def test_one_person_is_one_token_in_every_feed(searched: tuple[Path, str]) -> None:
    """For all spellings of the number: full-width, with an x, with 15 digits, with gaps, with +86."""
    home, _ = searched
    with duckdb.connect(str(home / "warehouse" / "sihe.duckdb"), read_only=True) as working:

        def tokens(*columns: str) -> list[str]:
            union = " union ".join(f"select {c.split('.')[1]} from raw.{c.split('.')[0]}" for c in columns)
            return [token for (token,) in working.execute(union).fetchall()]

        (by_id,) = tokens(
            "smart_community__grid_worker.id_number",
            "volunteer__volunteer.id_number",
            "service_centre__service_case.applicant_id_number",
        )
        (by_phone,) = tokens("command_centre__hotline_order.caller_phone", "co_building__fund_txn.counterparty")
        (by_household,) = tokens("home_visit__visit.household_id", "smart_community__care_household.household_id")
    assert len({by_id, by_phone, by_household}) == 3
    assert {len(token) for token in (by_id, by_phone, by_household)} == {32}

"""Random files, loaded by the real intake for any length of time.

Belongs here: generating them from a seed, and what must hold for every file. Does not belong here: inputs written by
hand (`poison`).

    python -m tests.faults.fuzz --seconds 600 --seed 7 [--keep DIR]

Good exports of every format are truncated, duplicated, shuffled, re-encoded, filled with odd values, and their bytes
and the parts of their workbooks changed. After each round every file has one state, every row one outcome, everything
loaded according to the ledger is in the tables, and no reason and no quarantined row contains a person's number. The
same seed gives the same files; a round that fails is kept with its seed and number. A crash of this process is a
failure too: it ends without its report.
"""

import argparse
import io
import json
import random
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from pipelines.contracts.model import Column, Feed, Kind, Treatment
from pipelines.delivery import landing
from pipelines.delivery.tombstones import CANNOT_UNPACK
from pipelines.intake.precedence import HELD
from pipelines.settings import Settings
from pipelines.warehouse.lock import exclusive
from pipelines.warehouse.store import opened
from tests.faults.poison import CONTRACTS, FEEDS, KEY, written
from tests.unit.desk import Desk
from tests.unit.helpers import Row, json_bytes, ndjson_bytes, put, row_of, sheet_of, workbook_bytes

# For each feed of a round a child process is started to read workbooks: so few feeds and many days.
DAYS_A_ROUND, ROUNDS_A_HOME = 10, 100
LONGEST_ROUND = 120.0
STATES = {"loaded", "superseded", "duplicate", "held"}
FIRST_DAY, DAYS = date(2015, 1, 1), 4000
RECEIVED = datetime(2026, 1, 6, 3)
PHONE = "13912345678"
ALONE = [feed for feed in FEEDS.values() if feed.platform != "co_building"]
FORMATS = ("csv", "csv", "xlsx", "ndjson", "json")
SHARED = [feed for feed in FEEDS.values() if feed.platform == "co_building"]

ODD: Sequence[object] = [
    None, "", " ", "-", "无", "NULL", "nan", "NaN", "inf", "1e308", "-1e999", "0x1F", "１２３", "٣", "1.5", "1,5",
    "12%", "3万", "9" * 18, "9" * 40, "-0", "+", "true", "是", "2025-02-29", "0000-00-00", "9999-12-31 23:59:59",
    "24:00", "20240105", "2024年1月5日 8时", "2024-01-05T08:00:00+14:59", "0001-01-01T00:00:00+14:00", "1970", "=1+1",
    "@x", "<b>", "';--", "甲\n乙", "甲\r乙", '甲"乙', "甲,乙", "\u202e", "\ufeff", "\u0000", "\x1a",
    "👨‍👩‍👧", "𠀀", "e\u0301",
    "\u2028", "合计", PHONE, f"+86 {PHONE}", "x" * 5000, "[erased]", "{}", "[]", "\\", "\\u0000", "$(x)", "%s", "{{x}}",
]  # fmt: skip
BYTES = [
    b'"', b'""', b",", b"\n", b"\r", b"\r\n", b"\0", b"\t", b";", b"\xef\xbb\xbf", b"\xff\xfe", b"\xff", b"\x80",
    b"\xed\xa0\x80", b"\x81\x30", b"{", b"}", b"[", b"]", b":", b"\\", b"\\u", b"\\ud800", b"NaN", b"null", b"1e999",
    b"<", b">", b"&", b"<!--", b"]]>", b"PK\x03\x04", "合计".encode(), "无".encode("gb18030"), b"9" * 30, b" " * 100,
    b"-1", b"0", b'r="XFD1048576"', b"<row", b"</c>",
]  # fmt: skip


# ---------------------------------------------------------------- good exports


def rows_of(feed: Feed, chance: random.Random) -> list[Row]:
    """Up to nine good rows, personal data in them, a few odd values."""
    rows: list[Row] = []
    for number in range(1, chance.randint(1, 9)):
        row = dict(row_of(feed, number))
        row |= {column.name: personal(column, number) for column in feed.columns if column.privacy}
        for _ in range(chance.choice((0, 0, 0, 1, 3))):
            row[chance.choice(feed.columns).name] = chance.choice(ODD)
        rows.append(row)
    if rows and chance.random() < 0.2:
        rows.append(chance.choice(rows))
    chance.shuffle(rows)
    return rows


def personal(column: Column, number: int) -> object:
    if column.kind is not Kind.STRING:
        return 100.123456 if column.name == "longitude" else 34.123456
    return f"请打{PHONE}" if column.privacy is Treatment.REDACT else PHONE if number % 2 else f"x{number}"


def good(feed: Feed, chance: random.Random) -> bytes:
    match feed.format:
        case "csv":
            return written(feed, rows_of(feed, chance)).encode(feed.encoding, "replace")
        case "ndjson":
            return ndjson_bytes(feed, rows_of(feed, chance))
        case "json":
            return json_bytes(feed, rows_of(feed, chance))
        case _:
            feeds = SHARED if feed in SHARED else [feed]
            return workbook_bytes({one.sheet or "": sheet(one, chance) for one in feeds})


def packed(parts: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as new:
        for name, part in parts.items():
            new.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def sheet(feed: Feed, chance: random.Random) -> list[Sequence[object]]:
    """Cells that a workbook can represent; other values are tested by changing bytes."""
    made = [*sheet_of(feed, rows_of(feed, chance))]
    if chance.random() < 0.2:
        made.append(["合计", *[chance.choice([None, 1, "x"]) for _ in feed.columns[1:]]])
    return [[held_by_cell(cell) for cell in row] for row in made]


def held_by_cell(cell: object) -> object:
    return "".join(sign for sign in cell if sign >= " " or sign in "\n\t") if isinstance(cell, str) else cell


# ---------------------------------------------------------------- faults


def flipped(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 3, 20))):
        if changed:
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def without_a_piece(data: bytes, chance: random.Random) -> bytes:
    begin = chance.randrange(len(data) + 1)
    return data[:begin] + data[begin + chance.choice((1, 2, 10, 300)) :]


def with_a_piece(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(BYTES) * chance.choice((1, 1, 2, 50)) + data[at:]


def doubled(data: bytes, chance: random.Random) -> bytes:
    begin = chance.randrange(len(data) + 1)
    piece = data[begin : begin + chance.choice((1, 30, 400, 10_000))]
    return data[:begin] + piece * chance.choice((2, 3, 40)) + data[begin:]


def swapped(data: bytes, chance: random.Random) -> bytes:
    a, b, c = sorted(chance.randrange(len(data) + 1) for _ in range(3))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def spliced(data: bytes, chance: random.Random) -> bytes:
    other = good(chance.choice(ALONE), chance)
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]


def recoded(data: bytes, chance: random.Random) -> bytes:
    text = data.decode(chance.choice(("utf-8", "gb18030")), "replace")
    return text.encode(chance.choice(("utf-8-sig", "gb18030", "utf-16", "utf-16-be", "big5", "utf-32")), "replace")


def lines_shuffled(data: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    chance.shuffle(lines)
    return b"".join(lines)


def part_changed(data: bytes, chance: random.Random) -> bytes:
    """A workbook with one part changed and an intact archive; for other files, their bytes are changed."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as old:
            parts = {entry.filename: old.read(entry) for entry in old.infolist()}
    except CANNOT_UNPACK:
        return with_a_piece(data, chance)
    name = chance.choice(sorted(parts, key=lambda one: ("sheet" not in one and "Strings" not in one, one))[:4] or [""])
    if name in parts:
        parts[name] = chance.choice(OF_BYTES)(parts[name], chance)
    return packed(parts)


Change = Callable[[bytes, random.Random], bytes]
OF_BYTES: Sequence[Change] = [flipped, cut, without_a_piece, with_a_piece, doubled, swapped, lines_shuffled]
OF_FILES: Sequence[Change] = [*OF_BYTES, spliced, recoded, part_changed, part_changed, part_changed]


def made(feed: Feed, chance: random.Random) -> bytes:
    data = good(feed, chance)
    for _ in range(chance.choice((0, 1, 1, 1, 2, 4))):
        data = chance.choice(OF_FILES)(data, chance)[: 8 << 20]
    return data


# ---------------------------------------------------------------- rounds


class Broken(AssertionError):
    """Something that must hold for every file does not."""


@dataclass
class Tally:
    rounds: int = 0
    files: int = 0
    states: Counter[str] = None  # type: ignore[assignment]
    fates: Counter[str] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self.states, self.fates = Counter(), Counter()


def round_of(desk: Desk, seed: int, number: int, tally: Tally) -> None:
    """Generates, delivers and loads a round's files, and checks each."""
    inbox = desk.settings.inbox
    first = FIRST_DAY + timedelta(days=number * DAYS_A_ROUND % DAYS)
    days = [first + timedelta(days=i) for i in range(DAYS_A_ROUND)]
    chance = random.Random(f"{seed}/{number}")
    chosen = [chance.choice([feed for feed in ALONE if feed.format == wanted]) for wanted in FORMATS]
    chosen = list({feed.id: feed for feed in [*chosen, *SHARED[: number % 4 == 0]]}.values())
    for feed in chosen:
        for i, day in enumerate(days):
            name = feed.file_template.replace("{yyyymmdd}", f"{day:%Y%m%d}")
            data = made(feed, random.Random(f"{seed}/{number}/{feed.id}/{i}"))
            put(inbox, f"{number}", name, data, RECEIVED)
    started = time.monotonic()
    desk.take(landing.scan(inbox / f"{number}", desk.feeds))
    for day in days:
        look_at(desk, day, chosen, tally)
    if (seconds := time.monotonic() - started) > LONGEST_ROUND:
        raise Broken(f"the round took {seconds:.0f} s")
    tally.rounds += 1
    tally.files += len(chosen) * len(days)


def look_at(desk: Desk, day: date, chosen: Sequence[Feed], tally: Tally) -> None:
    expected = sorted(feed.id for one in chosen for feed in (SHARED if one in SHARED else [one]))
    lines = desk.warehouse.lines(days=[day])
    if sorted(f"{line.platform}.{line.feed}" for line in lines) != expected:
        raise Broken("not every file has one line")
    for line in lines:
        where = f"{line.file_name} ({line.feed})"
        fates = (line.rows_loaded, line.rows_rejected, line.rows_duplicate, line.rows_superseded)
        if line.state not in STATES or (line.state == HELD and (not line.reason or line.rows_counted)):
            raise Broken(f"{where}: {line.state}, {line.reason}")
        if line.rows_counted != sum(fates):
            raise Broken(f"{where}: {line.rows_counted} rows counted, {fates}")
        table = FEEDS[f"{line.platform}.{line.feed}"].table
        (found,) = desk.query(f"select count(*) from raw.{table} where _business_date = '{day}'")
        if found != (line.rows_loaded,):
            raise Broken(f"{where}: {line.rows_loaded} rows loaded, {found} are there")
        kept = desk.query(f"select count(*) from ledger.rejected_row where delivery_id = {line.delivery_id}")
        if kept != [(line.rows_rejected,)]:
            raise Broken(f"{where}: {line.rows_rejected} rows rejected, {kept} are kept")
        told = desk.query(f"select raw::varchar from ledger.rejected_row where delivery_id = {line.delivery_id}")
        if PHONE in (line.reason or "") or any(PHONE in str(raw) for raw in told):
            raise Broken(f"{where}: tells a person's number")
        tally.states[line.state] += 1
        tally.fates += Counter(dict(zip(("loaded", "rejected", "duplicate", "superseded"), fates, strict=True)))


def fuzz(seconds: float, seed: int, keep: Path | None = None) -> Tally:
    """Runs rounds until the time is over; raises Broken with the seed and the round, whose files are kept."""
    tally, first, until = Tally(), 0, time.monotonic() + seconds
    while time.monotonic() < until:
        with tempfile.TemporaryDirectory(prefix="sihe-fuzz-") as folder:
            settings = Settings(Path(folder) / "home", Path(folder) / "inbox", Path(folder))
            with exclusive(settings, 0, "fuzz"), opened(settings, CONTRACTS) as warehouse:
                desk = Desk(warehouse, settings, list(FEEDS.values()), KEY)
                for number in range(first, first + ROUNDS_A_HOME):
                    try:
                        round_of(desk, seed, number, tally)
                    except BaseException as error:
                        kept = keep or Path(tempfile.mkdtemp(prefix="sihe-fuzz-failed-"))
                        (settings.inbox / f"{number}").rename(kept / f"{number}")
                        raise Broken(f"seed {seed}, round {number}, kept in {kept}: {error}") from error
                    if time.monotonic() >= until:
                        break
        first += ROUNDS_A_HOME
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="where the files of a round that fails are kept")
    given = parser.parse_args()
    try:
        tally = fuzz(given.seconds, given.seed, given.keep)
    except Broken as broken:
        print(broken, file=sys.stderr)
        raise
    report = {"seed": given.seed, "rounds": tally.rounds, "files": tally.files}
    print(json.dumps({**report, "states": tally.states, "rows": tally.fates}))


if __name__ == "__main__":
    main()

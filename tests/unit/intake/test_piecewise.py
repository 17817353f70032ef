"""A file read in pieces against the same file read as a whole: random files, pieces of any size, every place of a cut.

Belongs here: that both give one digest, or that the file is not read in pieces. Does not belong here: what the digest
should be (`test_reading`, `test_row_rules`, `test_csv_reading` and `test_json_reading` in `tests/unit/delivery`).
"""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.contracts.model import Feed
from pipelines.delivery import compression, csv_pieces, json_reading, landing, pieces, reading
from pipelines.delivery.pieces import NotInPieces
from pipelines.delivery.privacy import pseudonym
from pipelines.delivery.tombstones import Forgotten
from pipelines.intake import digests, piecewise
from pipelines.intake.digests import Digest
from pipelines.intake.piecewise import Large
from pipelines.keys import Key
from pipelines.warehouse import spool
from pipelines.warehouse.spool import Spool
from tests.unit.desk import Desk
from tests.unit.helpers import CASE, POINT, Row, csv_bytes, header_of, json_bytes, json_rows, ndjson_bytes, put, row_of

RECEIVED = datetime(2024, 1, 6, 3)
PERSON = "990101199001011234"
VALUES: dict[str, list[str]] = {
    "case_id": [f"BJ2024010500000{i}" for i in range(6)] + ["ＢＪ20240105000001", " BJ20240105000002", "x", ""],
    "item_name": ["居住证明", "电话13912345678", "a,b", "两\n行", '说"好"', "\u200b证", "-", "\r\n", "\n\n", ""],
    "applicant_id_number": [PERSON, "990101199001011235", "13912345678", "", "护照1"],
    "accepted_at": ["2024-01-05 09:00:00", "2024年1月5日 9时", "1970-01-01 00:00:00", "2024-13-01", "2024-01-05 09:00"],
    "trips": ["1", "１", "99999", "-1", "1.0", ""],
    "status": ["办理中", "办结", "没有"],
    "updated_at": ["2024-01-05 09:00:00", "2024-01-05 10:00:00", "2024-01-05 11:00:00", "2030-01-01 00:00:00"],
}


@pytest.fixture
def feed(feeds: dict[str, Feed]) -> Feed:
    return feeds["service_centre.service_case"]


def field(text: str, chance: random.Random) -> str:
    if any(sign in text for sign in ',"\r\n') or chance.random() < 0.1:
        return '"' + text.replace('"', '""') + '"'
    return text


def any_file(feed: Feed, chance: random.Random) -> bytes:
    """A csv with broken, doubled and replaced rows; some files have blank lines, unknown columns or a broken line."""
    end = chance.choice(["\n", "\n", "\r\n"])
    header = [*header_of(feed), *(["备注,一"] if chance.random() < 0.2 else [])]
    faulty = chance.random() < 0.25
    lines = []
    for _ in range(chance.randint(0, 40)):
        row = {**CASE, "case_id": f"BJ20240105{chance.randint(0, 999999):06}"}
        for name, values in VALUES.items():
            if chance.random() < 0.25:
                row[name] = chance.choice(values)
        values = [str(row.get(column.name) or "") for column in feed.columns]
        lines.append(",".join(field(value, chance) for value in [*values, "x"][: len(header)]))
    for line in chance.sample(lines, len(lines) // 5):
        lines.insert(chance.randint(0, len(lines)), line)
    if chance.random() < 0.2:
        blank = chance.choice(["", "," * (len(header) - 1), " ", "　," * (len(header) - 1)])
        lines.insert(chance.randint(0, len(lines)), blank)
    if faulty and lines:
        at = chance.randrange(len(lines))
        lines[at] = chance.choice(
            [lines[at] + ",", lines[at][:-3], 'a"b' + lines[at], lines[at] + '"', "\r" + lines[at]]
        )
    text = end.join([",".join(field(name, chance) for name in header), *lines]) + chance.choice(
        ["", end, end, end + end]
    )
    return chance.choice([b"", b"", b"\xef\xbb\xbf"]) + text.encode()


def in_pieces(path: Path, feed: Feed, forgotten: Forgotten, size: int) -> Digest | None:
    large, way = Large(path, feed, forgotten, RECEIVED), reading.in_pieces(feed, 1 << 30)
    assert way is not None
    try:
        return piecewise.digest(large, way, pieces.blocks(path, size), path.parent)
    except NotInPieces:
        return None


def content(found: Digest) -> tuple[object, ...]:
    """Everything of a digest."""
    rows = found.rows
    stored = rows.head(rows.height)
    if isinstance(rows, Spool):
        rows.close()
    return (
        stored.rows(), stored.schema, found.rejected.rows(), found.row_count, found.duplicate_count,
        found.superseded_count, found.notes, found.held_because, found.erased_count, rows.height,
    )  # fmt: skip


def both(path: Path, feed: Feed, forgotten: Forgotten, size: int) -> bool:
    """Whether the file was read in pieces; then it is compared with the whole."""
    whole = digests.digest(path, feed, forgotten.key, forgotten, RECEIVED)
    found = in_pieces(path, feed, forgotten, size)
    if found is None:
        return False
    assert content(found) == content(whole)
    assert not list(path.parent.glob(".rows-*"))
    return True


@pytest.mark.parametrize("seed", range(5))
def test_any_file_has_one_digest_in_pieces_of_any_size(
    tmp_path: Path, feed: Feed, key: Key, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance, path, read = random.Random(seed), tmp_path / "file", 0
    monkeypatch.setattr(spool, "_GROUP_ROWS", chance.choice([1, 3, 10, 1000]))
    monkeypatch.setattr(csv_pieces, "_BLOCK_BYTES", chance.choice([1, 50, 1000]))
    for _ in range(25):
        encoding = chance.choice(["utf-8", "gb18030"])
        data = any_file(feed, chance)
        path.write_bytes(data if encoding == "utf-8" else data.decode().encode(encoding))
        gone = frozenset({pseudonym(PERSON, key)} if chance.random() < 0.3 else ())
        size = chance.choice([40, 1000, 3000])
        read += both(path, replace(feed, encoding=encoding), Forgotten(gone, key), size)
    assert read >= 8


JSON_VALUES: dict[str, list[object]] = {
    "item_name": [*VALUES["item_name"], '"rows":[', ["x"], {"a": 1}, 5, 5.0, True],
    "trips": [1, 1.0, 99999, -1, "２", None, [1]],
}
ODD_TEXTS = ["a},{b", "a},\n{b", "\ud83d"]
"""With these, a file is not always read in pieces."""


def with_all_keys(feed: Feed, row: Row) -> dict[str, object]:
    """The object of a row, with a null for each column without a value."""
    (one,) = json_rows(feed, [row])
    return {**dict.fromkeys(header_of(feed)), **one}


def any_json(feed: Feed, chance: random.Random) -> bytes:
    """Objects with broken, doubled and replaced rows; in some files with omitted, doubled and unknown keys, blank
    lines, a broken object, a byte order mark anywhere, a document of another feed or with a wrong total."""
    odd = chance.random() < 0.4
    omits, escapes = chance.random() < 0.3, chance.random() < 0.5
    objects = []
    for i in range(chance.randint(0, 40)):
        row: dict[str, object] = {**CASE, "case_id": f"BJ20240105{chance.randint(0, 999999):06}"}
        for name, values in VALUES.items():
            if chance.random() < 0.25:
                row[name] = chance.choice([*values, *JSON_VALUES.get(name, [])])
        if odd and chance.random() < 0.05:
            row["item_name"] = chance.choice(ODD_TEXTS)
        one = with_all_keys(feed, row)
        if (omits or (odd and chance.random() < 0.05)) and i:
            one = {key: value for key, value in one.items() if value is not None}
        if odd and chance.random() < 0.1:
            one = dict(chance.sample(list(one.items()), len(one)))
        if odd and chance.random() < 0.1:
            one["备注"] = chance.choice(["y", None])
        text = json.dumps(one, ensure_ascii=escapes)
        if odd and chance.random() < 0.05:
            text = text[:-1] + ', "备注": 1, "备注": 2}'
        objects.append(text)
    for text in chance.sample(objects, len(objects) // 5):
        objects.insert(chance.randint(0, len(objects)), text)
    if chance.random() < 0.2 and objects:
        at = chance.randrange(len(objects))
        objects[at] = chance.choice([objects[at][:-1], objects[at] + ",", "[]", "", " ", "\ufeff" + objects[at]])
    if feed.format == "ndjson":
        end = chance.choice(["\n", "\n", "\r\n"])
        found = end.join(objects) + chance.choice(["", end, end + end])
    else:
        between = chance.choice([",", ", ", ",\n", ",\n  "])
        around: dict[str, object] = {"feed": feed.id}
        if odd:
            around |= chance.choice([{"feed": "other"}, {"total": chance.randint(0, 40)}, {"error": "x"}, {"v": "]"}])
        before = json.dumps(around, ensure_ascii=False)[:-1]
        after = chance.choice(["]}", "\n]\n}\n", f'],"total":{len(objects)}}}'])
        after = chance.choice(["]", '],"rows":[]}', '], "log": [{"a":1},{"a":2}]}', "]}}"]) if odd else after
        found = f'{before},"rows":[' + between.join(objects) + after
    return chance.choice([b"", b"", b"\xef\xbb\xbf"]) + found.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", ["ndjson", "json"])
def test_any_json_has_one_digest_in_pieces_of_any_size(
    tmp_path: Path, feed: Feed, key: Key, seed: int, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance, path, read = random.Random(seed), tmp_path / "file", 0
    feed = replace(feed, format=kind)
    for _ in range(20):
        monkeypatch.setattr(json_reading, "_WORTH_COLUMNS", chance.choice([0, 1 << 17]))
        path.write_bytes(any_json(feed, chance))
        gone = frozenset({pseudonym(PERSON, key)} if chance.random() < 0.3 else ())
        read += both(path, feed, Forgotten(gone, key), chance.choice([1000, 3000]))
    assert read >= 3


def test_an_ndjson_in_gb18030_is_read_in_pieces_and_a_document_as_a_whole(tmp_path: Path, feed: Feed, key: Key) -> None:
    path = tmp_path / "file"
    lines = replace(feed, format="ndjson", encoding="gb18030")
    path.write_bytes(ndjson_bytes(lines, rows(60, item_name="喛晘、居住证")).decode().encode("gb18030"))
    for size in (10, 200, 1000, 100_000):
        assert both(path, lines, Forgotten(frozenset(), key), size)
    # The second byte of a character may be that of a bracket.
    assert reading.in_pieces(replace(lines, format="json"), 1 << 30) is None


@pytest.mark.parametrize("kind", ["ndjson", "json"])
def test_a_json_cut_at_any_byte_has_one_digest(tmp_path: Path, feed: Feed, key: Key, kind: str) -> None:
    feed = replace(feed, format=kind)
    write = ndjson_bytes if kind == "ndjson" else json_bytes
    data = write(feed, rows(3, item_name='他说"好"]},行', applicant_id_number=PERSON))
    path, read = tmp_path / "file", 0
    for end in [*range(len(data) // 3, len(data), 15), *range(len(data) - 5, len(data) + 1)]:
        path.write_bytes(data[:end])
        read += both(path, feed, Forgotten(frozenset(), key), 450)
    # Elsewhere an object or the document is not closed.
    assert read >= {"ndjson": 2, "json": 1}[kind]


def test_a_key_that_a_later_piece_lacks_is_empty_there(tmp_path: Path, feed: Feed, key: Key) -> None:
    feed, path = replace(feed, format="ndjson"), tmp_path / "file"
    omitting = ndjson_bytes(feed, rows(40))
    first = json.dumps(with_all_keys(feed, {**CASE, "case_id": "BJ20240105900000"})).encode()
    assert len(json.loads(first)) > len(json.loads(omitting.splitlines()[0]))
    path.write_bytes(first + b"\n" + omitting)
    assert both(path, feed, Forgotten(frozenset(), key), 2000)
    path.write_bytes(omitting + first)
    assert not both(path, feed, Forgotten(frozenset(), key), 2000)


def rows(count: int, **values: object) -> list[Row]:
    return [{**CASE, "case_id": f"BJ20240105{i:06}", **values} for i in range(count)]


def test_a_correct_file_is_read_in_pieces(tmp_path: Path, feed: Feed, key: Key) -> None:
    path = tmp_path / "file"
    path.write_bytes(csv_bytes(feed, rows(60)))
    for size in (10, 200, 1000, 100_000):
        assert both(path, feed, Forgotten(frozenset(), key), size)


def test_two_spellings_of_a_personal_key_share_it_in_any_pieces(
    tmp_path: Path, feeds: dict[str, Feed], key: Key
) -> None:
    feed = replace(feeds["smart_community.care_household"], format="csv", sheet=None, header_row=1)
    numbers = [f"99010119900101{i:03}X" for i in range(30)]
    spelt = [*numbers, "99010119900101000x", "990101 19900101 001X", "９９０１０１１９９００１０１００２X"]
    path = tmp_path / "file"
    path.write_bytes(csv_bytes(feed, [row_of(feed, 1, household_id=number) for number in spelt]))
    whole = digests.digest(path, feed, key, received_at=RECEIVED)
    assert (whole.rows.height, whole.duplicate_count) == (30, 3)
    for size in (300, 1000, 3000):
        assert both(path, feed, Forgotten(frozenset(), key), size)


def test_a_file_cut_at_any_byte_has_one_digest(tmp_path: Path, feed: Feed, key: Key) -> None:
    data = csv_bytes(feed, rows(3, item_name='"他说""好"",\n行"', applicant_id_number=PERSON))
    path, read = tmp_path / "file", 0
    for end in range(data.index(b"\n"), len(data) + 1):
        path.write_bytes(data[:end])
        read += both(path, feed, Forgotten(frozenset(), key), 450)
    # Elsewhere a quote is open, fields are missing, or the last time is incomplete.
    assert read >= 3


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)])
def test_keys_in_several_pieces_have_the_fates_that_they_have_in_one(
    tmp_path: Path, feed: Feed, key: Key, order: Sequence[int]
) -> None:
    """Identical rows, rows that a later one replaces, rows that lose to an earlier one, and spellings of one key."""
    path = tmp_path / "file"
    times = [f"2024-01-05 {9 + i:02}:00:00" for i in range(3)]
    parts = [
        [
            *rows(20, item_name=f"部分{i}" if i else "同", trips=1),
            {**CASE, "case_id": "BJ20240105900001", "updated_at": times[i]},
            {**CASE, "case_id": "ＢＪ20240105900002" if i == 1 else "BJ20240105900002"},
            {**CASE, "case_id": "BJ20240105900003", "applicant_id_number": "990101199001011235", "trips": i},
            {**CASE, "case_id": f"BJ2024010580000{i}"},
        ]
        for i in order
    ]
    path.write_bytes(csv_bytes(feed, [row for part in parts for row in part]))
    for size in (200, 700, 1500, 5000):
        assert both(path, feed, Forgotten(frozenset(), key), size)


# ---------------------------------------------------------------- on a warehouse


@pytest.fixture(params=["while it is archived", "from the archive"])
def _small(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every csv is a large one."""
    monkeypatch.setattr(pieces, "PIECE_BYTES", 150)
    if request.param == "while it is archived":
        monkeypatch.setattr(compression, "MOST_BYTES", 0)


def points(count: int, functions: int = 3) -> list[Row]:
    doubled = [{**POINT, "point_code": f"ZD{i:05}", "functions": functions} for i in range(count)]
    broken = {**POINT, "point_code": "ZD90000", "functions": 99}
    return [*doubled, broken, doubled[0], {**doubled[1], "point_name": "二号站"}]


NAME = "service_centre_service_point_20240105"


@pytest.mark.usefixtures("_small")
def test_a_large_delivery_is_stored_with_the_ledger_and_the_rows_of_a_small_one(
    desk: Desk, feeds: dict[str, Feed], monkeypatch: pytest.MonkeyPatch
) -> None:
    feed, real = feeds["service_centre.service_point"], piecewise.digest
    read: list[Digest] = []

    def noted(*given: Any) -> Digest:
        read.append(real(*given))
        return read[-1]

    monkeypatch.setattr(piecewise, "digest", noted)
    path = put(desk.settings.inbox, "d", f"{NAME}.csv", csv_bytes(feed, points(30)), RECEIVED)
    memory = desk.query("select current_setting('memory_limit')")
    (settled,) = desk.take()
    assert settled.preview is not None and settled.preview.height == 5
    stored, ledger = desk.raw(), desk.ledger()
    assert (len(read), len(stored)) == (1, 30)
    assert desk.query("select current_setting('memory_limit')") == memory
    assert not list(desk.settings.working_db.parent.glob(".rows-*"))
    monkeypatch.setattr(pieces, "PIECE_BYTES", 1 << 20)
    desk.warehouse.connection.execute("delete from raw.service_centre__service_point")
    assert desk.take(again=True)
    assert (len(read), desk.raw(), desk.ledger()) == (1, stored, ledger)
    monkeypatch.setattr(pieces, "PIECE_BYTES", 150)
    put(desk.settings.inbox, "d", f"{NAME}_r2.csv", csv_bytes(feed, points(20, 4)), RECEIVED)
    desk.take()
    assert set(desk.functions()) == {4} and len(desk.raw()) == 20
    put(desk.settings.inbox, "d", f"{NAME}_r3.csv", path.read_bytes()[:-3], RECEIVED)
    desk.take()
    assert desk.states()[f"d/{NAME}_r3.csv"] == "held" and len(desk.raw()) == 20


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize("kind", ["ndjson", "json"])
def test_a_large_json_is_stored_with_the_ledger_and_the_rows_of_a_small_one(
    desk: Desk, feeds: dict[str, Feed], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    feed, real = feeds["service_centre.service_point"], piecewise.digest
    feed = replace(feed, format=kind, file_template=feed.file_template.replace(".csv", f".{kind}"))
    desk = Desk(desk.warehouse, desk.settings, [feed], desk.key)
    read: list[Digest] = []

    def noted(*given: Any) -> Digest:
        read.append(real(*given))
        return read[-1]

    monkeypatch.setattr(piecewise, "digest", noted)
    write = ndjson_bytes if kind == "ndjson" else json_bytes
    put(desk.settings.inbox, "d", f"{NAME}.{kind}", write(feed, points(8)), RECEIVED)
    desk.take()
    stored, ledger = desk.raw(), desk.ledger()
    assert (len(read), len(stored), len(ledger)) == (1, 8, 2)
    monkeypatch.setattr(pieces, "PIECE_BYTES", 1 << 20)
    desk.warehouse.connection.execute("delete from raw.service_centre__service_point")
    desk.take(again=True)
    assert (len(read), desk.raw(), desk.ledger()) == (1, stored, ledger)


@pytest.mark.usefixtures("_small")
def test_a_large_file_that_changes_while_it_is_read_is_taken_by_the_next_run(
    desk: Desk, feeds: dict[str, Feed]
) -> None:
    feed = feeds["service_centre.service_point"]
    path = put(desk.settings.inbox, "d", f"{NAME}.csv", csv_bytes(feed, points(30)), RECEIVED)
    arrivals = landing.scan(desk.settings.inbox, desk.feeds)
    path.write_bytes(csv_bytes(feed, points(20, 4)))
    desk.take(arrivals)
    assert desk.ledger() == [] and desk.raw() == []
    assert not list(desk.settings.working_db.parent.glob(".rows-*"))
    desk.take()
    assert set(desk.functions()) == {4} and len(desk.raw()) == 20


@pytest.mark.usefixtures("_small")
def test_large_bytes_from_which_a_person_was_removed_are_read_as_the_archive_has_them(
    desk: Desk, feeds: dict[str, Feed]
) -> None:
    feed = feeds["service_centre.service_point"]
    data = csv_bytes(feed, points(30))
    put(desk.settings.inbox, "d", f"{NAME}.csv", data, RECEIVED)
    desk.take()
    (archived,) = landing.archived_files(desk.settings.archive)
    landing.rewrite(archived, csv_bytes(feed, points(20, 4)))
    put(desk.settings.inbox, "d", "service_centre_service_point_20240106.csv", data, RECEIVED)
    desk.at(datetime(2024, 1, 7))
    desk.take()
    stored = desk.query("select count(*), min(functions) from raw.service_centre__service_point"
                        " where _business_date = '2024-01-06'")  # fmt: skip
    assert stored == [(20, 4)]
    assert not list(desk.settings.working_db.parent.glob(".rows-*"))


class Crash(BaseException):
    """No error handler catches this."""


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize("piece", [0, 3])
def test_a_crash_between_pieces_leaves_nothing_and_a_rerun_completes(
    desk: Desk, feeds: dict[str, Feed], monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    feed = feeds["service_centre.service_point"]
    put(desk.settings.inbox, "d", f"{NAME}.csv", csv_bytes(feed, points(30)), RECEIVED)
    before, real, written = (desk.ledger(), desk.raw()), Spool.write, []

    def crash(self: Spool, treated: pl.DataFrame) -> None:
        real(self, treated)
        written.append(treated.height)
        if len(written) > piece:
            raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(Spool, "write", crash)
        with pytest.raises(Crash):
            desk.take()
    assert (desk.ledger(), desk.raw()) == before
    assert not list(desk.settings.working_db.parent.glob(".rows-*"))
    desk.take()
    assert len(desk.raw()) == 30 and list(desk.states().values()) == ["loaded"]


def test_what_a_killed_run_has_left_on_disk_is_swept(tmp_path: Path) -> None:
    left = Spool(tmp_path)
    left.write(pl.DataFrame({"_row_number": [1]}))
    (tmp_path / "sihe.duckdb").touch()
    spool.sweep(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["sihe.duckdb"]


@pytest.mark.parametrize("seed", range(4))
def test_rows_wait_in_files_of_a_whole_row_group_in_whatever_order_pieces_come(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "_GROUP_ROWS", 10)
    chance, waiting, at, pieces = random.Random(seed), Spool(tmp_path), 2, []
    schema = {"_row_number": pl.Int64, "name": pl.String}
    for height in [0, 3, 25, 10, 1, 7, 12]:
        numbers = range(at, at + height)
        pieces.append(pl.DataFrame({"_row_number": numbers, "name": map(str, numbers)}, schema=schema))
        at += height
    whole = pl.concat(pieces)
    chance.shuffle(pieces)
    for piece in pieces:
        waiting.write(piece)
    waiting.leave_out([2, 3, 40])
    left = whole.filter(~pl.col("_row_number").is_in([2, 3, 40]))
    assert waiting.height == left.height == 55
    for count in (1, 5, 11, 55):
        assert waiting.head(count).equals(left.head(count))
    files = sorted(len(pl.read_parquet(file)) for file in tmp_path.glob(".rows-*/*"))
    assert files == [8, 10, 10, 10, 10, 10]
    waiting.close()
    assert not list(tmp_path.iterdir())

"""Erasing on a small home: every way of rewriting a file without a person, interruptions, a new key.

Belongs here: the parts, and what the commands refuse. Does not belong here: a complete home (`faults/test_erase`). All
persons are invented.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from pipelines import keys
from pipelines.commands import cli, erasure
from pipelines.commands.erasure import Identity
from pipelines.commands.status import FAIL, OK, examine
from pipelines.commands.traces import Traces
from pipelines.contracts.model import Contract, Feed
from pipelines.delivery import landing, tombstones
from pipelines.delivery.privacy import pseudonym
from pipelines.delivery.reading import read
from pipelines.delivery.row_rules import check
from pipelines.delivery.text_table import ROW_NUMBER, Held, TextTable
from pipelines.delivery.tombstones import MARK, CannotRewrite, Forgotten, Tombstone
from pipelines.delivery.workbook_reader import Workbooks
from pipelines.installation import House
from pipelines.keys import Key, KeyUnusable, next_key, write_key
from pipelines.settings import Settings
from pipelines.warehouse.database_file import write_fresh
from tests.unit.desk import Desk
from tests.unit.helpers import VISIT, Row, csv_text, ndjson_bytes, put, row_of, sheet_of, workbook_bytes

HOUSEHOLD, OTHER, PHONE = "HHERASED01", "HHSTAYS02", "13912345678"
DAY = date(2024, 1, 5)
RECEIVED = datetime(2024, 1, 6, 3)
WHO = [Identity("household", HOUSEHOLD), Identity("phone", PHONE)]


@pytest.fixture
def forgotten(key: Key) -> Forgotten:
    return Forgotten(frozenset(pseudonym(identity.value, key) for identity in WHO), key)


def visits(*households: str, **values: object) -> list[Row]:
    return [
        {**VISIT, "visit_id": f"ZF2024010500000{i}", "household_id": one, **values}
        for i, one in enumerate(households, 1)
    ]


# ---------------------------------------------------------------- files


def without(path: Path, feed: Feed, data: bytes, forgotten: Forgotten) -> tuple[TextTable, TextTable, bytes]:
    """The content of a file before and after it was rewritten without them, and its new bytes."""
    path.write_bytes(data)
    before = read(path, feed)
    with Workbooks() as workbooks:
        written = tombstones.rewritten(path, [(feed, before)], forgotten, workbooks)
    assert written is not None
    path.write_bytes(written)
    after = read(path, feed)
    assert tombstones.is_same_but_for(before, after, feed, forgotten)
    return before, after, written


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("last", [True, False], ids=["ended", "unended"])
def test_a_csv_keeps_its_records_and_lines(
    tmp_path: Path, feeds: dict[str, Feed], forgotten: Forgotten, encoding: str, end: str, last: bool
) -> None:
    feed = feeds["home_visit.visit"]
    text = csv_text(feed, visits(OTHER, HOUSEHOLD, OTHER, HOUSEHOLD), end)
    data = (text if last else text.removesuffix(end)).encode(encoding)
    before, after, written = without(tmp_path / "f", feed, data, forgotten)
    assert (after.row_count, after.frame[ROW_NUMBER].to_list()) == (4, before.frame[ROW_NUMBER].to_list())
    left = tombstones.forget(after, feed, Forgotten(frozenset(), forgotten.key))
    assert (left.row_count, left.erased, left.frame[ROW_NUMBER].to_list()) == (2, 2, [2, 4])
    assert HOUSEHOLD.encode() not in written


def test_lines_that_are_no_records_stay_where_they_are(
    tmp_path: Path, feeds: dict[str, Feed], forgotten: Forgotten
) -> None:
    feed = feeds["home_visit.visit"]
    header, first, second = csv_text(feed, visits(HOUSEHOLD, OTHER)).splitlines()
    data = "\n".join([header, "", first, ",,", "," * (len(feed.columns) - 1), second, ""]).encode("utf-8-sig")
    before, after, written = without(tmp_path / "f", feed, data, forgotten)
    assert after.frame[ROW_NUMBER].to_list() == before.frame[ROW_NUMBER].to_list() == [3, 6]
    assert before.notes == after.notes == ("empty lines, left out: 2, 4, 5 (3 in all)",)
    assert HOUSEHOLD.encode() not in written


def test_a_row_that_was_rejected_as_a_whole_is_not_mended_by_the_erasing_of_another(
    tmp_path: Path, feeds: dict[str, Feed], forgotten: Forgotten
) -> None:
    """A parser that writes the object again would write a duplicate key only once."""
    feed = feeds["snap_report.report"]
    data = ndjson_bytes(feed, [row_of(feed, 1, reporter_openid=HOUSEHOLD), row_of(feed, 2, reporter_openid=OTHER)])
    data = data.replace(b'"status"', b'"photos": 9, "status"')
    before, after, _ = without(tmp_path / "f", feed, data, forgotten)
    assert [number for number, _ in before.faults] == [1, 2]
    assert [number for number, _ in after.faults] == [2]


def test_fields_with_line_ends_delimiters_and_quotes_survive(
    tmp_path: Path, feeds: dict[str, Feed], forgotten: Forgotten
) -> None:
    feed = feeds["home_visit.visit"]
    odd = '"甲\n\n乙，""丙"",丁"'
    text = csv_text(feed, visits(HOUSEHOLD, OTHER, OTHER, sentiment_text=odd))
    text += csv_text(feed, visits(OTHER, sentiment_text=f'"请打{PHONE}\n或""丙"""')).split("\n", 1)[1]
    before, after, written = without(tmp_path / "f", feed, text.encode("utf-8-sig"), forgotten)
    assert after.frame[ROW_NUMBER].to_list() == before.frame[ROW_NUMBER].to_list() == [2, 5, 8, 11]
    assert after.frame["民情内容"].to_list() == [MARK, '甲\n\n乙，"丙",丁', '甲\n\n乙，"丙",丁', '请打[电话]\n或"丙"']
    assert PHONE.encode() not in written


def test_a_gb18030_csv_keeps_its_encoding_and_rare_characters(
    tmp_path: Path, feeds: dict[str, Feed], forgotten: Forgotten
) -> None:
    feed = feeds["command_centre.hotline_order"]
    rows = [row_of(feed, 1, caller_phone=f"+86 {PHONE}"), row_of(feed, 2, caller_phone="13700000000", content="𠀀𪚥")]
    _, after, written = without(tmp_path / "f", feed, csv_text(feed, rows).encode("gb18030"), forgotten)
    assert written.decode("gb18030")
    assert after.frame["诉求内容"].to_list() == [MARK, "𠀀𪚥"]


def test_lines_of_json_other_than_theirs_stay_byte_for_byte(
    tmp_path: Path, feeds: dict[str, Feed], forgotten: Forgotten
) -> None:
    feed = feeds["snap_report.report"]
    data = ndjson_bytes(
        feed, [row_of(feed, n, reporter_openid=who) for n, who in ((1, OTHER), (2, HOUSEHOLD), (3, "x"))]
    )
    data = data.replace(b'"x"', b'"x", "more": {"tel": [13912345678, "b"]}')
    _, _, written = without(tmp_path / "f", feed, data, forgotten)
    first, second, third, _ = written.split(b"\n")
    assert first == data.split(b"\n")[0]
    assert set(second.decode().split('"')) >= {MARK, "report_id"}
    assert b'"more": {"tel": ["[erased]", "b"]}' in third


def test_a_workbook_keeps_all_sheets_places_and_other_cells_and_tells_no_sum(
    tmp_path: Path, feeds: dict[str, Feed], forgotten: Forgotten
) -> None:
    feed = feeds["smart_community.care_household"]
    rows = [
        row_of(feed, n, household_id=who, visit_every_days=n) for n, who in ((1, OTHER), (2, HOUSEHOLD), (3, "HH3"))
    ]
    total = ["合计", None, None, None, 6]
    sheet: list[Sequence[object]] = [*sheet_of(feed, rows[:2]), [None], *sheet_of(feed, rows[2:])[2:], total]
    sheets: dict[str, Sequence[Sequence[object]]] = {feed.sheet or "": sheet, "草稿": [[f"问{PHONE}", 1.5]]}
    before, after, written = without(tmp_path / "f", feed, workbook_bytes(sheets), forgotten)
    assert before.notes == after.notes == ("empty rows, left out: 5 (1 in all)",)
    assert after.frame[ROW_NUMBER].to_list() == before.frame[ROW_NUMBER].to_list() == [3, 4, 6]
    assert after.frame["走访周期(天)"].to_list() == ["1", MARK, "3"]
    with Workbooks() as workbooks:
        whole = workbooks.whole(tmp_path / "f")
    assert whole["草稿"].row(0) == (1, "问[电话]", "1.5")
    assert whole[feed.sheet or ""].row(-1)[1:] == ("合计", None, None, None, None, None)
    assert not tombstones.is_named_in(written, forgotten)


def test_a_workbook_keeps_what_the_types_of_its_cells_mean(
    tmp_path: Path, feeds: dict[str, Feed], forgotten: Forgotten
) -> None:
    """All its cells are written as texts."""
    feed = feeds["smart_community.care_household"]
    cells: list[tuple[object, object]] = [
        (HOUSEHOLD, "2024-01-05"), (6.1030219770315e17, date(2024, 1, 5)), (1.5, time(0)), (True, time(8)),
        (2, "2024-01-05"),
    ]  # fmt: skip
    rows = [row_of(feed, n, household_id=who, registered_on=day) for n, (who, day) in enumerate(cells)]
    book = workbook_bytes({feed.sheet or "": sheet_of(feed, rows)})
    before, after, _ = without(tmp_path / "f", feed, book, forgotten)
    assert check(after, feed).rejected["reasons"].to_list()[1:] == check(before, feed).rejected["reasons"].to_list()
    assert check(before, feed).rejected.height == 3


def test_a_file_that_names_nobody_is_left_as_it_is(
    tmp_path: Path, feeds: dict[str, Feed], forgotten: Forgotten
) -> None:
    feed = feeds["home_visit.visit"]
    (tmp_path / "f").write_text(csv_text(feed, visits(OTHER)), encoding="utf-8-sig")
    with Workbooks() as workbooks:
        assert tombstones.rewritten(tmp_path / "f", [(feed, read(tmp_path / "f", feed))], forgotten, workbooks) is None


@pytest.mark.parametrize(
    "data",
    [
        f"x{PHONE}".encode(),
        f"甲 {PHONE}".encode("gb18030"),
        f"甲{PHONE}".encode("utf-16-le"),
        f"\ufeff甲,{PHONE}".encode("utf-16-be"),
    ],
)
def test_a_file_that_names_them_and_cannot_be_read_is_not_to_be_kept(
    tmp_path: Path, feeds: dict[str, Feed], forgotten: Forgotten, data: bytes
) -> None:
    data = data if data[1] else data * 40
    (tmp_path / "f").write_bytes(data)
    with Workbooks() as workbooks, pytest.raises(CannotRewrite):
        tombstones.rewritten(tmp_path / "f", [(feeds["home_visit.visit"], Held("x"))], forgotten, workbooks)


def test_marks_in_one_cell_are_a_value_like_any_other(feeds: dict[str, Feed]) -> None:
    frame = pl.DataFrame({ROW_NUMBER: [2, 3], "a": [MARK, MARK], "b": ["x", MARK]})
    assert tombstones.erased_before(frame, feeds["home_visit.visit"]).to_list() == [False, True]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"打{PHONE}。", "打[电话]。"),
        ("打139-1234-5678或13700000000", "打[电话]或13700000000"),
        ("打１３９１２３４５６７８", "打[电话]"),
        (f"户{HOUSEHOLD}，{OTHER}", f"户{MARK}，{OTHER}"),
        (f"9{PHONE}", f"9{PHONE}"),
        (PHONE, MARK),
        ("", ""),
    ],
)
def test_texts_lose_their_numbers_and_no_others(forgotten: Forgotten, text: str, clean: str) -> None:
    assert forgotten.cleaned(text) == clean


# ---------------------------------------------------------------- a small home


@pytest.fixture
def here(settings: Settings, contracts: tuple[Contract, ...], key: Key) -> House:
    """A home of one platform with three days of visits; the second day's file was deleted."""
    some = tuple(contract for contract in contracts if contract.platform == "home_visit")
    made = House(settings, some, (), ())
    (feed,) = made.feeds
    settings.key_file.parent.mkdir(parents=True, mode=0o700)
    write_key(settings.key_file, key)
    for i in range(3):
        name = f"home_visit_visit_{DAY + timedelta(days=i):%Y%m%d}.csv"
        rows = visits(HOUSEHOLD, OTHER, OTHER, sentiment_text=f"问{HOUSEHOLD}第{i}日")
        put(settings.inbox, "d", name, csv_text(feed, rows).encode("utf-8-sig"), RECEIVED)
    with made.writing("a test") as opened:
        Desk(opened, settings, made.feeds, key).take()
        (line,) = opened.lines(days=[DAY + timedelta(days=1)])
    landing.archived(settings.archive, line.sha256).unlink()
    return made


def rows_of(here: House) -> list[tuple[object, ...]]:
    with here.writing("a test") as opened:
        query = "select household_id, sentiment_text from raw.home_visit__visit order by _business_date, _row_number"
        return opened.connection.execute(query).fetchall()


def test_their_rows_go_and_the_others_lose_the_mention(here: House, key: Key) -> None:
    report = erasure.remove(here, WHO)
    assert dict(report.rows) == {"home_visit.visit": 3}
    other = pseudonym(OTHER, key)
    assert rows_of(here) == [(other, f"问{MARK}第{i}日") for i in range(3) for _ in range(2)]
    with here.writing("a test") as opened:
        assert [(one.rows_counted, one.rows_loaded, one.rows_erased) for one in opened.lines()] == [(2, 2, 1)] * 3


def test_a_number_of_other_signs_is_found_in_texts(here: House, key: Key) -> None:
    """No word of a text is one; of those that are being erased, the spelling is known."""
    number, (feed,), before = "甲村12栋(3)", here.feeds, len(rows_of(here))
    for i, text in enumerate((f"问{number}的事", number, "问甲村１２栋(３)的事"), 3):
        name = f"home_visit_visit_{DAY + timedelta(days=i):%Y%m%d}.csv"
        rows = visits(number, OTHER, sentiment_text=text)
        put(here.settings.inbox, "d", name, csv_text(feed, rows).encode("utf-8-sig"), RECEIVED)
    with here.writing("a test") as opened:
        Desk(opened, here.settings, here.feeds, key).take()
        (line,) = opened.lines(days=[DAY + timedelta(days=4)])
    landing.archived(here.settings.archive, line.sha256).unlink()
    who = [Identity("household", number)]
    found = erasure.search(here, who, erasure.remove(here, who))
    assert [place for place in found.found if "raw." in place or "archive" in place] == []
    other = pseudonym(OTHER, key)
    assert rows_of(here)[before:] == [(other, text) for text in (f"问{MARK}的事", MARK, f"问{MARK}的事")]


def test_a_longer_number_is_another_one(key: Key) -> None:
    them = tombstones.load(Path("none"), key, ["甲村12栋3", "HHERASED01"])
    assert them.spelled == ("甲村12栋3",)
    for text in ("甲村12栋31", "甲村12栋3-1", "1甲村12栋3"):
        assert replace(them, tokens=frozenset({"x"})).cleaned(text) == text


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("at", ["_clean_archive", "_clean_expired", "_take_again"])
def test_whoever_is_killed_on_the_way_asks_again(here: House, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    whole: Callable[..., object] = getattr(erasure, at)

    def halfway(*arguments: object, **more: object) -> object:
        if at != "_take_again":
            whole(*arguments, **more)
        raise Killed

    monkeypatch.setattr(erasure, at, halfway)
    with pytest.raises(Killed):
        erasure.remove(here, WHO)
    (finding,) = (one for one in examine(here) if one.what == "erasures")
    assert finding.state == FAIL
    monkeypatch.undo()
    found = erasure.search(here, WHO, erasure.remove(here, WHO))
    assert [place for place in found.found if "raw." in place or "archive" in place] == []
    with here.writing("a test") as opened:
        assert [(one.rows_counted, one.rows_loaded, one.rows_erased) for one in opened.lines()] == [(2, 2, 1)] * 3


def test_files_that_no_contract_reads_are_not_deleted_with_everybody_in_them(here: House) -> None:
    """While a contract is broken its feeds are in none."""
    before = landing.archived_files(here.settings.archive), rows_of(here)
    with pytest.raises(erasure.NoContract, match=r"no usable contract has home_visit\.visit: correct or restore"):
        erasure.remove(replace(here, contracts=()), WHO)
    assert (landing.archived_files(here.settings.archive), rows_of(here)) == before
    assert tombstones.tombstones(here.settings.tombstones) == []


def test_the_search_finds_what_was_left(here: House) -> None:
    erasure.remove(here, WHO)
    (here.settings.home / "logs").mkdir()
    (here.settings.home / "logs" / "x.log").write_text("请打139 1234 5678")
    report = erasure.search(here, WHO, erasure.Report())
    assert "logs/x.log" in report.found
    assert [stone.done_at for stone in tombstones.tombstones(here.settings.tombstones)] == [None, None]
    assert len(report.inbox) == 3


@pytest.mark.parametrize(
    ("error", "said"), [(PermissionError(13, "Permission denied"), 1), (FileNotFoundError(2, ""), 0)]
)
def test_a_file_of_the_inbox_that_cannot_be_searched_is_said(
    here: House, monkeypatch: pytest.MonkeyPatch, error: OSError, said: int
) -> None:
    real, closed = Traces.places, landing.scan(here.settings.inbox, here.feeds)[0].path

    def places(self: Traces, file: Path) -> Iterator[str]:
        if file == closed:
            raise error
        return real(self, file)

    monkeypatch.setattr(Traces, "places", places)
    report = erasure.search(here, WHO, erasure.Report())
    assert len(report.inbox) == 2 + said
    assert (
        sum(name.endswith(f"{closed.name} (cannot be looked into: Permission denied)") for name in report.inbox) == said
    )


def test_an_inbox_in_the_home_is_listed_and_keeps_no_erasure_open(here: House) -> None:
    """That is where it is by default; its files belong to the platforms."""
    inbox = here.settings.home / "inbox"
    here.settings.inbox.rename(inbox)
    moved = replace(here, settings=replace(here.settings, inbox=inbox))
    erasure.remove(moved, WHO)
    write_fresh(moved.settings)
    report = erasure.search(moved, WHO, erasure.Report())
    assert report.found == ()
    assert len(report.inbox) == 3
    (finding,) = (one for one in examine(moved) if one.what == "erasures")
    assert finding.state == OK


def test_a_fresh_database_is_the_same_and_keeps_no_deleted_bytes(here: House) -> None:
    with here.writing("a test") as opened:
        opened.connection.execute(
            "create table raw.secret as select 'PLANTED-' || i::varchar as s from range(50000) t(i)"
        )
        opened.connection.execute("checkpoint")
        opened.connection.execute("drop table raw.secret")
        numbers = opened.next_delivery_ids(1)
    before = rows_of(here)
    write_fresh(here.settings)
    assert b"PLANTED-" not in here.settings.working_db.read_bytes()
    assert rows_of(here) == before
    with here.writing("a test") as opened:
        assert opened.next_delivery_ids(1) == [numbers[0] + 1]


# ---------------------------------------------------------------- a new key


def test_a_new_key_makes_every_token_again_and_keeps_who_is_forgotten(here: House, key: Key) -> None:
    erasure.remove(here, WHO)
    key_id, count = erasure.rotate(here)
    newer = keys.load_key(here.settings.key_file, may_create=False)
    assert (newer.id, newer.earlier, count) == (key_id, (key.secret,), 1)
    assert {row[0] for row in rows_of(here)} == {pseudonym(OTHER, newer)}
    assert pseudonym(OTHER, newer) != pseudonym(OTHER, key)
    (feed,) = here.feeds
    late = csv_text(feed, visits(HOUSEHOLD, OTHER)).encode("utf-8-sig")
    put(here.settings.inbox, "d", f"home_visit_visit_{DAY + timedelta(days=9):%Y%m%d}.csv", late, RECEIVED)
    with here.writing("a test") as opened:
        Desk(opened, here.settings, here.feeds, here.key(opened)).take()
        assert opened.key_ids() == {key_id}
        (line,) = opened.lines(days=[DAY + timedelta(days=9)])
    assert (line.rows_loaded, line.rows_erased) == (1, 1)
    assert {row[0] for row in rows_of(here)} == {pseudonym(OTHER, newer)}
    assert not [one for one in examine(here) if one.what in ("key", "accounts") and one.state != OK]


def test_no_new_key_is_made_while_tokens_of_a_feed_cannot_be_renewed(here: House, key: Key) -> None:
    """The same person would be another one in the feeds of a broken contract, for ever."""
    before = rows_of(here)
    with pytest.raises(erasure.NoContract, match=r"no usable contract has home_visit\.visit"):
        erasure.rotate(replace(here, contracts=()))
    assert keys.load_key(here.settings.key_file, may_create=False) == key
    assert not here.settings.key_file.with_suffix(".next").exists()
    assert rows_of(here) == before


def test_an_erasure_that_was_killed_before_a_new_key_ends_after_it(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows of the rewritten files are still there, and its tombstones are tokens of the older key."""
    monkeypatch.setattr(erasure, "_take_again", lambda *_: None)
    erasure.remove(here, WHO)
    monkeypatch.undo()
    erasure.rotate(here)
    report = erasure.remove(here, WHO)
    write_fresh(here.settings)
    assert erasure.search(here, WHO, report).found == ()
    assert len(tombstones.tombstones(here.settings.tombstones)) == len(WHO)
    (finding,) = (one for one in examine(here) if one.what == "erasures")
    assert finding.state == OK


@pytest.mark.parametrize("when", ["before the commit", "after it"])
def test_a_rotation_that_is_killed_leaves_one_key_and_its_tokens(
    here: House, key: Key, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise Killed

    if when == "after it":
        monkeypatch.setattr(
            Path, "replace", lambda self, to: killed() if self.suffix == ".next" else Path.rename(self, to)
        )
    else:
        monkeypatch.setattr("pipelines.warehouse.store.Warehouse.forget_build", killed)
    with pytest.raises(Killed):
        erasure.rotate(here)
    monkeypatch.undo()
    with here.writing("a test") as opened:
        found = here.key(opened)
    assert (found.id == key.id) == (when == "before the commit")
    assert {row[0] for row in rows_of(here)} == {pseudonym(HOUSEHOLD, found), pseudonym(OTHER, found)}


def test_a_token_is_made_again_from_any_older_key(key: Key) -> None:
    newer = next_key(key)
    newest = next_key(newer)
    for older in (key, newer, newest):
        assert newest.renewed(pseudonym(PHONE, older), older.id) == pseudonym(PHONE, newest)
    assert newest.renewed("x", "unknown") is None
    assert newest.before == newer


def test_tombstones_of_another_key_stop_the_intake(tmp_path: Path, key: Key) -> None:
    tombstones.put_up(tmp_path / "t", [Tombstone("x" * 32, "phone", "anotherkey00", RECEIVED)])
    with pytest.raises(KeyUnusable, match="restore the key"):
        tombstones.load(tmp_path / "t", key)


# ---------------------------------------------------------------- commands


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["erase"], "name the person"),
        (["erase", "--phone", " "], "name the person"),
        (["erase", "--phone", PHONE], "holds no data"),
        # Of a part of a number everything that contains it would be erased.
        (["erase", "--id-number", "123"], "an ID number of 15 or 18 signs was asked for; 3 signs were given"),
        (["erase", "--id-number", "6103031990010110"], "an ID number"),
        (["erase", "--phone", "abc"], "a mobile number"),
        (["erase", "--phone", PHONE[:-1]], "a mobile number"),
        (["erase", "--household", "12"], "at least 6 signs"),
        (["erase", "--phone", PHONE, "--household", "12"], "nothing was erased"),
        (["rotate-key"], "the first intake makes it"),
    ],
)
def test_a_command_without_a_person_or_data_is_refused(tmp_path: Path, arguments: list[str], says: str) -> None:
    (tmp_path / "inbox").mkdir()
    ended = CliRunner().invoke(cli.main, [*arguments, "--home", str(tmp_path)])
    assert ended.exit_code == 2
    assert says in ended.output


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("id_number", "61030319900101100x"), ("id_number", "610303900101100"),
        ("id_number", "６１０３０３ 19900101 1009"),
        ("phone", f"+86 {PHONE}"), ("phone", "0917-3212345"), ("phone", "(0917) 3212345"), ("household", "HH0001"),
    ],
)  # fmt: skip
def test_whole_numbers_are_taken_in_any_spelling(kind: str, value: str) -> None:
    assert Identity(kind, value).trouble() is None


def test_every_spelling_is_sought() -> None:
    assert set(Identity("phone", f"+86 {PHONE}").spellings()) >= {PHONE, "139 1234 5678", "139-1234-5678"}
    assert "１３９１２３４５６７８" in Identity("phone", PHONE).spellings()
    assert set(Identity("id_number", "61030319900101100x").spellings()) >= {"61030319900101100X", "61030319900101100x"}


def test_only_the_feed_days_of_the_person_are_taken_again(here: House) -> None:
    """An erasure is not a backfill."""
    assert erasure.remove(here, WHO).feed_days == {("home_visit", "visit", DAY + timedelta(days=i)) for i in range(3)}
    assert erasure.remove(here, [Identity("phone", "13700000000")]).feed_days == set()


def test_dagster_forgets_the_rows_that_it_showed_of_these_days_and_no_others(tmp_path: Path) -> None:
    def told(day: str, *labels: str) -> str:
        entries = [{"label": label, "entry_data": {"md_str": f"PLANTED-{label}-{day}"}} for label in labels]
        made = {"asset_key": {"path": ["home_visit", "visit"]}, "partition": day, "metadata_entries": entries}
        return json.dumps({"dagster_event": {"event_specific_data": {"materialization": made}}})

    file = tmp_path / "index.db"
    with closing(sqlite3.connect(file)) as events:
        events.execute("create table event_logs (id integer primary key, event text)")
        for day in ("2024-01-05", "2024-01-06"):
            events.execute("insert into event_logs (event) values (?)", [told(day, "preview", "rejected_rows", "file")])
        events.execute("insert into event_logs (event) values ('no json, metadata_entries')")
        events.commit()
    assert erasure._clean_dagster(file, {("home_visit", "visit", DAY)}) == 1
    left = file.read_bytes()
    assert b"PLANTED-preview-2024-01-05" not in left
    assert b"PLANTED-rejected_rows-2024-01-05" not in left
    for kept in (b"PLANTED-file-2024-01-05", b"PLANTED-preview-2024-01-06"):
        assert kept in left
    assert erasure._clean_dagster(file, {("home_visit", "visit", DAY)}) == 0

"""An archived file without the persons to erase: it is kept if it can be read, and whatever is not theirs reads the
same. All persons are invented."""

import csv
import io
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from pipelines.contracts.compiler import load_contracts
from pipelines.contracts.model import Feed
from pipelines.delivery import landing, tombstones
from pipelines.delivery.privacy import pseudonym
from pipelines.delivery.tombstones import MARK, CannotRewrite, Forgotten
from pipelines.delivery.workbook_reader import Workbooks
from pipelines.intake.digests import Digest, Scrubbed, digest, scrub
from pipelines.keys import Key
from tests.unit.conftest import CONTRACTS
from tests.unit.helpers import REPORT, VISIT, Row, header_of, ndjson_bytes, row_of, sheet_of, values_of, workbook_bytes

HOUSEHOLD, OTHER, PHONE = "HHERASED01", "HHSTAYS02", "13912345678"
RECEIVED = datetime(2024, 1, 6, 3)
KEY = Key(bytes(range(32)))
THEM = Forgotten(frozenset(pseudonym(one, KEY) for one in (HOUSEHOLD, PHONE)), KEY)
FEEDS = {feed.id: feed for contract in load_contracts(CONTRACTS)[0] for feed in contract.feeds}
slow = budget(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def feeds() -> dict[str, Feed]:
    return FEEDS


@pytest.fixture
def forgotten() -> Forgotten:
    return THEM


def archived(folder: Path, data: bytes) -> Path:
    path = folder / sha256(data).hexdigest()
    path.write_bytes(data)
    return path


def scrubbed(path: Path, feed: Feed, forgotten: Forgotten) -> Scrubbed:
    with Workbooks() as workbooks:
        return scrub(path, [feed], forgotten, workbooks)


def both(path: Path, feed: Feed, forgotten: Forgotten) -> tuple[Digest, Digest, Scrubbed]:
    """What is loaded of a file without them, as it came and as it is rewritten."""
    before = digest(path, feed, forgotten.key, forgotten, RECEIVED)
    done = scrubbed(path, feed, forgotten)
    assert not done.is_removed
    assert landing.is_intact(path)
    nobody = Forgotten(frozenset(), forgotten.key)
    return before, digest(path, feed, forgotten.key, nobody, RECEIVED), done


def assert_the_same(before: Digest, after: Digest) -> None:
    assert before.held_because is None is after.held_because
    assert after.loaded.equals(before.loaded)
    assert after.rejected.equals(before.rejected)
    assert (after.row_count, after.erased_count) == (before.row_count, before.erased_count)


# ---------------------------------------------------------------- csv


@pytest.mark.parametrize(
    ("between", "end"), [("\n", "\n"), ("\n", "\r\n"), ("\r\n", "\r\n"), ("\r", "\n"), ("\r", "\r\n"), ("\r", "\r")]
)
def test_a_mention_in_a_text_of_several_lines_costs_no_file(
    tmp_path: Path, feeds: dict[str, Feed], forgotten: Forgotten, between: str, end: str
) -> None:
    feed = feeds["home_visit.visit"]
    text = f"楼道灯坏{between}联系{PHONE}"
    data = csv_of(feed, [{**VISIT, "sentiment_text": text}, {**VISIT, "visit_id": "ZF20240105000002"}], end)
    before, after, done = both(archived(tmp_path, data.encode("utf-8-sig")), feed, forgotten)
    assert_the_same(before, after)
    assert done.is_rewritten and after.row_count == 2


def csv_of(feed: Feed, rows: Sequence[Row], end: str) -> str:
    """Fields with a delimiter, a quote or any line end are quoted."""
    lines = []
    records: list[Sequence[object]] = [header_of(feed), *(values_of(feed, row) for row in rows)]
    for values in records:
        out = io.StringIO()
        csv.writer(out, lineterminator="\r\n").writerow(["" if value is None else value for value in values])
        lines.append(out.getvalue().removesuffix("\r\n") + end)
    return "".join(lines)


PIECES = st.sampled_from(
    ["甲", ",", '"', "\n", "\r", "\r\n", " ", "-", "=", "无", "x", PHONE, HOUSEHOLD, MARK, "139 1234 5678"]
)
TEXTS = st.lists(PIECES, max_size=6).map("".join)
ROWS = st.lists(st.tuples(st.sampled_from([HOUSEHOLD, OTHER, f" {HOUSEHOLD}", ""]), TEXTS, TEXTS), max_size=6)


@slow
@given(
    rows=ROWS,
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig"]),
    cut=st.booleans(),
    blank=st.booleans(),
)
def test_no_csv_that_can_be_read_is_removed_and_all_other_rows_stay(
    tmp_path: Path,
    rows: list[tuple[str, str, str]],
    end: str,
    encoding: str,
    cut: bool,
    blank: bool,
) -> None:
    feed = FEEDS["home_visit.visit"]
    made: list[Row] = [
        {
            **VISIT,
            "visit_id": f"ZF2024010500000{i}",
            "household_id": who,
            "sentiment_text": text,
            "grid_code": odd.replace(HOUSEHOLD, "x"),
        }
        for i, (who, text, odd) in enumerate(rows)
    ]
    text = csv_of(feed, made, end) + (end if blank else "")
    path = archived(tmp_path, (text.removesuffix(end) if cut else text).encode(encoding))
    if digest(path, feed, THEM.key).held_because is None:
        before, after, done = both(path, feed, THEM)
        assert_the_same(before, after)
        assert not tombstones.is_named_in(path.read_bytes(), THEM)
        assert not scrubbed(path, feed, THEM).is_rewritten or not done.is_rewritten


def test_a_label_that_the_encoding_lacks_is_written_with_the_mark_of_utf_8(
    tmp_path: Path, feeds: dict[str, Feed], forgotten: Forgotten
) -> None:
    feed = replace(feeds["snap_report.report"], encoding="ascii")
    path = archived(tmp_path, ndjson_bytes(feed, [{**REPORT, "description": f"call {PHONE}"}]))
    before, after, _ = both(path, feed, forgotten)
    assert_the_same(before, after)
    assert "call [电话]".encode() in path.read_bytes()


# ---------------------------------------------------------------- json and ndjson

SPELLED = {
    "a number with zeros": '"credited_hours": 2.50',
    "an exponent": '"more": 1E+2',
    "half of a character": r'"nick": "好\ud83d"',
    "an escape": r'"nick": "\u597d\/"',
    "a key without a name": '"": "x"',
    "a key twice": '"team_id": "VT00001", "team_id": "VT00002"',
    "a nested key twice": '"more": {"a": [1.0, {"b": 1, "b": 2}]}',
    "blanks": '"more"  :\t[ 1 ,2 ]',
    "a list in place of a value": '"team_id": ["VT00001"]',
    "a mention in a list in place of a value": f'"team_id": ["VT00001", "{PHONE}"]',
    "a mention as a number with a fraction": f'"more": {PHONE}.0',
    "a mention behind half of a character": rf'"more": "\ud83d{PHONE}"',
    "a mention under a key twice": f'"more": "{PHONE}", "more": 1',
    "a mention as a key": f'"{PHONE}": 1, "+86{PHONE}": 2',
}


def volunteers(*more: str) -> list[str]:
    row = '{"volunteer_id":"V0000000%d","id_number":%s,"community_code":"990101001001","registered_on":"2024-01-01",'
    row += '"is_party_member":true%s}'
    return [row % (i, f'"{HOUSEHOLD}"' if i == 0 else "null", f", {one}" if one else "") for i, one in enumerate(more)]


@pytest.mark.parametrize("spelled", SPELLED.values(), ids=SPELLED)
@pytest.mark.parametrize("form", ["json", "ndjson"])
def test_json_is_kept_however_it_is_spelled(
    tmp_path: Path, feeds: dict[str, Feed], forgotten: Forgotten, spelled: str, form: str
) -> None:
    feed = replace(feeds["volunteer.volunteer"], format=form)
    rows = volunteers("", spelled, "", spelled)
    text = f'{{"feed":"{feed.id}","rows":[{",".join(rows)}]}}' if form == "json" else "\n".join(rows)
    path = archived(tmp_path, text.encode())
    before, after, done = both(path, feed, forgotten)
    assert_the_same(before, after)
    assert done.is_rewritten and after.erased_count == 1
    written = path.read_bytes().decode()
    assert not tombstones.is_named_in(written.encode(), forgotten)
    for row in rows[1:]:
        assert PHONE in row or row in written
    assert not scrubbed(path, feed, forgotten).is_rewritten


def test_a_mention_outside_of_the_rows_leaves_them_as_they_are(
    tmp_path: Path, feeds: dict[str, Feed], forgotten: Forgotten
) -> None:
    feed = feeds["volunteer.volunteer"]
    rows = ", ".join(volunteers("", *SPELLED.values())[1:9])
    text = f'\ufeff{{"feed": "{feed.id}", "operator": %s, "rows": [{rows}], "more": {{"tel": [%s]}}}}\n'
    path = archived(tmp_path, (text % (f'"{PHONE}"', PHONE)).encode())
    _, _, done = both(path, feed, forgotten)
    assert done.is_rewritten
    assert path.read_bytes().decode() == text % (f'"{MARK}"', f'"{MARK}"')


VALUES = st.recursive(
    st.sampled_from(["1", "2.50", "-0.0", "1e3", "null", "true", r'"\ud83d"', '"甲"', f'"打{PHONE}"', PHONE]),
    lambda inner: st.lists(inner, max_size=2).map(lambda some: f"[{', '.join(some)}]"),
    max_leaves=4,
)
PAIRS = st.lists(st.tuples(st.sampled_from(["description", "photos", "status", "more", "", PHONE]), VALUES), max_size=3)


@slow
@given(
    rows=st.lists(st.tuples(st.sampled_from([HOUSEHOLD, OTHER]), PAIRS), min_size=1, max_size=5), seed=st.integers(0, 9)
)
def test_no_ndjson_that_can_be_read_is_removed_and_all_other_rows_stay(
    tmp_path: Path,
    rows: list[tuple[str, list[tuple[str, str]]]],
    seed: int,
) -> None:
    feed = FEEDS["snap_report.report"]
    lines = []
    for i, (who, pairs) in enumerate(rows):
        made = ndjson_bytes(feed, [{**REPORT, "report_id": f"SP2024010500000{i}", "reporter_openid": who}]).decode()
        found = [*made.strip()[1:-1].split(", "), *(f'"{key}": {value}' for key, value in pairs)]
        random.Random(seed).shuffle(found)
        lines.append("{" + ", ".join(found) + "}\r\n")
    path = archived(tmp_path, "".join(lines).encode())
    if digest(path, feed, THEM.key).held_because is None:
        before, after, _ = both(path, feed, THEM)
        assert_the_same(before, after)
        assert PHONE.encode() not in path.read_bytes() and HOUSEHOLD.encode() not in path.read_bytes()
        kept = [line for line in lines if PHONE not in line and HOUSEHOLD not in line]
        assert [line for line in path.read_bytes().decode().splitlines(keepends=True) if line in lines] == kept


# ---------------------------------------------------------------- workbooks


@pytest.mark.parametrize(
    "name",
    [
        "填表说明（请各街道于每日十七时之前完成当日数据核对并上报给区社会工作部）",
        "说明:一",
        "'说明'",
        f"电话{PHONE}",
        PHONE,
    ],
)
def test_a_sheet_whose_name_cannot_be_written_gets_another(
    tmp_path: Path, feeds: dict[str, Feed], forgotten: Forgotten, name: str
) -> None:
    feed = feeds["smart_community.care_household"]
    rows = [row_of(feed, 1, household_id=HOUSEHOLD), row_of(feed, 2, household_id=OTHER)]
    path = archived(tmp_path, with_sheet(workbook_bytes({feed.sheet or "": sheet_of(feed, rows)}), name))
    before, after, done = both(path, feed, forgotten)
    assert_the_same(before, after)
    assert done.is_rewritten
    assert not tombstones.is_named_in(path.read_bytes(), forgotten)
    with Workbooks() as workbooks:
        kept = workbooks.whole(path)
    assert len(kept) == 2 and kept["Sheet2"].row(0)[1] == "x"


def with_sheet(book: bytes, name: str) -> bytes:
    """The library that writes it refuses some names, and no reader does."""
    opened = openpyxl.load_workbook(io.BytesIO(book))
    sheet = opened.create_sheet("y")
    sheet["A1"] = "x"
    sheet._WorkbookChild__title = name
    out = io.BytesIO()
    opened.save(out)
    return out.getvalue()


def test_sheets_of_one_name_but_for_capitals_are_kept_and_a_contract_s_keeps_its_own(
    tmp_path: Path, feeds: dict[str, Feed], forgotten: Forgotten
) -> None:
    feed = replace(feeds["smart_community.care_household"], sheet="Homes")
    rows = [row_of(feed, 1, household_id=HOUSEHOLD), row_of(feed, 2, household_id=OTHER)]
    book = workbook_bytes({"HOMES": [["1"]], "sheet1": [["2"]], "Homes ": [["3"]]})
    opened = openpyxl.load_workbook(io.BytesIO(with_sheet(book, "SHEET1")))
    for cells in [opened.create_sheet("z")]:
        for row in sheet_of(feed, rows):
            cells.append(list(row))
        cells._WorkbookChild__title = "Homes"
    out = io.BytesIO()
    opened.save(out)
    path = archived(tmp_path, out.getvalue())
    before, after, _ = both(path, feed, forgotten)
    assert_the_same(before, after)
    with Workbooks() as workbooks:
        kept = workbooks.whole(path)
    assert list(kept) == ["Sheet1_", "sheet1", "Homes ", "SHEET11", "Homes"]


def test_what_the_library_refuses_is_no_crash_and_quotes_nothing(
    tmp_path: Path, feeds: dict[str, Feed], forgotten: Forgotten
) -> None:
    feed = replace(feeds["smart_community.care_household"], sheet="说明:一")
    rows = [row_of(feed, 1, household_id=HOUSEHOLD)]
    opened = openpyxl.load_workbook(io.BytesIO(workbook_bytes({"x": sheet_of(feed, rows)})))
    opened["x"]._WorkbookChild__title = "说明:一"
    out = io.BytesIO()
    opened.save(out)
    path = archived(tmp_path, out.getvalue())
    with Workbooks() as workbooks:
        (table,) = workbooks.read(path, [feed])
        with pytest.raises(CannotRewrite) as refused:
            tombstones.rewritten(path, [(feed, table)], forgotten, workbooks)
    assert str(refused.value) == "InvalidWorksheetName"
    assert scrubbed(path, feed, forgotten).is_removed


# ---------------------------------------------------------------- damage


def test_a_damaged_file_is_not_made_whole_by_rewriting_it(
    tmp_path: Path, feeds: dict[str, Feed], forgotten: Forgotten
) -> None:
    feed = feeds["snap_report.report"]
    rows = [
        {**REPORT, "report_id": f"SP2024010500000{i}", "reporter_openid": who}
        for i, who in enumerate((HOUSEHOLD, OTHER))
    ]
    path = archived(tmp_path, ndjson_bytes(feed, rows))
    path.write_bytes(path.read_bytes().replace(b'"photos": 2', b'"photos": 3'))
    assert json.loads(path.read_bytes().splitlines()[1])["photos"] == 3
    assert scrubbed(path, feed, forgotten) == Scrubbed({}, is_removed=True)
    assert not path.exists()

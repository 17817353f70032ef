"""Personal data at intake: the five treatments, the key, quarantine. All persons are invented."""

import json
import random
import stat
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from pipelines.contracts.model import Feed
from pipelines.delivery import privacy
from pipelines.delivery.privacy import (
    id_check_digit,
    mask_name,
    masked_rows,
    normal_identity,
    pseudonym,
    redact,
    redact_name,
    treat,
    wrong_id_numbers,
)
from pipelines.delivery.text_table import ROW_NUMBER
from pipelines.intake.digests import digest
from pipelines.keys import Key, KeyUnusable, load_key
from tests.unit.helpers import (
    CASE,
    COMMUNITY,
    REPORT,
    VISIT,
    Row,
    csv_bytes,
    ndjson_bytes,
    polars_type,
    sheet_of,
    workbook,
)

PHONE = "13900000001"
ID_NUMBER = "99010119900101001" + id_check_digit("99010119900101001")
CARD = "6200000000000000001"
MAIL = "nobody.here@example.com"


def redacted(text: str) -> str:
    return str(redact(pl.Series("v", [text]))[0])


# ---------------------------------------------------------------- tokens


@pytest.mark.parametrize(
    "spellings",
    [
        [PHONE, "139 0000 0001", "139-0000-0001", f"+86{PHONE}", f"+86 {PHONE}", f"86{PHONE}", f"0086{PHONE}"],
        [PHONE, "１３９０００００００１", f" {PHONE} ", f"＋86 {PHONE}"],
        # Exchanges show a mobile number of another city so.
        [PHONE, f"0{PHONE}", f"(0){PHONE}", "0139-0000-0001", f"+860{PHONE}", "139−0000﹣0001"],
        ["99010119900101001X", "99010119900101001x", "９９０１０１１９９００１０１００１Ｘ", "990101 19900101 001X"],
        [ID_NUMBER, "990101900101001"],
        ["HH001", "ＨＨ００１", " HH001 "],
    ],
)
def test_the_same_person_has_the_same_token_in_every_spelling(key: Key, spellings: list[str]) -> None:
    assert len({pseudonym(spelling, key) for spelling in spellings}) == 1


@pytest.mark.parametrize(("one", "other"), [(PHONE, "13900000002"), ("HH001", "HH01"), ("a_b", "a＿b"), ("ab", "AB")])
def test_two_persons_have_two_tokens(key: Key, one: str, other: str) -> None:
    """Only full-width digits and letters equal their ASCII forms."""
    assert pseudonym(one, key) != pseudonym(other, key)


def test_a_token_is_keyed_and_says_nothing_of_its_value(key: Key) -> None:
    token = pseudonym(PHONE, key)
    assert len(token) == 32
    assert set(token) <= set("0123456789abcdef")
    assert token != pseudonym(PHONE, Key(b"\x01" * 32))
    assert key.secret.hex() not in key.id
    assert key.id != Key(b"\x01" * 32).id


def test_the_same_person_has_the_same_token_in_every_feed(feeds: dict[str, Feed], key: Key) -> None:
    def token(feed: str, column: str, text: str) -> object:
        target = feeds[feed]
        rows = pl.DataFrame(
            {ROW_NUMBER: [2], **{c.name: pl.Series([None], dtype=polars_type(c)) for c in target.columns}}
        ).with_columns(pl.lit(text).alias(column))
        return treat(rows, target, key)[column][0]

    assert token("volunteer.volunteer", "id_number", ID_NUMBER) == token(
        "service_centre.service_case", "applicant_id_number", "990101900101001"
    )


@budget(max_examples=50, deadline=None)
@given(text=st.text(max_size=30))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = normal_identity(text)
    assert normal_identity(once) == once


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张**"),
        ("张三丰", "张**"),
        (" 张三 ", "张**"),
        ("欧阳某某", "欧阳**"),
        ("欧阳", "欧**"),
        ("王", "王**"),
        ("John Smith", "J**"),
    ],
)
def test_a_name_is_masked_to_its_surname(name: str, masked: str) -> None:
    assert mask_name(name) == masked


# ---------------------------------------------------------------- free text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"请联系{PHONE}谢谢", "请联系[电话]谢谢"),
        ("139 0000 0001", "[电话]"),
        ("139-0000-0001", "[电话]"),
        ("+86 139 0000 0001", "[电话]"),
        ("+86-13900000001", "[电话]"),
        ("8613900000001", "[电话]"),
        ("008613900000001", "[电话]"),
        ("(+86)13900000001", "[电话]"),
        ("１３９０００００００１", "[电话]"),
        ("＋８６ １３９ ００００ ０００１", "[电话]"),
        (f"电{PHONE},{PHONE}、{PHONE} {PHONE}", "电[电话],[电话]、[电话] [电话]"),
        (f"{PHONE}\n{PHONE}", "[电话]\n[电话]"),
        (f"tel{PHONE}wx", "tel[电话]wx"),
        ("0999-26000001", "[电话]"),
        ("(0999)2600001", "[电话]"),
        (f"身份证{ID_NUMBER}。", "身份证[证件号]。"),
        ("99010119900101001X", "[证件号]"),
        ("990101199001010010", "[证件号]"),
        ("990101 19900101 0010", "[证件号]"),
        ("990101900101001", "[证件号]"),
        (f"卡{CARD}元", "卡[银行卡]元"),
        ("6200 0000 0000 0001", "[银行卡]"),
        ("6200-0000-0000-0000-001", "[银行卡]"),
        (f"{MAIL}，", "[邮箱]，"),
        ("a.b+c@mail.example.cn", "[邮箱]"),
        ("nobody＠example.com", "[邮箱]"),
        ("京A12345停", "[车牌]停"),
        ("京A・12345", "[车牌]"),
    ],
)
def test_numbers_of_persons_are_replaced_by_their_kind(text: str, clean: str) -> None:
    assert redacted(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "139　0000　0001",
        "139  0000  0001",
        "139 - 0000 - 0001",
        "139\u00a00000\u00a00001",
        "139–0000–0001",
        "139‑0000‑0001",
        "1 3 9 0 0 0 0 0 0 0 1",
        "+86 (139) 0000 0001",
        "139\t0000\t0001",
        "139－0000－0001",
        "139−0000−0001",
        "139﹣0000﹣0001",
        "013900000001",
        "0 139 0000 0001",
        "（0）13900000001",
        "+86 0139-0000-0001",
        "990101－19900101－0010",
        "990101_19900101_0010",
        "990101/19900101/001X",
        "6200　0000　0000　0001",
    ],
)
def test_spaces_and_hyphens_of_any_kind_hide_no_number(text: str) -> None:
    left = redacted(text)
    assert sum(sign.isdigit() for sign in left) <= 4, left


OTHER = "13900000002"
"""A second person's number."""


@pytest.mark.parametrize(
    ("spelling", "label"),
    [
        # The issuer's six digits and the rest.
        ("620000 0000000000001", "[银行卡]"),
        ("620000-0000000000001", "[银行卡]"),
        ("620000　0000000000001", "[银行卡]"),
        ("620000·0000000000001", "[银行卡]"),
        ("620000/0000000000001", "[银行卡]"),
        ("６２００００－００００００００００００１", "[银行卡]"),
        ("[620000]0000000000001", "[银行卡]"),
        ("（620000）0000000000001", "[银行卡]"),
        ("620000 0000 0000 00001", "[银行卡]"),
        ("620000-0000-0000-01", "[银行卡]"),
        ("430000 0000000001", "[银行卡]"),
        ("620000 31234567890", "[银行卡]"),
        ("6200/0000/0000/0000/001", "[银行卡]"),
        ("6200・0000・0000・0001", "[银行卡]"),
        ("62000000 00000001", "[银行卡]"),
        ("6200 000000000001", "[银行卡]"),
        ("6200000000000001 001", "[银行卡]"),
        ("620000000000 0001", "[银行卡]"),
        # Mobile numbers and landlines with other brackets, dots and slashes.
        ("[139]00000001", "[电话]"),
        ("（139）00000001", "[电话]"),
        ("(139) 0000 0001", "[电话]"),
        ("【139】0000-0001", "[电话]"),
        ("〔139〕 0000 0001", "[电话]"),
        ("［１３９］００００－０００１", "[电话]"),
        ("139[0000]0001", "[电话]"),
        ("+86【139】00000001", "[电话]"),
        *[(f"139{dot}0000{dot}0001", "[电话]") for dot in "·•・･‧∙⋅/／_＿"],
        ("1・3・9・0000・0001", "[电话]"),
        ("【0999】2600001", "[电话]"),
        ("0999・2600001", "[电话]"),
        # Mobile numbers without any sign between them.
        (f"{PHONE}{OTHER}", "[电话][电话]"),
        (f"+86{PHONE}{OTHER}", "[电话][电话]"),
        (f"{PHONE}{OTHER}{PHONE}", "[电话][电话][电话]"),
        ("139-0000-0001139-0000-0002", "[电话][电话]"),
        ("１３９０００００００１１３９０００００００２", "[电话][电话]"),
        ("[139]00000001[139]00000002", "[电话][电话]"),
        # Blanks around the at sign, and another dot.
        ("nobody @ example.com", "[邮箱]"),
        ("nobody@ example.com", "[邮箱]"),
        ("nobody @example.com.cn", "[邮箱]"),
        ("nobody　＠　ｅｘａｍｐｌｅ．ｃｏｍ", "[邮箱]"),
        ("nobody\u00a0@\u00a0example.org", "[邮箱]"),
        ("nobody﹫example.com", "[邮箱]"),
        ("nobody@example。com", "[邮箱]"),
        ("nobody @ example . com", "[邮箱]"),
    ],
)
def test_spellings_that_avoid_filters_are_replaced_wholly(spelling: str, label: str) -> None:
    assert redacted(spelling) == label
    assert redacted(f"请记{spelling}，谢谢") == f"请记{label}，谢谢"
    assert "".join(found for _, _, found in privacy.numbers_in(f"请记{spelling}，谢谢")) == label


def test_mobile_numbers_without_a_sign_between_them_are_found_each() -> None:
    """A person to erase may be one of them."""
    text = f"打{PHONE}{OTHER}"
    assert [text[begin:end] for begin, end, _ in privacy.numbers_in(text)] == [PHONE, OTHER]


@pytest.mark.parametrize(
    "spelling",
    ["[139]00000001", "【139】0000-0001", "139・0000・0001", "139/0000/0001", "139_0000_0001", "0139-0000-0001"],
)
def test_what_redaction_finds_is_one_person_s_number_in_every_spelling(key: Key, spelling: str) -> None:
    (begin, end, _), *_ = privacy.numbers_in(f"打{spelling}。")
    assert pseudonym(f"打{spelling}。"[begin:end], key) == pseudonym(PHONE, key)


@pytest.mark.parametrize("text", ["ｎｏｂｏｄｙ@example.com", "ＩＤ９９０１０１１９９００１０１００１Ｘ"])
def test_full_width_letters_hide_nothing(text: str) -> None:
    left = redacted(text)
    assert "ｎｏｂｏｄｙ" not in left
    assert "１９９０" not in left


@pytest.mark.parametrize(
    "text",
    [
        "3号楼2单元电梯坏了",
        "12345热线转办",
        "2024-01-05 08:15:30 上报",
        "2024年1月5日至2024年2月5日",
        "SJ20240105000001",
        "花费 1,234,567.89 元",
        "990101001001",
        "坐标 113.2500,23.1200",
        "坐标 113.256789 23.123456",
        "坐标 622848.0402564890018",
        "坐标 622848.123 4022848.123",
        # 22 digits that are no two mobile numbers, and 20.
        "1234567890123456789012",
        "1390000000120000000001",
        "2390000000113900000002",
        "13900000001139000000",
        # Codes of organisations, alone and before dates, serial numbers and other codes.
        "440305",
        "440305 440306 440307",
        "440305/440306/440307",
        "440305001",
        "440305001 440305001001",
        "440305 440305001001",
        "620102 620102001001",
        "990101 990101001001",
        "440305001001，2024",
        "990101001001 2024年",
        "990101001001 2024-01-05 08:15",
        "620102001001 2024",
        "990101001001-1301室",
        "620102 20240105001",
        "440305-2024010512345",
        "440305 2024010508",
        "990101_20240105_001",
        # Events, licences, house numbers, flats.
        "LZ990101 SJ20240105000001",
        "许可证JY14403051234567",
        "13-2-1301",
        "139号4栋4444室",
        "3601/3602/3603/3604室",
        # Dates, amounts and prices.
        "2024/01/05 08:15:30",
        "2024/1/5 2024/12/25 8:30",
        "[13] 2024/01/05 8:30",
        "15/9/2024 10:30",
        "3/5/2024至2024/12/31",
        "138000.50元、139,000,000.00元",
        "电缆 YJV @ 3.5 元",
        "请 @ 物业 处理",
        "@所有人 example.com",
        "",
    ],
)
def test_what_is_no_number_of_a_person_stays(text: str) -> None:
    assert redacted(text) == text


@budget(max_examples=60, deadline=None)
@given(
    before=st.text(st.sampled_from("甲乙，。 电话:x"), max_size=6),
    after=st.text(st.sampled_from("甲乙，。 转y"), max_size=6),
    secret=st.sampled_from([PHONE, ID_NUMBER, CARD, MAIL, "139 0000 0001", f"+86{PHONE}"]),
)
def test_no_surrounding_text_hides_a_number(before: str, after: str, secret: str) -> None:
    assert secret not in redacted(before + secret + after)


def test_redacting_keeps_rows_in_their_places() -> None:
    texts = [None, "平安", f"打{PHONE}", "", "x", MAIL, None]
    assert redact(pl.Series("v", texts)).to_list() == [None, "平安", "打[电话]", "", "x", "[邮箱]", None]


@pytest.mark.parametrize("seed", range(3))
def test_redacting_is_that_of_every_kind_one_after_the_other(seed: int) -> None:
    chance = random.Random(seed)
    parts = [
        PHONE, f"+86{PHONE}", "(+86)139-0000-0001", "一三九〇〇〇〇〇〇〇一", ID_NUMBER, ID_NUMBER[:15], CARD, MAIL,
        "１３９０００００００１",
        "ａ＠ｂ．ｃｏｍ", "(010)88886666", "+86 10 8888 6666", "零一零八八八八六六六六", "陕C·12345",
        "[139]00000001", "139・0000・0001", f"{PHONE}{PHONE}", "620000 0000000000001", "nobody @ example.com",
        "(", "（", ")", "[", "】", "/", "・", " @ ", "+", "-", "·", "幺", "一", "0", "1", "年", " ", "，", "中",
        "A", "00", "86",
    ]  # fmt: skip
    texts = pl.Series("v", ["".join(chance.choices(parts, k=chance.randint(1, 7))) for _ in range(5000)])
    is_suspicious = texts.str.contains(privacy._SUSPICIOUS)
    plain = pl.col("v").str.replace_many(privacy._WIDE_FROM, privacy._WIDE_TO)
    each = texts.to_frame().with_columns(plain).select(privacy._without(privacy._KINDS)).to_series()
    expected = each.zip_with(is_suspicious, texts)
    assert redact(texts).to_list() == expected.to_list()
    assert (expected != texts).sum() > 2000


# ---------------------------------------------------------------- the key file


def test_a_key_is_made_at_the_first_start_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "pseudonym.key"
    made = load_key(file, may_create=True)
    assert len(made.secret) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert load_key(file, may_create=False) == load_key(file, may_create=True) == made


def test_a_missing_key_is_not_made_again_where_data_exist(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "pseudonym.key"
    with pytest.raises(KeyUnusable, match="missing"):
        load_key(file, may_create=False)
    assert not file.exists()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o606, 0o601])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "pseudonym.key"
    load_key(file, may_create=True)
    file.chmod(mode)
    with pytest.raises(KeyUnusable, match="others"):
        load_key(file, may_create=True)


@pytest.mark.parametrize("content", ["", "ab" * 31, "ab" * 33, "zz" * 32, "x"])
def test_a_key_of_another_length_is_refused_and_not_shown(tmp_path: Path, content: str) -> None:
    file = tmp_path / "pseudonym.key"
    file.write_text(content)
    file.chmod(0o600)
    with pytest.raises(KeyUnusable) as error:
        load_key(file, may_create=True)
    assert not content or len(content) < 2 or content not in str(error.value)


# ---------------------------------------------------------------- whole files


def test_coordinates_are_kept_to_three_decimals_and_dropped_columns_not_at_all(
    tmp_path: Path, feeds: dict[str, Feed], key: Key
) -> None:
    path = tmp_path / "visit"
    path.write_bytes(csv_bytes(feeds["home_visit.visit"], [{**VISIT, "longitude": "113.25678", "latitude": "23.1"}]))
    row = digest(path, feeds["home_visit.visit"], key).loaded.to_dicts()[0]
    assert (row["longitude"], row["latitude"]) == (113.257, 23.1)
    path.write_bytes(ndjson_bytes(feeds["snap_report.report"], [{**REPORT, "reporter_phone": PHONE}]))
    assert "reporter_phone" not in digest(path, feeds["snap_report.report"], key).loaded.columns


def test_quarantine_hides_personal_and_unknown_columns_and_masks_broken_values(feeds: dict[str, Feed]) -> None:
    rejected = pl.DataFrame(
        {
            ROW_NUMBER: [2],
            "reasons": [["report_id: pattern ^SP[0-9]{14}$", "photos: required"]],
            "report_id": [f"上报人{PHONE}"],
            "reporter_openid": ["open-1"],
            "reporter_phone": [PHONE],
            "description": [f"写信{MAIL}"],
            "longitude": [None],
            "unknown 1": ["某某"],
        },
        schema_overrides={"longitude": pl.String},
    )
    assert json.loads(masked_rows(rejected, feeds["snap_report.report"])[0]) == {
        "report_id": "上**",
        "reporter_openid": "***",
        "reporter_phone": "***",
        "description": "***",
        "longitude": None,
        "unknown 1": "***",
    }


def test_a_row_shifted_by_a_column_shows_no_name(feeds: dict[str, Feed], tmp_path: Path, key: Key) -> None:
    feed = feeds["smart_community.community"]
    shifted: Row = {**COMMUNITY, "is_benchmark": "申某某", "community_type": "申某某", "street_name": "申某某"}
    found = digest(workbook(tmp_path / "a.xlsx", {"社区": sheet_of(feed, [shifted])}), feed, key)
    assert found.rejected["reasons"].to_list() == [["community_type: enum", "is_benchmark: enum"]]
    assert "申某某" not in found.rejected["raw"][0]
    assert json.loads(found.rejected["raw"][0])["community_code"] == COMMUNITY["community_code"]


PLANTED = (PHONE, ID_NUMBER, CARD, MAIL, "申某某", "open-planted", "23.123456")
REPORTS: list[Row] = [
    {**REPORT, "reporter_openid": "open-planted", "reporter_phone": PHONE, "description": f"{ID_NUMBER} {MAIL} {CARD}"},
    {**REPORT, "photos": 99, "reporter_openid": "open-planted", "reporter_phone": PHONE, "description": PHONE},
    {**REPORT, "report_id": PHONE, "grid_code": ID_NUMBER, "reporter_type": f"x {MAIL}", "note": "申某某"},
]
VISITS: list[Row] = [
    {**VISIT, "household_id": PHONE, "latitude": "23.123456", "sentiment_text": f"申老师说打{PHONE}"},
    {**VISIT, "visit_type": ID_NUMBER, "household_id": "申某某", "latitude": "23.123456", "policy_topic": CARD},
]
CASES: list[Row] = [
    {**CASE, "applicant_id_number": ID_NUMBER},
    {**CASE, "applicant_id_number": ID_NUMBER, "trips": PHONE, "status": MAIL},
]


@pytest.mark.parametrize(
    ("feed", "rows"),
    [("snap_report.report", REPORTS), ("home_visit.visit", VISITS), ("service_centre.service_case", CASES)],
)
def test_nothing_planted_comes_through_whatever_a_rows_fate(
    tmp_path: Path, feeds: dict[str, Feed], key: Key, feed: str, rows: list[Row]
) -> None:
    path = tmp_path / "file"
    path.write_bytes((ndjson_bytes if feed == "snap_report.report" else csv_bytes)(feeds[feed], rows))
    found = digest(path, feeds[feed], key)
    assert (found.loaded.height, found.rejected.height) == (1, len(rows) - 1)
    everything = found.loaded.write_json() + found.rejected.write_json() + repr(found.notes)
    assert [value for value in PLANTED if value in everything] == []


def test_one_register_entry_in_two_spellings_is_stored_once(tmp_path: Path, feeds: dict[str, Feed], key: Key) -> None:
    """The key is a pseudonymised column: two spellings, one token, so one key."""
    feed = feeds["smart_community.care_household"]
    row: Row = {
        "household_id": "HH001",
        "community_code": "990101001001",
        "grid_code": "990101001001001",
        "care_category": "残疾人",
        "visit_every_days": 7,
        "registered_on": "2020-01-01",
    }
    wide = {**row, "household_id": "ＨＨ００１", "visit_every_days": 14}
    path = workbook(tmp_path / "a.xlsx", {"重点关爱户": sheet_of(feed, [row, wide])})
    found = digest(path, feed, key)
    assert found.loaded["visit_every_days"].to_list() == [14]
    assert found.superseded_count == 1


# ---------------------------------------------------------------- check digits


def wrong(feed: Feed, *numbers: str | None) -> dict[str, int]:
    """The findings for checked rows with these ID numbers."""
    values = {column.name: pl.Series([None] * len(numbers), dtype=polars_type(column)) for column in feed.columns}
    return wrong_id_numbers(pl.DataFrame({**values, "applicant_id_number": pl.Series(numbers, dtype=pl.String)}), feed)


@pytest.mark.parametrize(
    ("numbers", "count"),
    [
        ([ID_NUMBER], 0),
        ([ID_NUMBER[:17] + digit for digit in "0123456789X" if digit != ID_NUMBER[17]], 10),
        ([ID_NUMBER[:16] + "9" + ID_NUMBER[17:], ID_NUMBER, None], 1),
        (["990101900101001", PHONE, "W000001", "护照E1234567", ""], 0),
        ([], 0),
    ],
)
def test_numbers_whose_last_sign_is_not_their_check_digit_are_counted(
    feeds: dict[str, Feed], numbers: list[str | None], count: int
) -> None:
    """Numbers of 15 digits have no check digit, and other documents are not ID numbers."""
    assert wrong(feeds["service_centre.service_case"], *numbers) == ({"申请人证件号": count} if count else {})


def test_a_check_digit_x_is_read_in_both_cases(feeds: dict[str, Feed]) -> None:
    digits = next(f"9901011990010{i:04}" for i in range(9999) if id_check_digit(f"9901011990010{i:04}") == "X")
    assert wrong(feeds["service_centre.service_case"], digits + "X", digits + "x") == {}


def test_a_wrong_check_digit_rejects_nothing_and_is_told_without_the_number(
    tmp_path: Path, feeds: dict[str, Feed], key: Key
) -> None:
    """In Excel's number cells the last digits are rounded: the wrong check digit shows it."""
    path = tmp_path / "case"
    wrong_number = ID_NUMBER[:17] + ("1" if ID_NUMBER[17] == "0" else "0")
    path.write_bytes(csv_bytes(feeds["service_centre.service_case"], [{**CASE, "applicant_id_number": wrong_number}]))
    found = digest(path, feeds["service_centre.service_case"], key)
    assert (found.loaded.height, found.rejected.height) == (1, 0)
    assert found.notes == ("1 申请人证件号 with a wrong check digit",)


# ---------------------------------------------------------------- names of files and folders


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (f"申某某 {PHONE}.xlsx", "申某某 [电话].xlsx"),
        (f"{ID_NUMBER}.pdf", "[证件号].pdf"),
        ("command_centre_event_20240105_r2.csv", "command_centre_event_20240105_r2.csv"),
        ("2026-11-20", "2026-11-20"),
        ("", ""),
    ],
)
def test_a_name_is_shown_without_a_person_s_number(name: str, shown: str) -> None:
    assert redact_name(name) == shown

"""`sihe draft`: contracts drafted from samples are right, can be loaded, and leave no personal column open."""

import json
import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from pipelines.commands import cli
from pipelines.contracts.compiler import load_contracts
from pipelines.contracts.model import Delivery, Feed, Kind, Treatment
from pipelines.drafting import samples, tables, writing
from pipelines.drafting.samples import Sample, by_feed, read_samples, template_of
from pipelines.drafting.tables import Draft
from pipelines.drafting.vocabulary import Vocabulary
from pipelines.intake.digests import digest
from pipelines.keys import Key
from pipelines.settings import SHIPPED_CONTRACTS
from tests.unit.helpers import EVENT, csv_bytes

PHONE, ID_NUMBER = "13912345678", "990101199001011234"


def draft(*arguments: object) -> Result:
    return CliRunner().invoke(cli.main, ["draft", *map(str, arguments)])


def drafted(folder: Path, text: str, name: str = "vendor_thing_20240105.csv") -> Feed:
    """The feed that a drafted contract has, for a csv of this text."""
    (folder / name).write_text(text, encoding="utf-8")
    out = folder / "vendor.odcs.yaml"
    ended = draft(folder / name, "--out", out)
    assert ended.exit_code == 0, ended.output
    (contract,), errors = load_contracts(folder)
    assert not errors
    (feed,) = contract.feeds
    return feed


def column(feed: Feed, header: str) -> tuple[Kind, Treatment | None]:
    found = next(one for one in feed.columns if one.header == header)
    return found.kind, found.privacy


def test_a_header_that_is_a_word_of_sql_gives_a_name_that_a_table_can_have(tmp_path: Path) -> None:
    feed = drafted(tmp_path, "order,desc,end\n" + "".join(f"A{n:05},x{n},2024-01-05\n" for n in range(30)))
    assert [(one.header, one.name) for one in feed.columns] == [
        ("order", "c_order"),
        ("desc", "c_desc"),
        ("end", "c_end"),
    ]


# ---------------------------------------------------------------- the demo's own files


@pytest.fixture(scope="module")
def drafts(demo: list[Sample], feeds: dict[str, Feed], words: Vocabulary) -> dict[str, Draft]:
    of = {(feed.file_template, feed.sheet): feed.id for feed in feeds.values()}
    made = [tables.draft(group, words) for group in by_feed(demo)]
    return {of[one.first.template, one.first.form.sheet]: one for one in made}


def test_every_feed_of_the_demo_is_drafted_with_its_types_and_its_key(
    drafts: dict[str, Draft], feeds: dict[str, Feed]
) -> None:
    assert set(drafts) == set(feeds)
    for feed_id, feed in feeds.items():
        one = drafts[feed_id]
        kinds = {column.header: column.kind for column in one.columns}
        assert {column.header: column.kind for column in feed.columns} == kinds, feed_id
        assert one.key == tuple(column.header for column in feed.columns if column.is_key), feed_id


def test_no_personal_column_of_the_demo_is_left_open(drafts: dict[str, Draft], feeds: dict[str, Feed]) -> None:
    personal = {(feed.id, column.header) for feed in feeds.values() for column in feed.columns if column.privacy}
    left_open = {(feed_id, one.header) for feed_id, made in drafts.items() for one in made.columns if not one.privacy}
    assert personal & left_open == set()
    # Not by closing everything.
    assert len(left_open) > 200


def test_what_a_delivery_is_and_its_times_are_found(drafts: dict[str, Draft], feeds: dict[str, Feed]) -> None:
    for feed_id, feed in feeds.items():
        one = drafts[feed_id]
        headers = {column.name: column.header for column in feed.columns}
        assert (one.delivery, one.updated_by) == (feed.delivery, headers.get(feed.updated_by or "")), feed_id
        assert one.event_time == headers.get(feed.event_time or ""), feed_id
        form = one.first.form
        assert (form.format, form.header_row) == (feed.format, feed.header_row)
        assert form.format == "xlsx" or form.encoding == feed.encoding


def test_patterns_and_codes_are_those_of_the_contracts(drafts: dict[str, Draft], feeds: dict[str, Feed]) -> None:
    event = {one.header: one for one in drafts["command_centre.event"].columns}
    assert event["事件编号"].pattern == r"^SJ\d{14}$"
    assert event["社区编码"].pattern == r"^\d{12}$"
    for one in feeds["command_centre.event"].columns:
        if one.codes is not None:
            found = set(event[one.header].codes or ())
            # A state that an event has for minutes may be in no sample.
            assert found <= set(one.codes), one.header
            assert len(found) >= len(one.codes) - 1, one.header
    # A word for no value that is one of the levels.
    hazard = {one.header: one for one in drafts["command_centre.hazard_inspection"].columns}
    assert "无" in (hazard["隐患等级"].codes or ())


def test_all_drafts_can_be_loaded_and_show_no_person(
    drafts: dict[str, Draft], feeds: dict[str, Feed], demo: list[Sample], tmp_path: Path
) -> None:
    for platform in {feed.platform for feed in feeds.values()}:
        mine = [one for feed_id, one in drafts.items() if feeds[feed_id].platform == platform]
        document = writing.of_drafts(platform, mine, [])
        text = writing.text_of(document)
        (tmp_path / f"{platform}.odcs.yaml").write_text(text, encoding="utf-8")
        for one in mine:
            for guess in one.columns:
                if guess.privacy and guess.text.drop_nulls().len():
                    shown = set(guess.text.drop_nulls().head(500)) & set(re.findall(r"[\w.-]{6,}", text))
                    assert shown == set(), guess.header
    contracts, errors = load_contracts(tmp_path)
    assert not errors
    assert sum(len(one.feeds) for one in contracts) == len(feeds)


# ---------------------------------------------------------------- what a single sample says


def test_unknown_columns_are_personal_and_the_person_s_own_are_treated(tmp_path: Path) -> None:
    rows = "".join(
        f"A{i:05},王{'小' if i % 2 else '大'}明,{PHONE[:-2]}{i:02},{ID_NUMBER[:-2]}{i:02},"
        f"秘密{'甲乙丙丁戊己庚辛'[i % 8]}{i},X-{i * 7 % 97},处置中,{i}\n"
        for i in range(60)
    )
    feed = drafted(tmp_path, "业务编号,经手,联络,凭据,称谓,暗号,状态,件数\n" + rows)
    assert column(feed, "业务编号") == (Kind.STRING, None)
    assert column(feed, "经手") == (Kind.STRING, Treatment.MASK)
    assert column(feed, "联络") == (Kind.STRING, Treatment.DROP)
    assert column(feed, "凭据") == (Kind.STRING, Treatment.PSEUDONYMISE)
    assert column(feed, "称谓") == (Kind.STRING, Treatment.DROP)
    assert column(feed, "暗号") == (Kind.STRING, Treatment.DROP)
    assert column(feed, "状态") == (Kind.STRING, None)
    assert column(feed, "件数") == (Kind.INTEGER, None)
    text = (tmp_path / "vendor.odcs.yaml").read_text(encoding="utf-8")
    assert not [one for one in ("王大明", PHONE[:9], ID_NUMBER[:12], "秘密") if one in text]


@pytest.mark.parametrize(
    ("header", "values", "treatment"),
    [
        # Few words that recur are codes, but not of persons, whose names would stand in the contract.
        ("办理人", ["小王", "老李", "阿依古丽"], Treatment.MASK),
        ("网格员", ["小王", "老李", "阿依古丽"], Treatment.MASK),
        ("网格员", ["WG000{0:02}"], Treatment.PSEUDONYMISE),
        ("被访者", ["甲乙", "丙丁"], Treatment.MASK),
        ("居住地", ["经二路{0}号院3号楼2单元{0}室，靠近菜市场的那一栋"], Treatment.DROP),
        ("dz", ["某小区{0}栋2单元{0}室，靠近菜市场的那个门"], Treatment.DROP),
        ("ext", ['{{"name": "王小明", "tel": "{0}", "address": "某处"}}'], Treatment.DROP),
        ("联络", ["139123456{0:02}", "wxid_a{0}b"], Treatment.DROP),
        ("标题", ["漏水，请打139123456{0:02}", *[f"漏水{i}{{0}}" for i in range(30)]], Treatment.REDACT),
        ("point_x", ["107.1234{0:02}"], Treatment.GENERALISE),
        ("固话", ["32123{0:02}"], Treatment.DROP),
        ("居住证号", ["610300{0:02}"], Treatment.PSEUDONYMISE),
        ("室", ["3{0:02}"], Treatment.PSEUDONYMISE),
        ("xb", ["男", "女"], Treatment.DROP),
        ("csrq", ["1950-01-11", "1961-02-12"], Treatment.DROP),
        ("出生时间", ["1950-01-11 08:12:00", "1961-02-12 09:10:00"], Treatment.DROP),
        ("是否残疾", ["是", "否"], Treatment.DROP),
        ("承办科室", ["一科", "二科"], None),
        ("数值", ["107.123", "3.5"], None),
    ],
)
def test_what_somebody_is_and_where_they_live_is_personal_under_any_name(
    tmp_path: Path, header: str, values: list[str], treatment: Treatment | None
) -> None:
    said = [values[i % len(values)].format(i) for i in range(99)]
    cells = ['"' + one.replace('"', '""') + '"' if '"' in one else one for one in said]
    feed = drafted(tmp_path, f"业务编号,{header}\n" + "".join(f"A{i:05},{cell}\n" for i, cell in enumerate(cells)))
    assert column(feed, header)[1] == treatment
    if treatment is Treatment.MASK:
        text = (tmp_path / "vendor.odcs.yaml").read_text(encoding="utf-8")
        assert not [one for one in values if one in text]


def test_a_list_or_an_object_in_json_is_no_column(tmp_path: Path) -> None:
    """A contract that has it rejects every such row; without it the rows are loaded."""
    rows = [{"id": f"A{n:05}", "title": "[紧急] 漏水", "who": {"name": "王小明"}, "tags": [n]} for n in range(30)]
    (tmp_path / "vendor_thing_20240105.ndjson").write_text("\n".join(map(json.dumps, rows)) + "\n")
    ended = draft(tmp_path / "vendor_thing_20240105.ndjson", "--out", tmp_path / "vendor.odcs.yaml")
    assert "ask      who, tags: lists or objects, which are not loaded: ask for plain values" in ended.output
    ((feed,),) = (one.feeds for one in load_contracts(tmp_path)[0])
    assert [one.header for one in feed.columns] == ["id", "title"]
    found = digest(tmp_path / "vendor_thing_20240105.ndjson", feed, Key(bytes(32)))
    assert (found.row_count, found.loaded.height) == (30, 30)


def test_a_json_in_gb18030_is_drafted_as_what_it_is(tmp_path: Path) -> None:
    rows = [{"编号": f"A{n:05}", "状态": "办结"} for n in range(30)]
    for name, text in (
        ("vendor_thing_20240105.ndjson", "\n".join(json.dumps(one, ensure_ascii=False) for one in rows) + "\n"),
        ("other_thing_20240105.json", json.dumps({"feed": "other.thing", "rows": rows}, ensure_ascii=False)),
    ):
        (tmp_path / name).write_text(text, encoding="gb18030")
        out = tmp_path / f"{name.partition('_')[0]}.odcs.yaml"
        assert draft(tmp_path / name, "--out", out).exit_code == 0
        assert "encoding: gb18030" in out.read_text(encoding="utf-8")


def test_utf_16_is_drafted_as_what_it_is_with_its_tabs(tmp_path: Path) -> None:
    file = tmp_path / "vendor_thing_20240105.csv"
    file.write_text("编号\t状态\n" + "".join(f"A{n:05}\t办结\n" for n in range(30)), encoding="utf-16")
    out = tmp_path / "vendor.odcs.yaml"
    assert draft(file, "--out", out).exit_code == 0
    assert re.search(r"encoding: utf-16, delimiter: \"\\t\"", out.read_text(encoding="utf-8"))
    ((feed,),) = (one.feeds for one in load_contracts(tmp_path)[0])
    found = digest(file, feed, Key(bytes(32)))
    assert (found.row_count, found.loaded.height) == (30, 30)


def test_a_title_does_not_become_the_header_of_a_csv(tmp_path: Path) -> None:
    rows = "".join(f"A{n:05},办结,{n}\n" for n in range(30))
    (tmp_path / "vendor_thing_20240105.csv").write_text(f"全区工单日报,,\n编号,状态,件数\n{rows}", encoding="utf-8")
    ended = draft(tmp_path / "vendor_thing_20240105.csv", "--out", tmp_path / "vendor.odcs.yaml")
    assert ended.exit_code == 1
    assert "its first line names few columns: is it a title?" in ended.output


def test_each_guess_has_its_evidence_above_it(tmp_path: Path) -> None:
    drafted(
        tmp_path,
        "编号,状态,登记时间\n" + "".join(f"A{i:03},{'开' * (1 + i % 2)},2024/1/5 8:{i}\n" for i in range(10, 50)),
    )
    lines = (tmp_path / "vendor.odcs.yaml").read_text(encoding="utf-8").splitlines()
    for i, line in enumerate(lines):
        if "physicalName" in line:
            assert lines[i - 1].lstrip().startswith("# "), line
    assert "# 40 rows in 1 files, business dates 2024-01-05 to 2024-01-05" in lines
    assert any("codes: 开 20, 开开 20" in line for line in lines)


def test_what_the_intake_does_not_read_is_asked(tmp_path: Path) -> None:
    rows = "".join(f"A{i:03},{1704400000 + i},{'暂无' if i % 3 else i}\n" for i in range(30))
    (tmp_path / "thing.csv").write_text("编号,登记时间,次数\n" + rows, encoding="utf-8")
    ended = draft(tmp_path / "thing.csv", "--out", tmp_path / "vendor.odcs.yaml")
    asked = [line for line in ended.output.splitlines() if line.startswith("ask ")]
    assert [line for line in asked if "since 1970" in line]
    assert [line for line in asked if "'暂无' 20" in line]
    assert [line for line in asked if "has no date" in line]
    assert [line for line in asked if "files of more days" in line]


def test_a_delimiter_an_encoding_and_a_header_row_are_found(tmp_path: Path) -> None:
    file = tmp_path / "vendor_thing_20240105.csv"
    file.write_bytes("编号;名称，全\nA001;甲,乙\nA002;丙\n".encode("gb18030"))
    (found,), _ = read_samples([file])
    assert (found.form.encoding, found.form.delimiter, found.headers) == ("gb18030", ";", ("编号", "名称，全"))


def test_names_of_files_become_templates() -> None:
    assert template_of("a_20240105_r2.csv")[0] == "a_{yyyymmdd}.csv"
    assert template_of("a-2024-01-05.csv")[0] == "a-{yyyymmdd}.csv"
    assert template_of("a_12345678.csv")[:2] == ("a_12345678_{yyyymmdd}.csv", None)
    assert template_of("a_20240231.csv")[1] is None


# ---------------------------------------------------------------- what is refused


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a_20240105.csv").write_text("编号,状态\nA1,开\n", encoding="utf-8")
    out = tmp_path / "vendor.odcs.yaml"
    out.write_text("mine")
    ended = draft(tmp_path / "a_20240105.csv", "--out", out)
    assert (ended.exit_code, out.read_text()) == (2, "mine")
    out.unlink()
    out.symlink_to(tmp_path / "elsewhere")
    assert draft(tmp_path / "a_20240105.csv", "--out", out).exit_code == 2
    assert not (tmp_path / "elsewhere").exists()


def test_a_row_in_the_header_s_place_does_not_become_names(tmp_path: Path) -> None:
    (tmp_path / "a_20240105.csv").write_text(f"A1,{PHONE}\nA2,13912345679\n", encoding="utf-8")
    ended = draft(tmp_path / "a_20240105.csv", "--out", tmp_path / "vendor.odcs.yaml")
    assert ended.exit_code == 1
    assert "is the header line missing" in ended.output
    assert PHONE not in ended.output
    assert not (tmp_path / "vendor.odcs.yaml").exists()


def test_a_contract_has_one_form_and_one_platform(tmp_path: Path) -> None:
    one, other = tmp_path / "a_20240105.csv", tmp_path / "b_20240105.csv"
    one.write_text("编号,状态\nA1,开\n", encoding="utf-8")
    other.write_text("编号;状态\nA1;开\n", encoding="utf-8")
    ended = draft(one, other, "--out", tmp_path / "vendor.odcs.yaml")
    assert ended.exit_code == 1
    assert "draft each" in ended.output
    document = tmp_path / "c_20240105.json"
    document.write_text(json.dumps({"feed": "else.thing", "rows": [{"id": "A1"}]}), encoding="utf-8")
    assert "else.thing" in draft(document, "--out", tmp_path / "vendor.odcs.yaml").output
    assert draft(one, "--out", tmp_path / "vendor.yaml").exit_code == 2


def test_a_header_stays_in_its_comment(tmp_path: Path) -> None:
    """Text from outside cannot become a line of the contract."""
    feed = drafted(tmp_path, '编号,"状\n态: x"\n' + "".join(f"A{i:03},开\n" for i in range(30)))
    assert yaml.safe_load((tmp_path / "vendor.odcs.yaml").read_text(encoding="utf-8"))["id"] == "vendor"
    assert [one.header for one in feed.columns] == ["编号", "状\n态: x"]
    assert feed.delivery is Delivery.SNAPSHOT
    assert samples.by_feed([]) == []


# ---------------------------------------------------------------- a file a street


@pytest.mark.parametrize("of_feed", [(), ("--feed", "command_centre.event")])
def test_files_that_differ_in_one_word_are_one_feed_in_parts(tmp_path: Path, of_feed: tuple[str, ...]) -> None:
    feeds = {feed.id: feed for contract in load_contracts(SHIPPED_CONTRACTS)[0] for feed in contract.feeds}
    event = feeds["command_centre.event"]
    files = []
    for day in (5, 6):
        for n, street in enumerate(("990101001", "990101002")):
            rows = [{**EVENT, "event_id": f"SJ202401{day:02}00{n}{i:03}"} for i in range(20)]
            files.append(tmp_path / f"sj_{street}_202401{day:02}.csv")
            files[-1].write_bytes(csv_bytes(event, rows))
    other = tmp_path / "xx_990101001_20240105.csv"
    other.write_text("编号,名称\n1,甲\n", encoding="gb18030")
    out = tmp_path / "contracts" / "command_centre.odcs.yaml"
    out.parent.mkdir()
    ended = draft(*files, other, *of_feed, "--out", out)
    assert ended.exit_code == 0, ended.output
    assert "one file for each of these; are they all?" in ended.output
    (contract,), errors = load_contracts(out.parent)
    assert not errors
    one = next(feed for feed in contract.feeds if feed.parts)
    assert (one.file_template, one.parts) == ("sj_{part}_{yyyymmdd}.csv", ("990101001", "990101002"))
    assert [feed.file_template for feed in contract.feeds if not feed.parts and "xx" in feed.file_template] == (
        [] if of_feed else ["xx_990101001_{yyyymmdd}.csv"]
    )


def test_json_that_names_no_feed_is_asked_for_the_id_that_it_will_have(tmp_path: Path) -> None:
    (tmp_path / "a_20240105.json").write_text('{"rows": [{"编号": "A1"}]}', encoding="utf-8")
    ended = draft(tmp_path / "a_20240105.json", "--out", tmp_path / "own.odcs.yaml")
    assert ended.exit_code == 1
    assert 'export {"feed": "PLATFORM.FEED", "rows"' in ended.output

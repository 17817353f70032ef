"""`sihe check`: its verdicts are the intake's, its words say what to mend, its page shows no personal data."""

import hashlib
import json
import os
import random
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from pipelines.checking import report, wording
from pipelines.checking.comparison import compare
from pipelines.checking.examination import CLEAN, FINDINGS, UNUSABLE, Problem, Verdict, examine
from pipelines.checking.findings import Told
from pipelines.commands import cli
from pipelines.contracts.model import Feed
from pipelines.delivery import landing
from pipelines.intake.precedence import HELD
from pipelines.settings import Settings
from tests.faults.fuzz import made
from tests.unit.conftest import CONTRACTS
from tests.unit.desk import Desk
from tests.unit.helpers import EVENT, csv_bytes, export, put, row_of, sheet_of, workbook_bytes

DAY, RECEIVED, TODAY = date(2024, 1, 5), datetime(2024, 1, 6, 3), date(2024, 1, 6)
NAME = "command_centre_event_20240105.csv"
PHONE = "13912345678"


def check(*arguments: object) -> Result:
    return CliRunner().invoke(cli.main, ["check", *map(str, arguments)])


@pytest.fixture
def event(feeds: dict[str, Feed]) -> Feed:
    return feeds["command_centre.event"]


# ---------------------------------------------------------------- as the intake


def test_every_verdict_is_that_of_the_intake(desk: Desk, feeds: dict[str, Feed]) -> None:
    """Damaged files of one platform: held or not, for the same reason, with the same outcome of every row."""
    some = [feed for feed in feeds.values() if feed.platform == "service_centre"]
    for number in range(40):
        for feed in some:
            data = made(feed, random.Random(f"{feed.id} {number}"))
            name = feed.file_template.replace("{yyyymmdd}", f"{date(2020, 1, 1 + number % 28):%Y%m%d}")
            put(desk.settings.inbox, f"{number}", name.replace(".", f"_r{1 + number // 28}."), data, RECEIVED)
    desk.take()
    lines = [line for line in desk.warehouse.lines() if line.state != "duplicate"]
    assert {line.state for line in lines} >= {"loaded", HELD}
    for line in lines:
        (one,) = examine([desk.settings.inbox / line.folder / line.file_name], some, TODAY)
        assert (one.feed and one.feed.id, one.business_date) == (f"{line.platform}.{line.feed}", line.business_date)
        if line.state == HELD:
            assert (one.held_because, one.exit_code) == (line.reason, UNUSABLE)
        else:
            assert (one.row_count, one.rejected, one.duplicate, one.superseded) == (
                line.rows_counted, line.rows_rejected, line.rows_duplicate, line.rows_superseded
            ) or line.state == "superseded"  # fmt: skip
            assert one.held_because is None
            assert one.row_count == one.loaded + one.rejected + one.duplicate + one.superseded


def test_a_row_that_was_updated_after_the_file_was_written_is_rejected_as_by_the_intake(
    tmp_path: Path, event: Feed
) -> None:
    rows = [{**EVENT}, {**EVENT, "event_id": "SJ20240105000002", "updated_at": "2099-01-05 09:00:00"}]
    (one,) = examine([export(tmp_path, event, DAY, rows, RECEIVED)], [event], TODAY)
    assert (one.loaded, one.rejected, one.exit_code) == (1, 1, FINDINGS)
    assert [problem.rule for problem in one.problems] == ["later than 24 hours after the file was received"]


def test_a_clean_file_needs_no_change_and_nothing_is_stored(
    tmp_path: Path, event: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIHE_HOME", str(tmp_path / "no home"))
    file = export(tmp_path, event, DAY, [{**EVENT}, {**EVENT, "event_id": "SJ20240105000002"}], RECEIVED)
    ended = check(file)
    assert (ended.exit_code, ended.output) == (
        CLEAN, f"{NAME} · {event.title}: 可以接入：2 行中 2 行入库，没有问题\n"
    )  # fmt: skip
    assert not (tmp_path / "no home").exists()


# ---------------------------------------------------------------- what is wrong


@pytest.fixture
def faulty(tmp_path: Path, event: Feed) -> Path:
    rows = [
        {**EVENT},
        {**EVENT, "event_id": "SJ20240105000002", "level": "<b>镇里</b>"},
        {**EVENT, "event_id": "SJ20240105000003", "level": "镇里", "reported_at": "昨天", "description": PHONE},
    ]
    return export(tmp_path, event, DAY, rows, RECEIVED)


def test_each_rule_is_counted_with_its_rows_and_a_remedy(faulty: Path) -> None:
    ended = check(faulty)
    assert ended.exit_code == FINDINGS
    first, *problems = ended.output.splitlines()
    assert first.endswith("可以接入：3 行中 1 行入库，2 行需改")
    assert problems == [
        "  ▲ 重要 办理层级: 不在代码表内 ×2 (3, 4); 改用代码表中的写法：社区、街道、区 [影响指标：社区层级化解率]",
        "  ▲ 重要 上报时间: 不是时间 ×1 (4); 写成 2026-11-20 08:15:30"
        " [影响指标：矛盾纠纷30日化解率、平均结案时长、重复事件率等（11）]",
    ]
    english = check(faulty, "--lang", "en").output
    assert "Usable: 1 of 3 rows are loaded, 2 must be mended" in english
    assert "办理层级: not among the codes ×2" in english


def test_the_page_is_one_file_that_shows_no_markup_and_no_person_of_the_export(faulty: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    renamed = faulty.rename(tmp_path / "<img src=x>.csv")
    check(renamed, "--html", page)
    text = page.read_text(encoding="utf-8")
    assert "可以接入：3 行中 1 行入库，2 行需改" in text
    assert "网格" in text.partition("依赖这个数据集的指标")[2] or "结案率" in text
    assert PHONE not in text
    assert "<b>镇" not in text
    assert "<img" not in text
    assert "&lt;img src=x&gt;.csv" in text
    assert "http" not in text
    assert "<script" not in text


def test_json_says_the_same(faulty: Path) -> None:
    (told,) = json.loads(check(faulty, "--json").stdout)
    assert (told["feed"], told["business_date"], told["exit_code"]) == ("command_centre.event", str(DAY), FINDINGS)
    assert [told[f"rows_{fate}"] for fate in ("counted", "loaded", "rejected", "duplicate", "superseded")] == [
        3, 1, 2, 0, 0
    ]  # fmt: skip
    assert [(one["header"], one["rule"], one["row_count"]) for one in told["problems"]] == [
        ("办理层级", "enum", 2), ("上报时间", "type timestamp", 1)
    ]  # fmt: skip
    assert [(one["severity"], len(one["kpis"])) for one in told["problems"]] == [("major", 1), ("major", 11)]
    assert set(told["problems"][1]["kpis"]) < set(told["kpis"])
    assert PHONE not in json.dumps(told)


def test_json_in_english_has_no_chinese_but_the_headers_of_files(faulty: Path) -> None:
    (chinese,) = json.loads(check(faulty, "--json").stdout)
    (told,) = json.loads(check(faulty, "--json", "--lang", "en").stdout)
    assert told["verdict"] == "Usable: 1 of 3 rows are loaded, 2 must be mended"
    assert all(name.isascii() for name in told["kpis"])
    assert all(name.isascii() for one in told["problems"] for name in one["kpis"])
    worded = {"verdict", "kpis", "problems"}
    assert {key for key in told if told[key] != chinese[key]} == worded


def test_no_name_begins_a_line(tmp_path: Path, event: Feed) -> None:
    (tmp_path / "甲\n✖ 严重\x1b[2J.csv").write_bytes(csv_bytes(event, [EVENT]))
    ended = check(tmp_path / "甲\n✖ 严重\x1b[2J.csv", "--feed", event.id)
    assert ended.output.startswith("甲␊✖ 严重␛[2J.csv · ")
    assert "\x1b" not in ended.output


def test_problems_are_in_the_order_of_their_severity_with_a_sign_and_the_kpis_of_their_column(
    tmp_path: Path, event: Feed
) -> None:
    rows = [{**EVENT, "event_id": f"SJ20240105{i:06}"} for i in range(300)]
    for i in (10, 20, 30, 40):
        rows[i]["level"] = "镇里"  # more than 1 % of 300
    rows[50]["follow_up"] = rows[60]["follow_up"] = "还行"
    for i in (70, 80, 90):
        rows[i]["source"] = "传真"
    text = csv_bytes(event, rows).decode(event.encoding)
    due = event.column("due_at").header
    (tmp_path / NAME).write_bytes(text.replace(f"{due},", "内部甲,", 1).encode(event.encoding))
    ended = check(tmp_path / NAME, "--html", tmp_path / "report.html")
    lines = [line.split(":")[0].split() for line in ended.output.splitlines() if line[2:3] in "▲△○"]
    assert lines == [["▲", "重要", "办理层级"], ["△", "一般", "来源"], ["△", "一般", "回访评价"], ["○", "提示", due]]
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert '<b class="major">▲ 重要</b>' in page
    assert "影响指标：社区层级化解率<" in page
    problems = page.partition("<h3>问题")[2].partition("</table>")[0]
    costs = [problems.index(name) for name in ("社区层级化解率", "主动发现率", "办结回访满意率")]
    assert costs == sorted(costs)
    assert "每千户超期未结事件" in problems.partition("提示")[2]


def test_a_missing_required_column_is_critical_and_names_its_kpis(tmp_path: Path, event: Feed) -> None:
    file = renamed(tmp_path, event, reported_at="内部甲")
    (told,) = json.loads(check(file, "--json").stdout)
    (critical,) = [one for one in told["problems"] if one["severity"] == "critical"]
    assert (critical["column"], critical["rule"], critical["row_count"]) == ("reported_at", "missing column", None)
    assert "平均结案时长" in critical["kpis"]
    assert "返工率" not in critical["kpis"]
    (tmp_path / NAME).write_bytes(b"")
    (told,) = json.loads(check(tmp_path / NAME, "--json").stdout)
    assert [(one["severity"], one["column"], one["rule"]) for one in told["problems"]] == [("critical", None, "held")]
    assert told["problems"][0]["kpis"] == told["kpis"]


# ---------------------------------------------------------------- columns


def renamed(folder: Path, event: Feed, **headers: str) -> Path:
    rows = [{**EVENT, "event_id": f"SJ202401050000{i:02}", "grid_code": "990101001001001"} for i in range(30)]
    text = csv_bytes(event, rows).decode(event.encoding)
    for old, new in headers.items():
        text = text.replace(f"{event.column(old).header},", f"{new},", 1)
    (folder / NAME).write_bytes(text.encode(event.encoding))
    return folder / NAME


def test_a_missing_column_has_the_header_beside_it_that_it_may_be(tmp_path: Path, event: Feed) -> None:
    file = renamed(tmp_path, event, event_id="案件编号", grid_code="内部甲")
    ended = check(file, "--html", tmp_path / "report.html")
    assert ended.exit_code == UNUSABLE
    assert "事件编号：没有找到，可能是“案件编号”" in ended.output
    (told,) = json.loads(check(file, "--json").stdout)
    columns = {one["column"]: one for one in told["columns"] if one["column"]}
    assert (columns["event_id"]["found"], columns["event_id"]["guessed"]) == (None, "案件编号")
    assert columns["event_id"]["is_sure"] is True
    assert (columns["source"]["found"], columns["source"]["guessed"]) == ("来源", None)
    assert len(columns) == len(event.columns)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<details open>" in page
    assert '<td>事件编号（必填）</td><td class="unusable">缺少</td><td>“案件编号”</td>' in page


def test_columns_as_contracted_are_listed_and_closed(tmp_path: Path, event: Feed) -> None:
    check(renamed(tmp_path, event), "--html", tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("<details>") == 2
    assert page.count("<tr><td>") >= len(event.columns)


def test_a_row_in_the_header_s_place_is_not_shown(tmp_path: Path, event: Feed) -> None:
    (tmp_path / NAME).write_bytes(f"张三,{PHONE},SJ20240105000001\n李四,13912345679,x\n".encode(event.encoding))
    (told,) = json.loads(check(tmp_path / NAME, "--json").stdout)
    assert told["columns"] == []
    assert "张三" not in json.dumps(told, ensure_ascii=False)


# ---------------------------------------------------------------- which feed


def test_a_file_of_another_name_is_recognised_by_what_is_in_it(tmp_path: Path, event: Feed) -> None:
    file = tmp_path / "导出(1).csv"
    file.write_bytes(csv_bytes(event, [{**EVENT}]))
    ended = check(file)
    assert ended.exit_code == FINDINGS
    assert "可以接入：1 行中 1 行入库" in ended.output
    assert "文件名不符合契约：应为 command_centre_event_{yyyymmdd}.csv" in ended.output


def test_every_sheet_of_a_workbook_has_its_verdict(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    shared = [feed for feed in feeds.values() if feed.platform == "co_building"]
    sheets = {feed.sheet or "": sheet_of(feed, [row_of(feed, 1)]) for feed in shared[1:]}
    file = put(tmp_path, "in", "党建共建_20240105.xlsx", workbook_bytes(sheets), RECEIVED)
    verdicts = examine([file], list(feeds.values()), TODAY)
    assert [one.feed for one in verdicts] == shared
    assert [one.exit_code for one in verdicts] == [UNUSABLE, *[CLEAN] * (len(shared) - 1)]


@pytest.mark.parametrize("name", ["党建共建_20240105.xlsx".encode("gb18030"), "党建_20240105".encode() + b"\xff.xlsx"])
def test_a_name_that_is_not_in_utf_8_is_read_as_by_the_intake(
    tmp_path: Path, feeds: dict[str, Feed], name: bytes
) -> None:
    shared = [feed for feed in feeds.values() if feed.platform == "co_building"]
    sheets = {feed.sheet or "": sheet_of(feed, [row_of(feed, 1, **{feed.key[0]: ""})]) for feed in shared}
    file = put(tmp_path, "in", os.fsdecode(name), workbook_bytes(sheets), RECEIVED)
    (arrival,) = landing.scan(tmp_path, list(feeds.values()))
    verdicts = examine([file], list(feeds.values()), TODAY)
    assert {one.file.name for one in verdicts} == {arrival.file_name}
    assert [one.feed for one in verdicts if one.is_named] == list(arrival.feeds)
    ended = check(file, "--html", tmp_path / "page.html", "--rejected", tmp_path / "rows.xlsx")
    assert arrival.file_name in ended.output
    assert arrival.file_name in (tmp_path / "page.html").read_text(encoding="utf-8")
    title = load_workbook(tmp_path / "rows.xlsx").sheetnames[0]
    assert title == "1 " + Path(arrival.file_name).stem.replace("\\", "_")


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        (NAME, b"", "没有表头"),
        (NAME, b"\x81\x20\n", "不能按 gb18030 解码"),
        ("通讯录.csv", "姓名,电话\n甲,乙\n".encode("gb18030"), "文件名不属于任何数据集"),
        ("附件.pdf", b"%PDF", "文件名不属于任何数据集"),
        ("command_centre_event_29990105.csv", b"x\n", "不可接入"),
        ("snap_report_report_20240105.ndjson", b'{"a": ' + b"[" * 3000 + b"]" * 3000 + b"}\n", "不可接入"),
        ("volunteer_activity_20240105.json", b'{"rows": ' + b"[" * 3000 + b"]" * 3000 + b"}", "不可接入"),
    ],
)
def test_what_cannot_be_used_says_why(tmp_path: Path, name: str, data: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(data)
    ended = check(tmp_path / name)
    assert ended.exit_code == UNUSABLE
    assert says in ended.output


def test_a_misspelt_feed_is_wrong_usage_and_the_nearest_is_named(faulty: Path) -> None:
    ended = check(faulty, "--feed", "command_centre.evnt")
    assert ended.exit_code == 2
    assert "did you mean 'command_centre.event'?" in ended.output


# ---------------------------------------------------------------- words


def test_an_unknown_reason_is_shown_as_the_intake_says_it() -> None:
    one = Verdict(Path("x.csv"), 1, "0", None, DAY, is_named=True, held_because="something new: do this")
    assert wording.held(one, "zh") == "文件不能读取：something new: do this"
    assert wording.rule(Problem("a", "甲", "a rule of tomorrow", 1, ()), "zh")[0] == "不符合数据契约"


def test_both_languages_have_the_same_words() -> None:
    assert report.WORDS["zh"].keys() == report.WORDS["en"].keys()


# ---------------------------------------------------------------- rejected rows, and what changed


def test_the_rejected_rows_are_a_workbook_without_formulas_and_persons(tmp_path: Path, event: Feed) -> None:
    rows = [
        {**EVENT},
        {**EVENT, "event_id": "SJ20240105000002", "level": "=HYPERLINK(A1)", "description": PHONE},
        {**EVENT, "event_id": "SJ20240105000003", "level": "@SUM(A1)", "reported_at": "昨天"},
    ]
    book = tmp_path / "rejected.xlsx"
    assert check(export(tmp_path, event, DAY, rows, RECEIVED), "--rejected", book).exit_code == FINDINGS
    sheet = load_workbook(book).worksheets[0]
    head, *lines = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert head[:3] == ["行号", "问题", "怎么改"]
    assert [line[0] for line in lines] == [3, 4]
    level = head.index(event.column("level").header)
    assert [line[level] for line in lines] == ["=**", "@**"]
    assert set(lines[1][1].split("；")) == {"办理层级：不在代码表内", "上报时间：不是时间"}
    assert PHONE not in json.dumps(lines)
    with zipfile.ZipFile(book) as parts:
        text = b"".join(parts.read(name) for name in parts.namelist() if name.startswith("xl/worksheets/")).decode()
    assert "<f>" not in text and "hyperlink" not in text
    assert all(cell.quotePrefix for row in sheet.iter_rows(min_row=2, min_col=2) for cell in row)


def test_a_workbook_of_clean_files_says_that_no_row_is_rejected(tmp_path: Path, event: Feed) -> None:
    book = tmp_path / "rejected.xlsx"
    assert check(export(tmp_path, event, DAY, [{**EVENT}], RECEIVED), "--rejected", book).exit_code == CLEAN
    assert load_workbook(book).worksheets[0]["A1"].value == "没有被拒的行"


def seen(folder: Path, event: Feed, codes: tuple[str, ...], **headers: str) -> Verdict:
    folder.mkdir()
    rows = [{**EVENT, "event_id": f"SJ202401050000{i:02}", "community_code": code} for i, code in enumerate(codes, 10)]
    text = csv_bytes(event, rows).decode(event.encoding)
    for old, new in headers.items():
        text = text.replace(f"{event.column(old).header},", f"{new},", 1)
    (folder / NAME).write_bytes(text.encode(event.encoding))
    (one,) = examine([folder / NAME], [event], TODAY)
    return one


def test_what_changed_against_the_last_accepted_file(tmp_path: Path, event: Feed) -> None:
    before = seen(tmp_path / "a", event, ("990101001001", "990101001002"))
    now = seen(tmp_path / "b", event, ("990101001001", "990101001003", "990101001003"), grid_code="内部甲")
    change = compare(now, before, DAY)
    assert change is not None
    assert (change.rows_before, change.rows_now, change.is_same) == (2, 3, False)
    assert (change.new_headers, change.gone_headers) == (("内部甲",), (event.column("grid_code").header,))
    assert (change.new_communities, change.gone_communities) == (("990101001003",), ("990101001002",))
    page = report.as_html([Told(now, (), change)], "zh", version="9.9", contact="<区数据局>")
    for said in ("行数：2 → 3（+50.0%）", "新增的列：内部甲", "新出现的社区 1 个：990101001003", "版本 9.9",
                 "联系：&lt;区数据局&gt;"):  # fmt: skip
        assert said in page
    again = compare(before, before, DAY)
    assert again is not None and again.is_same
    assert "内容完全相同" in report.as_text(Told(before, (), again), "zh")


def published(here: Settings, files: Sequence[tuple[Path, str]]) -> None:
    """As if these files of events, with their business dates, were in force."""
    here.published.mkdir(parents=True)
    with duckdb.connect(str(here.published / "sihe-1.duckdb")) as made_up:
        made_up.execute("create schema meta; create table meta.build as select '1' as generation")
        made_up.execute(
            "create table meta.delivery (platform varchar, feed varchar, state varchar, business_date date,"
            " file_name varchar, sha256 varchar)"
        )
        for file, day in files:
            sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
            kept = landing.archived(here.archive, sha256)
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(file.read_bytes())
            row = ["command_centre", "event", "loaded", day, file.name, sha256]
            made_up.execute("insert into meta.delivery values (?, ?, ?, ?, ?, ?)", row)
    (here.published / "current.json").write_text('{"generation": "1", "file": "sihe-1.duckdb"}')


def test_the_last_accepted_file_is_found_in_the_archive_of_the_installation(
    tmp_path: Path, event: Feed, desk: Desk
) -> None:
    here = desk.settings
    old = export(tmp_path / "old", event, date(2024, 1, 4), [{**EVENT}], RECEIVED)
    published(here, [(old, "2024-01-04")])
    rows = [{**EVENT}, {**EVENT, "event_id": "SJ20240105000002"}]
    new = export(tmp_path / "new", event, DAY, rows, RECEIVED)
    ended = check(new, "--home", here.home)
    assert ended.exit_code == CLEAN
    assert f"上次入库：{old.name}（业务日期 2024-01-04）" in ended.output
    assert "行数：1 → 2（+100.0%）" in ended.output
    landing.archived(here.archive, hashlib.sha256(old.read_bytes()).hexdigest()).unlink()
    assert "上次入库" not in check(new, "--home", here.home).output


def test_a_street_s_file_is_compared_with_the_street_s_last_one(tmp_path: Path, event: Feed, desk: Desk) -> None:
    here = desk.settings
    source = (CONTRACTS / "command_centre.odcs.yaml").read_text(encoding="utf-8")
    name = f"'{event.file_template}'}}"
    here.own_contracts.mkdir(parents=True)
    (here.own_contracts / "command_centre.odcs.yaml").write_text(
        source.replace(name, name.replace("{", "{part}_{", 1) + "\n  - {property: parts, value: [north, south]}"),
        encoding="utf-8",
    )

    def file(part: str, day: int, count: int) -> Path:
        rows = [{**EVENT, "event_id": f"SJ202401{day:02}{number:06}"} for number in range(count)]
        named = f"command_centre_event_{part}_202401{day:02}.csv"
        return put(tmp_path, f"{day}", named, csv_bytes(event, rows), RECEIVED)

    published(here, [(file("north", 3, 2), "2024-01-03"), (file("south", 4, 9), "2024-01-04")])
    said = check(file("north", 5, 4), "--home", here.home).output
    assert "上次入库：command_centre_event_north_20240103.csv" in said
    assert "行数：2 → 4（+100.0%）" in said


def test_the_report_says_what_the_file_is_written_in_and_what_the_contract_says(tmp_path: Path, event: Feed) -> None:
    """Of a file in another encoding, its delimiter too: not one mistake a day."""
    rows = [{**EVENT, "description": "漏水"}]
    text = csv_bytes(event, rows).decode("gb18030").replace(",", "|")
    file, page = tmp_path / NAME, tmp_path / "report.html"
    file.write_bytes(text.encode("utf-8"))
    ended = check(file, "--html", page)
    assert ended.exit_code == UNUSABLE
    said = "csv · UTF-8 · “|”；契约要求 csv · GB18030 · “,”"
    assert f"格式、编码、分隔符: {said}" in ended.output
    assert f'<dd class="unusable">{said}</dd>' in page.read_text(encoding="utf-8")
    (told,) = json.loads(check(file, "--json").output)
    assert (told["format"], told["encoding"], told["delimiter"]) == ("csv", "utf-8", "|")
    file.write_bytes(text.replace("|", ",").encode("gb18030"))
    assert "契约要求" not in check(file, "--html", page).output
    assert "<dd>csv · GB18030 · “,”</dd>" in page.read_text(encoding="utf-8")


def test_the_report_has_the_code_of_each_problem(faulty: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    check(faulty, "--html", page)
    text = page.read_text(encoding="utf-8")
    (told,) = json.loads(check(faulty, "--json").output)
    assert all(f"<code>{problem['rule']}</code>" in text for problem in told["problems"])

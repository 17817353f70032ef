"""Another vendor's columns are recognised; what is taken alone is right, what is not clear is asked."""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml
from click.testing import CliRunner, Result
from polars.testing import assert_frame_equal

from pipelines.commands import cli
from pipelines.contracts.compiler import load_contracts
from pipelines.contracts.model import Feed
from pipelines.delivery.reading import read
from pipelines.delivery.row_rules import check
from pipelines.delivery.text_table import ROW_NUMBER
from pipelines.documents import DocumentError
from pipelines.drafting import vocabulary
from pipelines.drafting.assignment import assign, margins
from pipelines.drafting.codes import map_codes
from pipelines.drafting.columns import Guess, guess
from pipelines.drafting.likeness import GUESSED, by_name, headers_of, names_of
from pipelines.drafting.matching import Matching, match
from pipelines.drafting.samples import Sample
from pipelines.drafting.vocabulary import Token, Vocabulary
from pipelines.settings import Settings
from tests.unit.drafting import newcomers, strangers, unread
from tests.unit.drafting.dialects import DIALECTS, HEADERS, OTHERS, Export, export
from tests.unit.drafting.measure import Score

ROWS = 100
RIGHT, TAKEN = 0.95, 0.75
# 113, 118 and 114 of 119 are right. Headings like 付给谁或从谁收 name no column: a person is asked for what they say.
RIGHT_OF_STRANGERS = 0.94


@pytest.fixture(scope="module")
def of_feed(demo: list[Sample], feeds: dict[str, Feed]) -> Mapping[str, Sample]:
    """A day's sample of each feed."""
    by_form = {(one.template, one.form.sheet): one for one in demo}
    return {feed.id: by_form[feed.file_template, feed.sheet] for feed in feeds.values()}


def guessed(made: Export, words: Vocabulary) -> list[Guess]:
    frame = made.frame.head(ROWS)
    return [guess(header, frame[header], words) for header in frame.columns]


def matched(made: Export, words: Vocabulary) -> Matching:
    return match(guessed(made, words), made.feed, words)


# ---------------------------------------------------------------- five vendors


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_vendor_s_columns_are_recognised_and_none_is_taken_wrongly(
    dialect: str, feeds: dict[str, Feed], of_feed: Mapping[str, Sample], words: Vocabulary
) -> None:
    columns, right, taken, wrong = 0, 0, 0, []
    for feed_id in HEADERS:
        made = export(dialect, feeds[feed_id], of_feed[feed_id])
        columns += len(made.truth)
        for one in matched(made, words).matches:
            is_right = made.truth.get(one.one.header) == one.column.name
            right += is_right
            taken += one.is_sure
            if one.is_sure and not is_right:
                wrong.append((feed_id, one.one.header, one.column.name))
    assert wrong == []
    assert right / columns >= RIGHT
    assert taken / columns >= TAKEN


def test_columns_of_vendors_that_nobody_tuned_for_are_recognised_and_none_is_taken_wrongly(
    feeds: dict[str, Feed], of_feed: Mapping[str, Sample], words: Vocabulary
) -> None:
    for vendor in strangers.VENDORS:
        score = Score()
        for feed_id in strangers.HEADERS:
            score.add(strangers.export(vendor, feeds[feed_id], of_feed[feed_id]), words)
        assert score.wrong == [], vendor
        assert score.right / score.columns >= RIGHT_OF_STRANGERS, (vendor, score.missed)
    for vendors, headers in newcomers.GROUPS.items():
        for vendor in vendors:
            score = Score()
            for feed_id in headers:
                score.add(newcomers.export(vendor, feeds[feed_id], of_feed[feed_id]), words)
            assert score.wrong == [], vendor
            assert score.right / score.columns >= RIGHT_OF_STRANGERS, (vendor, score.missed)


@pytest.mark.parametrize("vendor", unread.VENDORS)
def test_headers_of_somebody_who_had_not_read_the_vocabulary_are_recognised_and_none_is_taken_wrongly(
    vendor: str, feeds: dict[str, Feed], of_feed: Mapping[str, Sample], words: Vocabulary
) -> None:
    score = Score()
    for feed_id in unread.VENDORS[vendor]:
        score.add(unread.export(vendor, feeds[feed_id], of_feed[feed_id]), words)
    assert score.wrong == []
    assert score.right / score.columns >= RIGHT, score.missed


def test_letters_are_read_as_abbreviations_and_as_initials_and_never_taken_alone(
    feeds: dict[str, Feed], words: Vocabulary
) -> None:
    assert words.abbreviated("rpt") == {"report", "reporter"}
    assert "handle" in words.abbreviated("proc")
    assert words.abbreviated("xqz") == frozenset()
    assert any([one.text for one in way] == ["sbr", "lb"] for way in words.readings(Token("sbrlb", frozenset())))
    event, subject = feeds["command_centre.event"], frozenset({"event"})
    for text, column in (("jjjb", "urgency"), ("EVT_RPT_TM", "reported_at"), ("pq_time", "dispatched_at")):
        (header,) = headers_of([text], words)
        assert 0.45 < by_name(header, names_of(event.column(column), words), subject).score <= GUESSED


def test_a_database_s_own_time_and_a_day_in_place_of_a_time_are_asked(
    feeds: dict[str, Feed], words: Vocabulary
) -> None:
    event = feeds["command_centre.event"]
    times = pl.Series([f"2025-12-0{1 + i % 8} 08:{i:02}:00" for i in range(40)])
    (found,) = match([guess("创建时间", times, words)], event, words).matches
    assert (found.column.name, found.is_sure) == ("reported_at", False)
    (found,) = match([guess("结案时间", times, words)], event, words).matches
    assert found.is_sure
    (found,) = match([guess("归档时间", times.str.slice(0, 10), words)], event, words).matches
    assert (found.column.name, found.is_sure) == ("closed_at", False)
    (found,) = match([guess("归档时间", times, words)], event, words).matches
    assert found.is_sure


AMOUNTS = pl.Series([f"{1 + i}.{10 + i}" for i in range(60)])


@pytest.mark.parametrize(
    ("feed_id", "header", "column", "is_sure"),
    [
        ("property_selfgov.project", "预算", "budget_yuan", True),
        ("property_selfgov.project", "预算（单位：元）", "budget_yuan", True),
        ("property_selfgov.project", "预算（单位：万元）", "budget_yuan", False),
        ("property_selfgov.project", "项目预算万元", "budget_yuan", False),
        ("smart_community.community", "面积（平方公里）", "area_km2", True),
        ("smart_community.community", "面积[公顷]", "area_km2", False),
        ("smart_community.community", "常住人口(万人)", "population", False),
        ("volunteer.service_log", "服务时长(分钟)", "credited_hours", False),
        ("volunteer.service_log", "credited_minutes", "credited_hours", False),
    ],
)
def test_another_unit_is_asked(
    feed_id: str, header: str, column: str, is_sure: bool, feeds: dict[str, Feed], words: Vocabulary
) -> None:
    values = AMOUNTS.str.head(1) if column in ("population", "credited_hours") else AMOUNTS
    (found,) = match([guess(header, values, words)], feeds[feed_id], words).matches
    assert (found.column.name, found.is_sure) == (column, is_sure)
    assert is_sure or "unit" in found.why


def test_degrees_of_another_datum_are_asked(feeds: dict[str, Feed], words: Vocabulary) -> None:
    degrees = pl.Series([f"107.1{i}" for i in range(10, 90)])
    for header, is_sure in (("经度", True), ("经度(GCJ-02)", True), ("经度(WGS-84)", False), ("经度_CGCS2000", False)):
        (found,) = match([guess(header, degrees, words)], feeds["command_centre.event"], words).matches
        assert (found.column.name, found.is_sure) == ("longitude", is_sure)


def test_a_chinese_name_in_brackets_says_what_an_english_one_does_not(
    feeds: dict[str, Feed], words: Vocabulary
) -> None:
    names = names_of(feeds["command_centre.event"].column("subcategory"), words)
    texts = ["lvl2(事件小类)", "lvl2(必填)", "lvl2", "事件小类(lvl2)"]
    scores = [by_name(header, names, frozenset({"event"})).score for header in headers_of(texts, words)]
    assert scores[0] == scores[3] > 0.9
    assert max(scores[1:3]) < GUESSED


@pytest.mark.parametrize(
    ("feed_id", "header", "column"),
    [
        ("command_centre.event", "首次派遣时间", "dispatched_at"),
        ("command_centre.event", "开始处理时间", "resolved_at"),
        ("home_visit.visit", "计划开始时间", "started_at"),
        ("volunteer.activity", "planStartTime", "starts_at"),
    ],
)
def test_a_time_that_a_header_says_more_of_than_its_column_is_asked(
    feed_id: str, header: str, column: str, feeds: dict[str, Feed], words: Vocabulary
) -> None:
    times = pl.Series([f"2025-12-0{1 + i % 8} 08:{i:02}:00" for i in range(40)])
    (found,) = match([guess(header, times, words)], feeds[feed_id], words).matches
    assert (found.column.name, found.is_sure) == (column, False)


def test_persons_are_not_households_and_unknown_words_are_of_no_code(feeds: dict[str, Feed], words: Vocabulary) -> None:
    counts = pl.Series([str(100 + i) for i in range(40)])
    covenant = feeds["co_building.covenant"]
    for header, is_sure in (("参加户数", True), ("参加人数", False)):
        (found,) = match([guess(header, counts, words)], covenant, words).matches
        assert (found.column.name, found.is_sure) == ("participating_households", is_sure)
    grades = pl.Series(["甲级", "乙级", "丙级"] * 20)
    found_of = match([guess("事件等级", grades, words)], feeds["command_centre.event"], words).matches
    assert not any(one.is_sure for one in found_of)


def test_a_sign_before_every_column_means_nothing_and_before_some_it_does(words: Vocabulary) -> None:
    bare = [one.plain for one in headers_of(["C_SJBH", "D_SBSJ", "N_X", "C_SFTC", "C_DLMC"], words)]
    assert bare == ["sjbh", "sbsj", "x", "sftc", "dlmc"]
    some = ["is_closed", "event_code", "report_time", "on_site", "remark"]
    assert [one.plain for one in headers_of(some, words)] == [one.replace("_", "") for one in some]


@pytest.mark.parametrize("feed_id", ["command_centre.event", "service_centre.service_case"])
def test_a_column_that_the_contract_lacks_is_not_taken_for_another(
    feed_id: str, feeds: dict[str, Feed], of_feed: Mapping[str, Sample], words: Vocabulary
) -> None:
    """The nearest other column is free, and still it is not the right one."""
    feed = feeds[feed_id]
    made = export("renamed", feed, of_feed[feed_id])
    columns = guessed(made, words)
    for i in range(0, len(feed.columns), 4):
        left = replace(feed, columns=(*feed.columns[:i], *feed.columns[i + 1 :]))
        wrong = [
            (one.one.header, one.column.name)
            for one in match(columns, left, words).matches
            if one.is_sure and made.truth.get(one.one.header) != one.column.name
        ]
        assert wrong == []


def test_values_that_contradict_a_header_are_asked(
    feeds: dict[str, Feed], of_feed: Mapping[str, Sample], words: Vocabulary
) -> None:
    feed = feeds["command_centre.event"]
    made = export("reordered", feed, of_feed[feed.id])
    swapped = made.frame.rename({" 上报时间（必填） ": "社区编码", " 社区编码（必填） ": "上报时间"})
    found = match([guess(name, swapped[name].head(ROWS), words) for name in swapped.columns], feed, words)
    assert {one.one.header for one in found.matches if one.is_sure} & {"社区编码", "上报时间"} == set()


# ---------------------------------------------------------------- the contract


def draft(*arguments: object) -> Result:
    return CliRunner().invoke(cli.main, ["draft", *map(str, arguments)])


@pytest.mark.parametrize("dialect", ["renamed", "english"])
def test_a_vendor_s_file_is_loaded_by_its_contract_as_the_platform_s_own(
    dialect: str, feeds: dict[str, Feed], of_feed: Mapping[str, Sample], tmp_path: Path
) -> None:
    feed, sample = feeds["service_centre.service_case"], of_feed["service_centre.service_case"]
    # Times of these dialects have whole minutes only; a time is not what this is about.
    text = sample.table.frame.head(400).with_columns(pl.col(pl.String).str.strip_chars())
    text = text.with_columns(pl.col("^.*时间$").str.replace(r":\d\d$", ":00"))
    sample = replace(sample, table=replace(sample.table, frame=text, row_count=text.height))
    made = export(dialect, feed, sample)
    file, out = tmp_path / "vendor-cases_20251205.csv", tmp_path / "service_centre.odcs.yaml"
    file.write_bytes(made.frame.write_csv(separator=",").encode())
    asked = draft(file, "--feed", feed.id, "--out", out)
    assert asked.exit_code == 0, asked.output
    out.unlink()
    answers = [f"--column={header}={name}" for header, name in made.truth.items() if repr(header) in asked.output]
    ended = draft(file, "--feed", feed.id, "--out", out, *answers)
    assert ended.exit_code == 0, ended.output

    (contract,), errors = load_contracts(tmp_path)
    assert not errors
    # The platform's other feeds are there as they were.
    assert {one.name for one in contract.feeds} == {"service_point", "service_case", "duty_shift"}
    mine = next(one for one in contract.feeds if one.name == feed.name)
    assert mine.file_template == "vendor-cases_{yyyymmdd}.csv"
    assert {one.header: one.name for one in mine.columns} == dict(made.truth)
    expected = check(sample.table, feed).loaded.drop(ROW_NUMBER)
    got = check(read(file, mine), mine).loaded.drop(ROW_NUMBER)
    assert expected.height > 300
    assert_frame_equal(got, expected)


def test_a_person_is_asked_what_is_not_clear(feeds: dict[str, Feed], tmp_path: Path) -> None:
    feed = feeds["service_centre.service_point"]
    rows = "".join(f"ZD{i:05},某站{i},990101001001,{1 + i % 3},{i},2020-01-0{1 + i % 9},x{i}\n" for i in range(40))
    file, out = tmp_path / "points.csv", tmp_path / "service_centre.odcs.yaml"
    file.write_text("站点编码,站点名称,社区编码,站点类型,功能数,登记日,暗号\n" + rows, encoding="utf-8")
    ended = draft(file, "--feed", feed.id, "--out", out)
    asked = [line for line in ended.output.splitlines() if line.startswith("ask ")]
    assert [line for line in asked if "which codes are 1, 2, 3?" in line]
    assert [line for line in asked if "启用日期" in line]
    assert "'暗号'" in out.read_text(encoding="utf-8")
    document = yaml.safe_load(out.read_text(encoding="utf-8"))
    assert document["id"] == "service_centre"


def test_another_format_leaves_out_the_platform_s_other_feeds(feeds: dict[str, Feed], tmp_path: Path) -> None:
    file, out = tmp_path / "cases_20240105.csv", tmp_path / "service_centre.odcs.yaml"
    file.write_bytes(
        "办件编号;站点编码\n".encode("gb18030") + b"".join(b"BJ202401050%05d;ZD00001\n" % i for i in range(30))
    )
    ended = draft(file, "--feed", "service_centre.service_case", "--out", out)
    assert "service_point, duty_shift" in ended.output
    (contract,), errors = load_contracts(tmp_path)
    assert not errors
    (feed,) = contract.feeds
    assert (feed.encoding, feed.delimiter, feed.column("point_code").references) == ("gb18030", ";", None)


def test_wrong_usage_is_told(tmp_path: Path) -> None:
    file = tmp_path / "a_20240105.csv"
    file.write_text("编号,状态\nA1,开\n", encoding="utf-8")
    for arguments, told in (
        (["--feed", "service_centre.service_csae", "--out", "service_centre.odcs.yaml"], "service_centre.service_case"),
        (["--feed", "service_centre.service_case", "--out", "vendor.odcs.yaml"], "service_centre.odcs.yaml"),
        (["--out", "vendor.odcs.yaml", "--column", "a=b"], "--feed"),
    ):
        ended = draft(file, *(tmp_path / one if one.endswith(".yaml") else one for one in arguments))
        assert ended.exit_code == 2
        assert told in ended.output
    assert list(tmp_path.iterdir()) == [file]


# ---------------------------------------------------------------- parts


def test_the_assignment_is_the_best_of_all() -> None:
    dice = np.random.default_rng(7)
    for _ in range(60):
        rows = int(dice.integers(1, 6))
        scores = dice.random((rows, rows + int(dice.integers(0, 3))))

        def total(places: tuple[int, ...], of: np.ndarray = scores) -> float:
            return float(sum(of[row, column] for row, column in enumerate(places)))

        every = list(itertools.permutations(range(scores.shape[1]), rows))
        found = tuple(assign(scores))
        assert total(found) == pytest.approx(max(map(total, every)))
        for row, lost in enumerate(margins(scores, list(found))):
            others = [total(one) for one in every if one[row] != found[row]]
            if others:
                assert lost == pytest.approx(total(found) - max(others))


def test_codes_are_mapped_by_words_that_are_the_same_and_never_by_likeness(
    feeds: dict[str, Feed], words: Vocabulary
) -> None:
    column = feeds["command_centre.hotline_order"].column("satisfaction")
    said = ["满意", "较满意", "不满意", "非常满意", "1"]
    codes = map_codes(guess("满意度", pl.Series(said * 30), words), column, words)
    assert codes is not None
    assert codes.known == {"满意": "satisfied", "较满意": "fairly_satisfied", "不满意": "dissatisfied"}
    assert set(codes.asked) == {"非常满意", "1"}
    # A number before the same word says nothing more; before an unknown one it makes nothing known.
    source = feeds["command_centre.event"].column("source")
    codes = map_codes(
        guess("来源", pl.Series(["01-网格巡查", "04_12345热线", "07：别处", "02-03"] * 30), words), source, words
    )
    assert codes is not None
    assert codes.known == {"01-网格巡查": "grid_patrol", "04_12345热线": "hotline_12345"}
    resolved = feeds["command_centre.hotline_order"].column("is_resolved")
    codes = map_codes(guess("是否解决", pl.Series(["Y", "N"] * 30), words), resolved, words)
    assert codes is not None
    assert codes.known == {"Y": "true", "N": "false"}


def test_an_installation_adds_words(settings: Settings, feeds: dict[str, Feed], words: Vocabulary) -> None:
    feed = feeds["service_centre.service_point"]
    values = pl.Series([f"{i}" for i in range(50)])
    before = match([guess("万宝箱", values, words)], feed, words)
    assert not any(one.is_sure for one in before.matches)
    local = settings.inbox / "vocabulary.yaml"
    local.write_text("columns: {functions: [万宝箱]}\npersonal: [{words: [暗号], treatment: mask}]\n", encoding="utf-8")
    more = vocabulary.load(local)
    (one,) = match([guess("万宝箱", values, more)], feed, more).matches
    assert (one.column.name, one.is_sure) == ("functions", True)
    assert more.treatment_of("暗号") == "mask"
    local.write_text("column: {functions: [万宝箱]}\n", encoding="utf-8")
    with pytest.raises(DocumentError, match="did you mean 'columns'"):
        vocabulary.load(local)


def test_no_name_of_the_dialects_is_in_the_vocabulary_only_for_them(words: Vocabulary) -> None:
    """Columns that no contract has are of no known synonym either."""
    synonyms = {name for names in words.columns.values() for name in names}
    assert synonyms & {vocabulary.normal(name) for names in OTHERS.values() for name in names} == set()

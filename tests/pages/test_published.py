"""Reading the publication: following the pointer, surviving deleted files, refusing what is not a generation; and
results that agree with each other."""

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from figures import periods, published
from figures.board import boards, weekly
from figures.kpis import definitions
from figures.orgs import Register
from figures.periods import Ranges, Window
from page import evidence
from pipelines.publication.catalog import quoted
from pipelines.publication.functions import FUNCTIONS

PUBLISHED_SCHEMAS = ("marts", "meta")


@pytest.fixture(autouse=True)
def at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIHE_HOME", str(home))


def current() -> published.Publication:
    publication = published.current()
    assert publication is not None
    return publication


@pytest.mark.parametrize("path", sorted(published.QUERIES.glob("*.sql")), ids=lambda path: path.stem)
def test_questions_ask_published_tables_alone(path: Path) -> None:
    text = re.sub(r"--.*", "", published._sql(path.stem))
    named = set(re.findall(r"\b(?:from|join)\s+([a-z_.]+)", text))
    inner = set(re.findall(r"\b([a-z_]+) as \(", text))
    assert named - inner
    assert all(name.split(".")[0] in PUBLISHED_SCHEMAS for name in named - inner)
    assert path.read_text(encoding="utf-8").startswith("--"), "a question begins with the question"


def test_every_part_is_shared_by_several_questions() -> None:
    questions = [path.read_text(encoding="utf-8") for path in published.QUERIES.glob("*.sql")]
    for part in (published.QUERIES / "parts").glob("*.sql"):
        assert sum(f"{{{part.stem}}}" in text for text in questions) > 1, part.stem


def test_nothing_published_is_none(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIHE_HOME", str(nowhere))
    assert published.current() is None


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"file": 7}', '{"file": "../sihe-x.duckdb"}', '{"file": "/etc/passwd"}', "\x00"]
)
def test_a_pointer_that_names_no_generation_is_none(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "current.json").write_text(text, encoding="utf-8")
    monkeypatch.setenv("SIHE_HOME", str(tmp_path))
    assert published.current() is None


def test_the_pointer_is_followed(republished: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIHE_HOME", str(republished("20990101T000000")))
    assert current().generation == "20990101T000000"
    republished("20990102T000000", "delete from marts.fct_event")
    publication = current()
    assert publication.generation == "20990102T000000"
    assert published.ask(publication, "overdue", area="9", last=date(2015, 3, 1)) == []


def test_an_open_generation_outlives_its_file(
    republished: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = republished("20990103T000000") / "published"
    monkeypatch.setenv("SIHE_HOME", str(folder.parent))
    publication = current()
    (folder / "sihe-20990103T000000.duckdb").unlink()
    assert published.ask(publication, "orgs")
    assert current().generation == "20990103T000000"


def test_a_damaged_generation_gives_way_to_the_one_before(
    republished: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    republished("20990104T000000")
    folder = republished("20990105T000000") / "published"
    (folder / "sihe-20990105T000000.duckdb").write_bytes(b"no database")
    monkeypatch.setenv("SIHE_HOME", str(folder.parent))
    publication = current()
    assert (publication.generation, publication.stands_in) == ("20990104T000000", True)


def test_nothing_readable_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "published"
    folder.mkdir()
    (folder / "sihe-20990106T000000.duckdb").write_bytes(b"no database")
    (folder / "current.json").write_text(json.dumps({"file": "sihe-20990106T000000.duckdb"}), encoding="utf-8")
    monkeypatch.setenv("SIHE_HOME", str(tmp_path))
    with pytest.raises(published.Unavailable):
        published.current()


def test_values_are_parameters_never_sql() -> None:
    assert published.ask(current(), "overdue", area="' or true --", last=date(2015, 3, 1)) == []


def test_what_is_made_of_answers_is_kept_for_one_generation_and_scope() -> None:
    publication = current()
    other = replace(publication, identity=(*publication.identity[:2], publication.identity[2] + 1))
    readers = [publication, other, *(replace(publication, scope=scope) for scope in ("610302001", "610302002"))]

    def made() -> list[object]:
        return [
            published.kept(one, name, asked, object) for one in readers for name in ("a", "b") for asked in ((), (1,))
        ]

    first = made()
    assert len(set(map(id, first))) == len(first) == 16
    assert all(one is again for one, again in zip(first, made(), strict=True))


def test_answers_are_kept_up_to_a_number_of_them_and_of_their_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "_answers", type(published._answers)())
    publication = current()
    rows = len(published.ask(publication, "definitions"))
    assert rows > 1
    monkeypatch.setattr(published, "KEEP_ROWS", rows + 1)
    published.ask(publication, "orgs")
    published.ask(publication, "build")
    assert published._rows_kept() <= rows + 1
    assert [key[2] for key in published._answers][-1] == "build"
    monkeypatch.setattr(published, "KEEP_ROWS", 0)
    assert published.ask(publication, "definitions") is published.ask(publication, "definitions")
    monkeypatch.setattr(published, "KEEP_ROWS", 10**6)
    monkeypatch.setattr(published, "KEEP_ANSWERS", 2)
    for question in ("orgs", "build", "feeds"):
        published.ask(publication, question)
    assert [key[2] for key in published._answers] == ["build", "feeds"]


def test_what_is_made_of_answers_is_not_kept_without_end() -> None:
    publication = current()
    first = published.kept(publication, "end", (0,), object)
    for number in range(1, published.KEEP_MADE + 1):
        published.kept(publication, "end", (number,), object)
    assert len(published._made_of) == published.KEEP_MADE
    assert published.kept(publication, "end", (0,), object) is not first


def test_the_rows_behind_a_number_add_up_to_it() -> None:
    publication = current()
    assert publication.data_from and publication.data_through
    window = Window(publication.data_from, publication.data_through)
    kpis = definitions(publication)
    register = Register.read(publication)
    assert register.district
    board = boards(publication, kpis, register.district.code, Ranges("all", "prev", window, None)).now
    counted = 0
    for kpi in kpis.values():
        span = evidence.span_of(kpi, window)
        for org in [register.district, *register.of("street")[:1], *register.of("community")[:3]]:
            figure = board.figure(kpi.kpi_id, org.code)
            if figure.status == "no_data":
                continue
            asked = {"kpi": kpi.kpi_id, "area": org.code, "first": span.first, "last": span.last}
            sums = evidence.sums_of(published.ask(publication, "evidence_rows", **asked))
            assert not sums or evidence.adds_up(sums, figure), (kpi.kpi_id, org.code)
            assert sums or not figure.numerator, (kpi.kpi_id, org.code)
            counted += sum(row["row_count"] for row in sums)
    assert counted > 1000


def test_categories_and_overdue_add_up_to_the_kpis() -> None:
    publication = current()
    assert publication.data_from and publication.data_through
    window = Window(publication.data_from, publication.data_through)
    kpis, register = definitions(publication), Register.read(publication)
    assert register.district
    area = register.district.code
    board = boards(publication, kpis, area, Ranges("all", "prev", window, None)).now
    rows = published.ask(publication, "categories", area=area, first=window.first, last=window.last)
    on_time = board.figure("event_on_time_close_rate", area)
    assert (sum(row["on_time"] for row in rows), sum(row["due"] for row in rows)) == (
        on_time.numerator,
        on_time.denominator,
    )
    late = sum(row["events"] for row in published.ask(publication, "overdue", area=area, last=window.last))
    assert late == board.figure("overdue_open_per_1k", area).numerator == sum(row["overdue"] for row in rows)
    stages = published.ask(publication, "event_stages", area=area, period="all")
    assert stages[0]["reached"] == board.figure("snap_share", area).denominator == sum(row["reported"] for row in rows)


def test_weeks_end_on_the_day_and_sum_to_the_period() -> None:
    publication = current()
    assert publication.data_through
    kpis, register = definitions(publication), Register.read(publication)
    assert register.district
    last = publication.data_through
    weeks = weekly(publication, kpis, register.district.code, last)["event_on_time_close_rate"]
    assert len(weeks) == 12
    assert weeks[-1].last == last
    window = Window(date.fromordinal(last.toordinal() - 6), last)
    week = boards(publication, kpis, register.district.code, Ranges("7d", "prev", window, None)).now
    figure = week.figure("event_on_time_close_rate", register.district.code)
    assert weeks[-1].figure.denominator == figure.denominator
    assert weeks[-1].figure.value == pytest.approx(figure.value)


@pytest.mark.parametrize("period", ["1d", "7d", "30d", "qtd"])
def test_the_days_compared_with_are_those_of_the_warehouse(period: str) -> None:
    """Both know which days these are: the pages say them, the warehouse sums them."""
    publication = current()
    start, last = publication.data_from, publication.data_through
    assert start and last
    register = Register.read(publication)
    assert register.district
    now = periods.window(period, start, last)
    for against in ("prev", "year"):
        then = periods.compared(period, against, now, start)
        ranges = Ranges(period, against, now, then)
        rows = published._file(publication.identity).execute(
            "select distinct from_on, to_on from marts.kpi_compared where period = ? and against = ?",
            [ranges.published, ranges.compared_as],
        )
        assert rows.fetchall() == ([(then.first, then.last)] if then else []), (period, against)


# ---------------------------------------------------------------- words for codes

# Names of platforms and feeds are ids, though some are also codes.
IDS = {"platform", "feed"}
# By column: the table or feed and the column of `marts.dim_code`, as they are shown in schema zh.
SHOWN = {
    "三率综合.期间": ("kpi_composite", "period"),
    "事件漏斗.时段": ("event_funnel", "period"),
    "事件漏斗.阶段": ("event_funnel", "stage"),
    "承诺汇总.时段": ("promise_summary", "period"),
    "承诺汇总.种类": ("promise_summary", "kind"),
    "一日内更正的期值.期间": ("kpi_restated", "period"),
    "指标周值.状态": ("kpi_week", "status"),
    "指标对比值.状态": ("kpi_compared", "status"),
    "未结案事件.当前阶段": ("open_event", "stage"),
    "未结案事件.当前层级": ("open_event", "level_now"),
    "议定事项.会议类型": ("fct_meeting_resolution", "meeting_type"),
    "志愿服务记录.活动状态": ("fct_service_log", "activity_status"),
}


@pytest.fixture(scope="module")
def everything(full_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The publication of a home with all feeds: a copy, because a page may have it open with other settings."""
    copy = tmp_path_factory.mktemp("words") / "published.duckdb"
    shutil.copyfile(full_home / "published" / "current.duckdb", copy)
    with duckdb.connect(str(copy), read_only=True) as connection:
        yield connection


def values_of(connection: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str]) -> dict[str, set[str]]:
    """The values of these columns in the view of schema zh: English names and the Chinese ones that it has."""
    (view,) = connection.execute(
        "select zh from meta.catalog where table_name = ? and column_name is null", [table]
    ).fetchall()[0]
    given = f"({', '.join('null' for _ in FUNCTIONS[table])})" if table in FUNCTIONS else ""
    asked = ", ".join(f"list(distinct {quoted(zh)})" for zh in columns.values())
    found = connection.execute(f"select {asked} from zh.{quoted(view)}{given}").fetchall()[0]
    return {column: set(values or ()) for column, values in zip(columns, found, strict=True)}


def test_no_column_of_schema_zh_shows_codes_that_have_words(everything: duckdb.DuckDBPyConnection) -> None:
    """A column whose values are all codes of one column has that column's codes: `alike` of dim_code must list it."""
    coded: dict[tuple[str, str], set[str]] = {}
    for feed, column, code in everything.execute(
        "select coalesce(feed, ''), column_name, code from marts.dim_code where code <> zh"
    ).fetchall():
        coded.setdefault((feed, column), set()).add(code)
    texts: dict[str, dict[str, str]] = {}
    for table, column, zh in everything.execute(
        "select table_name, column_name, zh from meta.catalog where data_type = 'varchar' and column_name is not null"
        " order by table_name, position"
    ).fetchall():
        if column not in IDS and table != "marts.dim_code":
            texts.setdefault(table, {})[column] = zh
    bare = {
        f"{table}.{column}": sorted(values)
        for table, columns in texts.items()
        for column, values in values_of(everything, table, columns).items()
        if values and any(values <= codes for codes in coded.values())
    }
    assert bare == {}


@pytest.mark.parametrize("name", SHOWN)
def test_columns_with_the_codes_of_another_column_have_its_words(
    name: str, everything: duckdb.DuckDBPyConnection
) -> None:
    view, _, column = name.partition(".")
    shown = {value for (value,) in everything.execute(f'select distinct "{column}" from zh."{view}"').fetchall()}
    words = "select zh from marts.dim_code where feed = ? and column_name = ?"
    assert shown - {None}
    assert shown - {None} <= {word for (word,) in everything.execute(words, [*SHOWN[name]]).fetchall()}


def test_a_code_has_its_words_once(everything: duckdb.DuckDBPyConnection) -> None:
    twice = "select feed, column_name, code from marts.dim_code where code <> zh group by all having count(*) > 1"
    assert everything.execute(twice).fetchall() == []


def test_a_yes_or_no_has_the_words_of_its_contract(everything: duckdb.DuckDBPyConnection) -> None:
    rows = everything.execute(
        "select code, zh, en from marts.dim_code where feed = 'command_centre.event' and column_name = 'is_excluded'"
        " order by code"
    ).fetchall()
    assert rows == [("false", "否", "no"), ("true", "是", "yes")]


def test_the_table_of_a_feed_is_published_and_has_its_rows(everything: duckdb.DuckDBPyConnection) -> None:
    named = dict(
        everything.execute("select concat(platform, '.', feed), table_name from meta.feed order by 1").fetchall()
    )
    tables = "select table_name from duckdb_tables() where schema_name = 'marts'"
    published_tables = {table for (table,) in everything.execute(tables).fetchall()}
    assert named["home_visit.visit"] == "fct_visit"
    assert named["service_centre.service_point"] == "dim_service_point"
    assert {table for table in named.values() if table} <= published_tables

"""`kpis.xlsx`: the KPIs of a generation as a statistics office hands them out, in Chinese, to be printed.

Belongs here: the cover, a matrix of organisations and KPIs a month, the indexes, the definitions, how they are printed.
Does not belong here: the numbers (`marts.kpi_period`), copies of whole tables (`copies`). Nothing is
computed here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter

from pipelines.publication.copies import safe

WORKBOOK = "kpis.xlsx"

MOST_MONTHS = 12
# Communities of a month fill two pages; older months are in marts.kpi_period.
MONTHS_OF_COMMUNITIES = 2
_A4, _FONT = 9, "宋体"

_BUILD = """
select
    b.generation,
    b.built_at::date,
    b.data_from,
    b.data_through,
    b.is_demo,
    coalesce((select any_value(org_name) from marts.dim_org where parent_code is null), '本区'),
    coalesce((select any_value(org_level) from marts.dim_org where parent_code is null), 'district')
from meta.build as b
"""
_MONTHS = """
select distinct p.as_of, greatest(date_trunc('month', p.as_of)::date, b.data_from) as first_day
from marts.kpi_period as p
cross join meta.build as b
where p.period = 'month' and (p.as_of = last_day(p.as_of) or p.as_of = b.data_through)
order by 1 desc
"""
# By the level of the whole: what it is called, and the levels below it that have sheets of their own.
_LEVELS: Mapping[str, tuple[str, Sequence[tuple[str, str]]]] = {
    "district": ("全区", (("street", "镇街"), ("community", "社区"))),
    "city": ("全市", (("district", "区县"),)),
    "province": ("全省", (("district", "区县"),)),
}
# Of a level above the districts, and of a district.
_LEFT_OUT = ("未报送的区县不计入合计", "从未在名册中的社区不计入")
_WORDS = "select column_name, code, zh from marts.dim_code where feed is null or feed in ('', 'kpi_definition')"
# With the points in force for the whole on the newest day, and those of the definition.
_KPIS = """
select k.kpi_id, k.zh, k.pillar, k.unit, k.kind, k.direction, k.is_headline, k.numerator_zh, k.denominator_zh,
    coalesce(held.red_line, k.red_line), coalesce(held.target, k.target), coalesce(held.stretch, k.stretch),
    coalesce(held.band_low, k.band_low), coalesce(held.band_high, k.band_high), k.feeds, k.owner, k.caveats_zh,
    [k.red_line, k.target, k.stretch, k.band_low, k.band_high]
from marts.kpi_definition as k
left join (
    select t.* from marts.kpi_target as t
    inner join marts.dim_org as o on t.org_code = o.org_code and o.parent_code is null
    cross join meta.build as b
    where t.valid_from <= b.data_through and (t.valid_to is null or b.data_through < t.valid_to)
) as held on k.kpi_id = held.kpi_id
order by list_position(['safe', 'convenient', 'beautiful', 'happy', 'organisation', 'context', 'data'], k.pillar),
    not k.is_headline, k.kpi_id
"""
_FIGURES = """
select kpi_id, org_code, as_of, value, status from marts.kpi_period where period = 'month' and org_level = ?
    and list_contains(?, as_of)
"""
_ORGS = """
select o.org_code, o.org_name, s.org_name from marts.dim_org as o
left join marts.dim_org as s on o.parent_code = s.org_code
where o.org_level = ?
    and o.org_code in (select org_code from marts.kpi_period where period = 'month' and as_of = ?)
order by 1
"""
_INDEXES = """
select o.org_code, o.org_level, coalesce(s.org_name, o.org_name), o.org_name, i.pillar, i.score
from marts.index_daily as i
inner join marts.dim_org as o on i.org_code = o.org_code
left join marts.dim_org as s on o.parent_code = s.org_code and s.org_level = 'street'
where i.as_of = (select data_through from meta.build)
order by o.org_code
"""
# Above the districts: by state, how many, and which they are.
_PARCELS = """
select state, count(*), string_agg(
    district_name || case when state = 'late' then concat('（截至', data_through, '）') else '' end, '、'
    order by district_code
)
from meta.district_parcel group by state
"""
_STATES = {"late": "迟报", "missing": "未报送", "refused": "文件无法使用"}
_FEEDS = "select concat(platform, '.', feed), platform_title, title from meta.feed order by 1"
_DECIMALS = {"count": "#,##0", "ratio": "#,##0.0", "yuan": "#,##0.00"}
_MARKS = {"small_n": "*", "warming_up": "△"}
_NOTES = (
    "比率由分子之和除以分母之和得出，不是比率的平均；存量与窗口指标取月末（不足整月的取截止日）的数。",
    "标题或表头注明起止日的月份不足整月，不与整月相比。",
    "数后符号：* 样本数不足5，仅供参考；△ 指标的统计窗口尚未装满，不计分。“—”表示分母为0，不适用；空格表示没有数据。",
    "社区之间的差别多数是偶然波动，不宜据此排名；区间见数据库 marts.kpi_period 的 low90 与 high90。",
    "四型指数（平安、便利、美丽、幸福）为所含指标得分的加权平均，综合指数为四者的几何平均；数据不足权重60%的不公布。",
    "口径页的红线、目标、卓越为统计范围整体在截止日执行的数；镇街、社区另有目标的，见数据库 marts.kpi_target。",
    "本表由数据库自动生成，更早月份、更多口径与每个数背后的记录见同批发布的数据库文件。",
)


@dataclass(frozen=True)
class _Kpi:
    kpi_id: str
    zh: str
    pillar: str
    unit: str
    kind: str
    direction: str
    is_headline: bool
    numerator: str | None
    denominator: str | None
    red_line: float | None
    target: float | None
    stretch: float | None
    band_low: float | None
    band_high: float | None
    feeds: str
    owner: str | None
    caveats: str | None
    defined: Sequence[float | None]
    """Red line, target, stretch and the ends of the band as the KPI is defined."""

    @property
    def as_defined(self) -> str:
        """What it is defined with, where other points are in force; else empty."""
        in_force = (self.red_line, self.target, self.stretch, self.band_low, self.band_high)
        if in_force == tuple(self.defined):
            return ""
        said = "/".join(f"{point:g}" for point in self.defined if point is not None)
        names = "红线/目标/卓越" if self.direction != "band" else "区间"
        return f"本地另定目标；指标登记值（{names}）为{said}。"


@dataclass(frozen=True)
class _Build:
    generation: str
    built_on: date
    data_from: date
    data_through: date
    is_demo: bool
    name: str
    level: str


@dataclass(frozen=True)
class _Month:
    """A month to its last day or the newest one, from its first day or the first one loaded."""

    last: date
    first: date

    @property
    def sheet(self) -> str:
        return f"{self.last:%Y-%m}"

    def __str__(self) -> str:
        is_whole = self.first.day == 1 and (self.last + timedelta(days=1)).day == 1
        days = "" if is_whole else f"（{self.first.day}日至{self.last.day}日）"
        return f"{self.last.year}年{self.last.month}月{days}"


# KPI, organisation and last day of the month → value and status.
_Figures = Mapping[tuple[str, str, date], tuple[float | None, str]]


class _Book:
    """The workbook with what all sheets need: formats, words, KPIs."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, book: xlsxwriter.Workbook) -> None:
        self.ask = connection.execute
        self._book = book
        self.build = _Build(*connection.execute(_BUILD).fetchall()[0])
        self.kpis = [_Kpi(*row) for row in connection.execute(_KPIS).fetchall()]
        self._words = {(column, code): zh for column, code, zh in connection.execute(_WORDS).fetchall()}
        self.months = [_Month(*row) for row in connection.execute(_MONTHS).fetchmany(MOST_MONTHS)]
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def word(self, column: str, code: str) -> str:
        return str(self._words.get((column, code), code))

    def form(self, **properties: Any) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format({"valign": "vcenter", **properties})
        return self._formats[key]

    @property
    def head(self) -> Any:
        return self.form(bold=True, top=2, bottom=1, text_wrap=True, align="center")

    def sheet(self, name: str, title: str, *, landscape: bool = True, heads: int = 3) -> Any:
        """A page with its title and source in the first rows; A4, one page wide, the heads on every page."""
        page = self._book.add_worksheet(name)
        page.set_paper(_A4)
        if landscape:
            page.set_landscape()
        page.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        page.fit_to_pages(1, 0)
        page.repeat_rows(0, heads - 1)
        page.center_horizontally()
        page.set_footer(f"&L{self.build.name}&C第 &P 页，共 &N 页&R发布代次 {self.build.generation}")
        page.write_string(0, 0, safe(title), self.form(bold=True, font_size=14))
        page.set_row(0, 24)
        return page

    def figure(self, page: Any, place: tuple[int, int], kpi: _Kpi, found: tuple[float | None, str] | None) -> None:
        """A value in the format of its unit, with the mark of its status."""
        if found is None or found[1] == "no_data":
            return
        value, status = found
        if value is None:
            page.write_string(*place, "—", self.form(align="right"))
            return
        form = _DECIMALS.get(kpi.unit, "0.0")
        mark = f'"{_MARKS[status]}"' if status in _MARKS else "_*"
        page.write_number(*place, value, self.form(num_format=f"{form}{mark}"))


def write(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Writes the workbook of the current database, a generation's finished file."""
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_format_properties": {"font_name": _FONT, "font_size": 10},
    }
    with xlsxwriter.Workbook(str(file), options) as opened:
        book = _Book(connection, opened)
        whole, _ = _LEVELS[book.build.level]
        pages: list[tuple[str, str, Callable[[str, str], None]]] = [
            (whole, f"{whole}各项指标逐月", partial(_whole, book)),
            *_pages_below(book),
            ("指数", "四型指数与综合指数", partial(_indexes, book)),
            ("口径", "指标口径", partial(_definitions, book)),
        ]
        _cover(book, [(name, title) for name, title, _ in pages])
        for name, title, write_page in pages:
            write_page(name, title)


def _pages_below(book: _Book) -> Iterator[tuple[str, str, Callable[[str, str], None]]]:
    """Name, title and writer of the sheets of the places below the whole: a sheet a month."""
    for level, said in _LEVELS[book.build.level][1]:
        is_long = level == "community"
        for month in book.months[:MONTHS_OF_COMMUNITIES] if is_long else book.months:
            writer = partial(_communities, book, month) if is_long else partial(_parts, book, level, month)
            yield f"{said}{month.sheet}", f"各{said}{month}", writer


def _cover(book: _Book, contents: Sequence[tuple[str, str]]) -> None:
    build = book.build
    page = book.sheet("封面", f"{build.name}基层治理指标统计表", landscape=False, heads=1)
    page.set_column(0, 0, 16)
    page.set_column(1, 1, 74)
    wrap, label = book.form(text_wrap=True, valign="top"), book.form(bold=True, valign="top")
    days = f"{build.data_from}至{build.data_through}"
    titles = {feed: (platform, title) for feed, platform, title in book.ask(_FEEDS).fetchall()}
    platforms = sorted({platform for platform, _ in titles.values()})
    lines: list[tuple[str, str]] = [
        ("数据期间", days),
        ("发布日期", f"{build.built_on}（发布代次 {build.generation}）"),
        ("数据性质", "演示数据，人物、事件与数字均为虚构" if build.is_demo else "正式数据"),
        (
            "统计范围",
            f"{build.name}及所辖{'、'.join(said for _, said in _LEVELS[build.level][1])}；"
            f"{_LEFT_OUT[build.level == 'district']}。指标共{len(book.kpis)}项。",
        ),
        *([("报送", _delivered(book))] if build.level != "district" else []),
        ("数据来源", f"{'、'.join(platforms)}，共{len(titles)}个数据集"),
        *(("说明" if number == 1 else "", f"{number}. {note}") for number, note in enumerate(_NOTES, 1)),
        *(("目录" if not number else "", f"{name}：{title}") for number, (name, title) in enumerate(contents)),
    ]
    for row, (name, text) in enumerate(lines, 2):
        page.write_string(row, 0, name, label)
        page.write_string(row, 1, safe(text), wrap)
    page.print_area(0, 0, 1 + len(lines), 1)


def _delivered(book: _Book) -> str:
    """How many districts are in the numbers, and which are not."""
    found = {state: (n, names) for state, n, names in book.ask(_PARCELS).fetchall()}
    expected, delivered = sum(n for n, _ in found.values()), found.get("delivered", (0, ""))[0]
    others = [f"{said}：{found[state][1]}" for state, said in _STATES.items() if state in found]
    return "；".join([f"应报{expected}个区县，已报{delivered}个", *others])


def _figures(book: _Book, level: str, months: Sequence[_Month]) -> _Figures:
    rows = book.ask(_FIGURES, [level, [month.last for month in months]]).fetchall()
    return {(kpi, org, day): (value, status) for kpi, org, day, value, status in rows}


def _by_kpi(
    book: _Book, page: Any, columns: Sequence[tuple[str, str, date]], figures: _Figures, kpis: Iterable[_Kpi]
) -> None:
    """KPIs down, columns (head, org, day) across."""
    page.set_column(0, 0, 6)
    page.set_column(1, 1, 26)
    page.set_column(2, 2, 9)
    page.set_column(3, 2 + max(len(columns), 1), 11)
    for column, text in enumerate(("类型", "指标", "计量单位", *(text for text, _, _ in columns))):
        page.write_string(2, column, safe(text), book.head)
    page.set_row(2, 30)
    page.freeze_panes(3, 3)
    row = 2
    for row, kpi in enumerate(kpis, 3):
        page.write_string(row, 0, book.word("pillar", kpi.pillar))
        page.write_string(row, 1, safe(kpi.zh), book.form(text_wrap=True))
        page.write_string(row, 2, book.word("unit", kpi.unit), book.form(align="center", shrink=True))
        for column, (_, org, day) in enumerate(columns, 3):
            book.figure(page, (row, column), kpi, figures.get((kpi.kpi_id, org, day)))
    page.print_area(0, 0, row, 2 + len(columns))


def _whole(book: _Book, name: str, title: str) -> None:
    page, level = book.sheet(name, title), book.build.level
    orgs = [org for org, _, _ in book.ask(_ORGS, [level, book.build.data_through]).fetchall()]
    columns = [(str(month), org, month.last) for month in reversed(book.months) for org in orgs]
    _by_kpi(book, page, columns, _figures(book, level, book.months), book.kpis)


def _parts(book: _Book, level: str, month: _Month, name: str, title: str) -> None:
    """The places one level below the whole, a column each."""
    page = book.sheet(name, title)
    orgs = book.ask(_ORGS, [level, month.last]).fetchall()
    figures = _figures(book, level, [month])
    kpis = [kpi for kpi in book.kpis if any((kpi.kpi_id, org, month.last) in figures for org, _, _ in orgs)]
    _by_kpi(book, page, [(text, org, month.last) for org, text, _ in orgs], figures, kpis)


def _communities(book: _Book, month: _Month, name: str, title: str) -> None:
    """Communities down, the headline KPIs across: all KPIs would not be legible on paper."""
    page = book.sheet(name, f"{title}（主要指标）")
    figures = _figures(book, "community", [month])
    orgs = book.ask(_ORGS, ["community", month.last]).fetchall()
    kpis = [
        kpi
        for kpi in book.kpis
        if kpi.is_headline and any((kpi.kpi_id, org, month.last) in figures for org, _, _ in orgs)
    ]
    page.set_column(0, 0, 12)
    page.set_column(1, 1, 18)
    page.set_column(2, 1 + max(len(kpis), 1), 9)
    heads = ("镇街", "社区", *(f"{kpi.zh}\n（{book.word('unit', kpi.unit)}）" for kpi in kpis))
    for column, text in enumerate(heads):
        page.write_string(2, column, safe(text), book.head)
    page.set_row(2, 66)
    page.freeze_panes(3, 2)
    for row, (org, text, street) in enumerate(orgs, 3):
        page.write_string(row, 0, safe(street or ""))
        page.write_string(row, 1, safe(text))
        for column, kpi in enumerate(kpis, 2):
            book.figure(page, (row, column), kpi, figures.get((kpi.kpi_id, org, month.last)))
    page.print_area(0, 0, 2 + len(orgs), 1 + len(kpis))


def _indexes(book: _Book, name: str, title: str) -> None:
    page = book.sheet(name, f"{title}（截至{book.build.data_through}的30天）", landscape=False)
    pillars = ("overall", "safe", "convenient", "beautiful", "happy", "organisation")
    page.set_column(0, 0, 8)
    page.set_column(1, 2, 20)
    page.set_column(3, 2 + len(pillars), 8)
    heads = ("层级", "镇街", "组织", *(book.word("pillar", pillar) for pillar in pillars))
    for column, text in enumerate(heads):
        page.write_string(2, column, text, book.head)
    page.freeze_panes(3, 3)
    rows: dict[str, int] = {}
    for code, level, street, org, pillar, score in book.ask(_INDEXES).fetchall():
        # Districts of a province may have the same name.
        row = rows.setdefault(code, 3 + len(rows))
        page.write_string(row, 0, book.word("org_level", level))
        if level not in _LEVELS:
            page.write_string(row, 1, safe(street))
        page.write_string(row, 2, safe(org))
        if score is not None and pillar in pillars:
            page.write_number(row, 3 + pillars.index(pillar), score, book.form(num_format="0.0"))
    page.print_area(0, 0, 2 + len(rows), 2 + len(pillars))


def _definitions(book: _Book, name: str, title: str) -> None:
    page = book.sheet(name, title)
    titles = {feed: title for feed, _, title in book.ask(_FEEDS).fetchall()}
    columns: Sequence[tuple[str, int]] = (
        ("类型", 6), ("指标", 20), ("计量单位", 9), ("性质", 6), ("分子", 32), ("分母", 28), ("方向", 10),
        ("红线", 7), ("目标", 7), ("卓越", 7), ("数据来源", 24), ("责任单位", 14), ("注意", 32),
    )  # fmt: skip
    wrap, number = book.form(text_wrap=True, valign="top"), book.form(num_format="General", valign="top")
    for column, (text, width) in enumerate(columns):
        page.set_column(column, column, width)
        page.write_string(2, column, text, book.head)
    page.freeze_panes(3, 2)
    for row, kpi in enumerate(book.kpis, 3):
        sources = "、".join(titles.get(feed.strip(), feed.strip()) for feed in kpi.feeds.split(","))
        limits = (kpi.red_line, kpi.target, kpi.stretch)
        cells = (
            book.word("pillar", kpi.pillar), kpi.zh, book.word("unit", kpi.unit), book.word("kind", kpi.kind),
            kpi.numerator, kpi.denominator, _direction(book, kpi), *limits, sources, kpi.owner,
            kpi.as_defined + (kpi.caveats or ""),
        )  # fmt: skip
        for column, cell in enumerate(cells):
            if isinstance(cell, float):
                page.write_number(row, column, cell, number)
            elif cell:
                page.write_string(row, column, safe(cell), wrap)
    page.print_area(0, 0, 2 + len(book.kpis), len(columns) - 1)


def _direction(book: _Book, kpi: _Kpi) -> str:
    band = f" {kpi.band_low:g}–{kpi.band_high:g}" if kpi.band_low is not None and kpi.band_high is not None else ""
    return book.word("direction", kpi.direction) + band

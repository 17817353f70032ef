"""四型: why did a type rise or fall? Its KPIs with value, score and weight, and how much each changed the index.

Belongs here: which panel shows which answer. Does not belong here: SQL (queries/), sentences (page/sentences.py),
markup (components/).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import streamlit as st

import theme
from components import contributions, scores
from components.contributions import Contribution
from components.live import live
from components.markup import count_of, esc, verdict_tag, verdict_word, why_nothing
from components.panel import panel
from components.sparkline import sparkline
from components.trust import badge
from downloads import Table
from figures import indices, published
from figures.board import Board, Week, targets_of, weekly
from figures.indices import Index, Moved, Part
from figures.kpis import HIDE_BELOW, INDICES, Figure, Kpi, change_tone
from figures.published import Row
from language import numbers as fmt
from language.words import Speaker
from page import evidence, frame, sentences
from reader.context import Context
from screens.type import above
from screens.type.tabs import tabs
from screens.type.trend import trend_panel

PERIOD = {"qtd": "quarter"}
"""What an index is compared with: the end of the previous quarter, otherwise 30 days before."""
ROWS = 10


def show(context: Context) -> None:
    if context.register.is_above:
        above.show(context)
        return
    t, view, window = context.t, context.view, context.window
    if window is None or context.district is None:
        frame.empty_page(t)
        return
    pillar = view.type or "safe"
    own = [kpi for kpi in context.kpis.values() if kpi.pillar == pillar]
    frame.filters(context, types=INDICES)
    publication, area = context.publication, context.area
    period = PERIOD.get(view.period, "30d")
    moved = indices.moved(publication, context.kpis, area, window.last, period)
    now = context.boards(area).now
    weeks = weekly(publication, context.kpis, area, window.last)
    scored = {row["kpi_id"]: row for row in published.ask(publication, "kpi_scores", org=area, day=window.last)}
    entry = moved.get(pillar)
    tabs(
        context,
        pillar,
        indices.on_day(publication, area, window.last),
        indices.on_day(publication, area, context.scores_before),
    )
    _finding(context, pillar, entry)
    opened = chosen(view.kpi, own, entry)
    with st.container(key="row_a"):
        left, right = st.columns([1.75, 1], gap="small")
        with left:
            _kpis(Kpis(context, pillar, _by_part(own, entry), entry, now, scored, weeks), opened)
        with right:
            if opened:
                trend_panel(context, opened, weeks[opened.kpi_id])
                _movers(context, opened, period)
    # The rows of 30 days of a whole district take a second to sort.
    if opened and (view.org or opened.kind == "stock"):
        evidence.show(context, opened, now.figure(opened.kpi_id, area))


def chosen(selected: str, own: Sequence[Kpi], entry: Moved | None) -> Kpi | None:
    """The selected KPI, otherwise what lowered a type most that fell, or what changed it most."""
    if found := next((kpi for kpi in own if kpi.kpi_id == selected), None):
        return found
    if not entry or not entry.parts:
        return own[0] if own else None
    return (min(entry.parts, key=lambda part: part.points) if entry.change < 0 else entry.parts[0]).kpi


def _finding(context: Context, pillar: str, entry: Moved | None) -> None:
    t, window = context.t, context.window
    assert window is not None
    name = t("pillar.type", name=t("pillar." + pillar))
    if entry:
        said = sentences.why_moved(entry, name, t)
    else:
        index = indices.on_day(context.publication, context.area, window.last).get((context.area, pillar), Index())
        if index.score is not None:
            said = esc(t("type.first", name=name, value=fmt.score(index.score)))
        elif index.coverage is not None:
            said = f"{esc(name)}{esc(t('colon'))}{esc(scores.why_none(index, pillar, t))}"
        else:
            said = esc(t("type.nothing", name=name))
    said += badge(context, [kpi for kpi in context.kpis.values() if kpi.pillar == pillar], pillar)
    live(f'<div class="say">{frame.breadcrumb(context, "type")}<p>{said}</p></div>', "finding", t.lang)


@dataclass(frozen=True)
class Kpis:
    """The KPIs of one type, with their figures and how much each changed the index."""

    context: Context
    pillar: str
    listed: Sequence[Kpi]
    """The KPI that changed the index most comes first."""
    entry: Moved | None
    now: Board
    scored: Mapping[str, Row]
    weeks: Mapping[str, Sequence[Week]]

    def figure(self, kpi: Kpi) -> Figure:
        return self.now.figure(kpi.kpi_id, self.context.area)

    @cached_property
    def parts(self) -> dict[str, Part]:
        return {part.kpi.kpi_id: part for part in self.entry.parts} if self.entry else {}

    def part(self, kpi: Kpi) -> Part | None:
        return self.parts.get(kpi.kpi_id)

    @cached_property
    def points(self) -> dict[str, float]:
        """The parts in tenths that add up."""
        return self.entry.tenths if self.entry else {}

    @cached_property
    def weights(self) -> dict[str, float]:
        """In percent, in tenths that add up."""
        shares = {name: part.row["share"] * 100 for name, part in self.parts.items() if part.row["share"] is not None}
        return dict(zip(shares, indices.added_up(list(shares.values())), strict=True))

    def score(self, kpi: Kpi) -> float | None:
        row = self.scored.get(kpi.kpi_id)
        return row["score"] if row and self.figure(kpi).status != "no_data" else None


def _by_part(own: Sequence[Kpi], entry: Moved | None) -> list[Kpi]:
    order = {part.kpi.kpi_id: place for place, part in enumerate(entry.parts)} if entry else {}
    return sorted(own, key=lambda kpi: (order.get(kpi.kpi_id, len(order)), -(kpi.weight or 0)))


def _kpis(kpis: Kpis, opened: Kpi | None) -> None:
    context, t, entry = kpis.context, kpis.context.t, kpis.entry
    judged = [figure for kpi in kpis.listed if (figure := kpis.figure(kpi)).grade is not None]
    title = t(
        "type.title",
        of=len(judged),
        reached=sum((figure.grade or 0) >= 2 for figure in judged),
        breached=sum(figure.breached for figure in judged),
    )
    subtitle = (
        t("type.subtitle", span=context.span, day=fmt.short_day(entry.before_day, t.lang))
        if entry
        else t("type.subtitle_plain", span=context.span)
    )
    heads = (
        t("filter.kpi"),
        t("rank.value"),
        t("definition.target"),
        t("card.weeks"),
        t("column.score"),
        t("column.weight"),
        t("type.contribution"),
    )
    with panel(
        "kpis", title, subtitle, context, about=kpis.listed, note=t("type.note"), behind=partial(_kpis_table, kpis)
    ):
        total = ""
        if entry:
            total = f"<b>{esc(t('type.total'))}</b><b>{scores.points(round(entry.change, 1), t, bare=True)}</b>"
        rows = [_contribution(kpis, kpi, opened is kpi) for kpi in kpis.listed]
        live(contributions.contributions(heads, rows, "kpis", t, total), "kpis", t.lang)


def _contribution(kpis: Kpis, kpi: Kpi, is_on: bool) -> Contribution:
    context, t, colours = kpis.context, kpis.context.t, theme.palette(theme.is_dark())
    figure, part = kpis.figure(kpi), kpis.part(kpi)
    value = fmt.value(figure.value, kpi.unit, t.lang) if figure.value is not None else why_nothing(figure, t)
    weeks = kpis.weeks[kpi.kpi_id]
    numbers = [week.figure.value for week in weeks]
    colour = colours.get(kpis.pillar, colours["primary"])
    few = f'<i class="few">{esc(t("few"))}</i>' if figure.status == "few" else ""
    cells = (
        f'<b class="num{"" if figure.value is not None else " muted"}">{esc(value)}</b>'
        f'<small class="num">{esc(count_of(figure, t)) if figure.value is not None else ""}</small>{few}',
        f'<small class="num">{esc(_goal(kpi, t))}</small>{verdict_tag(figure, t)}',
        sparkline(numbers, targets_of(weeks), colour, colours["muted"], esc(t("card.spark", name=kpi.name(t.lang)))),
        contributions.score_cell(kpis.score(kpi)),
        f'<small class="num">{fmt.percent(kpis.weights.get(kpi.kpi_id))}</small>',
    )
    size = kpis.points.get(kpi.kpi_id, 0.0)
    return Contribution(
        kpi.name(t.lang),
        part.points if part else 0.0,
        scores.points(size, t, bare=True) if part else f'<span class="muted">{fmt.NOTHING}</span>',
        None if part is None else part.points > 0,
        cells,
        "type",
        replace(context.view, type=kpis.pillar, kpi=kpi.kpi_id),
        is_on,
    )


def _kpis_table(kpis: Kpis) -> Table:
    t = kpis.context.t
    return Table(
        (
            t("filter.kpi"),
            t("column.unit"),
            t("rank.value"),
            t("column.numerator"),
            t("column.denominator"),
            t("definition.target"),
            t("column.verdict"),
            t("type.score_before"),
            t("column.score"),
            t("type.share_before") + "（%）",
            t("type.share") + "（%）",
            t("type.performance"),
            t("type.mix"),
            t("type.contribution"),
        ),
        [
            (
                kpi.name(t.lang),
                t("unit." + kpi.unit),
                kpis.figure(kpi).value,
                kpis.figure(kpi).numerator,
                kpis.figure(kpi).denominator,
                kpi.target,
                verdict_word(kpis.figure(kpi), t),
                part.row["kpi_score_before"] if part else None,
                kpis.score(kpi),
                _in_percent(part.row["share_before"]) if part else None,
                _in_percent(part.row["share"]) if part else None,
                part.row["performance"] if part else None,
                part.row["mix"] if part else None,
                part.points if part else None,
            )
            for kpi in kpis.listed
            for part in [kpis.part(kpi)]
        ],
    )


def _in_percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _goal(kpi: Kpi, t: Speaker) -> str:
    if kpi.direction == "band":
        return f"{fmt.limit(kpi.band_low, kpi.unit, t.lang)}–{fmt.limit(kpi.band_high, kpi.unit, t.lang)}"
    return fmt.limit(kpi.target, kpi.unit, t.lang)


def _movers(context: Context, kpi: Kpi, period: str) -> None:
    """The sources of a KPI's change: the places below, each with the effect of its own rate and of its weight."""
    t, window = context.t, context.window
    assert window is not None
    parts = published.ask(
        context.publication, "kpi_parts", kpi=kpi.kpi_id, org=context.area, day=window.last, period=period
    )
    title = sentences.movers_title(parts, kpi, partial(_place, context), t)
    subtitle = t(
        "movers.subtitle" if parts else "movers.subtitle_plain",
        name=kpi.name(t.lang),
        day=fmt.short_day(parts[0]["before_as_of"], t.lang) if parts else "",
        unit=t("unit.percentage_points") if kpi.unit == "percent" else t("unit." + kpi.unit),
    )
    behind = partial(_movers_table, context, kpi, parts)
    with panel("movers", title, subtitle, context, about=[kpi], note=t("movers.note"), behind=behind):
        if not parts:
            why = "movers.community" if context.view.level == "community" else "movers.nothing_why"
            st.html(f'<div class="blank"><b>{esc(t("movers.nothing"))}</b><p>{esc(t(why))}</p></div>')
            return
        # Parts have the digits of the whole, so that they add up to the change in the title.
        digits = max(fmt.digits(kpi.unit, parts[0]["value"]), 0)
        sizes = indices.added_up([row["mix"] + row["performance"] for row in parts], digits)
        rows = [_mover(context, kpi, row, size, digits) for row, size in zip(parts[:ROWS], sizes, strict=False)]
        heads = (t("column.name"), t("movers.values"), t("type.performance"), t("type.mix"), t("type.contribution"))
        total = sum(row["mix"] + row["performance"] for row in parts)
        foot = f"<b>{esc(t('movers.total', n=len(parts)))}</b><b>{_signed(kpi, total, digits)}</b>"
        live(contributions.contributions(heads, rows, "movers", t, foot), "movers", t.lang)


def _place(context: Context, row: Row) -> str:
    """The name of a part: a place below, or the rest that belongs to the area itself."""
    code, orgs = row["part_code"], context.register.orgs
    return context.t("movers.own") if code == context.area else orgs[code].label if code in orgs else str(code)


def _own_rate(kpi: Kpi, row: Row, when: str) -> float | None:
    """A place's own rate, unless it has too few cases. when: "", now, or "_before"."""
    few = not kpi.is_exact and (row[f"part_n{when}"] or 0) < HIDE_BELOW
    found: float | None = None if few else row[f"part_value{when}"]
    return found


def _shown(context: Context, kpi: Kpi, row: Row, when: str) -> str:
    own = _own_rate(kpi, row, when)
    if own is None and row[f"part_value{when}"] is not None:
        return context.t("few_short")
    return fmt.bare(own, kpi.unit)


def _mover(context: Context, kpi: Kpi, row: Row, size: float, digits: int) -> Contribution:
    """size: the row's part of the change, rounded so that all parts add up; so do its own two parts."""
    performance = round(row["performance"], digits)
    there = context.view if row["part_code"] == context.area else replace(context.view, org=row["part_code"])
    before, now = (esc(_shown(context, kpi, row, when)) for when in ("_before", ""))
    return Contribution(
        _place(context, row),
        size,
        _signed(kpi, size, digits),
        (size > 0) == (kpi.direction == "up") if kpi.direction in ("up", "down") else None,
        (
            f'<small class="num">{before} → {now}</small>',
            f'<small class="num">{_signed(kpi, performance, digits)}</small>',
            f'<small class="num">{_signed(kpi, size - performance, digits)}</small>',
        ),
        "type",
        replace(there, kpi=kpi.kpi_id, type=kpi.pillar),
    )


def _movers_table(context: Context, kpi: Kpi, parts: Sequence[Row]) -> Table:
    t = context.t
    return Table(
        (
            t("column.code"),
            t("column.name"),
            t("movers.value_before"),
            t("movers.value"),
            t("movers.share_before"),
            t("movers.share"),
            t("type.performance"),
            t("type.mix"),
            t("type.contribution"),
        ),
        [
            (
                row["part_code"],
                _place(context, row),
                _own_rate(kpi, row, "_before"),
                _own_rate(kpi, row, ""),
                row["share_before"],
                row["share"],
                row["performance"],
                row["mix"],
                row["mix"] + row["performance"],
            )
            for row in parts
        ],
    )


def _signed(kpi: Kpi, size: float, digits: int) -> str:
    """A part of a change."""
    if not round(size, digits):
        return '<span class="muted">＝</span>'
    tone = {"good": "good", "bad": "bad", "none": "muted"}[change_tone(kpi, size)]
    return f'<span class="{tone}">{"▲" if size > 0 else "▼"}{abs(size):.{digits}f}</span>'

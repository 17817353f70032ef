"""四型: why did a type rise or fall? Its KPIs with value, score and weight, and what each of them did to the index.

Here: which panel shows which answer. Not here: SQL (queries/), the sentence (findings.py), markup (components/).
"""

from dataclasses import replace

import data
import findings
import format as fmt
import frame
import measures
import state
import stats
import streamlit as st
import theme
from components import contributions, scores
from components.contributions import Contribution
from components.live import live
from components.markup import count_of, esc, link, verdict_tag, why_nothing
from components.panel import panel
from components.sparkline import sparkline
from components.trend import Line, trend
from components.trust import badge
from context import Context
from downloads import Table
from measures import Board, Index, Kpi, Moved, Week
from words import Speaker

PERIOD = {"qtd": "quarter"}
"""What the change of an index is told against: the end of the quarter before, else 30 days before."""
ROWS = 10


def show(context: Context) -> None:
    t, view, window = context.t, context.view, context.window
    if window is None or context.district is None:
        frame.blank_page(t("empty.title"), t("empty.text"), tuple(t(f"empty.step{n}") for n in (1, 2, 3)))
        return
    pillar = view.type or "safe"
    own = [kpi for kpi in context.kpis.values() if kpi.pillar == pillar]
    frame.filters(context, types=measures.INDICES)
    publication, area = context.publication, context.area
    period = PERIOD.get(view.period, "30d")
    moved = measures.moved(publication, context.kpis, area, window.last, period)
    now = Board(publication, context.kpis, area, window)
    before = Board(publication, context.kpis, area, context.compared)
    weeks = measures.weeks(publication, context.kpis, area, window.last)
    told = {row["kpi_id"]: row for row in data.ask(publication, "kpi_scores", org=area, day=window.last)}
    entry = moved.get(pillar)
    _types(context, pillar, moved)
    _finding(context, pillar, entry, told)
    chosen = _chosen(context, own, entry)
    with st.container(key="row_a"):
        left, right = st.columns([1.75, 1], gap="small")
        with left:
            _kpis(context, pillar, own, entry, now, told, weeks, chosen)
        with right:
            if chosen:
                _trend(context, chosen, weeks[chosen.kpi_id])
                _movers(context, chosen, period, now, before)


def _chosen(context: Context, own: list[Kpi], entry: Moved | None) -> Kpi | None:
    """The KPI asked for, else the one that moved the index most."""
    if context.view.kpi in {kpi.kpi_id for kpi in own}:
        return context.kpis[context.view.kpi]
    return entry.parts[0].kpi if entry and entry.parts else own[0] if own else None


def _types(context: Context, pillar: str, moved: dict[str, Moved]) -> None:
    """The five indices as tabs."""
    t, window = context.t, context.window
    assert window is not None
    compared = context.compared
    now = measures.indices(context.publication, context.area, window.last)
    before = measures.indices(context.publication, context.area, compared.last if compared else None)
    colours = theme.palette(theme.is_dark())
    tabs = []
    for name in measures.INDICES:
        index = now.get((context.area, name), Index())
        tone, word = scores.judged(index.score, t)
        value = fmt.NOTHING if index.score is None else f"{index.score:.1f}"
        moved_by = scores.points(scores.difference(index, before.get((context.area, name), Index())), t)
        if context.view.compare == "target":
            moved_by = scores.points(None if index.score is None else index.score - measures.SCORE_TARGET, t)
        inner = (
            f'<span class="tab-name"><i style="background:{colours.get(name, colours["primary"])}"></i>'
            f"{esc(t('pillar.' + name))}</span>"
            f'<b class="num">{value}</b><small>{esc(t("vs." + context.view.compare))} {moved_by}</small>'
            + (f'<span class="tag {tone}">{esc(word)}</span>' if word else "")
        )
        there = replace(context.view, type=name, kpi=state.DEFAULT_KPI)
        tabs.append(link("type", there, inner, "tab" + (" on" if name == pillar else "")))
    live(f'<nav class="tabs" aria-label="{esc(t("filter.type"))}">{"".join(tabs)}</nav>', "types", t.lang)


def _finding(context: Context, pillar: str, entry: Moved | None, told: dict[str, data.Row]) -> None:
    t, window = context.t, context.window
    assert window is not None
    name = t("pillar.type", name=t("pillar." + pillar))
    if entry:
        said = findings.why_moved(entry, name, t)
    else:
        index = measures.indices(context.publication, context.area, window.last).get((context.area, pillar), Index())
        if index.score is not None:
            said = esc(t("type.first", name=name, value=f"{index.score:.1f}"))
        elif index.coverage is not None:
            said = f"{esc(name)}{esc(t('colon'))}{esc(t('score.short', share=fmt.percent(index.coverage * 100, 0)))}"
        else:
            said = esc(t("type.nothing", name=name))
    said += badge(context, [kpi for kpi in context.kpis.values() if kpi.pillar == pillar])
    live(f'<div class="say">{frame.breadcrumb(context, "type")}<p>{said}</p></div>', "finding", t.lang)


def _kpis(
    context: Context,
    pillar: str,
    own: list[Kpi],
    entry: Moved | None,
    now: Board,
    told: dict[str, data.Row],
    weeks: dict[str, list[Week]],
    chosen: Kpi | None,
) -> None:
    t, area = context.t, context.area
    colours = theme.palette(theme.is_dark())
    parts = {part.kpi.kpi_id: part for part in entry.parts} if entry else {}
    order = {kpi_id: place for place, kpi_id in enumerate(parts)}
    own = sorted(own, key=lambda kpi: (order.get(kpi.kpi_id, len(order)), -(kpi.weight or 0)))
    figures = {kpi.kpi_id: now.figure(kpi.kpi_id, area) for kpi in own}
    rounded = dict(zip(parts, scores.tenths([part.points for part in parts.values()]), strict=True))

    def score_of(kpi: Kpi) -> float | None:
        row = told.get(kpi.kpi_id)
        return row["score"] if row and figures[kpi.kpi_id].status != "no_data" else None

    rows = []
    for kpi in own:
        figure, part = figures[kpi.kpi_id], parts.get(kpi.kpi_id)
        value = fmt.value(figure.value, kpi.unit, t.lang) if figure.value is not None else why_nothing(figure, t)
        share = part.row["share"] if part else None
        numbers = [week.figure.value for week in weeks[kpi.kpi_id]]
        colour = colours.get(pillar, colours["primary"])
        few = f'<i class="few">{esc(t("few"))}</i>' if figure.status == "few" else ""
        cells = (
            f'<b class="num{"" if figure.value is not None else " muted"}">{esc(value)}</b>'
            f'<small class="num">{esc(count_of(figure, t)) if figure.value is not None else ""}</small>{few}',
            f'<small class="num">{esc(_goal(kpi, t))}</small>{verdict_tag(figure, t)}',
            sparkline(numbers, kpi.target, colour, colours["muted"], esc(t("card.spark", name=kpi.name(t.lang)))),
            contributions.score_cell(score_of(kpi)),
            f'<small class="num">{fmt.percent(share * 100, 0) if share is not None else fmt.NOTHING}</small>',
        )
        size = rounded.get(kpi.kpi_id, 0.0)
        rows.append(
            Contribution(
                kpi.name(t.lang),
                part.points if part else 0.0,
                scores.points(size, t, bare=True) if part else f'<span class="muted">{fmt.NOTHING}</span>',
                None if part is None else part.points > 0,
                cells,
                "type",
                replace(context.view, type=pillar, kpi=kpi.kpi_id),
                chosen is kpi,
            )
        )

    def behind() -> Table:
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
                t("type.share_before"),
                t("type.share"),
                t("type.performance"),
                t("type.mix"),
                t("type.contribution"),
            ),
            [
                (
                    kpi.name(t.lang),
                    t("unit." + kpi.unit),
                    figures[kpi.kpi_id].value,
                    figures[kpi.kpi_id].numerator,
                    figures[kpi.kpi_id].denominator,
                    kpi.target,
                    t("status." + figures[kpi.kpi_id].status),
                    part.row["kpi_score_before"] if part else None,
                    score_of(kpi),
                    part.row["share_before"] if part else None,
                    part.row["share"] if part else None,
                    part.row["performance"] if part else None,
                    part.row["mix"] if part else None,
                    part.points if part else None,
                )
                for kpi in own
                for part in [parts.get(kpi.kpi_id)]
            ],
        )

    judged = [figure for figure in figures.values() if figure.grade is not None]
    title = t(
        "type.title",
        of=len(judged),
        reached=sum((figure.grade or 0) >= 2 for figure in judged),
        breached=sum(figure.breached for figure in judged),
    )
    window = context.window
    assert window is not None
    subtitle = t(
        "type.subtitle",
        span=fmt.span(window.first, window.last, t.lang),
        day=fmt.short_day(entry.before_day if entry else None, t.lang),
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
    with panel("kpis", title, subtitle, context, about=own, note=t("type.note"), behind=behind):
        total = ""
        if entry:
            total = f"<b>{esc(t('type.total'))}</b><b>{scores.points(round(entry.change, 1), t, bare=True)}</b>"
        live(contributions.contributions(heads, rows, "kpis", t, total), "kpis", t.lang)


def _goal(kpi: Kpi, t: Speaker) -> str:
    if kpi.direction == "band":
        return f"{fmt.limit(kpi.band_low, kpi.unit, t.lang)}–{fmt.limit(kpi.band_high, kpi.unit, t.lang)}"
    return fmt.limit(kpi.target, kpi.unit, t.lang)


def _trend(context: Context, kpi: Kpi, weeks: list[Week]) -> None:
    t, colours = context.t, theme.palette(theme.is_dark())

    def behind() -> Table:
        return Table(
            (
                t("column.week_end"),
                f"{kpi.name(t.lang)}（{t('unit.' + kpi.unit)}）",
                t("column.numerator"),
                t("column.denominator"),
            ),
            [(week.last, week.figure.value, week.figure.numerator, week.figure.denominator) for week in weeks],
        )

    title = findings.trend_title(weeks, kpi, t)
    dashed = t("trend.dashed", target=fmt.limit(kpi.target, kpi.unit, t.lang)) if kpi.target is not None else ""
    subtitle = t("trend.subtitle", unit=t("unit." + kpi.unit)) + dashed
    with panel("trend", title, subtitle, context, about=[kpi], note=t("trend.note"), behind=behind):
        line = Line(kpi.name(t.lang), colours.get(kpi.pillar, colours["primary"]), weeks)
        if sum(week.figure.value is not None for week in weeks) >= 2:
            spec = trend([line], kpi.unit, kpi.target, t.lang, colours)
            st.echarts_chart(spec, height=230, key=f"trend_{state.query(context.view)}_{theme.is_dark()}", alt=title)
        else:
            st.html(f'<div class="blank"><b>{esc(t("trend.nothing"))}</b><p>{esc(t("trend.nothing_why"))}</p></div>')


def _movers(context: Context, kpi: Kpi, period: str, now: Board, before: Board) -> None:
    """Where the KPI's change came from: the places below, each with what its own rate and its weight did."""
    t, window, view = context.t, context.window, context.view
    assert window is not None
    parts = data.ask(context.publication, "kpi_parts", kpi=kpi.kpi_id, org=context.area, day=window.last, period=period)
    orgs = context.register.orgs

    def named(code: str) -> str:
        return t("movers.own") if code == context.area else orgs[code].label if code in orgs else code

    def value(row: data.Row, when: str) -> float | None:
        """A place's own rate, unless too few cases stand behind it."""
        few = kpi.is_rate and (row[f"part_denominator{when}"] or 0) < stats.HIDE_BELOW
        found: float | None = None if few else row[f"part_value{when}"]
        return found

    def shown(row: data.Row, when: str) -> str:
        if value(row, when) is None and row[f"part_value{when}"] is not None:
            return t("few_short")
        return fmt.bare(value(row, when), kpi.unit)

    def behind() -> Table:
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
                    named(row["part_code"]),
                    value(row, "_before"),
                    value(row, ""),
                    row["share_before"],
                    row["share"],
                    row["performance"],
                    row["mix"],
                    row["mix"] + row["performance"],
                )
                for row in parts
            ],
        )

    title = findings.movers_title(parts, kpi, named, t)
    subtitle = t(
        "movers.subtitle",
        name=kpi.name(t.lang),
        day=fmt.short_day(parts[0]["before_as_of"] if parts else None, t.lang),
        unit=t("unit.percentage_points") if kpi.unit == "percent" else t("unit." + kpi.unit),
    )
    digits = fmt.digits(kpi.unit) + 1
    with panel("movers", title, subtitle, context, about=[kpi], note=t("movers.note"), behind=behind):
        if not parts:
            why = "movers.community" if view.level == "community" else "movers.nothing_why"
            st.html(f'<div class="blank"><b>{esc(t("movers.nothing"))}</b><p>{esc(t(why))}</p></div>')
            return
        rows = []
        for row in parts[:ROWS]:
            size = row["mix"] + row["performance"]
            there = view if row["part_code"] == context.area else replace(view, org=row["part_code"])
            rows.append(
                Contribution(
                    named(row["part_code"]),
                    size,
                    _signed(kpi, size, digits),
                    (size > 0) == (kpi.direction == "up") if kpi.direction in ("up", "down") else None,
                    (
                        f'<small class="num">{esc(shown(row, "_before"))} → {esc(shown(row, ""))}</small>',
                        f'<small class="num">{_signed(kpi, row["performance"], digits)}</small>',
                        f'<small class="num">{_signed(kpi, row["mix"], digits)}</small>',
                    ),
                    "type",
                    replace(there, kpi=kpi.kpi_id, type=kpi.pillar),
                )
            )
        heads = (t("column.name"), t("movers.values"), t("type.performance"), t("type.mix"), t("type.contribution"))
        total = sum(row["mix"] + row["performance"] for row in parts)
        foot = f"<b>{esc(t('movers.total', n=len(parts)))}</b><b>{_signed(kpi, total, digits)}</b>"
        live(contributions.contributions(heads, rows, "movers", t, foot), "movers", t.lang)


def _signed(kpi: Kpi, size: float, digits: int) -> str:
    if not round(size, digits):
        return '<span class="muted">＝</span>'
    tone = {"good": "good", "bad": "bad", "none": "muted"}[measures.change_tone(kpi, size)]
    return f'<span class="{tone}">{"▲" if size > 0 else "▼"}{abs(size):.{digits}f}</span>'

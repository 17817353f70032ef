"""Two areas side by side, KPI by KPI: each now, in the period before and a year ago. Without a second area, one area
with its own past.

Belongs here: the panel that the pages of streets and communities share. Does not belong here: figures (figures/), an
area compared with those above it (components/compare.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from components.ledger import Cell, Column, Line, ledger
from components.live import live
from components.markup import count_of, why_nothing
from components.panel import panel
from components.scores import difference
from downloads import Table
from figures import codes, indices, periods, published
from figures.board import Boards
from figures.indices import Index
from figures.kpis import INDICES, Figure, Kpi, change_tone
from figures.orgs import Org
from figures.periods import Window
from figures.published import Row
from language import numbers as fmt
from reader import navigation
from reader.context import Context

LISTED = 20
AGAINST = {"previous_value": "prev", "year_ago_value": "year"}
PAST = tuple(AGAINST)
"""Columns of marts.kpi_period."""
SCORES = ("overall", *INDICES)


@dataclass(frozen=True)
class Side:
    """One of the areas."""

    org: Org
    boards: Boards

    def figure(self, kpi: Kpi) -> Figure:
        return self.boards.now.figure(kpi.kpi_id, self.org.code)

    def row(self, kpi: Kpi) -> Row:
        return self.boards.rows.get((kpi.kpi_id, self.org.code), {})


def side_by_side_panel(context: Context, org: Org) -> None:
    t, view = context.t, context.view
    other = context.register.orgs.get(view.beside) if view.beside != org.code else None
    sides = [Side(one, context.boards(one.code)) for one in (org, other) if one is not None]
    kpis = _ordered(context, sides)
    # A column without a number says nothing.
    past_columns = [
        column
        for column in PAST
        if any(_past(context, side, kpi, column) is not None for side in sides for kpi in kpis)
    ]
    if other is not None:
        told = [_verdict(kpi, sides) for kpi in kpis]
        better, worse, rest = (told.count(sign) for sign in (1, -1, 0))
        title = t(
            "beside.title",
            name=org.name,
            other=other.name,
            better=fmt.whole(better),
            worse=fmt.whole(worse),
            rest=fmt.whole(rest),
        )
    else:
        title = t("beside.title_alone", name=org.name)
    with panel(
        "side_by_side",
        title,
        t("beside.subtitle" if len(past_columns) == len(PAST) else "beside.subtitle_young", span=context.span),
        context,
        note=t("beside.note"),
        behind=partial(_table, context, sides, kpis),
        controls=partial(_chooser, context, org),
    ):
        columns = [Column(t("column.name"))]
        for side in sides:
            columns += [
                Column(side.org.label, is_number=True),
                *(Column(t("beside." + past), is_number=True, is_minor=len(sides) > 1) for past in past_columns),
            ]
        if other is not None:
            columns.append(Column(t("beside.difference"), is_number=True))
        lines = [*_scores(context, sides, past_columns), *(_line(context, kpi, sides, past_columns) for kpi in kpis)]
        live(ledger(columns, lines, t, LISTED), "side_by_side", t.lang)


def _chooser(context: Context, org: Org) -> None:
    """The second area: one of the same level, those of the same street first."""
    t, session, register = context.t, st.session_state, context.register
    places = [one for one in register.of(org.level) if one.code != org.code]
    places.sort(key=lambda one: (one.parent != org.parent, one.code))
    session["w_beside"] = context.view.beside if context.view.beside in {one.code for one in places} else ""

    def name(code: str) -> str:
        if not code:
            return t("beside.choose")
        street = f" · {register.name(codes.street_of(code))}" if len(code) == codes.COMMUNITY else ""
        return register.name(code) + street

    if places:
        st.selectbox(
            t("beside.choose"),
            ["", *(one.code for one in places)],
            key="w_beside",
            format_func=name,
            label_visibility="collapsed",
            on_change=lambda: navigation.change(beside=session["w_beside"] or ""),
            width=240,
        )


def _ordered(context: Context, sides: Sequence[Side]) -> list[Kpi]:
    """KPIs with a value at one of the areas: those whose scores differ most come first, otherwise by type."""
    kpis = [
        kpi
        for pillar in INDICES
        for kpi in context.kpis.values()
        if kpi.pillar == pillar and any(side.figure(kpi).value is not None for side in sides)
    ]

    def apart(kpi: Kpi) -> float:
        scores = [score for side in sides if (score := side.row(kpi).get("score")) is not None]
        return -abs(scores[0] - scores[1]) if len(scores) == 2 else 0.0

    return sorted(kpis, key=apart)


def _verdict(kpi: Kpi, sides: Sequence[Side]) -> int | None:
    """1: the first is clearly better; -1: clearly worse; 0: cannot be told; None: one of them has no value that is
    judged. Registers differ if their values do, the others if their published intervals are apart; nothing in doubt is
    better."""
    if len(sides) < 2 or kpi.direction not in ("up", "down"):
        return None
    (own, row), (other, row_other) = ((side.figure(kpi), side.row(kpi)) for side in sides)
    if own.value is None or other.value is None or own.is_warming_up or other.is_warming_up:
        return None
    if not kpi.is_exact:
        ends = [end for one in (row, row_other) for end in (one["low90"], one["high90"])]
        if None in ends or (ends[0] <= ends[3] and ends[2] <= ends[1]):
            return 0
    tone = change_tone(kpi, round(own.value - other.value, fmt.digits(kpi.unit, own.value)))
    if tone == "none" or (own if tone == "good" else other).doubts:
        return 0
    return 1 if tone == "good" else -1


def _past(context: Context, side: Side, kpi: Kpi, column: str) -> float | None:
    """A published value of the past, if the data cover all of its days, those of a window before it too, and it and the
    present one may be shown."""
    start, window, period = context.publication.data_from, context.window, context.view.period
    if start is None or window is None or side.figure(kpi).value is None or side.figure(kpi).is_warming_up:
        return None
    whole = periods.before(period, AGAINST[column], window)
    if whole is None or whole.first < start or kpi.kpi_id in _kept_back(context, side, column, whole):
        return None
    value: float | None = side.row(kpi).get(column)
    return value


def _kept_back(context: Context, side: Side, column: str, whole: Window) -> frozenset[str]:
    """The KPIs that had too few cases in the days compared with, or a window longer than the days loaded then."""
    assert context.window is not None
    publication, code = context.publication, side.org.code
    period, against = context.view.period, AGAINST[column]
    asked: dict[str, object] = {"period": periods.published_as(period), "area": code}
    if (period, against) == ("qtd", "prev"):
        # The whole quarter before, and not as many of its days.
        question, asked = "period_values", asked | {"day": whole.last, "day_before": whole.last}
    else:
        compared_as = "year_ago" if against == "year" else "previous"
        question, asked = "compared_values", asked | {"day": context.window.last, "against": compared_as}

    def found() -> frozenset[str]:
        rows = published.ask(publication, question, **asked)
        own = [row for row in rows if row["org_code"] == code]
        return frozenset(row["kpi_id"] for row in own if row["status"] in ("warming_up", "small_n"))

    # A district's answer has all places below it, and each KPI's line asks.
    return published.kept(publication, "kept_back", (question, *map(str, asked.values())), found)


def _line(context: Context, kpi: Kpi, sides: Sequence[Side], past_columns: Sequence[str]) -> Line:
    t = context.t
    cells = [Cell(kpi.name(t.lang), under=t("pillar." + kpi.pillar))]
    for side in sides:
        figure = side.figure(kpi)
        shown = fmt.value(figure.value, kpi.unit, t.lang) if figure.value is not None else fmt.NOTHING
        under = [count_of(figure, t) if figure.value is not None and kpi.unit != "count" else why_nothing(figure, t)]
        under += [t("few")] if figure.status == "few" else []
        under += [t("doubt.mark")] if figure.doubts else []
        cells.append(Cell(shown, under=" · ".join(part for part in under if part), tone=_tone(figure)))
        past = (_past(context, side, kpi, column) for column in past_columns)
        cells += [Cell(fmt.value(value, kpi.unit, t.lang), tone="muted") for value in past]
    if len(sides) > 1:
        cells.append(_difference(kpi, sides, t.lang))
    return Line(cells, "definitions", replace(context.view, kpi=kpi.kpi_id, org=_code(sides[0].org)))


def _code(org: Org) -> str:
    """As in a URL."""
    return "" if org.level == "district" else org.code


def _scored(
    context: Context, sides: Sequence[Side], past_columns: Sequence[str]
) -> list[tuple[str, list[list[Index]]]]:
    """The scores of the types, by area now and in the past; they exist for 30 days only."""
    view, window = context.view, context.window
    if view.period != "30d" or window is None:
        return []
    past = [periods.before(view.period, AGAINST[column], window) for column in past_columns]
    days = [window.last, *(whole.last if whole else None for whole in past)]
    scored = [[indices.on_day(context.publication, side.org.code, day) for day in days] for side in sides]
    found = [
        (
            name,
            [[by.get((side.org.code, name), Index()) for by in own] for side, own in zip(sides, scored, strict=True)],
        )
        for name in SCORES
    ]
    return [(name, of) for name, of in found if any(own[0].score is not None for own in of)]


def _scores(context: Context, sides: Sequence[Side], past_columns: Sequence[str]) -> list[Line]:
    t, view = context.t, context.view
    lines = []
    for name, found in _scored(context, sides, past_columns):
        cells = [Cell(t("pillar." + name), under=t("beside.score"))]
        for own in found:
            doubt = t("doubt.mark") if own[0].doubts else ""
            cells += [Cell(_points(own[0]), under=doubt), *(Cell(_points(one), tone="muted") for one in own[1:])]
        if len(sides) > 1:
            moved = difference(found[0][0], found[1][0])
            cells.append(Cell(fmt.NOTHING if moved is None else f"{moved:+.1f}".replace("-", "–"), tone="muted"))
        page, there = ("overview", "") if name == "overall" else ("type", name)
        lines.append(Line(cells, page, replace(view, type=there, org=_code(sides[0].org))))
    return lines


def _points(index: Index) -> str:
    return fmt.score(index.score)


def _tone(figure: Figure) -> str:
    return "muted" if figure.value is None else "bad" if figure.breached else ""


def _difference(kpi: Kpi, sides: Sequence[Side], lang: str) -> Cell:
    values = [side.figure(kpi).value for side in sides]
    if values[0] is None or values[1] is None:
        return Cell(fmt.NOTHING)
    gap = values[0] - values[1]
    sign = "＝" if round(gap, fmt.digits(kpi.unit, values[0])) == 0 else "+" if gap > 0 else "–"
    text = sign if sign == "＝" else sign + fmt.short_difference(gap, kpi.unit, lang, values[0])
    return Cell(text, tone={1: "good", -1: "bad"}.get(_verdict(kpi, sides) or 0, "muted"))


def _table(context: Context, sides: Sequence[Side], kpis: Sequence[Kpi]) -> Table:
    t = context.t
    columns = [t("column.pillar"), t("column.name"), t("column.unit")]
    for side in sides:
        columns += [side.org.name, "n", *(f"{side.org.name} {t('beside.' + past)}" for past in PAST)]
    scores = [
        (
            t("pillar." + name),
            t("beside.score"),
            t("unit.points"),
            *(cell for own in found for cell in (own[0].score, None, *(one.score for one in own[1:]))),
        )
        for name, found in _scored(context, sides, PAST)
    ]
    return Table(
        columns,
        [
            *scores,
            *(
                (
                    t("pillar." + kpi.pillar),
                    kpi.name(t.lang),
                    t("unit." + kpi.unit),
                    *(
                        cell
                        for side in sides
                        for cell in (
                            side.figure(kpi).value,
                            side.figure(kpi).n,
                            *(_past(context, side, kpi, column) for column in PAST),
                        )
                    ),
                )
                for kpi in kpis
            ),
        ],
    )

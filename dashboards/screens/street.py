"""镇街: which street needs help? Streets by types, the three rates of the hotline with their composite, overdue events,
and the workers' load; for a street, the same of its communities.

Belongs here: which panel shows which answer. Does not belong here: SQL (queries/), figures (figures/), markup
(components/).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from components import heat, places
from components.doubt import doubt_note
from components.live import live
from components.markup import doubt_mark, esc, verdict_word, why_nothing
from components.panel import panel
from components.scores import difference, points, why_none
from components.trust import badge
from downloads import Table
from figures import codes, feeds, indices, periods, published
from figures.board import Board
from figures.indices import Index
from figures.kpis import INDICES, Figure, Kpi
from figures.orgs import Org
from figures.published import Row
from language import numbers as fmt
from page import frame, sentences
from page import subject as subjects
from page.side_by_side import side_by_side_panel
from reader.context import Context
from reader.view import ALL_TYPES, View

RATES = ("hotline_response_rate", "hotline_resolution_rate", "hotline_satisfaction_rate")
OVERLOADED = "overloaded_worker_share"
NAMES = ("overall", *INDICES)


@dataclass(frozen=True)
class Streets:
    """The data of the table: the places, and what is known of each by its code."""

    context: Context
    whole: Org
    orgs: Sequence[Org]
    """Places that need help most come first."""
    now: Board
    scores: Mapping[tuple[str, str], Index]
    scores_before: Mapping[tuple[str, str], Index]
    bands: Mapping[str, Row]
    loads: Mapping[str, Row]
    late: Mapping[str, int] | None
    """None without the feed of events."""
    composites: Mapping[str, float | None]
    """The three rates of the hotline in one number."""

    @property
    def rates(self) -> list[Kpi]:
        return [self.context.kpis[name] for name in RATES if name in self.context.kpis]

    def rates_of(self, org: Org) -> list[Figure]:
        return [self.now.figure(kpi.kpi_id, org.code) for kpi in self.rates]

    def late_in(self, org: Org) -> int | None:
        return None if self.late is None else self.late.get(org.code, 0)

    def index(self, org: Org, name: str) -> Index:
        return self.scores.get((org.code, name), Index())

    def score(self, org: Org) -> float | None:
        return self.index(org, "overall").score


def show(context: Context) -> None:
    t, window, register, district = context.t, context.window, context.register, context.district
    if window is None or district is None:
        frame.empty_page(t)
        return
    frame.filters(context)
    subjects.notice(context, "street")
    if context.view.level == "community":
        # All that follows is of the street around it: its name, its points, the area that files state.
        context = replace(context, view=replace(context.view, org=context.view.street))
    around = context.view.street or district.code
    below = register.of("community", around) if len(around) > codes.DISTRICT else register.of("street")
    publication = context.publication
    scores = indices.on_day(publication, around, window.last)

    def help_order(org: Org) -> tuple[bool, float, str]:
        """Places without a score come last."""
        score = scores.get((org.code, "overall"), Index()).score
        return score is None, score or 0.0, org.code

    asked = {"area": around, "day": window.last, "period": periods.published_as(context.view.period)}
    streets = Streets(
        context,
        register.orgs[around],
        sorted(below, key=help_order),
        context.boards(around).now,
        scores,
        indices.on_day(publication, around, context.scores_before),
        {row["org_code"]: row for row in published.ask(publication, "bands_below", area=around, day=window.last)},
        {row["org_code"]: row for row in published.ask(publication, "loads_by_place", area=around, last=window.last)},
        None
        if feeds.EVENT in feeds.without_rows(publication)
        else _late(published.ask(publication, "overdue", area=around, last=window.last)),
        {row["org_code"]: row["value"] for row in published.ask(publication, "composites", **asked)},
    )
    said = sentences.street_sentence(
        [(org, streets.score(org)) for org in streets.orgs],
        streets.score(streets.whole),
        streets.bands,
        streets.late or {},
        context.area_name,
        t,
    )
    said += badge(context, [kpi for kpi in context.kpis.values() if kpi.pillar in INDICES], ALL_TYPES)
    live(f'<div class="say">{frame.breadcrumb(context, "street")}<p>{said}</p></div>', "finding", t.lang)
    _table(streets)
    _below(context, streets.orgs, streets.now)
    side_by_side_panel(context, streets.whole)


def _late(overdue: Sequence[Row]) -> dict[str, int]:
    """Overdue events by community, street and district."""
    late: dict[str, int] = {}
    for row in overdue:
        for code in codes.with_those_above(row["community_code"]):
            late[code] = late.get(code, 0) + row["events"]
    return late


def _table(streets: Streets) -> None:
    context, t = streets.context, streets.context.t
    rates, weights = streets.rates, _weights(streets.rates)
    groups = (
        (t("street.scores"), [t("pillar." + name) for name in NAMES]),
        (t("street.rates"), [*(t("rates." + kpi.kpi_id) for kpi in rates), t("rates.composite")]),
        (t("street.work"), [t("rank.overdue"), t("street.worse"), t("street.better")]),
        (t("street.loads"), [t("street.load"), t("street.overloaded")]),
    )
    title = sentences.street_title([(org, streets.rates_of(org)) for org in streets.orgs], t)
    note = t("street.note") + (t("rates.note", weights=weights) if weights else t("rates.no_weights"))
    subtitle = t("street.subtitle", span=context.span, n=len(streets.orgs))
    with panel("streets", title, subtitle, context, about=rates, note=note, behind=partial(_table_behind, streets)):
        first = t("rank.community") if context.view.street else t("rank.street")
        rows = [_row(streets, org) for org in [*streets.orgs, streets.whole]]
        doubts = [(org.label, streets.index(org, "overall").doubts) for org in streets.orgs]
        keys = heat.legend(t, t("street.rates") if rates else "")
        live(keys + heat.heat(groups, rows, first, t) + doubt_note(doubts, context.view, t), "streets", t.lang)


def _there(streets: Streets, org: Org) -> View:
    return replace(streets.context.view, org="" if org.level == "district" else org.code)


def _row(streets: Streets, org: Org) -> heat.Row:
    page = "community" if org.level == "community" else "street"
    cells = [*_scores(streets, org), *_rates(streets, org), *_work(streets, org), *_load(streets, org)]
    households = fmt.households(org.households, streets.context.lang)
    return heat.Row(org.label, households, page, _there(streets, org), cells, org is streets.whole)


def _scores(streets: Streets, org: Org) -> list[heat.Cell]:
    t, view = streets.context.t, streets.context.view
    cells = []
    for name in NAMES:
        index = streets.index(org, name)
        moved = difference(index, streets.scores_before.get((org.code, name), Index()))
        if index.score is None:
            cells.append(heat.Cell(fmt.NOTHING, None, "", why_none(index, name, t), is_missing=True))
            continue
        there = _there(streets, org)
        under = points(moved, t, bare=True) if moved is not None and view.compare != "target" else ""
        under += doubt_mark(index.doubts, t)
        target = "overview" if name == "overall" else "type"
        if name != "overall":
            there = replace(there, type=name)
        hint = f"{org.name} · {t('pillar.' + name)} {fmt.score(index.score)}"
        cells.append(heat.Cell(fmt.score(index.score), heat.grade_of(index), under, hint, target, there))
    return cells


def _rates(streets: Streets, org: Org) -> list[heat.Cell]:
    t = streets.context.t
    cells = []
    for figure in streets.rates_of(org):
        if figure.value is None:
            cells.append(heat.Cell(fmt.NOTHING, None, "", why_nothing(figure, t), is_missing=True))
            continue
        under = f"<small>n={esc(fmt.whole(figure.n))}</small>"
        if figure.status == "few":
            under = f'<small class="few">n={esc(fmt.whole(figure.n))} {esc(t("few"))}</small>'
        under += doubt_mark(figure.doubts, t)
        cells.append(heat.Cell(fmt.percent(figure.value), figure.grade, under, figure.kpi.name(t.lang)))
    mean = streets.composites.get(org.code)
    why = t("rates.no_composite") if not _weights(streets.rates) else t("rates.incomplete")
    cells.append(heat.Cell(fmt.percent(mean), None, "", why if mean is None else t("rates.composite_hint")))
    return cells


def _work(streets: Streets, org: Org) -> list[heat.Cell]:
    """Overdue events, and the number of KPIs in which the place is clearly worse or better."""
    t, kpis = streets.context.t, streets.context.kpis
    per = streets.now.figure(sentences.BACKLOG, org.code) if sentences.BACKLOG in kpis else None
    band, late = streets.bands.get(org.code), streets.late_in(org)
    share = t("street.per_1000", value=fmt.bare(per.value, "per_1000")) if per and per.value is not None else ""
    return [
        heat.Cell(fmt.NOTHING, None, "", t("nothing.no_data"), is_missing=True)
        if late is None
        else heat.Cell(
            fmt.whole(late),
            None,
            f"<small>{esc(share)}</small>" if share else "",
            t("tile.overdue"),
            "events",
            _there(streets, org),
        ),
        heat.Cell(fmt.whole(band["worse"]) if band else fmt.NOTHING, None, "", t("street.worse_hint")),
        heat.Cell(fmt.whole(band["better"]) if band else fmt.NOTHING, None, "", t("street.better_hint")),
    ]


def _load(streets: Streets, org: Org) -> list[heat.Cell]:
    t, load = streets.context.t, streets.loads.get(org.code)
    if not load:
        return [heat.Cell(fmt.NOTHING, None, "", t("nothing.no_data"), is_missing=True)] * 2
    return [
        heat.Cell(
            f"{load['task_load']:.0f}",
            None,
            f"<small>{esc(t('street.median', value=fmt.whole(load['median_load'])))}</small>",
            t("street.load_hint"),
        ),
        heat.Cell(
            fmt.whole(load["overloaded"]),
            None,
            f"<small>{esc(t('street.of_workers', n=fmt.whole(load['workers'])))}</small>",
            t("street.overloaded_hint"),
        ),
    ]


def _table_behind(streets: Streets) -> Table:
    t = streets.context.t
    columns = [t("column.code"), t("column.name"), t("street.households")]
    columns += [f"{t('pillar.' + name)} {t('column.score')}" for name in NAMES]
    for kpi in streets.rates:
        columns += [f"{kpi.name(t.lang)}（%）", f"{kpi.name(t.lang)} n"]
    columns += [f"{t('rates.composite')}（%）", t("rank.overdue"), t("street.worse"), t("street.better")]
    columns += [t("street.load"), t("street.overloaded"), t("street.workers")]
    rows = []
    for org in [streets.whole, *streets.orgs]:
        values: list[str | float | int | None] = [org.code, org.name, org.households]
        values += [streets.index(org, name).score for name in NAMES]
        for figure in streets.rates_of(org):
            values += [figure.value, figure.n]
        band, load = streets.bands.get(org.code), streets.loads.get(org.code)
        values += [streets.composites.get(org.code), streets.late_in(org)]
        values += [band["worse"] if band else None, band["better"] if band else None]
        values += [load["task_load"], load["overloaded"], load["workers"]] if load else [None, None, None]
        rows.append(tuple(values))
    return Table(columns, rows)


def _weights(rates: Sequence[Kpi]) -> str:
    """30/35/35, as in the registry; empty if there are no weights."""
    weights = [kpi.composite_weight for kpi in rates]
    return "/".join(f"{weight:g}" for weight in weights if weight) if weights and all(weights) else ""


def _below(context: Context, orgs: Sequence[Org], now: Board) -> None:
    """Two KPIs by place: overload and overdue events."""
    t = context.t
    shown = [context.kpis[name] for name in (sentences.BACKLOG, OVERLOADED) if name in context.kpis]
    if not shown:
        return
    with st.container(key="row_b"):
        for column, kpi in zip(st.columns(len(shown), gap="small"), shown, strict=True):
            figures = [(org, now.figure(kpi.kpi_id, org.code)) for org in orgs]
            page = "community" if context.view.street else "street"
            with (
                column,
                panel(
                    f"places_{kpi.kpi_id}",
                    sentences.places_title(figures, kpi, t),
                    t("street.places_subtitle", name=kpi.name(t.lang), unit=t("unit." + kpi.unit)),
                    context,
                    about=[kpi],
                    behind=partial(_behind, kpi, figures, context),
                ),
            ):
                live(places.places(figures, kpi, page, context.view, t), f"places_{kpi.kpi_id}", t.lang)


def _behind(kpi: Kpi, figures: Sequence[tuple[Org, Figure]], context: Context) -> Table:
    t = context.t
    columns = (
        t("column.code"),
        t("column.name"),
        f"{kpi.name(t.lang)}（{t('unit.' + kpi.unit)}）",
        t("column.numerator"),
        t("column.denominator"),
        t("column.verdict"),
    )
    return Table(
        columns,
        [
            (org.code, org.name, figure.value, figure.numerator, figure.denominator, verdict_word(figure, t))
            for org, figure in figures
        ],
    )

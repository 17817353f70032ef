"""镇街: which street needs help? Streets by types, the three rates of the hotline with their composite, what is
overdue, and the load of the workers; below a street the same of its communities.

Here: which panel shows which answer. Not here: SQL (queries/), figures (kpis.py), markup (components/).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from components import heat, places
from components.live import live
from components.markup import esc, why_nothing
from components.panel import panel
from components.scores import difference, points
from components.trust import badge
from downloads import Table
from figures import kpis as measures
from figures import published
from figures.kpis import Board, Figure, Index, Org
from figures.published import Row
from language import numbers as fmt
from page import frame, sentences
from reader.context import Context

RATES = ("hotline_response_rate", "hotline_resolution_rate", "hotline_satisfaction_rate")
OVERLOADED = "overloaded_worker_share"
NAMES = ("overall", *measures.INDICES)


def show(context: Context) -> None:
    t, window, register = context.t, context.window, context.register
    if window is None or context.district is None:
        frame.blank_page(t("empty.title"), t("empty.text"), tuple(t(f"empty.step{n}") for n in (1, 2, 3)))
        return
    frame.filters(context)
    around = context.view.street or context.district.code
    orgs = register.of("community", around) if len(around) > 6 else register.of("street")
    whole = register.orgs[around]
    publication = context.publication
    now = Board(publication, context.kpis, around, window)
    indices = measures.indices(publication, around, window.last)
    compared = measures.indices(publication, around, context.compared.last if context.compared else None)
    bands = {row["org_code"]: row for row in published.ask(publication, "bands_below", area=around, day=window.last)}
    loads = {
        row["org_code"]: row for row in published.ask(publication, "loads_by_place", area=around, last=window.last)
    }
    late: dict[str, int] = {}
    for row in published.ask(publication, "overdue", area=around, last=window.last):
        for code in (row["community_code"], row["community_code"][:9], row["community_code"][:6]):
            late[code] = late.get(code, 0) + row["events"]
    # Those that need help most come first; those without a score last.
    ranked = sorted(orgs, key=lambda org: (_score(indices, org) is None, _score(indices, org) or 0.0, org.code))
    said = sentences.street_sentence(
        [(org, _score(indices, org)) for org in ranked], _score(indices, whole), bands, late, context.area_name, t
    )
    said += badge(context, [kpi for kpi in context.kpis.values() if kpi.pillar in measures.INDICES])
    live(f'<div class="say">{frame.breadcrumb(context, "street")}<p>{said}</p></div>', "finding", t.lang)
    _table(context, whole, ranked, now, indices, compared, bands, loads, late)
    _below(context, ranked, now)


def _score(indices: Mapping[tuple[str, str], Index], org: Org) -> float | None:
    return indices.get((org.code, "overall"), Index()).score


def _table(
    context: Context,
    whole: Org,
    orgs: Sequence[Org],
    now: Board,
    indices: Mapping[tuple[str, str], Index],
    compared: Mapping[tuple[str, str], Index],
    bands: Mapping[str, Row],
    loads: Mapping[str, Row],
    late: Mapping[str, int],
) -> None:
    t, view, kpis = context.t, context.view, context.kpis
    rates = [kpis[name] for name in RATES if name in kpis]

    def rate(org: Org) -> list[Figure]:
        return [now.figure(kpi.kpi_id, org.code) for kpi in rates]

    def scores_of(org: Org) -> list[heat.Cell]:
        cells = []
        for name in NAMES:
            index = indices.get((org.code, name), Index())
            moved = difference(index, compared.get((org.code, name), Index()))
            if index.score is None:
                why = (
                    t("score.short", share=fmt.percent(index.coverage * 100, 0))
                    if index.coverage is not None
                    else t("nothing.no_data")
                )
                cells.append(heat.Cell(fmt.NOTHING, None, "", why, is_missing=True))
                continue
            there = replace(view, org="" if org.level == "district" else org.code)
            under = points(moved, t, bare=True) if moved is not None and view.compare != "target" else ""
            target = "overview" if name == "overall" else "type"
            if name != "overall":
                there = replace(there, type=name)
            hint = f"{org.name} · {t('pillar.' + name)} {index.score:.1f}"
            cells.append(heat.Cell(f"{index.score:.1f}", heat.grade_of(index.score), under, hint, target, there))
        return cells

    def rates_of(org: Org) -> list[heat.Cell]:
        cells = []
        for figure in rate(org):
            if figure.value is None:
                cells.append(heat.Cell(fmt.NOTHING, None, "", why_nothing(figure, t), is_missing=True))
                continue
            under = f"<small>n={esc(fmt.whole(figure.n))}</small>"
            if figure.status == "few":
                under = f'<small class="few">n={esc(fmt.whole(figure.n))} {esc(t("few"))}</small>'
            cells.append(heat.Cell(fmt.percent(figure.value), figure.grade, under, figure.kpi.name(t.lang)))
        mean = measures.composite(rate(org))
        why = t("rates.no_composite") if not _weights(rates) else t("rates.incomplete")
        cells.append(heat.Cell(fmt.percent(mean), None, "", why if mean is None else t("rates.composite_hint")))
        return cells

    def work_of(org: Org) -> list[heat.Cell]:
        n, load = late.get(org.code, 0), loads.get(org.code)
        per = now.figure(sentences.BACKLOG, org.code) if sentences.BACKLOG in kpis else None
        there = replace(view, org="" if org.level == "district" else org.code)
        band = bands.get(org.code)
        cells = [
            heat.Cell(
                fmt.whole(n),
                None,
                f"<small>{esc(t('street.per_1000', value=fmt.bare(per.value, 'per_1000')))}</small>" if per else "",
                t("tile.overdue"),
                "events",
                there,
            ),
            heat.Cell(fmt.whole(band["worse"]) if band else fmt.NOTHING, None, "", t("street.worse_hint")),
            heat.Cell(fmt.whole(band["better"]) if band else fmt.NOTHING, None, "", t("street.better_hint")),
        ]
        if load:
            cells += [
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
        else:
            cells += [heat.Cell(fmt.NOTHING, None, "", t("nothing.no_data"), is_missing=True)] * 2
        return cells

    def row(org: Org) -> heat.Row:
        page = "community" if org.level == "community" else "street"
        there = replace(view, org="" if org.level == "district" else org.code)
        cells = [*scores_of(org), *rates_of(org), *work_of(org)]
        return heat.Row(org.label, fmt.households(org.households, t.lang), page, there, cells, org is whole)

    groups = (
        (t("street.scores"), [t("pillar." + name) for name in NAMES]),
        (t("street.rates"), [*(t("rates." + kpi.kpi_id) for kpi in rates), t("rates.composite")]),
        (t("street.work"), [t("rank.overdue"), t("street.worse"), t("street.better")]),
        (t("street.loads"), [t("street.load"), t("street.overloaded")]),
    )

    def behind() -> Table:
        columns = [t("column.code"), t("column.name"), t("street.households")]
        columns += [f"{t('pillar.' + name)} {t('column.score')}" for name in NAMES]
        for kpi in rates:
            columns += [f"{kpi.name(t.lang)}（%）", f"{kpi.name(t.lang)} n"]
        columns += [f"{t('rates.composite')}（%）", t("rank.overdue"), t("street.worse"), t("street.better")]
        columns += [t("street.load"), t("street.overloaded"), t("street.workers")]
        rows = []
        for org in [whole, *orgs]:
            values: list[str | float | int | None] = [org.code, org.name, org.households]
            values += [indices.get((org.code, name), Index()).score for name in NAMES]
            for figure in rate(org):
                values += [figure.value, figure.n]
            band, load = bands.get(org.code), loads.get(org.code)
            values += [measures.composite(rate(org)), late.get(org.code, 0)]
            values += [band["worse"] if band else None, band["better"] if band else None]
            values += [load["task_load"], load["overloaded"], load["workers"]] if load else [None, None, None]
            rows.append(tuple(values))
        return Table(columns, rows)

    title = sentences.street_title([(org, rate(org)) for org in orgs], t)
    weights = _weights(rates)
    note = t("street.note") + (t("rates.note", weights=weights) if weights else t("rates.no_weights"))
    subtitle = t("street.subtitle", span=_span(context), n=len(orgs))
    with panel("streets", title, subtitle, context, about=rates, note=note, behind=behind):
        first = t("rank.community") if context.view.street else t("rank.street")
        live(heat.legend(t) + heat.heat(groups, [row(org) for org in [*orgs, whole]], first, t), "streets", t.lang)


def _weights(rates: Sequence[measures.Kpi]) -> str:
    """30/35/35, as the registry has them; empty where it has none."""
    weights = [kpi.composite_weight for kpi in rates]
    return "/".join(f"{weight:g}" for weight in weights if weight) if weights and all(weights) else ""


def _span(context: Context) -> str:
    assert context.window is not None
    return fmt.span(context.window.first, context.window.last, context.lang)


def _below(context: Context, orgs: Sequence[Org], now: Board) -> None:
    """Two KPIs place by place: who carries too much, and where it is overdue."""
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


def _behind(kpi: measures.Kpi, figures: Sequence[tuple[Org, Figure]], context: Context) -> Table:
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
            (org.code, org.name, figure.value, figure.numerator, figure.denominator, t("status." + figure.status))
            for org, figure in figures
        ],
    )

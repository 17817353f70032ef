"""总览 of a city or province: how its districts do, who is ahead, and who has not delivered.

Belongs here: the panels of a level above the districts, from what a roll-up publishes. Does not belong here: the
overview of a district (the other modules of this folder), how numbers are added up (the warehouse).
"""

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from components import heat
from components.live import live
from components.markup import esc
from components.panel import panel
from components.table import table
from downloads import Table
from figures import published
from figures.indices import Index
from figures.kpis import PILLARS, Kpi
from figures.orgs import Org
from figures.published import Row
from figures.shares import share
from language import numbers as fmt
from page import frame
from reader import navigation
from reader.context import Context

COLUMNS = ("overall", *PILLARS)
Indices = Mapping[tuple[str, str], Index]


def show(context: Context) -> None:
    t, day, whole = context.t, context.through, context.district
    if day is None or whole is None:
        frame.empty_page(t)
        return
    districts = context.register.of("district")
    parcels = published.ask(context.publication, "above_parcels", day=day)
    scores: Indices = {
        (row["org_code"], row["pillar"]): Index(row["score"], row["coverage"])
        for row in published.ask(context.publication, "above_scores", day=day)
    }
    _finding(context, whole, scores, parcels, day)
    kpi = _chosen(context)
    with st.container(key="row_a"):
        left, right = st.columns([1, 1.15], gap="small")
        with left:
            _ranking(context, whole, districts, scores, parcels, day)
        with right:
            _standings(context, whole, districts, parcels, kpi, day)
    _parcels(context, parcels)


def _finding(context: Context, whole: Org, scores: Indices, parcels: Sequence[Row], day: date) -> None:
    """The index, how many districts are in it, and which are not."""
    t = context.t
    score = scores.get((whole.code, "overall"), Index()).score
    said_day = fmt.day(day, t.lang)
    key = "above.finding" if score is not None else "above.finding_none"
    first = t(key, name=whole.name, score=f"{score or 0:.1f}", day=said_day)
    by_state: dict[str, list[str]] = {}
    for row in parcels:
        name = context.register.name(row["district_code"])
        if row["state"] == "late":
            name = t("above.late_one", name=name, day=fmt.short_day(row["data_through"], t.lang))
        by_state.setdefault(row["state"], []).append(name)
    parts = [t("above.delivered", delivered=len(by_state.get("delivered", [])), expected=len(parcels))]
    parts += [
        t(f"above.{state}", names=t.join(by_state[state]))
        for state in ("late", "missing", "refused")
        if state in by_state
    ]
    left_out = [
        t("above.left_out_one", name=context.register.name(row["district_code"]), n=row["kpis_left_out"])
        for row in parcels
        if row["kpis_left_out"]
    ]
    if left_out:
        parts.append(t("above.left_out", names=t.join(left_out)))
    live(f'<div class="say"><p>{esc(first)}{esc(t("semicolon").join(parts))}</p></div>', "finding", t.lang)


def _chosen(context: Context) -> Kpi:
    """The KPI by which the districts are compared, and the box that changes it."""
    t, session, view = context.t, st.session_state, context.view
    session["w_kpi"] = context.kpi.kpi_id
    with st.container(key="kpi_choice", horizontal=True, vertical_alignment="center", gap="small"):
        st.selectbox(
            t("filter.kpi"),
            list(context.kpis),
            key="w_kpi",
            format_func=lambda code: context.kpis[code].name(t.lang),
            label_visibility="collapsed",
            on_change=lambda: navigation.change(kpi=session["w_kpi"]),
            width=320,
        )
    return context.kpis.get(view.kpi, context.kpi)


def _ranking(
    context: Context, whole: Org, districts: Sequence[Org], scores: Indices, parcels: Sequence[Row], day: date
) -> None:
    t = context.t
    through = {row["district_code"]: row["data_through"] for row in parcels}

    def overall(org: Org) -> float | None:
        return scores.get((org.code, "overall"), Index()).score

    ranked = sorted(districts, key=lambda org: (overall(org) is None, -(overall(org) or 0), org.code))
    known = [org for org in ranked if overall(org) is not None]
    title = (
        t("above.rank_title", best=known[0].name, last=known[-1].name) if len(known) > 1 else t("above.rank_title_none")
    )
    said_day = fmt.short_day(day, t.lang)

    def under(org: Org) -> str:
        last = through.get(org.code)
        if org == whole or last == day:
            return ""
        return t("above.up_to", day=fmt.short_day(last, t.lang)) if last else t("above.not_in")

    def behind() -> Table:
        heads = (
            t("above.district"),
            *(t("pillar." + one) for one in COLUMNS),
        )
        rows = [
            (org.name, *(scores.get((org.code, one), Index()).score for one in COLUMNS)) for org in [whole, *ranked]
        ]
        return Table(heads, rows)

    with panel("rank", title, t("above.rank_subtitle", day=said_day), context, behind=behind):
        rows = [
            heat.Row(org.name, under(org), "", context.view, _cells(scores, org), is_whole=org == whole)
            for org in [whole, *ranked]
        ]
        heads = [t("pillar." + name) for name in COLUMNS]
        live(heat.heat([(t("above.indices"), heads)], rows, t("above.district"), t), "rank", t.lang)
        st.html(heat.legend(t))


def _cells(scores: Indices, org: Org) -> list[heat.Cell]:
    found = [scores.get((org.code, name), Index()) for name in COLUMNS]
    return [
        heat.Cell(fmt.NOTHING, is_missing=True)
        if index.score is None
        else heat.Cell(f"{index.score:.1f}", heat.grade_of(index))
        for index in found
    ]


def _standings(
    context: Context, whole: Org, districts: Sequence[Org], parcels: Sequence[Row], kpi: Kpi, day: date
) -> None:
    """The districts in one KPI, the best first; a KPI that is not added up has no row of the whole."""
    t = context.t
    rows = {
        row["org_code"]: row for row in published.ask(context.publication, "above_standings", kpi=kpi.kpi_id, day=day)
    }
    own, states = rows.get(whole.code), {row["district_code"]: row["state"] for row in parcels}
    said_day = fmt.short_day(day, t.lang)
    if own is None:
        title, subtitle = t("above.kpi_apart", name=kpi.name(t.lang)), t("above.apart_subtitle", day=said_day)
    else:
        value = fmt.value(own["value"], kpi.unit, t.lang)
        title = t("above.kpi_title", name=kpi.name(t.lang), value=value)
        subtitle = t("above.kpi_subtitle", day=said_day, n=own["districts_in"], expected=own["districts_expected"])
    best = -1 if kpi.direction == "up" else 1

    def order(org: Org) -> tuple[bool, float, str]:
        value = rows[org.code]["value"] if org.code in rows else None
        return value is None, best * (value or 0.0), org.code

    listed = ([whole] if own is not None else []) + sorted(districts, key=order)
    content = Table(
        (
            t("above.district"), f"{t('above.value')}（{t('unit.' + kpi.unit)}）", t("above.interval"), t("above.band"),
            t("above.counts"),
        ),
        [(org.name, *_standing(context, kpi, rows.get(org.code), states.get(org.code, ""))) for org in listed],
    )  # fmt: skip
    with panel("standings", title, subtitle, context, about=[kpi], behind=lambda: content):
        st.html(table(content, t))


def _standing(context: Context, kpi: Kpi, row: Row | None, state: str) -> tuple[str, str, str, str]:
    """Value, interval, band, counts, as text: a reader sees why there is none."""
    t = context.t
    if row is None or row["status"] == "no_data":
        why = t("above.none") if state in ("", "delivered") else t("above.state." + state)
        return why, "", "", ""
    counts = fmt.whole(row["numerator"])
    if row["denominator"] is not None:
        counts += f" / {fmt.whole(row['denominator'])}"
    interval = "" if row["low90"] is None else f"{fmt.bare(row['low90'], kpi.unit)}–{fmt.bare(row['high90'], kpi.unit)}"
    if row["status"] == "small_n":
        return t("above.few"), "", "", counts
    band = t("above.band." + row["band"]) if row["band"] else ""
    return fmt.bare(row["value"], kpi.unit), interval, band, counts


def _parcels(context: Context, parcels: Sequence[Row]) -> None:
    t = context.t
    refused = {row["district_code"]: share(row["rows_rejected"] or 0, row["rows_counted"] or 0) for row in parcels}
    rows = [
        (
            context.register.name(row["district_code"]),
            t("above.state." + row["state"]),
            row["data_through"],
            row["received_at"],
            None if row["feeds"] is None else f"{row['feeds_in_time']}/{row['feeds']}",
            row["files_held"],
            None if (share_of := refused[row["district_code"]]) is None else f"{share_of:.2f}%",
            row["kpis_left_out"],
            t("above.problem." + row["problem"]) if row["problem"] else None,
        )
        for row in parcels
    ]
    keys = ("district", "state", "through", "received", "feeds", "held", "rejected", "kpis_out", "why")
    content = Table(tuple(t("above." + key) for key in keys), rows)
    with panel("parcels", t("above.parcels"), t("above.parcels_subtitle"), context, behind=lambda: content):
        st.html(table(content, t))

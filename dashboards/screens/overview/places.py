"""The places below the area: the ranking with intervals, and the tiles.

Belongs here: who is ahead and behind in one KPI. Does not belong here: the order itself (figures/ranking.py).
"""

from collections.abc import Mapping
from functools import partial

import streamlit as st

from components import rank_list, tile_map
from components.live import live
from components.markup import verdict_word
from components.panel import panel
from downloads import Table
from figures import codes, feeds
from figures.board import Board
from figures.kpis import Kpi
from figures.orgs import Org
from figures.published import Row
from figures.ranking import Ranked
from language import numbers as fmt
from page import sentences
from reader import navigation
from reader.context import Context
from reader.view import UNITS


def late_by_org(context: Context, overdue: list[Row]) -> dict[str, int | None]:
    """Overdue open events by community, street and district; None where the reader does not see them all, and without
    the feed of events."""
    are_there = feeds.EVENT not in feeds.without_rows(context.publication)
    late: dict[str, int | None] = {
        org: None for org in context.register.orgs if not (are_there and context.is_own(org))
    }
    for row in overdue:
        for org in codes.with_those_above(row["community_code"]):
            if context.is_own(org):
                late[org] = (late.get(org) or 0) + row["events"]
    return late


def units_of(context: Context) -> list[Org]:
    """The ranked units: the district's streets or communities; below it, the street's communities."""
    if rank_list.view_unit(context.view) == "street":
        return context.register.of("street")
    return context.register.of("community", context.view.street)


def show_ranking(
    context: Context,
    now: Board,
    before: Board,
    kpi: Kpi,
    units: list[Org],
    ranked: list[Ranked],
    late: Mapping[str, int | None],
    ends: int = rank_list.SHOWN_AT_EACH_END,
) -> None:
    t, view = context.t, context.view
    assert context.district is not None
    hidden = sum(now.figure(kpi.kpi_id, org.code).status == "hidden" for org in units)
    title = sentences.ranking_title(ranked, kpi, view, t)
    subtitle = t(
        "rank.subtitle",
        name=f"{kpi.name(t.lang)}（{t('unit.' + kpi.unit)}）"
        if t.lang == "zh"
        else f"{kpi.name(t.lang)} ({t('unit.' + kpi.unit)})",
        span=context.span if kpi.kind == "flow" else fmt.short_day(context.through, t.lang),
    )
    with panel(
        "rank",
        title,
        subtitle,
        context,
        about=[kpi],
        note=t("rank.note"),
        behind=partial(_ranking_table, context, now, before, kpi, units, ranked, late),
        controls=lambda: _unit_switch(context),
    ):
        streets = (
            {org.code: org.label for org in context.register.of("street")}
            if len(context.register.of("street")) > 1
            else {}
        )
        old = {org.code: before.figure(kpi.kpi_id, org.code) for org in units}
        district = now.figure(kpi.kpi_id, context.district.code)
        live(rank_list.rank_list(ranked, old, late, district, hidden, view, streets, t, ends), "rank", t.lang)


def _ranking_table(
    context: Context,
    now: Board,
    before: Board,
    kpi: Kpi,
    units: list[Org],
    ranked: list[Ranked],
    late: Mapping[str, int | None],
) -> Table:
    t = context.t
    unit = t("unit." + kpi.unit)
    rows = []
    by_code = {entry.org.code: (position, entry) for position, entry in enumerate(ranked, 1)}
    for org in sorted(units, key=lambda org: by_code.get(org.code, (10**6, None))[0]):
        figure = now.figure(kpi.kpi_id, org.code)
        position, entry = by_code.get(org.code, (None, None))
        old = before.figure(kpi.kpi_id, org.code).value
        interval = entry.interval if entry else None
        rows.append(
            (
                position,
                org.code,
                org.name,
                context.register.name(org.parent or ""),
                figure.value,
                entry.ordered_by if entry else None,
                interval[0] if interval else None,
                interval[1] if interval else None,
                figure.numerator,
                figure.denominator,
                old,
                late.get(org.code, 0),
                t("band." + entry.band)
                if entry and entry.band
                else t("doubt.mark")
                if figure.doubts
                else t("status." + figure.status),
            )
        )
    columns = (
        t("rank.no"),
        t("column.code"),
        t("column.name"),
        t("column.parent"),
        f"{t('rank.value')}（{unit}）",
        f"{t('column.smoothed')}（{unit}）",
        t("column.low"),
        t("column.high"),
        t("column.numerator"),
        t("column.denominator"),
        t("column.before"),
        t("rank.overdue"),
        t("rank.band"),
    )
    return Table(columns, rows)


def _unit_switch(context: Context) -> None:
    """Streets or communities: only if there is more than one street."""
    t, session = context.t, st.session_state
    if context.view.level != "district" or len(context.register.of("street")) < 2:
        return
    session["w_unit"] = context.view.unit
    st.segmented_control(
        t("filter.unit"),
        UNITS,
        key="w_unit",
        format_func=lambda code: t("rank." + code),
        required=True,
        label_visibility="collapsed",
        on_change=lambda: navigation.change(unit=session["w_unit"]),
    )


def show_tiles(context: Context, now: Board, kpi: Kpi, late: Mapping[str, int | None]) -> None:
    t, view = context.t, context.view
    streets = context.register.of("street", view.street)
    communities = context.register.of("community", view.street)
    figures = {org.code: now.figure(kpi.kpi_id, org.code) for org in (*streets, *communities)}
    title = sentences.tiles_title([figures[org.code] for org in communities], t)

    def behind() -> Table:
        return Table(
            (
                t("column.code"),
                t("column.name"),
                t("column.parent"),
                f"{t('rank.value')}（{t('unit.' + kpi.unit)}）",
                "n",
                t("column.verdict"),
                t("rank.overdue"),
            ),
            [
                (
                    org.code,
                    org.name,
                    context.register.name(org.parent or ""),
                    figures[org.code].value,
                    figures[org.code].n,
                    verdict_word(figures[org.code], t),
                    late.get(org.code, 0),
                )
                for org in communities
            ],
        )

    subtitle = t(
        "tile.subtitle",
        name=kpi.name(t.lang),
        unit=t("unit." + kpi.unit),
        streets=len(streets),
        communities=len(communities),
    )
    with panel("tiles", title, subtitle, context, about=[kpi], note=t("tile.note"), behind=behind):
        live(tile_map.tile_map(streets, communities, figures, late, view, kpi, t), "tiles", t.lang)

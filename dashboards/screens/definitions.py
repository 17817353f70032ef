"""口径: how is this number computed? Every KPI of the warehouse's kpi_definition, searchable, by type, with its current
value.

Belongs here: the list and its search. Does not belong here: formulas (the warehouse), figures (figures/), the rows
behind a number (page/evidence.py).
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from components.limits import as_defined
from components.live import live
from components.markup import count_of, esc, link, verdict_tag, why_nothing
from components.panel import panel
from downloads import Table
from figures import above, feeds, published
from figures.board import Board
from figures.kpis import ALL_PILLARS, PILLARS, Figure, Kpi
from language import numbers as fmt
from page import evidence, frame
from reader.context import Context
from reader.view import View


def show(context: Context) -> None:
    t = context.t
    if context.kpis:
        context = replace(context, view=replace(context.view, kpi=context.kpi.kpi_id))
    if context.window:
        frame.filters(context, list(context.kpis))
    is_above = context.register.is_above
    now = _above(context) if is_above else context.boards(context.area).now
    chosen = context.kpis.get(context.view.kpi)
    # Above the districts there are no rows that a number stands on.
    if chosen and context.window and not is_above:
        evidence.show(context, chosen, now.figure(chosen.kpi_id, context.area))
    kpis = [kpi for pillar in ALL_PILLARS for kpi in context.kpis.values() if kpi.pillar == pillar]
    feeds = {feed for kpi in kpis for feed in kpi.feed_names}
    where = t("definition.at", area=context.area_name, period=context.period_said)

    title = t("definition.title", n=len(kpis))
    with panel(
        "definitions",
        title,
        t("definition.subtitle", feeds=len(feeds), where=where),
        context,
        note=t("definition.note"),
        behind=partial(_table, context, kpis, now),
    ):
        _list(context, kpis, now)


def _above(context: Context) -> Board:
    """The figures of a city or province."""
    if context.through is None:
        return Board(context.kpis)
    return above.standing(context.publication, context.kpis, context.through, context.view.period).board


def _table(context: Context, kpis: Sequence[Kpi], now: Board) -> Table:
    t = context.t
    columns = (
        "kpi_id",
        t("column.name"),
        t("column.pillar"),
        t("definition.formula"),
        t("column.unit"),
        t("column.direction"),
        t("definition.red"),
        t("definition.target"),
        t("definition.stretch"),
        t("definition.band_head"),
        t("column.weight"),
        t("definition.defined"),
        t("definition.feeds"),
        t("definition.owner"),
        t("definition.version"),
        t("definition.now"),
        "n",
    )
    rows = []
    for kpi in kpis:
        figure = now.figure(kpi.kpi_id, context.area)
        rows.append(
            (
                kpi.kpi_id,
                kpi.name(t.lang),
                t("pillar." + kpi.pillar),
                kpi.formula(t.lang),
                t("unit." + kpi.unit),
                t("direction." + kpi.direction),
                kpi.red_line,
                kpi.target,
                kpi.stretch,
                _band(kpi, t.lang),
                kpi.weight,
                as_defined(kpi, context.registry.get(kpi.kpi_id), t),
                _feeds(kpi, context),
                t.term(kpi.owner),
                kpi.version,
                figure.value,
                figure.n,
            )
        )
    return Table(columns, rows)


def _list(context: Context, kpis: Sequence[Kpi], now: Board) -> None:
    """The search field, and the matching KPIs by type."""
    t = context.t
    sought = st.text_input(
        t("definition.search"),
        key="w_search",
        placeholder=t("definition.search"),
        label_visibility="collapsed",
        max_chars=60,
    )
    found = [kpi for kpi in kpis if _matches(kpi, sought, context)]
    if not found:
        st.html(
            f'<div class="blank"><b>{esc(t("definition.none"))}</b><p>'
            f"{esc(t('definition.none_why', sought=sought))}</p></div>"
        )
    markup = []
    for pillar in ALL_PILLARS:
        group = [kpi for kpi in found if kpi.pillar == pillar]
        if group:
            rows = "".join(_row(kpi, now.figure(kpi.kpi_id, context.area), context) for kpi in group)
            colour = f"var(--{pillar})" if pillar in PILLARS else "var(--muted)"
            markup.append(
                f'<section class="defs" style="--pillar:{colour}"><h3><i></i>{esc(t("pillar." + pillar))}'
                f"<small>{esc(t('definition.count', n=len(group)))}</small>"
                f'</h3><div class="def-list">{rows}</div></section>'
            )
    live("".join(markup), "definition_list", t.lang)


def _limits(kpi: Kpi, context: Context) -> str:
    """What the KPI is judged by, as markup."""
    t = context.t
    marks = [("band_head", _band(kpi, t.lang))] if kpi.band_low is not None else []
    if kpi.red_line is not None:
        points = (("red", kpi.red_line), ("target", kpi.target), ("stretch", kpi.stretch))
        marks = [(name, fmt.limit(mark, kpi.unit, t.lang)) for name, mark in points]
    return "".join(
        f"<span><small>{esc(t('definition.' + name))}</small> <b class='num'>{esc(mark)}</b></span>"
        for name, mark in marks
    )


def _band(kpi: Kpi, lang: str) -> str:
    """8%–35%; empty for a KPI without a band."""
    if kpi.band_low is None:
        return ""
    return f"{fmt.limit(kpi.band_low, kpi.unit, lang)}–{fmt.limit(kpi.band_high, kpi.unit, lang)}"


def _feeds(kpi: Kpi, context: Context) -> str:
    """Feeds by their titles; the ledger is not a feed and has its own word."""
    rows = feeds.named(published.ask(context.publication, "feeds"), context.t.lang)
    titles = {f"{row['platform']}.{row['feed']}": row["title"] for row in rows}
    names = (
        context.t("definition.ledger") if name.startswith("ledger.") else titles.get(name, name)
        for name in kpi.feed_names
    )
    return context.t.join(names)


def _matches(kpi: Kpi, sought: str | None, context: Context) -> bool:
    """Whether every search word occurs somewhere in the displayed texts of the KPI, or in the ids of its feeds."""
    own = (kpi.kpi_id, kpi.zh, kpi.en, kpi.formula(context.lang), *kpi.feed_names, kpi.owner or "")
    text = " ".join((*own, _feeds(kpi, context), context.t.term(kpi.owner))).casefold()
    return all(word in text for word in (sought or "").casefold().split())


def _row(kpi: Kpi, figure: Figure, context: Context) -> str:
    t, lang = context.t, context.lang
    over, under = kpi.said("numerator", lang), kpi.said("denominator", lang)
    fraction = f'<span class="frac"><span>{esc(over)}</span><span>{esc(under)}</span></span>' if under else esc(over)
    times = fmt.unit_of(kpi.unit).factor
    factor = "" if times == 1 else f"× {times:g}" + ("%" if kpi.unit == "percent" else "")
    tag = verdict_tag(figure, t)
    if figure.value is None:
        value = f'<span class="muted">{esc(fmt.NOTHING)}</span><small>{esc(why_nothing(figure, t))}</small>'
    else:
        value = (
            f'<b class="num">{esc(fmt.value(figure.value, kpi.unit, lang))}</b>'
            f"<small>{esc(count_of(figure, t))}</small>"
        )
    there: View = replace(context.view, kpi=kpi.kpi_id)
    now = (
        link("overview", there, value + tag, "def-now", t("definition.go"))
        if kpi.pillar != "data"
        else f'<span class="def-now">{value}{tag}</span>'
    )
    basis = ""
    if not context.register.is_above:
        basis = link("definitions", there, esc(t("definition.basis")), "def-basis", t("stat.open", name=kpi.name(lang)))
    headline = f'<span class="tag plain">{esc(t("definition.headline"))}</span>' if kpi.is_headline else ""
    weight = t("definition.weight", n=f"{kpi.weight:g}") if kpi.weight is not None and kpi.pillar in PILLARS else ""
    facts = " · ".join(
        fact
        for fact in (
            t("kind." + kpi.kind),
            t("direction." + kpi.direction),
            "" if kpi.composite_weight is None else t("rates.weight", n=f"{kpi.composite_weight:g}"),
            weight,
            t("definition.danger", n=kpi.danger) if kpi.direction != "none" else "",
            t("definition.feeds") + t("colon") + _feeds(kpi, context),
            t("definition.day") + t("colon") + kpi.said("cohort_day", lang) if kpi.said("cohort_day", lang) else "",
            t("definition.owner") + t("colon") + (t.term(kpi.owner) or fmt.NOTHING),
            t("definition.version") + " " + (kpi.version or fmt.NOTHING),
        )
        if fact
    )
    noted = kpi.said("caveats", lang)
    caveats = f"<br>{esc(t('definition.caveats') + t('colon') + noted)}" if noted else ""
    defined = as_defined(kpi, context.registry.get(kpi.kpi_id), t)
    caveats += f"<br>{esc(defined)}" if defined else ""
    return (
        f'<article class="def{" on" if kpi.kpi_id == context.view.kpi else ""}"><div>'
        f"<h4>{esc(kpi.name(lang))} {headline}</h4><code>{esc(kpi.kpi_id)}</code>{basis}</div>"
        f'<div class="def-formula">{fraction}<span class="muted">{esc(factor)}</span></div>{now}'
        f'<div class="def-limits">{_limits(kpi, context)}</div>'
        f'<div class="def-facts">{esc(facts)}{caveats}</div></article>'
    )

"""Events by category: how many came in, and how many of those due were closed in time.

Belongs here: the panel that two pages show, and its figures and table, which a third page also uses. Does not belong
here: places where the same problem occurs again (`screens/events/`).
"""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from components import bars
from components.doubt import doubt_note
from components.live import live
from components.markup import esc
from components.panel import panel
from downloads import Table
from figures import feeds, published
from figures.kpis import Figure, Kpi
from figures.published import Row
from figures.shares import share
from language import numbers as fmt
from language.words import Speaker
from page import sentences
from page.subject import of_few, said_of_none
from reader.context import Context
from reader.view import View


def on_time(kpi: Kpi | None, row: Row) -> Figure | None:
    """The figure of a category; None if its KPI is left out."""
    on_time, due = float(row["on_time"]), float(row["due"])
    return Figure(kpi, on_time, due, published=share(on_time, due)) if kpi else None


def said(figure: Figure | None, row: Row, t: Speaker) -> tuple[str, str]:
    """The figure as text, and its colour."""
    if figure is None or figure.value is None:
        return t("few_short") if row["due"] else fmt.NOTHING, "muted"
    if figure.status == "few":
        return of_few(row["on_time"], row["due"]), "muted"
    return fmt.percent(figure.value), "" if figure.reached else "bad" if figure.breached else "warn"


def table(kpi: Kpi | None, rows: Sequence[Row], t: Speaker) -> Table:
    """One row per category, as in the download."""
    return Table(
        (
            t("column.category"),
            t("category.events"),
            t("column.due"),
            t("column.on_time"),
            t("category.on_time") + "（%）",
            t("rank.overdue"),
        ),
        [
            (
                t("category." + row["category"]),
                row["reported"],
                row["due"],
                row["on_time"],
                figure.value if (figure := on_time(kpi, row)) else None,
                row["overdue"],
            )
            for row in rows
        ],
    )


def bar(row: Row, shown: tuple[str, str], view: View, t: Speaker) -> bars.Category:
    """The bar of a category: a click narrows the events to it, another click leaves that. shown: from `said`."""
    is_on = view.category == row["category"]
    there = replace(view, category="" if is_on else row["category"])
    return bars.Category(t("category." + row["category"]), row["reported"], *shown, row["overdue"], there, is_on)


def doubt_of(context: Context, kpi: Kpi | None) -> str:
    """The note for an area whose rate over all categories is in doubt: those of its categories are too."""
    if kpi is None:
        return ""
    doubts = context.boards(context.area).now.figure(kpi.kpi_id, context.area).doubts
    return doubt_note([(context.area_name, doubts)], context.view, context.t)


def show(key: str, listed: Sequence[bars.Category], t: Speaker, title: str, note: str = "") -> None:
    """Shows the bars, and below them a note as markup; or the panel's title again if there are no events."""
    if listed:
        live(bars.categories(listed, t) + note, key, t.lang)
    else:
        st.html(f'<div class="blank"><b>{esc(title)}</b></div>')


def title_of(context: Context, rows: Sequence[Row]) -> str:
    """The finding on the categories of an area; no data if events are not delivered."""
    if not rows:
        return said_of_none(context, "category.title_nothing", feeds.EVENT)
    return sentences.category_title(rows, context.t)


def categories_panel(context: Context) -> None:
    t, window = context.t, context.window
    assert window is not None
    rows = published.ask(context.publication, "categories", area=context.area, first=window.first, last=window.last)
    kpi = context.kpis.get(sentences.HEADLINE)
    title = title_of(context, rows)
    with panel(
        "category",
        title,
        t("category.subtitle", span=context.span),
        context,
        about=[kpi] if kpi else [],
        behind=lambda: table(kpi, rows, t),
    ):
        show(
            "categories",
            [bar(row, said(on_time(kpi, row), row, t), context.view, t) for row in rows],
            t,
            title,
            doubt_of(context, kpi),
        )

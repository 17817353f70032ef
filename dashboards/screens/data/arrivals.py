"""Which feed arrived on which business date.

Belongs here: the grid of feeds and days. Does not belong here: the outcome of the rows (accounting.py).
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import partial

import streamlit as st

from components.markup import esc
from components.panel import panel
from downloads import Table
from figures import published
from figures.periods import Window
from figures.published import Row
from language import numbers as fmt
from reader.context import Context
from screens.data.feeds import only

GLYPHS = {"loaded": "●", "late": "◆", "corrected": "◇", "duplicate": "＝", "held": "■", "missing": "○", "before": "·"}
LEGEND = ("loaded", "late", "corrected", "duplicate", "held", "missing")


def state_of(row: Row | None) -> str:
    """The one state that a feed-day shows. An error takes precedence over a remark."""
    if row is None:
        return "missing"
    if not row["is_loaded"]:
        return "held" if row["is_held"] else "missing"
    if row["is_late"]:
        return "late"
    if row["is_superseded"]:
        return "corrected"
    return "duplicate" if row["is_duplicate"] else "loaded"


def arrivals_panel(context: Context, span: Window, feeds: Sequence[Row], arrivals: Sequence[Row]) -> None:
    t = context.t
    days = [span.first + timedelta(days=number) for number in range(span.days)]
    start = context.publication.data_from or days[-1]
    found = {(row["platform"], row["feed"], row["business_date"]): row for row in arrivals}
    connected = [row for row in feeds if row["files"] and row["is_connected"]]
    states: dict[tuple[str, str, date], str] = {}
    for feed in connected:
        for day in days:
            row = found.get((feed["platform"], feed["feed"], day))
            states[feed["platform"], feed["feed"], day] = "before" if row is None and day < start else state_of(row)
    missing = sum(state == "missing" for state in states.values())
    held = sum(state == "held" for state in states.values())
    late = sum(state == "late" for state in states.values())
    if not connected:
        title = t("arrival.title_none")
    elif missing or held or late:
        title = t("arrival.title", missing=missing, held=held, late=late)
    else:
        title = t("arrival.title_all", n=len(connected))

    subtitle = t("arrival.subtitle", span=fmt.span(span.first, span.last, t.lang), n=len(connected))
    with panel(
        "arrivals",
        title,
        subtitle,
        context,
        note=t("arrival.note"),
        behind=partial(_arrivals_table, context, span, feeds),
        span=span,
    ):
        grid = (
            _calendar(context, connected, days, states, found)
            if connected
            else f'<div class="blank"><b>{esc(t("arrival.title_none"))}</b><p>{esc(t("arrival.none_why"))}</p></div>'
        )
        legend = "".join(
            f'<span><i class="cell {name}">{GLYPHS[name]}</i>{esc(t("arrival." + name))}</span>' for name in LEGEND
        )
        st.html(f'<div class="legend">{legend}</div>{grid}{_unconnected(context, feeds)}')


def _calendar(
    context: Context,
    connected: Sequence[Row],
    days: Sequence[date],
    states: Mapping[tuple[str, str, date], str],
    found: Mapping[tuple[str, str, date], Row],
) -> str:
    """One row per feed, one cell per business date."""
    t = context.t
    months = {day: f"<b>{esc(t('arrival.month', n=day.month))}</b>" for day in days if day.day == 1 or day == days[0]}
    heads = "".join(f'<span class="day">{months.get(day, "")}{day.day}</span>' for day in days)
    rows = []
    for feed in connected:
        cells = "".join(
            _cell(
                states[feed["platform"], feed["feed"], day],
                day,
                found.get((feed["platform"], feed["feed"], day)),
                context,
            )
            for day in days
        )
        rows.append(
            f'<div class="arrive-row"><span class="arrive-name">{esc(feed["title"])}<small>'
            f"{esc(feed['platform_title'])}</small></span>{cells}</div>"
        )
    return (
        f'<div class="arrive" tabindex="0" style="--days:{len(days)}"><div><div '
        f'class="arrive-row heads"><span></span>{heads}</div>{"".join(rows)}</div></div>'
    )


def _arrivals_table(context: Context, span: Window, feeds: Sequence[Row]) -> Table:
    t = context.t
    titles = {(row["platform"], row["feed"]): (row["platform_title"], row["title"]) for row in feeds}
    rows = only(context, published.ask(context.publication, "deliveries", first=span.first, last=span.last))
    columns = (
        t("column.business_date"),
        t("column.platform"),
        t("column.feed"),
        t("column.revision"),
        t("event.file"),
        t("column.received"),
        t("column.state"),
        t("column.reason"),
        t("row.counted"),
        t("row.loaded"),
        t("row.rejected"),
        t("row.duplicate"),
        t("row.superseded"),
        "SHA-256",
    )
    return Table(
        columns,
        [
            (
                row["business_date"],
                *titles.get((row["platform"], row["feed"]), (row["platform"], row["feed"])),
                row["revision"],
                row["file_name"],
                row["received_at"],
                t("state." + row["state"]),
                row["reason"],
                row["rows_counted"],
                row["rows_loaded"],
                row["rows_rejected"],
                row["rows_duplicate"],
                row["rows_superseded"],
                row["sha256"],
            )
            for row in rows
        ],
    )


def _cell(state: str, day: date, row: Row | None, context: Context) -> str:
    t = context.t
    hint = f"{fmt.day(day, t.lang)} · {t('arrival.' + state)}"
    if row and row["is_loaded"]:
        hint += " · " + t("arrival.hint", rows=fmt.whole(row["rows_loaded"]), at=fmt.minute(row["complete_at"]))
    return f'<span class="cell {state}" role="img" title="{esc(hint)}" aria-label="{esc(hint)}">{GLYPHS[state]}</span>'


def _unconnected(context: Context, feeds: Sequence[Row]) -> str:
    t = context.t
    waiting = [row for row in feeds if not (row["files"] and row["is_connected"])]
    if not waiting:
        return ""
    platforms: dict[str, list[str]] = {}
    for row in waiting:
        platforms.setdefault(row["platform_title"], []).append(row["title"])
    groups = "".join(
        f"<div><b>{esc(platform)}</b>{esc(t.join(titles))}</div>" for platform, titles in platforms.items()
    )
    return (
        f'<div class="waiting"><h3>{esc(t("arrival.unconnected", n=len(waiting)))}</h3>'
        f'<div class="waiting-list">{groups}</div></div>'
    )

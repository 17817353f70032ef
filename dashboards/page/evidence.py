"""依据: the evidence for a number. The feeds with their last delivery, their rejected rows and the results of the
checks; the definition with its version; and the rows that add up to the number, with their lines in the export.

Belongs here: the panel that any page shows for any KPI of its area. Does not belong here: SQL (queries/), figures
(figures/).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from components.ledger import Cell, Column, Line, ledger
from components.live import live
from components.markup import esc, verdict_tag
from components.panel import panel
from downloads import Table
from figures import published
from figures.feeds import named
from figures.kpis import Figure, Kpi
from figures.periods import Window
from figures.published import Row
from language import numbers as fmt
from reader.context import Context

MOST = 3000
"""The row limit of evidence_rows.sql."""
LISTED = 12


def span_of(kpi: Kpi, window: Window) -> Window:
    """The days whose rows a KPI counts: for a flow the period, otherwise the last day."""
    return window if kpi.kind == "flow" else Window(window.last, window.last)


def sums_of(rows: Sequence[Row]) -> list[Row]:
    """The tables and feeds behind all rows of evidence_rows.sql, with their sums: the first row has them."""
    return list(rows[0]["sums"]) if rows else []


def adds_up(sums: Sequence[Row], figure: Figure) -> bool:
    """Whether the rows sum up to the displayed numerator and denominator."""
    over = sum(row["numerator"] or 0.0 for row in sums)
    under = sum(row["denominator"] or 0.0 for row in sums)
    close = abs(over - (figure.numerator or 0.0)) < 0.5 + 1e-6 * abs(over)
    return close and (figure.denominator is None or abs(under - figure.denominator) < 0.5 + 1e-6 * abs(under))


def show(context: Context, kpi: Kpi, figure: Figure) -> None:
    """The panel for the context's area and period. If there are no rows, it says so."""
    t, window = context.t, context.window
    if window is None:
        return
    span = span_of(kpi, window)
    asked = {"kpi": kpi.kpi_id, "area": context.area, "first": span.first, "last": span.last}
    # If a KPI is not published yet, the rows of its feeds explain no number.
    is_there = figure.status != "no_data"
    found = published.ask(context.publication, "evidence_rows", **asked) if is_there else []
    sums = sums_of(found)
    rows = sum(row["row_count"] for row in sums)
    titles = _titles(context)

    value = fmt.value(figure.value, kpi.unit, t.lang) if figure.value is not None else t("nothing." + figure.status)
    title = (
        t("evidence.title", name=kpi.name(t.lang), value=value, rows=fmt.whole(rows))
        if rows
        else t("evidence.none", name=kpi.name(t.lang))
    )
    when = fmt.span(span.first, span.last, t.lang)
    with panel(
        "evidence",
        title,
        t("evidence.subtitle", area=context.area_name, span=when, version=kpi.version or fmt.NOTHING),
        context,
        about=[kpi],
        note=t("evidence.note", most=fmt.whole(MOST)),
        behind=partial(_table, context, found, titles, rows) if rows else None,
        span=span,
    ):
        trust = _trust(context, kpi, sums, figure, window)
        listed = ""
        if rows:
            listed = _rows(context, found, titles, rows)
        live(trust + listed, "evidence", t.lang)


def _table(context: Context, rows: Sequence[Row], titles: Mapping[tuple[str, str], str], total: int) -> Table:
    t = context.t
    columns = (
        t("evidence.day"),
        t("column.feed"),
        t("evidence.key"),
        t("evidence.met"),
        t("column.numerator"),
        t("column.denominator"),
        t("column.business_date"),
        t("event.file"),
        t("event.row"),
    )
    return Table(
        columns,
        [
            (
                row["kpi_date"],
                titles.get((row["platform"], row["feed"]), row["feed"]),
                row["fact_key"],
                _met(row, context),
                row["numerator"],
                row["denominator"],
                row["business_date"],
                row["file_name"],
                fmt.line(row["row_number"]),
            )
            for row in rows
        ],
        total,
    )


def _titles(context: Context) -> dict[tuple[str, str], str]:
    rows = named(published.ask(context.publication, "feeds"), context.t.lang)
    return {(row["platform"], row["feed"]): row["title"] for row in rows}


def _trust(context: Context, kpi: Kpi, sums: Sequence[Row], figure: Figure, window: Window) -> str:
    """The details of the badge: each feed with its newest delivery, rows, checks; whether the rows add up to the
    number."""
    t = context.t
    wanted = set(kpi.feed_names) | {f"{row['platform']}.{row['feed']}" for row in sums}
    feeds = [
        row
        for row in named(published.ask(context.publication, "feed_trust", first=window.first, last=window.last), t.lang)
        if f"{row['platform']}.{row['feed']}" in wanted
    ]
    shown = []
    counted = {(row["platform"], row["feed"]): row["row_count"] for row in sums}
    for row in feeds:
        newest = row["newest_loaded"]
        if newest is None:
            tone, said = "warn", t("trust.never")
        elif context.through and newest < context.through:
            tone, said = "warn", t("trust.behind", day=fmt.short_day(newest, t.lang))
        else:
            tone, said = "good", t("trust.fresh", day=fmt.short_day(newest, t.lang))
        parts = [said]
        if newest is not None:
            parts.append(
                t("trust.rows", loaded=fmt.whole(row["rows_loaded"]), rejected=fmt.whole(row["rows_rejected"]))
            )
            if row["held"]:
                parts.append(t("trust.held", n=row["held"]))
            if row["checks"]:
                bad = row["checks_conspicuous"] or 0
                parts.append(t("trust.checks_bad", n=bad) if bad else t("trust.checks", n=row["checks"]))
        behind = counted.get((row["platform"], row["feed"]))
        if behind:
            parts.append(t("trust.behind_rows", n=fmt.whole(behind)))
        glyph = "●" if tone == "good" else "◆"
        shown.append(
            f'<div class="trust-feed"><i class="{tone}">{glyph}</i><b>{esc(row["title"])}</b>'
            f"<span>{esc(' · '.join(parts))}</span></div>"
        )
    sum_up = ""
    if sums:
        right = adds_up(sums, figure)
        fields = {
            "numerator": fmt.whole(sum(row["numerator"] or 0.0 for row in sums)),
            "denominator": fmt.whole(sum(row["denominator"] or 0.0 for row in sums)),
        }
        key = "trust.sum_count" if figure.denominator is None else "trust.sum"
        # A row of another area may support one of this area's: a volunteer's hours in the next community.
        is_cut = not right and bool(context.within)
        why = t("access.rows_elsewhere", name=context.register.name(context.within)) if is_cut else ""
        said = t(key, **fields) + t("comma") + (why or t("trust.adds_up" if right else "trust.does_not_add_up"))
        sum_up = (
            f'<div class="trust-feed"><i class="{"good" if right else "warn" if is_cut else "bad"}">'
            f"{'●' if right else '◆' if is_cut else '■'}</i>"
            f"<b>{esc(t('trust.sums'))}</b><span>{esc(said)}</span></div>"
        )
    return f'<div class="trust">{"".join(shown)}{sum_up}</div>{verdict_tag(figure, t) if not sums else ""}'


def _met(row: Row, context: Context) -> str:
    t = context.t
    if row["in_numerator"] and row["in_denominator"]:
        return t("evidence.both")
    if row["in_denominator"]:
        return t("evidence.below")
    return t("evidence.above") if row["in_numerator"] else t("evidence.support")


def _urgency(row: Row, context: Context) -> str:
    """Of an event: 特急, 紧急; empty for all others."""
    return context.t("urgency." + row["urgency"]) if row["urgency"] in ("urgent", "critical") else ""


def _rows(context: Context, rows: Sequence[Row], titles: dict[tuple[str, str], str], total: int) -> str:
    t, view = context.t, context.view
    columns = (
        Column(t("evidence.key")),
        Column(t("evidence.met")),
        Column(t("column.feed"), is_minor=True),
        Column(t("evidence.day"), is_minor=True),
        Column(t("event.file")),
        Column(t("event.row"), is_number=True),
    )
    lines = []
    for row in rows[:LISTED]:
        missed = row["in_denominator"] and not row["in_numerator"]
        is_event = row["fact"] == "fct_event" and row["fact_key"]
        lines.append(
            Line(
                (
                    Cell(row["fact_key"] or fmt.NOTHING, under=_urgency(row, context)),
                    Cell(_met(row, context), tone="" if not missed else "muted"),
                    titles.get((row["platform"], row["feed"]), row["feed"] or fmt.NOTHING),
                    fmt.short_day(row["kpi_date"], t.lang),
                    row["file_name"] or fmt.NOTHING,
                    f"{row['row_number']}" if row["row_number"] is not None else fmt.NOTHING,
                ),
                "events" if is_event else "",
                replace(view, event=row["fact_key"]) if is_event else None,
            )
        )
    more = t("evidence.more", shown=len(lines), rows=fmt.whole(total)) if total > len(lines) else ""
    return ledger(columns, lines, t, LISTED) + (f'<div class="rank-foot">{esc(more)}</div>' if more else "")

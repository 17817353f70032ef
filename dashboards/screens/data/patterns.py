"""Unusual patterns in the data: KPIs about data, sentinels, the use of accounts, the checks of the deliveries.

Belongs here: panels of findings. Does not belong here: the search for them (the warehouse).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import streamlit as st

import theme
from components.ledger import Cell, Column, Line, ledger
from components.live import live
from components.markup import count_of, esc, verdict_tag, why_nothing
from components.panel import panel
from components.sparkline import sparkline
from components.stacks import Part, Stack, stacks
from downloads import Table
from figures import published
from figures.board import boards, targets_of, weekly
from figures.kpis import Figure
from figures.periods import Ranges, Window
from figures.published import Row
from figures.shares import share
from language import numbers as fmt
from reader.context import Context
from screens.data.feeds import only, titles_of

YEAR = 365
"""Findings are kept for a year."""
BUSY_MINUTE = 10
"""As in the sentinels: this many visits begun in one minute by one account were entered all at once."""
COUNTED_DAYS = 28
"""Of visits, by a row of account_use."""
CHECKS = (
    "fresh", "no_file_held", "rows_accounted_for", "as_contracted", "volume_as_usual", "references_known",
    "rows_of_their_day", "bytes_of_their_day", "times_in_order", "corrections_newer",
    "replaced_for_good",
)  # fmt: skip
WATCHED = ("feed_on_time_rate", "row_acceptance_rate", "instant_close_rate", "excluded_share")


def watched_panel(context: Context, span: Window) -> None:
    """The KPIs that watch the data and how it is made: always the whole district, over the newest 30 days."""
    t, colours = context.t, theme.palette(theme.is_dark())
    district = context.district.code if context.district else ""
    watched = [context.kpis[kpi_id] for kpi_id in WATCHED if kpi_id in context.kpis]
    newest = Ranges("30d", "prev", span, None) if context.through else None
    now = boards(context.publication, context.kpis, district, newest).now
    weeks = weekly(context.publication, context.kpis, district, span.last) if context.through else {}
    figures = [now.figure(kpi.kpi_id, district) for kpi in watched]

    instant = next((one for one in figures if one.kpi.kpi_id == "instant_close_rate"), None)
    if instant is None or instant.value is None:
        title = t("watch.title_none")
    else:
        title = t("watch.title_ok" if instant.reached else "watch.title", value=fmt.percent(instant.value))
    with panel(
        "watched",
        title,
        t("watch.subtitle", span=fmt.span(span.first, span.last, t.lang)),
        context,
        about=[one.kpi for one in figures],
        note=t("watch.note"),
        behind=partial(_watched_table, context, figures),
        span=span,
    ):
        rows = []
        waiting = sum(1 for row in published.ask(context.publication, "feeds") if not row["files"])
        for one in figures:
            kpi = one.kpi
            own = weeks.get(kpi.kpi_id, [])
            line = sparkline(
                [week.figure.value for week in own],
                targets_of(own),
                colours["primary"],
                colours["muted"],
                esc(t("card.spark", name=kpi.name(t.lang))),
            )
            # A platform that is not connected yet is not a failure: its number is shown without an alarm.
            expected = kpi.kpi_id == "feed_on_time_rate" and waiting > 0
            tag = "" if expected else verdict_tag(one, t)
            value = fmt.value(one.value, kpi.unit, t.lang) if one.value is not None else why_nothing(one, t)
            under = count_of(one, t) + (
                f" · {t('target', value=fmt.limit(kpi.target, kpi.unit, t.lang))}" if kpi.target is not None else ""
            )
            if expected:
                under = t("watch.unconnected", n=waiting)
            rows.append(
                f'<div class="watch"><div><b>{esc(kpi.name(t.lang))}</b><small>{esc(under)}</small></div>{line}'
                f'<span class="watch-value num">{esc(value)}</span>{tag}</div>'
            )
        st.html("".join(rows))


def _watched_table(context: Context, figures: Sequence[Figure]) -> Table:
    t = context.t
    return Table(
        (
            t("column.name"),
            t("rank.value"),
            t("column.numerator"),
            t("column.denominator"),
            t("definition.red"),
            t("definition.target"),
        ),
        [
            (one.kpi.name(t.lang), one.value, one.numerator, one.denominator, one.kpi.red_line, one.kpi.target)
            for one in figures
        ],
    )


def look_at(text: str | None, lang: str) -> str:
    """The warehouse gives this text in Chinese and in English, with a dot between them."""
    chinese, _, english = (text or "").partition(" · ")
    return english or chinese if lang == "en" else chinese


def sentinels_panel(context: Context, last: date) -> None:
    """Patterns that deserve a look, of one year and of all that the reader sees; each has many possible causes and none
    is an accusation."""
    t = context.t
    area = context.widest
    span = Window(last - timedelta(days=YEAR - 1), last)
    # A finding of a month ends with the month, which may be after the newest day.
    until = last + timedelta(days=31)
    found = published.ask(context.publication, "sentinels", area=area, first=span.first, last=until)
    in_all = found[0]["in_all"] if found else 0
    title = (
        t("sentinel.title", n=fmt.whole(in_all), pattern=t("sentinel." + found[0]["pattern"]))
        if found
        else t("sentinel.title_none")
    )

    with panel(
        "sentinels",
        title,
        t("sentinel.subtitle", n=fmt.whole(in_all)),
        context,
        note=t("sentinel.note"),
        behind=partial(_sentinels_table, context, area, span, until) if found else None,
        span=span,
    ):
        columns = (
            Column(t("sentinel.where")),
            Column(t("sentinel.pattern")),
            Column(t("sentinel.when"), is_minor=True),
            Column(t("sentinel.found"), is_number=True),
            Column(t("sentinel.observed"), is_number=True),
            Column(t("sentinel.expected"), is_number=True, is_minor=True),
        )
        lines = [
            Line(
                (
                    Cell(context.register.name(row["org_code"]), under=row["subject"] or ""),
                    Cell(t("sentinel." + row["pattern"]), under=look_at(row["look_at"], t.lang)),
                    fmt.span(row["period_start"], min(row["period_end"], last), t.lang),
                    t("sentinel.of", found=fmt.whole(row["found"]), n=fmt.whole(row["n"])),
                    Cell(_measured(row, "observed"), tone="warn"),
                    _measured(row, "expected"),
                ),
                "visits" if row["pattern"] in ("bulk_visits", "month_end") else "overview",
                replace(context.view, org=row["org_code"]),
            )
            for row in found[:14]
        ]
        if lines:
            live(ledger(columns, lines, t, total=in_all), "sentinels", t.lang)
        else:
            why = t("sentinel.none_why")
            st.html(f'<div class="blank"><b>{esc(t("sentinel.title_none"))}</b><p>{esc(why)}</p></div>')


def _sentinels_table(context: Context, area: str, span: Window, until: date) -> Table:
    t = context.t
    columns = (
        t("sentinel.pattern"),
        t("sentinel.where"),
        t("sentinel.account"),
        t("sentinel.from"),
        t("sentinel.to"),
        t("sentinel.observed"),
        t("sentinel.expected"),
        t("evidence.key"),
        t("event.file"),
        t("event.row"),
    )
    rows = published.ask(context.publication, "sentinel_rows", area=area, first=span.first, last=until)
    return Table(
        columns,
        [
            (
                t("sentinel." + row["pattern"]),
                context.register.name(row["org_code"]),
                row["subject"],
                row["period_start"],
                row["period_end"],
                row["observed"],
                row["expected"],
                row["fact_key"],
                row["file_name"],
                fmt.line(row["row_number"]),
            )
            for row in rows
        ],
        rows[0]["in_all"] if rows else 0,
    )


def _measured(row: Row, what: str) -> str:
    value: float | None = row[what]
    return fmt.percent(value) if row["unit"] == "percent" else fmt.whole(value)


def checks_panel(context: Context, span: Window, feeds: Sequence[Row]) -> None:
    t, titles = context.t, titles_of(feeds)
    rows = only(context, published.ask(context.publication, "checks", first=span.first, last=span.last))
    bad = [row for row in rows if row["days"] or row["is_conspicuous_now"]]
    recent = sorted((row for row in bad if row["days"]), key=lambda row: (-row["days"], row["check_name"], row["feed"]))
    if not rows:
        title = t("check.title_none")
    elif recent:
        title = t("check.title", n=len(recent), of=len(rows))
    else:
        title = t("check.title_all", n=len(rows))

    with panel(
        "checks",
        title,
        t("check.subtitle", span=fmt.span(span.first, span.last, t.lang)),
        context,
        note=t("check.note"),
        behind=partial(_checks_table, context, rows, titles),
        span=span,
    ):
        if not rows:
            st.html(f'<div class="blank"><b>{esc(t("check.title_none"))}</b></div>')
            return
        bars = []
        for name in CHECKS:
            own = [row for row in rows if row["check_name"] == name]
            seen = sum(bool(row["days"]) or (row["is_conspicuous_now"] and name == "fresh") for row in own)
            if own:
                said = t("check.text", passed=len(own) - seen, of=len(own))
                bars.append(Stack(t("check." + name), (len(own) - seen, seen), said, "warn" if seen else ""))
        parts = (Part(t("check.passed"), "main"), Part(t("check.conspicuous"), "warn"))
        st.html(stacks(parts, bars, t))
        columns = (
            Column(t("check.name")),
            Column(t("column.feed")),
            Column(t("check.days"), is_number=True),
            Column(t("check.newest"), is_minor=True),
        )
        lines = [
            Line(
                (
                    t("check." + row["check_name"]),
                    titles.get((row["platform"], row["feed"]), row["feed"] or fmt.NOTHING),
                    fmt.whole(row["days"]),
                    fmt.short_day(row["newest_date"], t.lang),
                )
            )
            for row in recent[:6]
        ]
        if lines:
            st.html(ledger(columns, lines, t, total=len(recent)))


def _checks_table(context: Context, rows: Sequence[Row], titles: Mapping[tuple[str, str], str]) -> Table:
    t = context.t
    columns = (
        t("check.name"),
        t("column.feed"),
        t("check.days"),
        t("check.newest"),
        t("sentinel.observed"),
        t("sentinel.expected"),
        t("check.detail"),
    )
    return Table(
        columns,
        [
            (
                t("check." + row["check_name"]),
                titles.get((row["platform"], row["feed"]), row["feed"]),
                row["days"],
                row["newest_date"],
                row["observed"],
                row["expected"],
                row["newest_detail"],
            )
            for row in rows
        ],
    )


def accounts_panel(context: Context, span: Window) -> None:
    """The workers' accounts: does only their owner use them, on site, one visit after another?"""
    t = context.t
    area = context.widest
    rows = published.ask(context.publication, "accounts", area=area, last=span.last)
    if rows:
        span = replace(span, first=rows[0]["as_of"] - timedelta(days=COUNTED_DAYS - 1), last=rows[0]["as_of"])
    in_all = rows[0]["in_all"] if rows else 0
    strange = [row for row in rows if row["out_of_post"] or row["busiest_minute"] >= BUSY_MINUTE]
    if not rows:
        title = t("account_use.none")
    elif strange:
        title = t("account_use.title", n=len(strange), of=fmt.whole(in_all))
    else:
        title = t("account_use.fine", n=fmt.whole(in_all))
    columns = (
        Column(t("sentinel.account")),
        Column(t("rank.community")),
        Column(t("visits.count"), is_number=True),
        Column(t("account_use.out_of_post"), is_number=True),
        Column(t("account_use.minute"), is_number=True),
        Column(t("account_use.invalid"), is_number=True, is_minor=True),
    )

    with panel(
        "account_use",
        title,
        t("account_use.subtitle", span=fmt.span(span.first, span.last, t.lang)),
        context,
        note=t("account_use.note"),
        behind=partial(_accounts_table, context, rows, columns) if rows else None,
        span=span,
    ):
        lines = [
            Line(
                (
                    row["worker_id"],
                    context.register.name(row["community_code"]),
                    fmt.whole(row["visits"]),
                    Cell(fmt.whole(row["out_of_post"]), tone="bad" if row["out_of_post"] else "muted"),
                    Cell(fmt.whole(row["busiest_minute"]), tone="bad" if row["busiest_minute"] >= BUSY_MINUTE else ""),
                    fmt.percent(share(row["invalid"], row["visits"])),
                )
            )
            for row in rows[:5]
        ]
        if lines:
            st.html(ledger(columns, lines, t, total=in_all))
        else:
            st.html(f'<div class="blank"><b>{esc(t("account_use.none"))}</b></div>')


def _accounts_table(context: Context, rows: Sequence[Row], columns: Sequence[Column]) -> Table:
    t = context.t
    return Table(
        (*(column.label for column in columns), t("visits.off_site")),
        [
            (
                row["worker_id"],
                context.register.name(row["community_code"]),
                row["visits"],
                row["out_of_post"],
                row["busiest_minute"],
                row["invalid"],
                row["off_site"],
            )
            for row in rows
        ],
        rows[0]["in_all"] if rows else 0,
    )

"""数据质量: can the data be trusted? What arrived, what became of every row, what was refused and why, and what
watches the numbers themselves.

Here: which panel shows which answer of the ledger. Not here: SQL (queries/), figures (kpis.py). A platform
that never delivered is not connected, and no alarm.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import streamlit as st

import theme
from components.ledger import Cell, Column, Line, ledger
from components.live import live
from components.markup import count_of, esc, verdict_tag, why_nothing
from components.panel import panel
from components.sparkline import sparkline
from components.stacks import Part, Stack, stacks
from components.stat import Stat, box, stats
from components.table import table
from downloads import Table
from figures import kpis as measures
from figures import periods, published, reject_reasons
from figures.kpis import Board
from figures.periods import Window
from figures.published import Row
from language import numbers as fmt
from reader.context import Context

DAYS = 30
GLYPHS = {"loaded": "●", "late": "◆", "corrected": "▲", "duplicate": "＝", "held": "■", "missing": "○", "before": "·"}
YEAR = 365
"""Findings are kept for a year."""
BUSY_MINUTE = 10
"""So many visits begun in one minute by one account are entered all at once, as the sentinels say."""
CHECKS = ("fresh", "no_file_held", "rows_accounted_for", "as_contracted", "volume_as_usual", "references_known")
WATCHED = ("feed_on_time_rate", "row_acceptance_rate", "instant_close_rate", "excluded_share")


def show(context: Context) -> None:
    publication, through = context.publication, context.through
    feeds = published.ask(publication, "feeds")
    last = through or context.now.date() - timedelta(days=1)
    span = Window(last - timedelta(days=DAYS - 1), last)
    arrivals = published.ask(publication, "arrivals", first=span.first, last=span.last)
    accounts = published.ask(publication, "accounting", first=span.first, last=span.last)
    unusable = published.ask(publication, "unusable_files", first=span.first)
    _glance(context, feeds, arrivals, accounts, unusable)
    _grid(context, span, feeds, arrivals)
    left, right = st.columns([1.15, 1], gap="small")
    with left:
        _accounting(context, span, feeds, accounts)
    with right:
        _rejected(context, span, feeds)
    left, right = st.columns([1.15, 1], gap="small")
    with left:
        _unusable(context, span, feeds, unusable)
    with right:
        _watched(context, span)
    left, right = st.columns([1.15, 1], gap="small")
    with left:
        _sentinels(context, last)
    with right:
        _checks(context, span, feeds)
        _accounts(context, span)


def _titles(feeds: Sequence[Row]) -> dict[tuple[str, str], str]:
    return {(row["platform"], row["feed"]): row["title"] for row in feeds}


def _glance(
    context: Context, feeds: Sequence[Row], arrivals: Sequence[Row], accounts: Sequence[Row], unusable: Sequence[Row]
) -> None:
    t, publication, through = context.t, context.publication, context.through
    fresh = periods.freshness(through, context.now)
    behind = (periods.expected_through(context.now) - through).days if through else 0
    connected = sum(1 for row in feeds if row["newest_loaded"])
    today = [row for row in arrivals if row["business_date"] == through]
    arrived = sum(1 for row in today if row["is_loaded"] or row["is_superseded"])
    counted = sum(row["rows_counted"] or 0 for row in accounts)
    refused = sum(row["rows_rejected"] or 0 for row in accounts)
    files = sum(row["files"] for row in accounts)
    wrong = sum(row["files_that_do_not_add_up"] for row in accounts)
    held = sum(row["state"] == "held" for row in unusable)
    boxes = [
        box(
            Stat(
                t("glance.as_of"),
                fmt.short_day(through, t.lang, context.now.year),
                t("badge." + fresh) if through else t("badge.no_data"),
                t("glance.behind", days=fmt.whole(behind)) if behind > 0 else fmt.day(through, t.lang),
                fresh,
            )
        ),
        box(
            Stat(
                t("glance.built"),
                f"{publication.built_at:%m-%d %H:%M}" if publication.built_at else fmt.NOTHING,
                "",
                t("glance.generation", generation=publication.generation),
                "",
            )
        ),
        box(
            Stat(
                t("glance.arrived"),
                f"{arrived}/{len(feeds)}",
                t("glance.connected", n=connected),
                t("glance.unconnected", n=len(feeds) - connected),
                "good" if connected and arrived >= connected else "warn",
            )
        ),
        box(
            Stat(
                t("glance.rows"),
                fmt.whole(counted) if counted else fmt.NOTHING,
                t("glance.refused", n=fmt.whole(refused)),
                t("glance.accepted", share=fmt.percent((counted - refused) / counted * 100, 2))
                if counted
                else t("glance.no_rows"),
                "good" if counted else "",
            )
        ),
        box(
            Stat(
                t("glance.accounts"),
                t("glance.balanced")
                if files and not wrong
                else t("glance.unbalanced", n=wrong)
                if wrong
                else fmt.NOTHING,
                "",
                t("glance.files", n=fmt.whole(files)),
                "bad" if wrong else "good" if files else "",
            )
        ),
        box(
            Stat(
                t("glance.held"),
                fmt.whole(held),
                "",
                t("glance.held_none") if not held else t("glance.held_some"),
                "bad" if held else "good",
            )
        ),
    ]
    st.html(stats(boxes))


def state_of(row: Row | None) -> str:
    """The one state that a feed-day shows. What is wrong counts before what is merely noteworthy."""
    if row is None:
        return "missing"
    if not row["is_loaded"]:
        return "held" if row["is_held"] else "missing"
    if row["is_late"]:
        return "late"
    if row["is_superseded"]:
        return "corrected"
    return "duplicate" if row["is_duplicate"] else "loaded"


def _grid(context: Context, span: Window, feeds: Sequence[Row], arrivals: Sequence[Row]) -> None:
    t = context.t
    days = [span.first + timedelta(days=number) for number in range(span.days)]
    start = context.publication.data_from or days[-1]
    found = {(row["platform"], row["feed"], row["business_date"]): row for row in arrivals}
    connected = [row for row in feeds if row["files"]]
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

    def behind() -> Table:
        rows = published.ask(context.publication, "deliveries", first=span.first, last=span.last)
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
                    row["platform"],
                    row["feed"],
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

    subtitle = t("arrival.subtitle", span=fmt.span(span.first, span.last, t.lang), n=len(connected))
    with panel("arrivals", title, subtitle, context, note=t("arrival.note"), behind=behind, span=span):
        names = ("loaded", "late", "corrected", "duplicate", "held", "missing")
        legend = "".join(
            f'<span><i class="cell {name}">{GLYPHS[name]}</i>{esc(t("arrival." + name))}</span>' for name in names
        )
        months = {
            day: f"<b>{esc(t('arrival.month', n=day.month))}</b>" for day in days if day.day == 1 or day == days[0]
        }
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
        grid = (
            (
                f'<div class="arrive" tabindex="0" style="--days:{len(days)}"><div><div '
                f'class="arrive-row heads"><span></span>{heads}</div>{"".join(rows)}</div></div>'
            )
            if connected
            else f'<div class="blank"><b>{esc(t("arrival.title_none"))}</b><p>{esc(t("arrival.none_why"))}</p></div>'
        )
        st.html(f'<div class="legend">{legend}</div>{grid}{_unconnected(context, feeds)}')


def _cell(state: str, day: date, row: Row | None, context: Context) -> str:
    t = context.t
    hint = f"{fmt.day(day, t.lang)} · {t('arrival.' + state)}"
    if row and row["is_loaded"]:
        hint += " · " + t("arrival.hint", rows=fmt.whole(row["rows_loaded"]), at=fmt.minute(row["first_received_at"]))
    return f'<span class="cell {state}" title="{esc(hint)}" aria-label="{esc(hint)}">{GLYPHS[state]}</span>'


def _unconnected(context: Context, feeds: Sequence[Row]) -> str:
    t = context.t
    waiting = [row for row in feeds if not row["files"]]
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


def _noteworthy(row: Row) -> tuple[int, int, int]:
    """Order of feeds: what does not add up first, then most rejected, then most repeated or replaced."""
    moved = (row["rows_duplicate"] or 0) + (row["rows_superseded"] or 0)
    return -row["files_that_do_not_add_up"], -(row["rows_rejected"] or 0), -moved


def _accounting(context: Context, span: Window, feeds: Sequence[Row], accounts: Sequence[Row]) -> None:
    t, titles = context.t, _titles(feeds)
    accounts = sorted(accounts, key=_noteworthy)
    wrong = sum(row["files_that_do_not_add_up"] for row in accounts)
    files = sum(row["files"] for row in accounts)
    title = (
        t("account.title_wrong", n=wrong)
        if wrong
        else t("account.title", files=fmt.whole(files))
        if files
        else t("account.title_none")
    )

    def content() -> Table:
        columns = (
            t("column.feed"),
            t("column.files"),
            t("row.counted"),
            t("row.loaded"),
            t("row.rejected"),
            t("row.duplicate"),
            t("row.superseded"),
            t("account.check"),
        )
        return Table(
            columns,
            [
                (
                    titles.get((row["platform"], row["feed"]), row["feed"]),
                    row["files"],
                    row["rows_counted"],
                    row["rows_loaded"],
                    row["rows_rejected"],
                    row["rows_duplicate"],
                    row["rows_superseded"],
                    t("account.wrong", n=row["files_that_do_not_add_up"])
                    if row["files_that_do_not_add_up"]
                    else t("account.right"),
                )
                for row in accounts
            ],
        )

    with panel(
        "accounts",
        title,
        t("account.subtitle", span=fmt.span(span.first, span.last, t.lang)),
        context,
        note=t("account.note"),
        behind=content,
        span=span,
    ):
        st.html(table(content(), t, 12))


def _columns(context: Context) -> dict[str, dict[str, str]]:
    """The Chinese names of fields, by feed."""
    names: dict[str, dict[str, str]] = {}
    for row in published.ask(context.publication, "column_names"):
        names.setdefault(row["feed"], {})[row["column_name"]] = row["zh"]
    return names


def _rejected(context: Context, span: Window, feeds: Sequence[Row]) -> None:
    t, titles = context.t, _titles(feeds)
    found = published.ask(context.publication, "rejected_reasons", first=span.first, last=span.last)
    columns_of = _columns(context)
    rows = published.ask(context.publication, "rejected_rows", first=span.first, last=span.last)

    def said(row: Row) -> str:
        return reject_reasons.of_row(row["reason"], columns_of.get(row["feed"], {}), t)

    def behind() -> Table:
        columns = (
            t("column.business_date"),
            t("column.feed"),
            t("event.file"),
            t("event.row"),
            t("column.reason"),
            t("reject.raw"),
        )
        return Table(
            columns,
            [
                (
                    row["business_date"],
                    titles.get((row["platform"], row["feed"]), row["feed"]),
                    row["file_name"],
                    str(row["row_number"]),
                    "；".join(row["reasons"] or []),
                    row["raw"],
                )
                for row in rows
            ],
        )

    title = t("reject.title", n=fmt.whole(len(rows)), reason=said(found[0])) if found else t("reject.title_none")
    with panel(
        "rejected",
        title,
        t("reject.subtitle", span=fmt.span(span.first, span.last, t.lang)),
        context,
        note=t("reject.note"),
        behind=behind,
        span=span,
    ):
        columns = (t("column.reason"), t("column.feed"), t("column.rows"), t("reject.example"), t("event.row"))
        listed = Table(
            columns,
            [
                (
                    said(row),
                    titles.get((row["platform"], row["feed"]), row["feed"]),
                    row["row_count"],
                    row["example_file"],
                    str(row["example_row"]),
                )
                for row in found[:12]
            ],
        )
        if found:
            st.html(table(listed, t))
        else:
            st.html(f'<div class="blank"><b>{esc(t("reject.title_none"))}</b><p>{esc(t("reject.none_why"))}</p></div>')


def _unusable(context: Context, span: Window, feeds: Sequence[Row], unusable: Sequence[Row]) -> None:
    t, titles = context.t, _titles(feeds)

    def content(*, in_words: bool = False) -> Table:
        columns = (
            t("event.file"),
            t("column.state"),
            t("column.reason"),
            t("column.feed"),
            t("column.business_date"),
            t("column.received"),
        )
        return Table(
            columns,
            [
                (
                    row["file_name"],
                    t("state." + row["state"]),
                    reject_reasons.of_file(row["reason"], t) if in_words else row["reason"],
                    titles.get((row["platform"], row["feed"]), row["feed"]),
                    row["business_date"],
                    row["received_at"],
                )
                for row in unusable
            ],
        )

    held = sum(row["state"] == "held" for row in unusable)
    title = (
        t("unusable.title", n=held)
        if held
        else t("unusable.title_foreign", n=len(unusable))
        if unusable
        else t("unusable.title_none")
    )
    with panel(
        "unusable",
        title,
        t("unusable.subtitle", span=fmt.span(span.first, span.last, t.lang)),
        context,
        note=t("unusable.note"),
        behind=content,
        span=span,
    ):
        if unusable:
            st.html(table(content(in_words=True), t, 12))
        else:
            st.html(
                f'<div class="blank"><b>{esc(t("unusable.title_none"))}</b><p>{esc(t("unusable.none_why"))}</p></div>'
            )


def _watched(context: Context, span: Window) -> None:
    """The KPIs that watch the data and the way it is made: always the whole district, over the newest 30 days."""
    t, colours = context.t, theme.palette(theme.is_dark())
    district = context.district.code if context.district else ""
    watched = [context.kpis[kpi_id] for kpi_id in WATCHED if kpi_id in context.kpis]
    now = Board(context.publication, context.kpis, district, span if context.through else None)
    weeks = measures.weeks(context.publication, context.kpis, district, span.last) if context.through else {}
    figures = [now.figure(kpi.kpi_id, district) for kpi in watched]

    def behind() -> Table:
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
        about=watched,
        note=t("watch.note"),
        behind=behind,
        span=span,
    ):
        rows = []
        waiting = sum(1 for row in published.ask(context.publication, "feeds") if not row["files"])
        for one in figures:
            kpi = one.kpi
            numbers = [week.figure.value for week in weeks.get(kpi.kpi_id, [])]
            line = sparkline(
                numbers, kpi.target, colours["primary"], colours["muted"], esc(t("card.spark", name=kpi.name(t.lang)))
            )
            # A platform that is not connected yet is no failing: the number stands, the alarm does not.
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


def look_at(text: str | None, lang: str) -> str:
    """The warehouse says what to look at in Chinese and in English, with a dot between."""
    chinese, _, english = (text or "").partition(" · ")
    return english or chinese if lang == "en" else chinese


def _sentinels(context: Context, last: date) -> None:
    """Patterns that deserve a look, over the district, of a year; each has many causes and none is an accusation."""
    t = context.t
    district = context.district.code if context.district else ""
    span = Window(last - timedelta(days=YEAR - 1), last)
    # A finding of a month ends with the month, which may be after the newest day.
    until = last + timedelta(days=31)
    found = published.ask(context.publication, "sentinels", area=district, first=span.first, last=until)
    title = (
        t("sentinel.title", n=len(found), pattern=t("sentinel." + found[0]["pattern"]))
        if found
        else t("sentinel.title_none")
    )

    def behind() -> Table:
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
        rows = published.ask(context.publication, "sentinel_rows", area=district, first=span.first, last=until)
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
        )

    with panel(
        "sentinels",
        title,
        t("sentinel.subtitle", n=len(found)),
        context,
        note=t("sentinel.note"),
        behind=behind if found else None,
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
                    fmt.span(row["period_start"], row["period_end"], t.lang),
                    t("sentinel.of", found=fmt.whole(row["found"]), n=fmt.whole(row["n"])),
                    Cell(_measured(row, "observed"), tone="warn"),
                    _measured(row, "expected"),
                ),
                "visits" if row["pattern"] in ("bulk_visits", "month_end") else "overview",
                replace(context.view, org=row["org_code"]),
            )
            for row in found
        ]
        if lines:
            live(ledger(columns, lines, t, 12), "sentinels", t.lang)
        else:
            why = t("sentinel.none_why")
            st.html(f'<div class="blank"><b>{esc(t("sentinel.title_none"))}</b><p>{esc(why)}</p></div>')


def _measured(row: Row, what: str) -> str:
    value: float | None = row[what]
    return fmt.percent(value) if row["unit"] == "percent" else fmt.whole(value)


def _checks(context: Context, span: Window, feeds: Sequence[Row]) -> None:
    t, titles = context.t, _titles(feeds)
    rows = published.ask(context.publication, "checks", first=span.first, last=span.last)
    bad = [row for row in rows if row["days"] or row["is_conspicuous_now"]]
    recent = sorted((row for row in bad if row["days"]), key=lambda row: (-row["days"], row["check_name"], row["feed"]))
    if not rows:
        title = t("check.title_none")
    elif recent:
        title = t("check.title", n=len(recent), of=len(rows))
    else:
        title = t("check.title_all", n=len(rows))

    def behind() -> Table:
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

    with panel(
        "checks",
        title,
        t("check.subtitle", span=fmt.span(span.first, span.last, t.lang)),
        context,
        note=t("check.note"),
        behind=behind,
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
            for row in recent
        ]
        if lines:
            st.html(ledger(columns, lines, t, 6))


def _accounts(context: Context, span: Window) -> None:
    """The workers' accounts: used by whom they belong to, on site, one visit after another?"""
    t = context.t
    district = context.district.code if context.district else ""
    rows = published.ask(context.publication, "accounts", area=district, first=span.first, last=span.last)
    strange = [row for row in rows if row["out_of_post"] or row["busiest_minute"] >= BUSY_MINUTE]
    if not rows:
        title = t("account_use.none")
    elif strange:
        title = t("account_use.title", n=len(strange), of=fmt.whole(len(rows)))
    else:
        title = t("account_use.fine", n=fmt.whole(len(rows)))
    columns = (
        Column(t("sentinel.account")),
        Column(t("rank.community")),
        Column(t("visits.count"), is_number=True),
        Column(t("account_use.out_of_post"), is_number=True),
        Column(t("account_use.minute"), is_number=True),
        Column(t("account_use.invalid"), is_number=True, is_minor=True),
    )

    def behind() -> Table:
        return Table(
            (*(column.label for column in columns), t("visits.off_site"), t("account_use.newest")),
            [
                (
                    row["worker_id"],
                    context.register.name(row["community_code"]),
                    row["visits"],
                    row["out_of_post"],
                    row["busiest_minute"],
                    row["invalid"],
                    row["off_site"],
                    row["newest"],
                )
                for row in rows
            ],
        )

    with panel(
        "account_use",
        title,
        t("account_use.subtitle", span=fmt.span(span.first, span.last, t.lang)),
        context,
        note=t("account_use.note"),
        behind=behind if rows else None,
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
                    fmt.percent(row["invalid"] / row["visits"] * 100),
                )
            )
            for row in rows
        ]
        if lines:
            st.html(ledger(columns, lines, t, 5))
        else:
            st.html(f'<div class="blank"><b>{esc(t("account_use.none"))}</b></div>')

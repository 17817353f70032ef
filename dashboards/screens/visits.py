"""走访与民情: do the visits reach people, what is heard? Coverage, care households on schedule, what people bring up,
and what became of the needs found.

Here: which panel shows which answer. Not here: SQL (queries/), markup (components/).
"""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

import theme
from components.ledger import Cell, Column, Line, ledger
from components.live import live
from components.markup import arrow, change, esc
from components.panel import panel
from components.places import places, worst_first
from components.stacks import Part, Stack, stacks
from components.trend import Line as Curve
from components.trend import trend
from downloads import Table
from figures import kpis as measures
from figures import stats
from figures.periods import Window
from figures.published import Row
from language import numbers as fmt
from page import subject as subjects
from page.subject import Subject
from reader.context import Context

PAGE = "visits"
WANTED = ("home_visit.visit", "smart_community.care_household", "command_centre.event")
COVERAGE = "visit_coverage_180d"
CARE = "care_visit_on_schedule_rate"
BOXES = (
    COVERAGE,
    CARE,
    "visit_need_resolved_15d_rate",
    "sentiment_to_action_7d_rate",
    "policy_reach_90d",
    "snap_feedback_24h_rate",
)


def show(context: Context) -> None:
    subject = subjects.begin(context, PAGE, WANTED)
    if subject is None:
        return
    by_type = subject.ask_window("visits_by_type")
    needs = subject.ask_window("visit_needs")[0]
    care = subject.ask("care_households", last=subject.window.last)
    kinds = subject.ask("care_kinds")
    _finding(subject, by_type, care)
    subjects.boxes(subject, BOXES)
    with st.container(key="row_visits_a"):
        left, middle, right = st.columns([1.15, 1, 1], gap="small")
        with left:
            _coverage(subject)
        with middle:
            _needs(subject, needs)
        with right:
            _by_type(subject, by_type)
    with st.container(key="row_visits_b"):
        left, right = st.columns([1.25, 1], gap="small")
        with left:
            _care(subject, care, kinds)
        with right:
            _trend(subject)
            _policies(subject)
    with st.container(key="row_visits_c"):
        left, right = st.columns([1, 1.25], gap="small")
        with left:
            _heard(subject)
        with right:
            _subjects(subject)


def _finding(subject: Subject, by_type: Sequence[Row], care: Sequence[Row]) -> None:
    t, context = subject.context.t, subject.context
    visits, valid = sum(row["visits"] for row in by_type), sum(row["valid"] for row in by_type)
    start = t("say.start_plain", period=t("period." + context.view.period), area=context.area_name)
    if not visits:
        said = f"{esc(start)}<b>{esc(t('visits.say_none'))}</b>"
    else:
        share = fmt.percent(valid / visits * 100)
        said = (
            f"{esc(start)}{esc(t('visits.say_visits'))} <b>{esc(t('visits.times', n=fmt.whole(visits)))}</b>"
            f"{esc(t('comma') + t('visits.say_valid', share=share))}"
        )
    if COVERAGE in context.kpis:
        now = subject.figure(COVERAGE)
        if now.value is not None:
            said += f"{esc(t('semicolon') + t('visits.say_coverage'))} <b>{esc(fmt.percent(now.value))}</b>"
            moved = change(now, subject.before.figure(COVERAGE, context.area))
            if moved is not None and context.view.compare != "target":
                label = t("vs." + context.view.compare)
                moved_text = arrow(now.kpi, moved, " " + fmt.difference(moved, now.kpi.unit, t.lang))
                said += f"{esc(t('comma') + label)} {moved_text}"
    late = sum(not row["is_on_schedule"] for row in care)
    if care:
        tone = "bad" if late else "good"
        said += (
            f"{esc(t('semicolon') + t('visits.say_care', n=fmt.whole(len(care))))}"
            f'<b class="{tone}">{esc(t("visits.say_late", n=fmt.whole(late)))}</b>'
        )
    subjects.finding(subject, said + esc(t("stop")))


def _coverage(subject: Subject) -> None:
    t, context = subject.context.t, subject.context
    kpi = context.kpis.get(COVERAGE)
    if kpi is None:
        return
    figures = worst_first(subject.figures_below(kpi))
    ends = subjects.best_and_worst(figures)
    if ends is None:
        title = t("visits.coverage_plain", name=kpi.name(t.lang))
    else:
        (best, high), (worst, low) = ends
        title = t(
            "visits.coverage_title",
            worst=worst.label,
            low=fmt.percent(low.value),
            best=best.label,
            high=fmt.percent(high.value),
        )

    def behind() -> Table:
        return Table(
            (
                t("column.code"),
                t("column.name"),
                t("rank.value") + "（%）",
                t("visits.visited"),
                t("visits.households"),
                t("visits.left"),
            ),
            [
                (
                    org.code,
                    org.name,
                    figure.value,
                    figure.numerator,
                    figure.denominator,
                    (figure.denominator or 0) - (figure.numerator or 0) if figure.denominator is not None else None,
                )
                for org, figure in figures
            ],
        )

    with panel(
        "visit_coverage",
        title,
        t("visits.coverage_subtitle", day=subject.day),
        context,
        about=[kpi],
        behind=behind,
    ):
        live(places(figures, kpi, PAGE, context.view, t), "visit_places", t.lang)


def _needs(subject: Subject, needs: Row) -> None:
    t = subject.context.t
    found = needs["found"]
    steps = (
        ("found", found),
        ("handed_over", needs["handed_over"]),
        ("actioned_7d", needs["actioned_7d"]),
        ("resolved_15d", needs["resolved_15d"]),
        ("closed", needs["closed"]),
    )
    if not found:
        title = t("visits.needs_none")
    else:
        title = t(
            "visits.needs_title",
            n=fmt.whole(found),
            share=fmt.percent(needs["handed_over"] / found * 100),
            open=fmt.whole(needs["still_open"]),
        )

    def behind() -> Table:
        return Table(
            (t("column.stage"), t("column.events"), t("visits.of_found")),
            [(t("need." + name), count, subjects.share(count, found)) for name, count in steps]
            + [
                (t("need.unknown"), needs["unknown"], subjects.share(needs["unknown"], found)),
                (t("need.still_open"), needs["still_open"], subjects.share(needs["still_open"], found)),
                (t("need.overdue"), needs["overdue"], subjects.share(needs["overdue"], found)),
            ],
        )

    with panel(
        "visit_needs",
        title,
        t("visits.needs_subtitle", span=subject.span),
        subject.context,
        about=subject.kpis(["visit_need_resolved_15d_rate", "sentiment_to_action_7d_rate"]),
        note=t("visits.needs_note"),
        behind=behind,
    ):
        rows = [
            Stack(
                t("need." + name),
                (count,),
                f"{fmt.whole(count)} · {fmt.percent(count / found * 100) if found else fmt.NOTHING}",
            )
            for name, count in steps
        ]
        st.html(stacks((Part(t("need.found"), "main"),), rows, t))
        if found:
            said = t("visits.needs_foot", overdue=fmt.whole(needs["overdue"]), unknown=fmt.whole(needs["unknown"]))
            st.html(f'<div class="rank-foot">{esc(said)}</div>')


def _by_type(subject: Subject, by_type: Sequence[Row]) -> None:
    t = subject.context.t
    visits = sum(row["visits"] for row in by_type)
    short, off = sum(row["too_short"] for row in by_type), sum(row["off_site"] for row in by_type)
    title = (
        t("visits.type_title", n=fmt.whole(visits), share=fmt.percent((short + off) / visits * 100))
        if visits
        else t("visits.say_none")
    )

    def behind() -> Table:
        return Table(
            (
                t("visits.type"),
                t("visits.count"),
                t("visits.valid"),
                t("visits.off_site"),
                t("visits.too_short"),
                t("visits.with_problems"),
                t("visits.visited"),
                t("visits.workers"),
            ),
            [
                (
                    t("visit_type." + row["visit_type"]),
                    row["visits"],
                    row["valid"],
                    row["off_site"],
                    row["too_short"],
                    row["with_problems"],
                    row["households"],
                    row["workers"],
                )
                for row in by_type
            ],
        )

    with panel(
        "visit_type",
        title,
        t("visits.type_subtitle", span=subject.span),
        subject.context,
        note=t("visits.type_note"),
        behind=behind,
    ):
        parts = (
            Part(t("visits.valid"), "main"),
            Part(t("visits.too_short"), "soft"),
            Part(t("visits.off_site"), "warn"),
        )
        rows = [
            Stack(
                t("visit_type." + row["visit_type"]),
                (row["valid"], row["too_short"], row["off_site"]),
                f"{fmt.whole(row['visits'])} · {t('visits.found_short', n=fmt.whole(row['with_problems']))}",
            )
            for row in by_type
        ]
        st.html(stacks(parts, rows, t))


def _share_late(kind: Row) -> float:
    """How many care households of a category were not visited on schedule, in percent."""
    return float(kind["households"] - kind["visited"]) / float(kind["households"]) * 100


def _care(subject: Subject, care: Sequence[Row], kinds: Sequence[Row]) -> None:
    """care: a household a row; kinds: a category a row, none where the counts are too small to be published."""
    t, view = subject.context.t, subject.context.view
    late = [row for row in care if not row["is_on_schedule"]]
    if not care:
        title = t("visits.care_none")
    elif late:
        judged = [kind for kind in kinds if kind["households"] >= stats.FEW_BELOW]
        worst = max(judged, key=_share_late, default=None)
        title = t("visits.care_late", n=fmt.whole(len(late)), of=fmt.whole(len(care)))
        if worst and len(judged) > 1:
            share = fmt.percent(_share_late(worst))
            title += t("visits.care_worst", kind=t("care." + worst["care_category"]), share=share)
    else:
        title = t("visits.care_fine", n=fmt.whole(len(care)))

    def behind() -> Table:
        return Table(
            (
                t("rank.community"),
                t("visits.every"),
                t("visits.registered"),
                t("visits.last_visit"),
                t("visits.days_since"),
                t("visits.on_schedule"),
                t("event.file"),
                t("event.row"),
            ),
            [
                (
                    subject.name(row["community_code"]),
                    row["visit_every_days"],
                    row["registered_on"],
                    row["visited_on"],
                    row["days_since"] if row["visited_on"] else None,
                    row["is_on_schedule"],
                    row["file_name"],
                    fmt.line(row["row_number"]),
                )
                for row in care
            ],
        )

    with panel(
        "visit_care",
        title,
        t("visits.care_subtitle", day=subject.day),
        subject.context,
        about=subject.kpis([CARE]),
        note=t("visits.care_note"),
        behind=behind,
    ):
        if not care:
            st.html(f'<div class="blank"><b>{esc(t("visits.care_none"))}</b></div>')
            return
        parts = (Part(t("visits.on_schedule"), "main"), Part(t("visits.not_on_schedule"), "bad"))
        rows = [
            Stack(
                t("care." + kind["care_category"]),
                (kind["visited"], kind["households"] - kind["visited"]),
                t("visits.care_count", done=fmt.whole(kind["visited"]), all=fmt.whole(kind["households"])),
            )
            for kind in kinds
        ]
        if rows:
            st.html(stacks(parts, rows, t))
            said = t("visits.care_counted", day=fmt.short_day(kinds[0]["as_of"], t.lang))
        else:
            said = t("visits.care_hidden")
        st.html(f'<div class="rank-foot">{esc(said)}</div>')
        columns = (
            Column(t("rank.community")),
            Column(t("visits.every"), is_number=True),
            Column(t("visits.last_visit")),
            Column(t("visits.over"), is_number=True),
        )
        lines = [
            Line(
                (
                    subject.label(row["community_code"]),
                    fmt.days(row["visit_every_days"], t.lang),
                    fmt.short_day(row["visited_on"], t.lang) if row["visited_on"] else t("visits.never"),
                    Cell(
                        fmt.days(row["days_since"] - row["visit_every_days"], t.lang)
                        if row["visited_on"]
                        else t("visits.no_visit"),
                        tone="bad",
                    ),
                ),
                PAGE,
                replace(view, org=row["community_code"]),
            )
            for row in sorted(
                late, key=lambda row: (row["visited_on"] is None, row["visit_every_days"] - row["days_since"])
            )
        ]
        if lines:
            live(ledger(columns, lines, t, 8), "care", t.lang)


def _trend(subject: Subject) -> None:
    t, context = subject.context.t, subject.context
    colours = theme.palette(theme.is_dark())
    weeks = measures.weeks(context.publication, context.kpis, context.area, subject.window.last)
    chosen = subject.kpis([COVERAGE, CARE, "policy_reach_90d"])
    curves = [
        Curve(kpi.name(t.lang), colours[name], weeks[kpi.kpi_id], width)
        for kpi, name, width in zip(chosen, ("safe", "beautiful", "happy"), (3.0, 1.8, 1.8), strict=False)
        if sum(week.figure.value is not None for week in weeks[kpi.kpi_id]) >= 2
    ]

    def behind() -> Table:
        columns = [t("column.week_end"), *(f"{kpi.name(t.lang)}（%）" for kpi in chosen)]
        ends = [week.last for week in weeks[chosen[0].kpi_id]] if chosen else []
        rows = [(end, *(weeks[kpi.kpi_id][index].figure.value for kpi in chosen)) for index, end in enumerate(ends)]
        return Table(columns, rows)

    points = [week.figure.value for week in weeks.get(COVERAGE, []) if week.figure.value is not None]
    if len(points) >= 2:
        title = t("visits.trend_title", first=fmt.percent(points[0]), last=fmt.percent(points[-1]))
    else:
        title = t("trend.nothing")
    with panel(
        "visit_trend",
        title,
        t("trend.subtitle", unit=t("unit.percent")),
        context,
        about=chosen,
        note=t("visits.trend_note"),
        behind=behind,
    ):
        if curves:
            spec = trend(curves, "percent", None, t.lang, colours)
            key = f"visit_trend_{context.area}_{context.view.period}_{t.lang}_{theme.is_dark()}"
            st.echarts_chart(spec, height=190, key=key, alt=title)
        else:
            st.html(f'<div class="blank"><b>{esc(t("trend.nothing"))}</b></div>')


def _policies(subject: Subject) -> None:
    t = subject.context.t
    rows = subject.ask_window("policy_topics")
    title = (
        t("visits.policy_title", topic=rows[0]["policy_topic"], n=fmt.whole(rows[0]["households"]))
        if rows
        else t("visits.policy_none")
    )

    def behind() -> Table:
        return Table(
            (t("visits.topic"), t("visits.count"), t("visits.valid"), t("visits.visited")),
            [(row["policy_topic"], row["visits"], row["valid"], row["households"]) for row in rows],
        )

    with panel(
        "visit_policy",
        title,
        t("visits.policy_subtitle", span=subject.span),
        subject.context,
        about=subject.kpis(["policy_reach_90d"]),
        behind=behind,
    ):
        shown = [
            Stack(
                row["policy_topic"], (row["households"],), t("visits.household_count", n=fmt.whole(row["households"]))
            )
            for row in rows[:8]
        ]
        st.html(stacks((Part(t("visits.visited"), "main"),), shown, t))


def _before(subject: Subject) -> Window:
    """The days compared with; where there are none, days in which nothing is counted."""
    return subject.context.compared or Window(subject.window.last, subject.window.first)


def _heard(subject: Subject) -> None:
    t = subject.context.t
    before = _before(subject)
    rows = subject.ask_window("heard", first_before=before.first, last_before=before.last)
    total = sum(row["events"] for row in rows)
    if total:
        title = t(
            "visits.heard_title",
            name=t("category." + rows[0]["category"]),
            share=fmt.percent(rows[0]["events"] / total * 100, 0),
        )
    else:
        title = t("visits.heard_none")

    def behind() -> Table:
        return Table(
            (
                t("column.category"),
                t("source.home_visit"),
                t("source.snap_report"),
                t("source.hotline_12345"),
                t("visits.all_ways"),
                t("column.before"),
            ),
            [
                (
                    t("category." + row["category"]),
                    row["by_visit"],
                    row["by_snap"],
                    row["by_call"],
                    row["events"],
                    row["events_before"] if subject.context.compared else None,
                )
                for row in rows
            ],
        )

    with panel(
        "visit_heard",
        title,
        t("visits.heard_subtitle", span=subject.span),
        subject.context,
        note=t("visits.heard_note"),
        behind=behind,
    ):
        parts = (
            Part(t("source.home_visit"), "main"),
            Part(t("source.snap_report"), "soft"),
            Part(t("source.hotline_12345"), "warn"),
        )
        shown = []
        for row in rows:
            text = t("events", n=fmt.whole(row["events"]))
            if subject.context.compared:
                text += " · " + _moved(row)
            shown.append(
                Stack(t("category." + row["category"]), (row["by_visit"], row["by_snap"], row["by_call"]), text)
            )
        st.html(stacks(parts, shown, t))


def _moved(row: Row) -> str:
    change_of = row["events"] - row["events_before"]
    return f"{'▲' if change_of > 0 else '▼' if change_of < 0 else '＝'}{fmt.whole(abs(change_of)) if change_of else ''}"


def _subjects(subject: Subject) -> None:
    t, context = subject.context.t, subject.context
    before = _before(subject)
    rows = subject.ask_window("heard_subjects", first_before=before.first, last_before=before.last)
    rising = max(rows, key=lambda row: row["events"] - row["events_before"], default=None)
    if rising is None:
        title = t("visits.heard_none")
    elif context.compared and rising["events"] > rising["events_before"]:
        title = t(
            "visits.rising_title",
            name=rising["subcategory"],
            before=fmt.whole(rising["events_before"]),
            now=fmt.whole(rising["events"]),
        )
    else:
        title = t("visits.most_title", name=rows[0]["subcategory"], n=fmt.whole(rows[0]["events"]))
    columns = (
        Column(t("event.subcategory")),
        Column(t("event.category")),
        Column(t("column.events"), is_number=True),
        Column(t("column.before"), is_number=True),
        Column(t("visits.change"), is_number=True),
        Column(t("visits.still_open"), is_number=True, is_minor=True),
    )

    def behind() -> Table:
        return Table(
            [column.label for column in columns],
            [
                (
                    row["subcategory"],
                    t("category." + row["category"]),
                    row["events"],
                    row["events_before"] if context.compared else None,
                    row["events"] - row["events_before"] if context.compared else None,
                    row["still_open"],
                )
                for row in rows
            ],
        )

    with panel(
        "visit_subjects",
        title,
        t("visits.subjects_subtitle", span=subject.span),
        context,
        note=t("visits.subjects_note"),
        behind=behind,
    ):
        lines = [
            Line(
                (
                    row["subcategory"],
                    t("category." + row["category"]),
                    fmt.whole(row["events"]),
                    fmt.whole(row["events_before"]) if context.compared else fmt.NOTHING,
                    _moved(row) if context.compared else fmt.NOTHING,
                    fmt.whole(row["still_open"]),
                )
            )
            for row in rows
        ]
        st.html(ledger(columns, lines, t, 9))

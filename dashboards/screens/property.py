"""物业与自治: how do property services and areas without any do? Four-link scores, three-no areas, managed against
unmanaged, projects.

Here: which panel shows which answer. Not here: SQL (queries/), statistics (stats.py), markup (components/).
"""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from components.ledger import Cell, Column, Line, ledger
from components.live import live
from components.markup import esc
from components.panel import panel
from components.places import places, worst_first
from components.stacks import Part, Stack, stacks
from downloads import Table
from figures import stats
from figures.published import Row
from language import numbers as fmt
from language.words import Speaker
from page import subject as subjects
from page.subject import Subject
from reader.context import Context

PAGE = "property"
WANTED = (
    "smart_community.residential_area",
    "property_selfgov.four_link_review",
    "property_selfgov.project",
    "property_selfgov.selfgov_group",
)
BOXES = (
    "managed_household_coverage",
    "property_four_link_score",
    "property_event_on_time_rate",
    "property_party_coverage",
    "no_property_group_coverage",
    "security_upgrade_rate",
)
LINKS = ("organisation", "meeting", "management", "effect")
FOUR_LINK = "property_four_link_score"
STANDINGS = ("in_time", "late", "overdue", "running", "stopped")


def show(context: Context) -> None:
    subject = subjects.begin(context, PAGE, WANTED)
    if subject is None:
        return
    areas = subject.ask("areas", last=subject.window.last)
    reviewed = subject.ask("four_links", last=subject.window.last)
    projects = subject.ask_window("projects")
    _finding(subject, areas, projects)
    subjects.boxes(subject, BOXES)
    with st.container(key="row_property_a"):
        left, right = st.columns([1, 1.2], gap="small")
        with left:
            _four_links(subject, reviewed)
        with right:
            _weak_areas(subject, reviewed)
    with st.container(key="row_property_b"):
        left, right = st.columns([1.2, 1], gap="small")
        with left:
            _three_no(subject, areas)
        with right:
            _managed(subject, areas)
            _events(subject)
    _projects(subject, projects)


def _finding(subject: Subject, areas: Sequence[Row], projects: Sequence[Row]) -> None:
    t, context = subject.context.t, subject.context
    start = t("capacity.say_start", day=subject.day, area=context.area_name)
    parts = []
    if areas:
        none = sum(row["management"] == "none" for row in areas)
        parts.append(esc(t("property.say_areas", n=fmt.whole(len(areas)), none=fmt.whole(none))))
        three = [row for row in areas if row["is_three_no"]]
        without = sum(not _has_group(row) for row in three)
        if three:
            tone = "bad" if without else "good"
            parts.append(
                f'{esc(t("property.say_three", n=fmt.whole(len(three))))}<b class="{tone}">'
                f"{esc(t('property.say_without', n=fmt.whole(without)))}</b>"
            )
    late = sum(row["standing"] == "overdue" for row in projects)
    if projects:
        running = sum(row["standing"] == "running" for row in projects)
        parts.append(esc(t("property.say_projects", running=fmt.whole(running), late=fmt.whole(late))))
    said = esc(t("semicolon")).join(parts) or f"<b>{esc(t('nothing.no_data'))}</b>"
    subjects.finding(subject, esc(start) + said + esc(t("stop")))


def _has_group(row: Row) -> bool:
    """As no_property_group_coverage counts it: stewards or a residents' team."""
    return bool(row["has_stewards"] or row["has_team"])


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _four_links(subject: Subject, reviewed: Sequence[Row]) -> None:
    t, context = subject.context.t, subject.context
    kpi = context.kpis.get(FOUR_LINK)
    means = {link: _mean([row[f"{link}_score"] for row in reviewed]) for link in LINKS}
    known = {link: mean for link, mean in means.items() if mean is not None}
    if not known:
        title = t("four.none")
    else:
        weak = min(known, key=lambda link: known[link])
        title = t("four.title", link=t("four." + weak), score=f"{known[weak]:.1f}", n=fmt.whole(len(reviewed)))

    def behind() -> Table:
        return _reviews_table(subject, reviewed)

    month = max((row["review_month"] for row in reviewed), default=None)
    with panel(
        "four_links",
        title,
        t("four.subtitle", month=f"{month:%Y-%m}" if month else fmt.NOTHING),
        context,
        about=[kpi] if kpi else [],
        note=t("four.note"),
        behind=behind,
    ):
        if not known:
            st.html(f'<div class="blank"><b>{esc(t("four.none"))}</b></div>')
            return
        rows = [
            Stack(t("four." + link), (known.get(link, 0.0), 100 - known.get(link, 0.0)), f"{known.get(link, 0.0):.1f}")
            for link in LINKS
        ]
        st.html(stacks((Part(t("four.score"), "main"), Part(t("four.to_full"), "rest")), rows, t, whole=True))
        if kpi is not None:
            figures = worst_first(subject.figures_below(kpi))
            live(places(figures, kpi, PAGE, context.view, t, 8), "four_places", t.lang)


def _reviews_table(subject: Subject, reviewed: Sequence[Row]) -> Table:
    t = subject.context.t
    return Table(
        (
            t("column.code"),
            t("area.name"),
            t("rank.community"),
            t("area.company"),
            t("four.month"),
            *(t("four." + link) for link in LINKS),
            t("four.score"),
            t("four.before"),
            t("event.file"),
            t("event.row"),
        ),
        [
            (
                row["area_code"],
                row["area_name"],
                subject.name(row["community_code"]),
                row["company_name"],
                row["review_month"],
                *(row[f"{link}_score"] for link in LINKS),
                row["score"],
                row["score_before"],
                row["file_name"],
                fmt.line(row["row_number"]),
            )
            for row in reviewed
        ],
    )


def _areas_table(subject: Subject, areas: Sequence[Row]) -> Table:
    t = subject.context.t
    return Table(
        (
            t("column.code"),
            t("area.name"),
            t("rank.community"),
            t("area.type"),
            t("area.management"),
            t("area.three_no"),
            t("visits.households"),
            t("area.company"),
            t("area.party"),
            t("area.stewards"),
            t("area.team"),
            t("area.committee"),
            t("area.upgraded"),
            t("event.file"),
            t("event.row"),
        ),
        [
            (
                row["area_code"],
                row["area_name"],
                subject.name(row["community_code"]),
                t("area_type." + row["area_type"]) if row["area_type"] else None,
                t("management." + row["management"]) if row["management"] else None,
                row["is_three_no"],
                row["households"],
                row["company_name"],
                row["has_party_org"],
                row["has_stewards"],
                row["has_team"],
                row["has_committee"],
                row["is_upgraded"],
                row["file_name"],
                fmt.line(row["row_number"]),
            )
            for row in areas
        ],
    )


def _weak_areas(subject: Subject, reviewed: Sequence[Row]) -> None:
    t, context = subject.context.t, subject.context
    kpi = context.kpis.get(FOUR_LINK)
    red = kpi.red_line if kpi is not None and kpi.red_line is not None else 60.0
    below = [row for row in reviewed if row["score"] < red]
    if not reviewed:
        title = t("four.none")
    elif below:
        title = t("weak.title", n=len(below), red=f"{red:g}", name=reviewed[0]["area_name"] or reviewed[0]["area_code"])
    else:
        title = t(
            "weak.fine",
            n=fmt.whole(len(reviewed)),
            red=f"{red:g}",
            name=reviewed[0]["area_name"] or reviewed[0]["area_code"],
        )
    columns = (
        Column(t("area.name")),
        Column(t("area.company"), is_minor=True),
        *(Column(t("four." + link), is_number=True, is_minor=True) for link in LINKS),
        Column(t("four.score"), is_number=True),
        Column(t("four.change"), is_number=True),
    )
    with panel(
        "weak_areas",
        title,
        t("weak.subtitle", n=fmt.whole(len(reviewed))),
        context,
        note=t("four.note"),
        behind=lambda: _reviews_table(subject, reviewed),
    ):
        lines = [
            Line(
                (
                    Cell(row["area_name"] or row["area_code"], under=subject.label(row["community_code"])),
                    row["company_name"] or fmt.NOTHING,
                    *(_score(row[f"{link}_score"], red) for link in LINKS),
                    _score(row["score"], red),
                    _score_change(row),
                ),
                PAGE,
                replace(context.view, org=row["community_code"]),
            )
            for row in reviewed
        ]
        live(ledger(columns, lines, t, 9), "weak", t.lang)


def _score(value: float | None, red: float) -> Cell:
    if value is None:
        return Cell(fmt.NOTHING, tone="muted")
    return Cell(f"{value:.1f}", tone="bad" if value < red else "")


def _score_change(row: Row) -> Cell:
    if row["score_before"] is None:
        return Cell(fmt.NOTHING, tone="muted")
    moved = round(row["score"] - row["score_before"], 1)
    if moved == 0:
        return Cell("＝", tone="muted")
    return Cell(f"{'▲' if moved > 0 else '▼'}{abs(moved):.1f}", tone="good" if moved > 0 else "bad")


def _three_no(subject: Subject, areas: Sequence[Row]) -> None:
    t, view = subject.context.t, subject.context.view
    three = sorted(
        (row for row in areas if row["is_three_no"]), key=lambda row: (_has_group(row), -(row["households"] or 0))
    )
    without = [row for row in three if not _has_group(row)]
    if not three:
        title = t("three.none")
    elif without:
        households = sum(row["households"] or 0 for row in without)
        title = t("three.title", of=len(three), n=len(without), households=fmt.households(households, t.lang))
    else:
        title = t("three.fine", of=len(three))
    columns = (
        Column(t("area.name")),
        Column(t("rank.community"), is_minor=True),
        Column(t("visits.households"), is_number=True),
        Column(t("area.stewards")),
        Column(t("area.team")),
        Column(t("area.upgraded")),
    )
    with panel(
        "three_no",
        title,
        t("three.subtitle", day=subject.day),
        subject.context,
        about=subject.kpis(["no_property_group_coverage"]),
        note=t("three.note"),
        behind=lambda: _areas_table(subject, three),
    ):
        lines = [
            Line(
                (
                    Cell(
                        row["area_name"] or row["area_code"],
                        under=t("area_type." + row["area_type"]) if row["area_type"] else "",
                    ),
                    subject.label(row["community_code"]),
                    fmt.whole(row["households"]),
                    _present(row["has_stewards"], _has_group(row), t),
                    _present(row["has_team"], _has_group(row), t),
                    _present(row["is_upgraded"], True, t),
                ),
                PAGE,
                replace(view, org=row["community_code"]),
            )
            for row in three
        ]
        if lines:
            live(ledger(columns, lines, t, 9), "three", t.lang)
        else:
            st.html(f'<div class="blank"><b>{esc(t("three.none"))}</b></div>')


def _present(has: bool, is_fine: bool, t: Speaker) -> Cell:
    """`is_fine`: it is not missed, because something else does its work."""
    if has:
        return Cell(t("capacity.has"), tone="good")
    return (
        Cell(t("capacity.none_yet"), tone="muted") if is_fine else Cell(t("capacity.lacks"), tone="warn", is_tag=True)
    )


def _managed(subject: Subject, areas: Sequence[Row]) -> None:
    t = subject.context.t
    kinds = [
        kind for kind in ("property_company", "self_managed", "none") if any(r["management"] == kind for r in areas)
    ]
    total = sum(row["households"] or 0 for row in areas)
    bare = sum(row["households"] or 0 for row in areas if row["management"] == "none" and not row["has_stewards"])
    title = (
        t("managed.title", households=fmt.households(bare, t.lang), share=fmt.percent(bare / total * 100))
        if total
        else t("nothing.no_data")
    )

    def behind() -> Table:
        return _areas_table(subject, areas)

    with panel(
        "managed",
        title,
        t("managed.subtitle", day=subject.day),
        subject.context,
        about=subject.kpis(["managed_household_coverage", "property_party_coverage"]),
        behind=behind,
    ):
        parts = (
            Part(t("managed.with_party"), "main"),
            Part(t("managed.with_group"), "soft"),
            Part(t("managed.neither"), "warn"),
        )
        rows = []
        for kind in kinds:
            own = [row for row in areas if row["management"] == kind]
            party = sum(bool(row["has_party_org"]) for row in own)
            group = sum(_has_group(row) and not row["has_party_org"] for row in own)
            households = sum(row["households"] or 0 for row in own)
            rows.append(
                Stack(
                    t("management." + kind),
                    (party, group, len(own) - party - group),
                    t("managed.text", n=fmt.whole(len(own)), households=fmt.households(households, t.lang)),
                )
            )
        st.html(stacks(parts, rows, t))


def clear_difference(rows: Sequence[Row]) -> bool:
    """Whether property events per household differ by more than chance between the managements: whether any two 90 %
    intervals are apart."""
    spans = [
        span
        for row in rows
        if (span := stats.poisson(float(row["property_events"]), float(row["households"] or 0))) is not None
    ]
    return any(one[1] < other[0] for one in spans for other in spans)


def _events(subject: Subject) -> None:
    t = subject.context.t
    rows = [row for row in subject.ask_window("property_events") if row["households"] and row["management"]]

    def per_1000(row: Row) -> float:
        return float(row["property_events"]) / float(row["households"]) * 1000

    if len(rows) < 2:
        title = t("compare.too_few")
    elif clear_difference(rows):
        ordered = sorted(rows, key=per_1000)
        title = t(
            "compare.title",
            most=t("management." + ordered[-1]["management"]),
            high=f"{per_1000(ordered[-1]):.1f}",
            least=t("management." + ordered[0]["management"]),
            low=f"{per_1000(ordered[0]):.1f}",
        )
    else:
        title = t("compare.same")
    columns = (
        Column(t("area.management")),
        Column(t("compare.grids"), is_number=True, is_minor=True),
        Column(t("visits.households"), is_number=True),
        Column(t("compare.per_1000"), is_number=True),
        Column(t("compare.interval"), is_number=True, is_minor=True),
        Column(t("category.on_time"), is_number=True),
        Column(t("compare.repeated"), is_number=True),
    )

    def cells(row: Row) -> tuple[str, ...]:
        span = stats.poisson(float(row["property_events"]), float(row["households"]))
        interval = f"{span[0] * 1000:.1f}–{span[1] * 1000:.1f}" if span else fmt.NOTHING
        due, events = float(row["due"]), float(row["property_events"])
        return (
            t("management." + row["management"]),
            fmt.whole(row["grids"]),
            fmt.whole(float(row["households"])),
            f"{per_1000(row):.1f}",
            interval,
            subjects.of_few(float(row["on_time"]), due),
            subjects.of_few(float(row["repeated"]), events),
        )

    def behind() -> Table:
        return Table(
            (*(column.label for column in columns), t("compare.property_events"), t("column.due")),
            [(*cells(row), int(row["property_events"]), int(row["due"])) for row in rows],
        )

    with panel(
        "compare",
        title,
        t("compare.subtitle", span=subject.span),
        subject.context,
        about=subject.kpis(["property_event_on_time_rate"]),
        note=t("compare.note"),
        behind=behind,
    ):
        st.html(ledger(columns, [Line(cells(row)) for row in rows], t))


def _projects(subject: Subject, projects: Sequence[Row]) -> None:
    t, view = subject.context.t, subject.context.view
    overdue = [row for row in projects if row["standing"] == "overdue"]
    due = [row for row in projects if row["is_due_in_period"] and row["standing"] != "stopped"]
    in_time = sum(row["standing"] == "in_time" for row in due)
    if not projects:
        title = t("project.none")
    else:
        title = t("works.title", n=fmt.whole(len(due)), in_time=fmt.whole(in_time))
        title += (
            t("project.title_overdue", n=len(overdue), days=overdue[0]["days_late"])
            if overdue
            else t("project.title_fine")
        )
    running = [row for row in projects if row["standing"] in ("overdue", "running")]
    listed = sorted(
        running, key=lambda row: (row["standing"] != "overdue", -row["days_late"], str(row["planned_finish_on"]))
    )

    def behind() -> Table:
        return Table(
            (
                "ID",
                t("project.name"),
                t("project.type"),
                t("rank.community"),
                t("project.started"),
                t("project.planned"),
                t("project.finished"),
                t("project.standing"),
                t("promise.days_late"),
                t("project.budget"),
                t("project.spent"),
                t("project.residents"),
                t("event.file"),
                t("event.row"),
            ),
            [
                (
                    row["project_id"],
                    row["project_name"],
                    t("project_type." + row["project_type"]),
                    subject.name(row["community_code"]),
                    row["started_on"],
                    row["planned_finish_on"],
                    row["finished_on"],
                    t("standing." + row["standing"]),
                    row["days_late"],
                    row["budget"],
                    row["spent"],
                    row["resident_participations"],
                    row["file_name"],
                    fmt.line(row["row_number"]),
                )
                for row in projects
            ],
        )

    with panel(
        "projects",
        title,
        t("works.subtitle", day=subject.day),
        subject.context,
        about=subject.kpis(["selfgov_project_on_time_rate", "security_upgrade_rate", "beautify_on_schedule_rate"]),
        note=t("project.note"),
        behind=behind,
    ):
        if not projects:
            st.html(f'<div class="blank"><b>{esc(t("project.none"))}</b></div>')
            return
        left, right = st.columns([1, 1.6], gap="medium")
        with left:
            parts = (
                Part(t("standing.in_time"), "main"),
                Part(t("standing.late"), "soft"),
                Part(t("standing.overdue"), "bad"),
                Part(t("standing.running"), "rest"),
            )
            rows = []
            for kind in ("beautiful_home", "courtyard_micro", "security_upgrade", "other"):
                own = [row for row in projects if row["project_type"] == kind]
                by = {name: sum(row["standing"] == name for row in own) for name in STANDINGS}
                if own:
                    text = t("promise.items", n=fmt.whole(len(own) - by["stopped"]))
                    counts = (by["in_time"], by["late"], by["overdue"], by["running"])
                    rows.append(Stack(t("project_type." + kind), counts, text))
            st.html(stacks(parts, rows, t))
            budget = sum(row["budget"] or 0.0 for row in running)
            spent = sum(row["spent"] or 0.0 for row in running)
            said = t("project.money", budget=fmt.yuan(budget, t.lang), spent=fmt.yuan(spent, t.lang), n=len(running))
            st.html(f'<div class="rank-foot">{esc(said)}</div>')
        with right:
            columns = (
                Column(t("project.name")),
                Column(t("project.type"), is_minor=True),
                Column(t("project.planned")),
                Column(t("project.standing")),
                Column(t("project.spent_share"), is_number=True, is_minor=True),
            )
            lines = []
            for row in listed:
                late = row["standing"] == "overdue"
                spent_share = subjects.share(row["spent"] or 0.0, row["budget"] or 0.0)
                lines.append(
                    Line(
                        (
                            Cell(row["project_name"] or row["project_id"], under=subject.label(row["community_code"])),
                            t("project_type." + row["project_type"]),
                            f"{row['planned_finish_on']}" if row["planned_finish_on"] else fmt.NOTHING,
                            Cell(
                                t("project.late_by", days=row["days_late"]) if late else t("standing.running"),
                                tone="bad" if late else "",
                            ),
                            fmt.percent(spent_share, 0),
                        ),
                        PAGE,
                        replace(view, org=row["community_code"]),
                    )
                )
            live(ledger(columns, lines, t, 7), "projects", t.lang)

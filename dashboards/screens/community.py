"""社区档案: one community: its basic facts, its scores compared with its street and district, its events. It prints as
one page (theme.css).

Belongs here: which panel shows which answer. Does not belong here: SQL (queries/), figures (figures/), markup
(components/).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeAlias

import streamlit as st

import theme
from components import stat
from components.chooser import Choice, chooser
from components.compare import Compared, compare
from components.doubt import doubt_note
from components.ledger import Cell, Column, Line, ledger
from components.live import live
from components.markup import esc, link, tone_of
from components.panel import panel
from components.scores import difference, judged, why_none
from components.timeline import Happening, timeline
from downloads import Table
from figures import indices, periods, published
from figures.indices import Index
from figures.kpis import INDICES, PILLARS
from figures.published import Row
from language import numbers as fmt
from page import frame, sentences
from page import subject as subjects
from page.categories import categories_panel
from page.side_by_side import side_by_side_panel
from reader.context import Context

NAMES = ("overall", *INDICES)
# Visits, services, volunteers, four links, self-governance: the judged topics of a community, apart from its events.
BOXES = (
    "visit_coverage_180d",
    "care_visit_on_schedule_rate",
    "case_on_time_rate",
    "case_good_rating_rate",
    "volunteer_active_rate",
    "property_four_link_score",
)
FACTS = {
    "households": "smart_community.community",
    "population": "smart_community.community",
    "grids": "smart_community.grid",
    "workers": "smart_community.grid_worker",
    "areas": "smart_community.residential_area",
    "buildings": "smart_community.building",
    "care_households": "smart_community.care_household",
    "points": "service_centre.service_point",
    "teams": "volunteer.volunteer_team",
}
"""The basic numbers, each with the register that it is counted in."""
TIMELINE_DAYS = 90
# A review is of a month, whose first day is 91 days ago at most.
REVIEW_DAYS = 92
HAPPENINGS = (
    "co_building.joint_meeting",
    "property_selfgov.project",
    "co_building.covenant",
    "volunteer.activity",
    "command_centre.hazard_inspection",
)
"""The feeds of the timeline."""

Scores: TypeAlias = Mapping[tuple[str, str], Index]
"""By organisation and type."""


def show(context: Context) -> None:
    t, window = context.t, context.window
    if window is None or context.district is None:
        frame.empty_page(t)
        return
    frame.filters(context)
    if context.view.level != "community":
        _choose(context)
        return
    subjects.notice(context, "community")
    boards = context.boards(context.view.org)
    now, before = boards.now, boards.before
    _head(context)
    with st.container(key="row_a"):
        left, right = st.columns([1.25, 1], gap="small")
        with left:
            _scores(context)
        with right:
            categories_panel(context)
    boxes = [
        stat.of_figure(now.figure(name, context.area), before.figure(name, context.area), context.view, t)
        for name in BOXES
        if name in context.kpis
    ]
    live(stat.stats(boxes, "kpis"), "boxes_community", t.lang)
    with st.container(key="row_b"):
        left, right = st.columns([1.25, 1], gap="small")
        with left:
            _reviews(context)
            _projects(context)
        with right:
            _timeline(context)
    side_by_side_panel(context, context.register.orgs[context.view.org])


def _choose(context: Context) -> None:
    """No community selected: all communities of the area to choose from, with their scores."""
    t, register, window = context.t, context.register, context.window
    assert window is not None
    scored = indices.on_day(context.publication, context.area, window.last)
    groups = []
    for street in register.of("street", context.view.street):
        choices = []
        for org in register.of("community", street.code):
            index = scored.get((org.code, "overall"), Index())
            tone = judged(index, t)[0].replace("warn", "")
            said = fmt.score(index.score)
            said += f" {t('doubt.mark')}" if index.doubts else ""
            choices.append(Choice(org.label, said, "community", replace(context.view, org=org.code), tone))
        if choices:
            groups.append((street.name, choices))
    said = esc(t("community.choose"))
    live(f'<div class="say">{frame.breadcrumb(context, "community")}<p>{said}</p></div>', "finding", t.lang)
    with panel("choose", t("community.choose_title"), t("community.choose_subtitle"), context):
        live(chooser(groups), "choose", t.lang)


def _head(context: Context) -> None:
    """Name, kind, secretary, basic numbers."""
    t, window, org = context.t, context.window, context.register.orgs[context.view.org]
    assert window is not None
    row = published.ask(context.publication, "community_facts", org=org.code, last=window.last)[0]
    under = []
    if row["community_type"]:
        under.append(t("community_type." + row["community_type"]))
    if row["secretary_name"]:
        under.append(t("community.secretary", name=row["secretary_name"]))
    if row["area_km2"]:
        under.append(t("community.area", n=f"{row['area_km2']:g}"))
    if row["community_name"] is None:
        under.append(t("community.not_in_register"))
    feeds = published.ask(context.publication, "feeds")
    there = {f"{feed['platform']}.{feed['feed']}" for feed in feeds if feed["newest_loaded"]}
    mark = f'<span class="tag good">{esc(t("community.benchmark"))}</span>' if row["is_benchmark"] else ""
    facts = "".join(
        f'<div class="profile-fact"><span>{esc(label)}</span><b class="num">{esc(number)}</b></div>'
        for label, number in ((t("fact." + name), _fact(name, row, feed in there)) for name, feed in FACTS.items())
    )
    moved = indices.moved(context.publication, context.kpis, org.code, window.last, "30d").get("overall")
    why = f"<p>{sentences.why_moved(moved, t('pillar.overall'), t)}</p>" if moved else ""
    grids = link("grid", context.view, esc(t("say.grids")), "say-go")
    events = link("events", context.view, esc(t("say.events")), "say-go")
    live(
        f'<section class="profile">{frame.breadcrumb(context, "community")}'
        f'<div class="profile-head"><h2>{esc(org.name)}</h2>{mark}<small>{esc(" · ".join(under))}</small>'
        f'{grids}{events}</div><div class="profile-facts">{facts}</div>{why}</section>',
        "profile",
        t.lang,
    )


def _fact(name: str, row: Row, is_there: bool) -> str:
    """is_there: the register has been delivered; otherwise the number is unknown, not zero."""
    if not is_there:
        return fmt.NOTHING
    if name == "areas":
        return f"{fmt.whole(row[name])} · {fmt.whole(row['three_no_areas'])}"
    return fmt.whole(row[name])


def _scores(context: Context) -> None:
    t, window, view = context.t, context.window, context.view
    assert window is not None and context.district is not None
    now = indices.on_day(context.publication, view.org, window.last)
    before = indices.on_day(context.publication, view.org, context.scores_before)
    codes = (view.org, view.street, context.district.code)
    own = {name: (_score(now, view.org, name), _score(now, context.district.code, name)) for name in PILLARS}
    doubted = [name for name in PILLARS if now.get((view.org, name), Index()).doubts]
    with panel(
        "scores",
        sentences.community_title(own, doubted, t),
        t("community.scores_subtitle", label=t("vs." + ("year" if view.compare == "year" else "prev")))
        if view.compares_scores
        else t("community.scores_subtitle_plain"),
        context,
        note=t("trend.scores_note"),
        behind=partial(_scores_table, context, codes, now, before),
    ):
        rows = compare([_compared(context, name, codes, now, before) for name in NAMES], t)
        doubts = [(t("pillar." + name), now.get((view.org, name), Index()).doubts) for name in PILLARS]
        live(rows + doubt_note(doubts, view, t), "scores", t.lang)


def _score(scored: Scores, code: str, name: str) -> float | None:
    return scored.get((code, name), Index()).score


def _compared(context: Context, name: str, codes: Sequence[str], now: Scores, before: Scores) -> Compared:
    """One type: the community's score, its street's and the district's."""
    t, view, colours = context.t, context.view, theme.palette(theme.is_dark())
    own = now.get((view.org, name), Index())
    return Compared(
        t("pillar." + name),
        colours.get(name, colours["primary"]),
        own,
        _score(now, codes[1], name),
        _score(now, codes[2], name),
        difference(own, before.get((view.org, name), Index())),
        "overview" if name == "overall" else "type",
        replace(view, type="" if name == "overall" else name),
        why_none(own, name, t, "score.short_word"),
    )


def _scores_table(context: Context, codes: Sequence[str], now: Scores, before: Scores) -> Table:
    t = context.t
    return Table(
        (t("column.pillar"), *(context.register.name(code) for code in codes), t("type.score_before")),
        [
            (
                t("pillar." + name),
                *(_score(now, code, name) for code in codes),
                _score(before, context.view.org, name),
            )
            for name in NAMES
        ],
    )


def _reviews(context: Context) -> None:
    """红色物业四联: the newest review of every residential area."""
    t, window, view = context.t, context.window, context.view
    assert window is not None
    rows = published.ask(context.publication, "community_reviews", org=view.org, last=window.last)
    names = ("organisation", "meeting", "management", "effect")

    kpi = context.kpis.get("property_four_link_score")
    title = subjects.said_of_none(context, "review.title_none", "property_selfgov.four_link_review")
    if rows:
        title = t(
            "review.title",
            n=len(rows),
            name=rows[0]["area_name"] or rows[0]["area_code"],
            value=f"{rows[0]['score']:.0f}",
        )
    with panel(
        "reviews",
        title,
        t("review.subtitle"),
        context,
        about=[kpi] if kpi else [],
        behind=partial(_reviews_table, context, rows, names) if rows else None,
        span=periods.days_to(window.last, REVIEW_DAYS),
    ):
        columns = [
            Column(t("review.area")),
            Column(t("column.score"), True),
            *(Column(t("review." + name), True, True) for name in names),
        ]
        lines = [
            Line(
                [
                    row["area_name"] or row["area_code"],
                    Cell(f"{row['score']:.0f}", tone=tone_of(kpi, row["score"])),
                    *(
                        f"{row[f'{name}_score']:.0f}" if row[f"{name}_score"] is not None else fmt.NOTHING
                        for name in names
                    ),
                ],
                "property",
                view,
            )
            for row in rows[:8]
        ]
        live(ledger(columns, lines, t, total=len(rows)), "reviews", t.lang)


def _reviews_table(context: Context, rows: Sequence[Row], names: Sequence[str]) -> Table:
    t = context.t
    return Table(
        (
            t("column.code"),
            t("review.area"),
            t("review.month"),
            *(t("review." + name) for name in names),
            t("column.score"),
        ),
        [
            (
                row["area_code"],
                row["area_name"],
                row["review_month"],
                *(row[f"{name}_score"] for name in names),
                row["score"],
            )
            for row in rows
        ],
    )


def _projects(context: Context) -> None:
    t, window, view = context.t, context.window, context.view
    assert window is not None
    rows = published.ask(context.publication, "community_projects", org=view.org, last=window.last)
    late = sum(bool(row["is_late"]) for row in rows)

    def behind() -> Table:
        return Table(
            (
                t("column.name"),
                t("project.type"),
                t("project.started"),
                t("project.planned"),
                t("project.finished"),
                t("project.budget"),
                t("project.spent"),
            ),
            [
                (
                    row["project_name"],
                    t("project_type." + row["project_type"]),
                    row["started_on"],
                    row["planned_finish_on"],
                    row["finished_on"],
                    float(row["budget_yuan"] or 0),
                    float(row["spent_yuan"] or 0),
                )
                for row in rows
            ],
        )

    title = (
        t("project.title_late", n=late)
        if late
        else t("project.title", n=len(rows))
        if rows
        else subjects.said_of_none(context, "project.title_none", "property_selfgov.project")
    )
    with panel("projects", title, t("project.subtitle"), context, behind=behind if rows else None):
        columns = [Column(t("column.name")), Column(t("project.planned"), True), Column(t("column.state"))]
        lines = [
            Line(
                [
                    Cell(row["project_name"] or row["project_id"], t("project_type." + row["project_type"])),
                    fmt.short_day(row["planned_finish_on"], t.lang, window.last.year),
                    Cell(t("project.late"), tone="bad", is_tag=True)
                    if row["is_late"]
                    else Cell(t("project.done"), tone="good", is_tag=True)
                    if row["finished_on"]
                    else Cell(t("project.open")),
                ],
                "cobuilding",
                view,
            )
            for row in rows[:7]
        ]
        live(ledger(columns, lines, t, total=len(rows)), "projects", t.lang)


def _timeline(context: Context) -> None:
    t, window, view = context.t, context.window, context.view
    assert window is not None
    span = periods.days_to(window.last, TIMELINE_DAYS)
    rows = published.ask(context.publication, "community_timeline", org=view.org, first=span.first, last=span.last)

    def told(row: Row) -> Happening:
        family = {
            "meeting": "meeting_type.",
            "covenant": "covenant_type.",
            "hazard": "hazard_level.",
            "activity": "activity_type.",
        }
        sort = t(family.get(row["kind"], "project_type.") + row["code"])
        what = row["what"] or sort
        under = []
        if row["what"]:
            under.append(sort)
        if row["n"]:
            under.append(t("timeline.n." + row["kind"], n=fmt.whole(row["n"])))
        tone = "bad" if row["kind"] == "hazard" else "good" if row["kind"] == "project_finished" else ""
        return Happening(row["on_day"], t("timeline." + row["kind"]), what, " · ".join(under), tone)

    happenings = [told(row) for row in rows]
    in_all = rows[0]["in_all"] if rows else 0

    def behind() -> Table:
        return Table(
            (t("column.business_date"), t("column.what"), t("column.name"), t("column.evidence")),
            [(one.on_day, one.kind, one.what, one.under) for one in happenings],
            in_all,
        )

    title = (
        t("timeline.title", n=fmt.whole(in_all))
        if rows
        else subjects.said_of_none(context, "timeline.title_none", *HAPPENINGS)
    )
    with panel("timeline", title, t("timeline.subtitle"), context, behind=behind if rows else None, span=span):
        st.html(timeline(happenings, t, in_all))

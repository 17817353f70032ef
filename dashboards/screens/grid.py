"""网格: can every grid do its work? Households, workers, visits, open and overdue events, and the load compared with
the district's median; one grid with its people and its overdue events.

Belongs here: which panel shows which answer. Does not belong here: SQL (queries/), markup (components/).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import pairwise

import streamlit as st

import theme
from components import stat
from components.ledger import Cell, Column, Line, ledger
from components.live import live
from components.markup import esc, link, tone_of
from components.panel import panel
from components.stacks import Part, Stack, stacks
from components.timeline import Happening, timeline
from components.trend import Series, chart
from downloads import Table
from figures import feeds, published
from figures.kpis import Kpi
from figures.published import Row
from figures.shares import share
from language import numbers as fmt
from language.words import Speaker
from page import subject as subjects
from page import superlatives
from page.subject import Subject
from reader.context import Context

PAGE = "grid"
WORKER, VISIT, CARE = "smart_community.grid_worker", "home_visit.visit", "smart_community.care_household"
WANTED = ("smart_community.grid", WORKER, VISIT, feeds.EVENT, CARE)
COUNTED: Mapping[str, Sequence[str]] = {
    WORKER: ("full_time", "part_time", "overload", "is_overloaded"),
    VISIT: ("visits", "households_visited"),
    feeds.EVENT: ("reported", "open_now", "overdue"),
    CARE: ("care_households",),
}
"""What grids.sql counts in the rows of a feed."""
COVERAGE = "visit_coverage_180d"
BOXES = (
    "grid_staffing_rate",
    "grid_party_org_coverage",
    "hazard_inspection_coverage",
    COVERAGE,
    "households_per_grid_worker",
    "overloaded_worker_share",
)
LISTED = 14
CHANGES_DAYS = 120
OVERLOAD = 1.5
# Upper limits of the load bands, as multiples of the district's median.
BANDS = (0.5, 1.0, OVERLOAD)
COVER = (60.0, 80.0, 95.0)
"""Lower limits of the bands of coverage; a red line and a target stand for the first and the last."""


def show(context: Context) -> None:
    subject = subjects.begin(context, PAGE, WANTED)
    if subject is None:
        return
    rows = _known(published.ask(context.publication, "grids", area=context.area, last=subject.window.last), context)
    _finding(subject, rows)
    if context.view.grid:
        _one(subject, next((row for row in rows if row["grid_code"] == context.view.grid), None))
        if feeds.EVENT not in feeds.without_rows(context.publication):
            _weeks(subject)
    subjects.boxes(subject, BOXES)
    with st.container(key="row_grids"):
        left, right = st.columns([1.9, 1], gap="small")
        with left:
            _grids(subject, rows)
        with right:
            _loads(subject, rows)
            _coverage(subject, rows)


def _known(rows: Sequence[Row], context: Context) -> list[Row]:
    """Null what is counted in a feed without rows; `lacks`: which feeds those are. Of the others, null is withheld."""
    lacks = feeds.without_rows(context.publication).intersection(COUNTED)
    unknown = dict.fromkeys(column for feed in lacks for column in COUNTED[feed])
    return [{**row, **unknown, "lacks": lacks} for row in rows]


def _people(row: Row) -> int | None:
    return None if row["full_time"] is None else int(row["full_time"] + row["part_time"])


def _name(row: Row) -> str:
    return str(row["grid_name"] or row["grid_code"])


def _covered(row: Row) -> float | None:
    """Null also if the count is too small to be published."""
    known = row["households"] and row["households_visited"] is not None
    return share(row["households_visited"], row["households"]) if known else None


def _is_filling(subject: Subject) -> bool:
    """Whether fewer days are loaded than the window of the coverage has: it is shown and not judged."""
    return COVERAGE in subject.context.kpis and subject.figure(COVERAGE).is_warming_up


def _kpi_at(subject: Subject, code: str) -> Kpi | None:
    """The coverage with what it is judged by at a place."""
    return subject.now.figure(COVERAGE, code).kpi if COVERAGE in subject.context.kpis else None


def staffing(rows: Sequence[Row], t: Speaker) -> str:
    """How many grids have nobody; if none, how many have no full-time worker, which is what the KPI beside it asks."""
    bare = sum(_people(row) == 0 for row in rows)
    if bare:
        return f'<b class="bad">{esc(t("grid.say_bare", n=bare))}</b>'
    part = sum(row["full_time"] == 0 for row in rows)
    return esc(t("grid.say_part", n=part) if part else t("grid.say_staffed"))


def _finding(subject: Subject, rows: Sequence[Row]) -> None:
    t, context = subject.context.t, subject.context
    if not rows:
        subjects.finding(subject, esc(t("grid.say_none", area=context.area_name)))
        return
    over = sum(bool(row["is_overloaded"]) for row in rows)
    late = [row for row in rows if row["overdue"]]
    parts = []
    if WORKER not in rows[0]["lacks"]:
        parts.append(staffing(rows, t))
    if any(row["overload"] is not None for row in rows):
        parts += [esc(t("grid.say_over", n=over, times=f"{OVERLOAD:g}")) if over else esc(t("grid.say_fair"))]
    if late:
        first = superlatives.most([(_name(row), row["overdue"]) for row in late], t)
        largest = max(row["overdue"] for row in late)
        parts.append(esc(t("grid.say_late" if first else "grid.say_few", n=len(late), name=first, most=largest)))
    said = esc(t("grid.say", area=context.area_name, n=fmt.whole(len(rows))))
    more = esc(t("colon")) + esc(t("comma")).join(parts) if parts else ""
    subjects.finding(subject, said + more + esc(t("stop")))


def _one(subject: Subject, row: Row | None) -> None:
    """The selected grid: its details, its workers, its overdue events."""
    t, context, view = subject.context.t, subject.context, subject.context.view
    if row is None:
        st.html(f'<div class="notice">{esc(t("grid.unknown", code=view.grid))}</div>')
        return
    overdue = subject.ask("overdue_events")
    st.html(stat.stats([stat.box(one) for one in _boxes(subject, row)], "kpis"))
    title = _name(row)
    if feeds.EVENT not in row["lacks"]:
        title = t("grid.one", name=title, n=fmt.whole(overdue[0]["in_all"] if overdue else 0))
    with panel("one_grid", title, t("grid.one_subtitle"), context):
        back = link(subject.page, replace(view, grid=""), esc(t("grid.all")), "say-go")
        more = link("events", view, esc(t("grid.events")), "say-go")
        markup = f'<div class="people">{_workers(subject)}{more}{back}</div>{_overdue(subject, overdue)}'
        live(markup, "one_grid", t.lang)


def _weeks(subject: Subject) -> None:
    """The events of the selected grid week by week, beside what changed in its residential areas."""
    t, view, last = subject.context.t, subject.context.view, subject.window.last
    ask = partial(published.ask, subject.context.publication, grid=view.grid, last=last)
    weeks = ask("grid_weeks")
    changes = ask("grid_changes", first=last - timedelta(days=CHANGES_DAYS - 1))
    title = t("grid.weeks_few")
    if len(weeks) > 1:
        title = t("grid.weeks", before=weeks[0]["reported"], now=weeks[-1]["reported"])

    def behind() -> Table:
        return Table(
            (t("column.week_end"), t("grid.weeks_reported"), t("grid.weeks_followed"), t("grid.weeks_satisfied")),
            [(row["last_on"], row["reported"], row["followed_up"], row["satisfied"]) for row in weeks],
        )

    subtitle = t("grid.weeks_subtitle", n=len(weeks))
    with panel("grid_weeks", title, subtitle, subject.context, note=t("grid.weeks_note"), behind=behind):
        left, right = st.columns([1.4, 1], gap="small")
        with left:
            _weeks_chart(subject, weeks, title)
        with right:
            if changes:
                st.html(timeline([_changed(row, t) for row in changes], t, len(changes)))
            else:
                st.html(f'<div class="blank"><p>{esc(t("grid.changes_none", days=CHANGES_DAYS))}</p></div>')


def _weeks_chart(subject: Subject, weeks: Sequence[Row], title: str) -> None:
    t, colours = subject.context.t, theme.palette(theme.is_dark())
    if len(weeks) < 2:
        st.html(f'<div class="blank"><b>{esc(title)}</b></div>')
        return
    lines = [Series(t("grid.weeks_reported"), colours["primary"], [float(row["reported"]) for row in weeks])]
    labels = [fmt.short_day(row["last_on"], t.lang) for row in weeks]
    spec = chart(lines, labels, "count", (), t.lang, colours)
    st.echarts_chart(spec, height=190, key=f"weeks_{subject.context.view.query()}_{theme.is_dark()}", alt=title)


def _changed(row: Row, t: Speaker) -> Happening:
    family = {"group": "group_type.", "management": "management."}.get(row["kind"], "project_type.")
    sort = t(family + row["code"])
    under = " · ".join(text for text in (sort if row["what"] else "", row["area_name"]) if text)
    tone = "" if row["kind"] == "project_started" else "good"
    return Happening(row["on_day"], t("grid.changed." + row["kind"]), row["what"] or sort, under, tone)


def _boxes(subject: Subject, row: Row) -> list[stat.Stat]:
    t, covered, people = subject.context.t, _covered(row), _people(row)

    def under(feed: str, key: str, **fields: object) -> str:
        return t("nothing.no_data") if feed in row["lacks"] else t(key, **fields)

    visited, cared = row["households_visited"], row["care_households"]
    hidden = "grid.hidden" if visited is None else "grid.visited"
    return [
        stat.Stat(t("fact.households"), fmt.whole(row["households"]), under=t("grid.type." + row["grid_type"])),
        stat.Stat(
            t("fact.workers"),
            fmt.whole(people),
            under=under(WORKER, "grid.roles", full=row["full_time"], part=row["part_time"]),
            tone="bad" if people == 0 else "",
        ),
        stat.Stat(t("grid.covered"), fmt.percent(covered), under=under(VISIT, hidden, n=fmt.whole(visited))),
        stat.Stat(
            t("fact.care_households"),
            t("grid.withheld") if cared is None and CARE not in row["lacks"] else fmt.whole(cared),
            under=under(VISIT, "grid.visits", n=row["visits"]),
        ),
        stat.Stat(
            t("grid.open"),
            fmt.whole(row["open_now"]),
            under=under(feeds.EVENT, "grid.reported", n=row["reported"]),
        ),
        stat.Stat(
            t("tile.overdue"),
            fmt.whole(row["overdue"]),
            under=under(feeds.EVENT, "events.overdue_word"),
            tone="bad" if row["overdue"] else "good" if row["overdue"] == 0 else "",
        ),
    ]


def _workers(subject: Subject) -> str:
    """Who works in the grid, with their loads."""
    t, view = subject.context.t, subject.context.view
    workers = published.ask(subject.context.publication, "grid_workers", grid=view.grid, last=subject.window.last)
    return "".join(
        f'<span class="person"><b>{esc(one["worker_name"])}</b> {esc(t("role." + one["worker_role"]))}'
        f" · {esc(t('grid.load', load=fmt.whole(one['task_load']), median=fmt.whole(one['median_load'])))}"
        f"{_over(one['is_overloaded'], subject)}</span>"
        for one in workers
    )


def _overdue(subject: Subject, overdue: Sequence[Row]) -> str:
    t, view = subject.context.t, subject.context.view
    columns = [
        Column(t("event.subcategory")),
        Column(t("event.urgency")),
        Column(t("event.category")),
        Column(t("events.days_over"), True),
        Column(t("events.held_by")),
        Column(t("event.due"), False, True),
    ]
    lines = [
        Line(
            [
                t.term(one["subcategory"]),
                subjects.urgency_cell(one, t),
                t("category." + one["category"]),
                Cell(fmt.days(one["days_over"], t.lang), tone="bad"),
                t.term(one["held_by"] or one["department"]) or fmt.NOTHING,
                fmt.minute(one["due_at"]),
            ],
            "events",
            replace(view, event=one["event_id"]),
        )
        for one in overdue[:10]
    ]
    return ledger(columns, lines, t, total=overdue[0]["in_all"]) if overdue else ""


def _over(is_overloaded: bool, subject: Subject) -> str:
    return f' <span class="tag bad">{esc(subject.context.t("street.overloaded"))}</span>' if is_overloaded else ""


def _grids(subject: Subject, rows: Sequence[Row]) -> None:
    t, context, view = subject.context.t, subject.context, subject.context.view
    is_filling = _is_filling(subject)
    columns = [
        Column(t("event.grid")),
        Column(t("fact.households"), True),
        Column(t("fact.workers"), True),
        Column(t("grid.covered"), True),
        Column(t("fact.care_households"), True, True),
        Column(t("grid.open"), True, True),
        Column(t("rank.overdue"), True),
        Column(t("grid.times"), True),
    ]

    def line(row: Row) -> Line:
        people, covered, cared = _people(row), _covered(row), row["care_households"]
        tone = "" if is_filling else tone_of(_kpi_at(subject, row["community_code"]), covered)
        return Line(
            [
                Cell(_name(row), subject.label(row["community_code"])),
                fmt.whole(row["households"]),
                Cell(t("grid.nobody"), tone="bad", is_tag=True)
                if people == 0
                else fmt.NOTHING
                if people is None
                else t("grid.roles_short", full=row["full_time"], part=row["part_time"]),
                fmt.NOTHING if covered is None else Cell(fmt.percent(covered), tone=tone),
                Cell(t("grid.withheld"), tone="muted")
                if cared is None and CARE not in row["lacks"]
                else fmt.whole(cared),
                fmt.whole(row["open_now"]),
                Cell(fmt.whole(row["overdue"]), tone="bad" if row["overdue"] else "muted"),
                fmt.NOTHING
                if row["overload"] is None
                else Cell(f"{row['overload']:.2f}", tone="bad" if row["is_overloaded"] else ""),
            ],
            subject.page,
            replace(view, org=row["community_code"], grid=row["grid_code"]),
            row["grid_code"] == view.grid,
        )

    title = t("grid.title_plain", n=fmt.whole(len(rows)))
    if rows and feeds.EVENT not in rows[0]["lacks"]:
        title = t("grid.title", n=fmt.whole(len(rows)), late=sum(bool(row["overdue"]) for row in rows))
    about = subject.kpis((COVERAGE, "overdue_open_per_1k", "overloaded_worker_share"))
    with panel(
        "grids",
        title,
        t("grid.subtitle", day=subject.day),
        context,
        about=about,
        note=t("grid.note"),
        behind=partial(_grids_table, subject, rows),
    ):
        live(ledger(columns, [line(row) for row in rows[:LISTED]], t, total=len(rows)), "grids", t.lang)


def _grids_table(subject: Subject, rows: Sequence[Row]) -> Table:
    t = subject.context.t
    heads = (
        t("column.code"),
        t("event.grid"),
        t("rank.community"),
        t("fact.households"),
        t("role.full_time_grid_worker"),
        t("role.part_time_grid_worker"),
        t("grid.households_visited"),
        t("grid.covered") + "（%）",
        t("fact.care_households"),
        t("grid.reported_head"),
        t("grid.open"),
        t("rank.overdue"),
        t("grid.times"),
    )
    return Table(
        heads,
        [
            (
                row["grid_code"],
                _name(row),
                subject.name(row["community_code"]),
                row["households"],
                row["full_time"],
                row["part_time"],
                row["households_visited"],
                _covered(row),
                row["care_households"],
                row["reported"],
                row["open_now"],
                row["overdue"],
                row["overload"],
            )
            for row in rows
        ],
    )


def _loads(subject: Subject, rows: Sequence[Row]) -> None:
    """The distribution of the grids' loads around the median."""
    t, context = subject.context.t, subject.context
    known = [row for row in rows if row["overload"] is not None]
    counts = [0] * (len(BANDS) + 1)
    for row in known:
        # A load exactly at a limit is not above it, as in the KPI.
        counts[sum(row["overload"] > end for end in BANDS)] += 1
    bands = [t("grid.band0"), t("grid.band1"), t("grid.band2"), t("grid.band3")]

    def behind() -> Table:
        return Table((t("grid.times"), t("grid.grids")), list(zip(bands, counts, strict=True)))

    median = known[0]["median_load"] if known else None
    title = t("grid.loads_title", n=counts[-1], of=len(known)) if known else t("grid.loads_none")
    subtitle = t("grid.loads_subtitle", median=fmt.whole(median))
    about = subject.kpis(("overloaded_worker_share",))
    with panel("loads", title, subtitle, context, about=about, behind=behind):
        parts = [Part(t("grid.grids"), "main"), Part(t("street.overloaded"), "bad")]
        shown = [
            Stack(name, (0, count) if number == len(BANDS) else (count, 0), t("grid.count", n=count))
            for number, (name, count) in enumerate(zip(bands, counts, strict=True))
        ]
        live(stacks(parts, shown, t), "loads", t.lang)


def cover_ends(red: float | None, target: float | None) -> list[float]:
    """The lower limits of the bands of coverage."""
    low, *between, high = COVER
    low, high = red or low, target or high
    return sorted({low, *(end for end in between if low < end < high), high})


def _coverage(subject: Subject, rows: Sequence[Row]) -> None:
    """The number of grids by share of visited households."""
    t, context = subject.context.t, subject.context
    kpi = _kpi_at(subject, context.area)
    red, target = (kpi.red_line, kpi.target) if kpi else (None, None)
    ends = cover_ends(red, target)
    counts = [0] * (len(ends) + 1)
    known = [covered for covered in map(_covered, rows) if covered is not None]
    for covered in known:
        counts[sum(covered >= end for end in ends)] += 1
    said = [fmt.limit(end, "percent", t.lang) for end in ends]
    bands = [t("grid.cover_under", high=said[0])]
    bands += [f"{low.rstrip('%')}–{high}" for low, high in pairwise(said)]
    bands += [t("grid.cover_from", low=said[-1])]

    def behind() -> Table:
        return Table((t("grid.covered"), t("grid.grids")), list(zip(bands, counts, strict=True)))

    is_filling = _is_filling(subject)
    title = t("grid.cover_title", n=counts[0], of=len(known), under=said[0]) if known else t("nothing.no_data")
    title = t("status.warming") + t("colon") + title if is_filling and known else title
    about = subject.kpis((COVERAGE,))
    judged = t("grid.cover_limits", red=said[0], target=said[-1]) if red is not None and target is not None else ""
    with panel("coverage", title, t("grid.cover_subtitle") + judged, context, about=about, behind=behind):
        is_plain = is_filling or not judged
        parts = [Part(t("grid.grids"), "main")] + ([] if is_plain else [Part(t("grid.cover_low"), "bad")])
        shown = []
        for number, (name, count) in enumerate(zip(bands, counts, strict=True)):
            split = (count,) if is_plain else (0, count) if number == 0 else (count, 0)
            shown.append(Stack(name, split, t("grid.count", n=count)))
        live(stacks(parts, shown, t), "coverage", t.lang)

"""阵地与力量: are there places, grid workers and volunteers enough? 1+N coverage, opening as scheduled, workers' loads,
grids in need, party organisations, volunteer teams, the points mall.

Here: which panel shows which answer. Not here: SQL (queries/), markup (components/).
"""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from components import scores
from components.ledger import Cell, Column, Line, ledger
from components.live import live
from components.markup import esc
from components.panel import panel
from components.stacks import Part, Stack, stacks
from downloads import Table
from figures.published import Row
from language import numbers as fmt
from page import subject as subjects
from page.subject import Subject
from reader.context import Context

PAGE = "capacity"
WANTED = (
    "service_centre.service_point",
    "smart_community.grid_worker",
    "service_centre.duty_shift",
    "volunteer.volunteer_team",
    "volunteer.points_txn",
    "smart_community.party_org",
)
BOXES = (
    "service_15min_coverage",
    "centre_standard_rate",
    "point_open_as_scheduled_rate",
    "grid_staffing_rate",
    "overloaded_worker_share",
    "volunteer_team_active_rate",
)
TOTALS = ("centres_open", "stations_open", "grid_party_orgs", "grid_workers", "volunteer_teams", "service_projects")
LOAD_STEPS = (0.5, 1.0, 1.5, 2.0)
"""Where the groups of loads end, in medians; beyond 1.5 a worker is overloaded."""
UNDERSTAFFED = 0.8


def show(context: Context) -> None:
    subject = subjects.begin(context, PAGE, WANTED)
    if subject is None:
        return
    last = subject.window.last
    points = subject.ask("points_by_community", last=last)
    loads = subject.ask("worker_loads", last=last)
    grids = subject.ask("grids_in_need", last=last)
    teams = subject.ask_window("volunteer_teams")
    _finding(subject, points, loads, grids, teams)
    totals = [
        (subject.figure(kpi.kpi_id), subject.before.figure(kpi.kpi_id, context.area)) for kpi in subject.kpis(TOTALS)
    ]
    st.html(scores.totals(totals, context.t))
    subjects.boxes(subject, BOXES)
    with st.container(key="row_capacity_a"):
        left, right = st.columns([1, 1.1], gap="small")
        with left:
            _points(subject, points)
        with right:
            _staffed(subject)
    with st.container(key="row_capacity_b"):
        left, right = st.columns([1, 1.1], gap="small")
        with left:
            _loads(subject, loads)
        with right:
            _grids(subject, grids)
    with st.container(key="row_capacity_c"):
        left, middle, right = st.columns([1.25, 0.85, 0.9], gap="small")
        with left:
            _teams(subject, teams)
        with middle:
            _people(subject)
        with right:
            _mall(subject)


def _finding(
    subject: Subject, points: Sequence[Row], loads: Sequence[Row], grids: Sequence[Row], teams: Sequence[Row]
) -> None:
    t, context = subject.context.t, subject.context
    parts = []
    if any(row["centres"] or row["stations"] or row["others"] for row in points):
        without = sum(not row["full_centres"] for row in points)
        tone = "bad" if without else "good"
        parts.append(
            f'{esc(t("capacity.say_centres", of=len(points)))} <b class="{tone}">'
            f"{esc(t('capacity.say_without', n=without))}</b>"
        )
    if grids:
        bare = sum(not row["has_worker"] for row in grids)
        parts.append(
            esc(t("capacity.say_grids", of=fmt.whole(len(grids)))) + f" <b>{esc(t('capacity.say_bare', n=bare))}</b>"
        )
    if loads:
        heavy = sum(bool(row["is_overloaded"]) for row in loads)
        share = fmt.percent(heavy / len(loads) * 100)
        parts.append(esc(t("capacity.say_heavy", n=fmt.whole(heavy), share=share)))
    if teams:
        active = sum(row["held"] > 0 for row in teams)
        parts.append(esc(t("capacity.say_teams", of=fmt.whole(len(teams)), n=fmt.whole(active))))
    start = t("capacity.say_start", day=subject.day, area=context.area_name)
    said = esc(t("semicolon")).join(parts) or f"<b>{esc(t('nothing.no_data'))}</b>"
    subjects.finding(subject, esc(start) + said + esc(t("stop")))


def _groups(subject: Subject, rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """Rows of communities by the place one level down: streets of the district, else the communities themselves."""
    found: dict[str, list[Row]] = {}
    places = [org.code for org in subject.below()]
    for row in rows:
        code = row["org_code"]
        place = code if code in places else code[:9]
        found.setdefault(place, []).append(row)
    return list(found.items())


def _points(subject: Subject, points: Sequence[Row]) -> None:
    t, context = subject.context.t, subject.context
    without = [row for row in points if not row["full_centres"]]
    small = [row for row in without if row["centres"]]
    has_any = any(row["centres"] or row["stations"] or row["others"] for row in points)
    if not has_any:
        title = t("capacity.points_none")
    elif without:
        title = t("capacity.points_title", n=len(without), of=len(points))
    else:
        title = t("capacity.points_fine", of=len(points))

    def behind() -> Table:
        return Table(
            (
                t("column.code"),
                t("column.name"),
                t("capacity.centres"),
                t("capacity.full_centres"),
                t("capacity.area"),
                t("capacity.functions"),
                t("capacity.stations"),
                t("capacity.others"),
                t("capacity.desks"),
            ),
            [
                (
                    row["org_code"],
                    subject.name(row["org_code"]),
                    row["centres"],
                    row["full_centres"],
                    row["centre_area"],
                    row["centre_functions"],
                    row["stations"],
                    row["others"],
                    row["mobile_desks"],
                )
                for row in points
            ],
        )

    with panel(
        "capacity_points",
        title,
        t("capacity.points_subtitle", day=subject.day),
        context,
        about=subject.kpis(["centre_standard_rate", "service_15min_coverage"]),
        note=t("capacity.points_note"),
        behind=behind,
    ):
        if not has_any:
            st.html(f'<div class="blank"><b>{esc(t("capacity.points_none"))}</b></div>')
            return
        parts = (
            Part(t("capacity.with_full"), "main"),
            Part(t("capacity.with_small"), "warn"),
            Part(t("capacity.with_none"), "rest"),
        )
        rows = []
        for code, own in _groups(subject, points):
            full = sum(bool(row["full_centres"]) for row in own)
            under = sum(bool(row["centres"]) and not row["full_centres"] for row in own)
            n_points = sum(row["stations"] + row["others"] + row["mobile_desks"] for row in own)
            text = t("capacity.points_text", full=full, of=len(own), n=fmt.whole(n_points))
            rows.append(
                Stack(
                    subject.label(code),
                    (full, under, len(own) - full - under),
                    text,
                    page=PAGE,
                    view=replace(context.view, org=code),
                    hint=subject.name(code),
                )
            )
        live(stacks(parts, rows[:14], t, whole=True), "points", t.lang)
        if small:
            names = t.join(
                t("capacity.small", name=subject.label(row["org_code"]), area=fmt.whole(row["centre_area"]))
                for row in small[:4]
            )
            st.html(f'<div class="rank-foot">{esc(t("capacity.small_list") + names)}</div>')


def _staffed(subject: Subject) -> None:
    t, view = subject.context.t, subject.context.view
    rows = subject.ask_window("points_staffed")
    weak = [row for row in rows if row["staffed_hours"] / row["planned_hours"] < UNDERSTAFFED]
    planned, staffed = sum(row["planned_hours"] for row in rows), sum(row["staffed_hours"] for row in rows)
    if not rows:
        title = t("capacity.staffed_none")
    elif weak:
        title = t("capacity.staffed_title", n=len(weak), share=fmt.percent(staffed / planned * 100))
    else:
        title = t("capacity.staffed_fine", n=len(rows), share=fmt.percent(staffed / planned * 100))
    columns = (
        Column(t("capacity.point")),
        Column(t("capacity.point_type"), is_minor=True),
        Column(t("rank.community"), is_minor=True),
        Column(t("capacity.planned"), is_number=True),
        Column(t("capacity.staffed"), is_number=True),
        Column(t("capacity.staffed_share"), is_number=True),
        Column(t("capacity.not_signed_in"), is_number=True, is_minor=True),
    )

    def behind() -> Table:
        return Table(
            ("ID", *(column.label for column in columns), t("capacity.shifts"), t("capacity.extended")),
            [
                (
                    row["point_code"],
                    row["point_name"],
                    t("point_type." + row["point_type"]) if row["point_type"] else None,
                    subject.name(row["community_code"]),
                    row["planned_hours"],
                    row["staffed_hours"],
                    row["staffed_hours"] / row["planned_hours"] * 100,
                    row["not_signed_in"],
                    row["shifts"],
                    row["extended"],
                )
                for row in rows
            ],
        )

    with panel(
        "capacity_staffed",
        title,
        t("capacity.staffed_subtitle", span=subject.span, n=fmt.whole(len(rows))),
        subject.context,
        about=subject.kpis(["point_open_as_scheduled_rate"]),
        note=t("capacity.staffed_note"),
        behind=behind,
    ):
        lines = []
        for row in rows:
            share = row["staffed_hours"] / row["planned_hours"]
            tone = "bad" if share < UNDERSTAFFED else ""
            lines.append(
                Line(
                    (
                        row["point_name"] or row["point_code"],
                        t("point_type." + row["point_type"]) if row["point_type"] else fmt.NOTHING,
                        subject.label(row["community_code"]),
                        f"{row['planned_hours']:,.1f}",
                        f"{row['staffed_hours']:,.1f}",
                        Cell(fmt.percent(share * 100), tone=tone),
                        Cell(fmt.whole(row["not_signed_in"]), tone="warn" if row["not_signed_in"] else "muted"),
                    ),
                    PAGE,
                    replace(view, org=row["community_code"]),
                )
            )
        live(ledger(columns, lines, t, 9), "staffed", t.lang)


def load_group(load: float, median: float) -> int:
    """Which group of LOAD_STEPS a load falls in; the last one is beyond them all."""
    if median <= 0:
        return 0
    return sum(load / median > step for step in LOAD_STEPS)


def _loads(subject: Subject, loads: Sequence[Row]) -> None:
    t, view = subject.context.t, subject.context.view
    heavy = [row for row in loads if row["is_overloaded"]]
    if not loads:
        title = t("capacity.loads_none")
    elif heavy:
        times = f"{heavy[0]['task_load'] / heavy[0]['median_load']:.1f}" if heavy[0]["median_load"] else fmt.NOTHING
        share = fmt.percent(len(heavy) / len(loads) * 100)
        title = t("capacity.loads_title", n=fmt.whole(len(heavy)), share=share, times=times)
    else:
        title = t("capacity.loads_fine", n=fmt.whole(len(loads)))
    columns = (
        Column(t("capacity.worker")),
        Column(t("rank.community")),
        Column(t("capacity.role"), is_minor=True),
        Column(t("visits.households"), is_number=True, is_minor=True),
        Column(t("capacity.tasks"), is_number=True),
        Column(t("capacity.load"), is_number=True),
    )

    def behind() -> Table:
        return Table(
            (
                t("capacity.worker_id"),
                t("capacity.worker"),
                t("capacity.role"),
                t("rank.community"),
                t("event.grid"),
                t("visits.households"),
                t("visits.count"),
                t("capacity.inspections"),
                t("capacity.load"),
                t("capacity.median"),
                t("capacity.overloaded"),
            ),
            [
                (
                    row["worker_id"],
                    row["worker_name"],
                    t("worker_role." + row["worker_role"]),
                    subject.name(row["community_code"]),
                    row["grid_code"],
                    row["households"],
                    row["visits"],
                    row["inspections"],
                    row["task_load"],
                    row["median_load"],
                    row["is_overloaded"],
                )
                for row in loads
            ],
        )

    with panel(
        "capacity_loads",
        title,
        t("capacity.loads_subtitle", day=fmt.short_day(loads[0]["as_of"], t.lang) if loads else subject.day),
        subject.context,
        about=subject.kpis(["overloaded_worker_share"]),
        note=t("capacity.loads_note"),
        behind=behind,
    ):
        if not loads:
            st.html(f'<div class="blank"><b>{esc(t("capacity.loads_none"))}</b></div>')
            return
        groups = [0] * (len(LOAD_STEPS) + 1)
        for row in loads:
            groups[load_group(row["task_load"], row["median_load"])] += 1
        rows = [
            Stack(
                t(f"load.{number}"),
                (0, count) if number > 2 else (count, 0),
                t("capacity.people", n=fmt.whole(count)),
                "bad" if number > 2 and count else "",
            )
            for number, count in enumerate(groups)
        ]
        parts = (Part(t("capacity.load_normal"), "main"), Part(t("capacity.overloaded"), "bad"))
        st.html(stacks(parts, rows, t))
        lines = [
            Line(
                (
                    row["worker_name"] or row["worker_id"],
                    Cell(
                        subject.label(row["community_code"]),
                        under=t("grid.number", n=int(row["grid_code"][12:])) if row["grid_code"] else "",
                    ),
                    t("worker_role." + row["worker_role"]),
                    fmt.whole(row["households"]),
                    fmt.whole(row["visits"] + row["inspections"]),
                    Cell(t("capacity.times", n=f"{row['task_load'] / row['median_load']:.1f}"), tone="bad"),
                ),
                "grid",
                replace(view, org=row["community_code"], grid=row["grid_code"] or ""),
            )
            for row in heavy
            if row["median_load"]
        ]
        if lines:
            live(ledger(columns, lines, t, 5), "loads", t.lang)


def _grids(subject: Subject, grids: Sequence[Row]) -> None:
    t, view = subject.context.t, subject.context.view
    short = [row for row in grids if not (row["has_worker"] and row["has_party_org"])]
    if not grids:
        title = t("capacity.grids_none")
    elif short:
        title = t(
            "capacity.grids_title",
            workers=sum(not row["has_worker"] for row in grids),
            orgs=sum(not row["has_party_org"] for row in grids),
        )
    else:
        title = t("capacity.grids_fine", n=fmt.whole(len(grids)))
    columns = (
        Column(t("event.grid")),
        Column(t("rank.community")),
        Column(t("visits.households"), is_number=True),
        Column(t("worker_role.full_time_grid_worker")),
        Column(t("capacity.party_org")),
    )

    def behind() -> Table:
        return Table(
            (t("column.code"), *(column.label for column in columns)),
            [
                (
                    row["grid_code"],
                    row["grid_name"],
                    subject.name(row["community_code"]),
                    row["households"],
                    row["has_worker"],
                    row["has_party_org"],
                )
                for row in grids
            ],
        )

    with panel(
        "capacity_grids",
        title,
        t("capacity.grids_subtitle", day=subject.day, n=fmt.whole(len(grids))),
        subject.context,
        about=subject.kpis(["grid_staffing_rate", "grid_party_org_coverage"]),
        behind=behind,
    ):
        lines = [
            Line(
                (
                    row["grid_name"] or row["grid_code"],
                    subject.label(row["community_code"]),
                    fmt.whole(row["households"]),
                    _present(row["has_worker"], subject),
                    _present(row["has_party_org"], subject),
                ),
                "grid",
                replace(view, org=row["community_code"], grid=row["grid_code"]),
            )
            for row in short
        ]
        if lines:
            live(ledger(columns, lines, t, 11), "bare_grids", t.lang)
        else:
            st.html(f'<div class="blank"><b>{esc(title)}</b></div>')


def _present(has: bool, subject: Subject) -> Cell:
    t = subject.context.t
    return Cell(t("capacity.has"), tone="muted") if has else Cell(t("capacity.lacks"), tone="warn", is_tag=True)


def _teams(subject: Subject, teams: Sequence[Row]) -> None:
    t, view = subject.context.t, subject.context.view
    active = sum(row["held"] > 0 for row in teams)
    hours = float(sum(row["hours"] for row in teams))
    verified = float(sum(row["hours_verified"] for row in teams))
    if not teams:
        title = t("capacity.teams_none")
    elif hours:
        share = fmt.percent(verified / hours * 100)
        title = t("capacity.teams_title", n=active, of=len(teams), hours=fmt.whole(hours), share=share)
    else:
        title = t("capacity.teams_idle", of=len(teams))
    columns = (
        Column(t("capacity.team")),
        Column(t("rank.community"), is_minor=True),
        Column(t("capacity.held"), is_number=True),
        Column(t("capacity.volunteers"), is_number=True, is_minor=True),
        Column(t("capacity.hours"), is_number=True),
        Column(t("capacity.verified"), is_number=True),
    )

    def behind() -> Table:
        return Table(
            ("ID", *(column.label for column in columns), t("capacity.residents")),
            [
                (
                    row["team_id"],
                    row["team_name"],
                    subject.name(row["community_code"]),
                    row["held"],
                    row["volunteers"],
                    float(row["hours"]),
                    float(row["hours_verified"]),
                    row["residents"],
                )
                for row in teams
            ],
        )

    with panel(
        "capacity_teams",
        title,
        t("capacity.teams_subtitle", span=subject.span),
        subject.context,
        about=subject.kpis(["volunteer_team_active_rate", "volunteer_hours_verified_rate"]),
        note=t("capacity.teams_note"),
        behind=behind,
    ):
        lines = [
            Line(
                (
                    row["team_name"] or row["team_id"],
                    subject.label(row["community_code"]),
                    fmt.whole(row["held"]),
                    fmt.whole(row["volunteers"]),
                    f"{row['hours']:,.1f}",
                    Cell(
                        fmt.percent(float(row["hours_verified"]) / float(row["hours"]) * 100),
                        tone="warn" if row["hours_verified"] < row["hours"] * 8 / 10 else "",
                    )
                    if row["hours"]
                    else Cell(fmt.NOTHING, tone="muted"),
                ),
                PAGE,
                replace(view, org=row["community_code"]),
            )
            for row in teams
        ]
        live(ledger(columns, lines, t, 8), "teams", t.lang)


def _people(subject: Subject) -> None:
    t = subject.context.t
    people = subject.ask("people_in_post", last=subject.window.last)
    orgs = subject.ask("party_orgs", last=subject.window.last)
    workers = sum(row["workers"] for row in people)
    members = sum(row["party_members"] for row in people)
    title = (
        t("capacity.people_title", n=fmt.whole(workers), share=fmt.percent(members / workers * 100))
        if workers
        else t("capacity.people_none")
    )

    def behind() -> Table:
        rows: list[tuple[str, int, int | None]] = [
            (t("worker_role." + row["worker_role"]), row["workers"], row["party_members"]) for row in people
        ]
        rows += [(t("party_org_type." + row["party_org_type"]), row["orgs"], row["members"]) for row in orgs]
        return Table((t("capacity.role"), t("capacity.count"), t("capacity.members")), rows)

    with panel(
        "capacity_people",
        title,
        t("capacity.people_subtitle", day=subject.day),
        subject.context,
        about=subject.kpis(["building_head_coverage", "grid_party_orgs"]),
        behind=behind,
    ):
        parts = (Part(t("capacity.members"), "bad"), Part(t("capacity.not_members"), "soft"))
        rows = [
            Stack(
                t("worker_role." + row["worker_role"]),
                (row["party_members"], row["workers"] - row["party_members"]),
                t("capacity.people", n=fmt.whole(row["workers"])),
            )
            for row in people
        ]
        st.html(stacks((replace(parts[0], tone="main"), parts[1]), rows, t))
        if orgs:
            said = t.join(f"{t('party_org_type.' + row['party_org_type'])} {fmt.whole(row['orgs'])}" for row in orgs)
            st.html(f'<div class="rank-foot">{esc(t("capacity.party_orgs") + t("colon") + said)}</div>')


def _mall(subject: Subject) -> None:
    t = subject.context.t
    rows = subject.ask_window("points_mall")
    earned = sum(row["points"] for row in rows if row["kind"] == "earn")
    spent = [row for row in rows if row["kind"] == "redeem"]
    redeemed = -sum(row["points"] for row in spent)
    if not earned:
        title = t("capacity.mall_none")
    else:
        title = t(
            "capacity.mall_title",
            earned=fmt.whole(earned),
            redeemed=fmt.whole(redeemed),
            share=fmt.percent(redeemed / earned * 100),
        )

    def behind() -> Table:
        return Table(
            (
                t("capacity.kind"),
                t("capacity.item"),
                t("capacity.entries"),
                t("capacity.points"),
                t("capacity.volunteers"),
            ),
            [
                (t("points_kind." + row["kind"]), row["item"] or None, row["entries"], row["points"], row["volunteers"])
                for row in rows
            ],
        )

    with panel(
        "capacity_mall",
        title,
        t("capacity.mall_subtitle", span=subject.span),
        subject.context,
        about=subject.kpis(["points_redemption_rate"]),
        behind=behind,
    ):
        shown = [
            Stack(row["item"] or fmt.NOTHING, (-row["points"],), t("capacity.times_n", n=fmt.whole(row["entries"])))
            for row in sorted(spent, key=lambda row: row["points"])
        ]
        st.html(stacks((Part(t("points_kind.redeem"), "main"),), shown, t))

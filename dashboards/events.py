"""事件: where does work pile up, and who waits for whom? How far events get, how old the open ones are, in whose hands,
which are overdue, where the same trouble comes back; and one event's way through the three levels, down to the line of
the export.

Here: which panel shows which answer. Not here: SQL (queries/), reckoning (lifecycle.py), markup (components/).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

import data
import findings
import format as fmt
import lifecycle
import streamlit as st
import subject as subjects
from components import bars
from components.ledger import Cell, Column, Line, ledger
from components.live import live
from components.markup import esc, link
from components.panel import panel
from components.stacks import Part, Stack, stacks
from components.way import way
from context import Context
from data import Row
from downloads import Table
from measures import Figure
from subject import Subject
from words import Speaker

PAGE = "events"
WANTED = ("command_centre.event",)
BOXES = (
    "event_on_time_close_rate",
    "overdue_open_per_1k",
    "event_close_hours",
    "event_rework_rate",
    "event_repeat_rate",
    "escalation_ack_4h_rate",
)
BANDS = 6
OLD_BAND = 3
"""From here on, 15 days and more, an open event is called old."""
# A check is recorded only where work was sent back: it is no step that every event takes.
FUNNEL = ("reported", "accepted", "dispatched", "resolved", "closed")


def show(context: Context) -> None:
    subject = subjects.begin(context, PAGE, WANTED)
    if subject is None:
        return
    overdue = subject.ask("overdue_events", last=subject.window.last)
    waiting = subject.ask("event_waiting", last=subject.window.last)
    stages = subject.ask_window("event_stages")
    ageing = subject.ask("event_ageing", last=subject.window.last)
    if context.view.event:
        _one(subject)
    _finding(subject, stages, ageing, overdue)
    _narrowed(subject)
    subjects.boxes(subject, BOXES)
    with st.container(key="row_events_a"):
        left, middle, right = st.columns([1.1, 0.95, 1.1], gap="small")
        with left:
            _funnel(subject, stages)
        with middle:
            _ageing(subject, ageing)
        with right:
            _waiting(subject, waiting)
    with st.container(key="row_events_b"):
        left, right = st.columns([1.25, 1], gap="small")
        with left:
            _overdue(subject, overdue)
        with right:
            _categories(subject)
            _repeats(subject)


def _finding(subject: Subject, stages: Sequence[Row], ageing: Sequence[Row], overdue: Sequence[Row]) -> None:
    t, context = subject.context.t, subject.context
    reached = {row["stage"]: row["reached"] for row in stages}
    reported, closed = reached.get("reported", 0), reached.get("closed", 0)
    open_now = sum(row["events"] for row in ageing)
    start = t("say.start_plain", period=t("period." + context.view.period), area=_area_name(subject))
    if not reported and not open_now:
        subjects.finding(subject, f"{esc(start)}<b>{esc(t('events.say_none'))}</b>{esc(t('stop'))}")
        return
    said = esc(start) + esc(t("events.say_reported")) + f" <b>{esc(t('events', n=fmt.whole(reported)))}</b>"
    if reported:
        said += esc(t("comma") + t("events.say_closed", share=fmt.percent(closed / reported * 100)))
    said += f"{esc(t('semicolon') + t('events.say_open'))} <b>{esc(t('events', n=fmt.whole(open_now)))}</b>"
    if overdue:
        said += f'{esc(t("comma") + t("say.overdue"))} <b class="bad">{esc(t("events", n=fmt.whole(len(overdue))))}</b>'
        by_place: dict[str, int] = {}
        for row in overdue:
            code = row["community_code"]
            name = subject.label(code[:9] if context.view.level == "district" else code)
            by_place[name] = by_place.get(name, 0) + 1
        where = findings.concentration(list(by_place.items()), t)
        said += esc(t("comma") + where) if where else ""
        said += esc(t("comma") + t("events.say_longest", days=overdue[0]["days_over"]))
    else:
        said += esc(t("comma") + t("say.overdue_none"))
    subjects.finding(subject, said + esc(t("stop")))


def _area_name(subject: Subject) -> str:
    view = subject.context.view
    if not view.grid:
        return subject.context.area_name
    return subject.name(view.org) + subject.context.t("grid.number", n=int(view.grid[12:]))


def _narrowed(subject: Subject) -> None:
    """A page for one grid says so, and how to leave it."""
    t, view = subject.context.t, subject.context.view
    if view.grid:
        back = link(PAGE, replace(view, grid=""), esc(t("events.all_grids", name=subject.name(view.org))))
        said = t("events.one_grid", grid=view.grid, name=subject.name(view.org))
        live(f'<div class="notice">{esc(said)} {back}</div>', "narrowed", subject.context.lang)


def _funnel(subject: Subject, stages: Sequence[Row]) -> None:
    t = subject.context.t
    by_name = {row["stage"]: row for row in stages}
    shown = [by_name[name] for name in FUNNEL if name in by_name]
    late = max(shown, key=lambda row: row["overdue"], default=None)
    reported = by_name["reported"]["reached"] if "reported" in by_name else 0
    closed = by_name["closed"]["reached"] if "closed" in by_name else 0
    if not reported:
        title = t("funnel.title_nothing")
    elif late is None or not late["overdue"]:
        title = t("funnel.title_clear", share=fmt.percent(closed / reported * 100))
    else:
        title = t(
            "funnel.title",
            share=fmt.percent(closed / reported * 100),
            n=fmt.whole(sum(row["overdue"] for row in shown)),
            stage=t("event_stage." + late["stage"]),
        )

    def behind() -> Table:
        return Table(
            (
                t("column.stage"),
                t("events.reached"),
                t("column.share"),
                t("events.waiting"),
                t("funnel.column_overdue"),
                t("events.median"),
                t("events.slow"),
            ),
            [
                (
                    t("event_stage." + row["stage"]),
                    row["reached"],
                    subjects.share(row["reached"], reported),
                    row["waiting"],
                    row["overdue"],
                    row["median_hours"],
                    row["slow_hours"],
                )
                for row in stages
            ],
        )

    with panel(
        "event_funnel",
        title,
        t("events.funnel_subtitle", span=subject.span),
        subject.context,
        note=t("events.funnel_note"),
        behind=behind,
    ):
        parts = (
            Part(t("events.passed"), "main"),
            Part(t("events.waiting"), "soft"),
            Part(t("events.waiting_late"), "bad"),
        )
        rows = []
        for row in shown:
            text = t("events", n=fmt.whole(row["reached"]))
            if row["median_hours"] is not None:
                text += f" · {t('events.median_short')} {fmt.duration(row['median_hours'], t.lang)}"
            counts = (row["reached"] - row["waiting"], row["waiting"] - row["overdue"], row["overdue"])
            rows.append(Stack(t("event_stage." + row["stage"]), counts, text))
        unfilled = [t("event_stage." + name) for name in FUNNEL if name not in by_name]
        st.html(stacks(parts, rows, t))
        if reported and unfilled:
            st.html(f'<div class="rank-foot">{esc(t("events.unfilled", names=t.join(unfilled)))}</div>')


def _ageing(subject: Subject, ageing: Sequence[Row]) -> None:
    t = subject.context.t
    total = sum(row["events"] for row in ageing)
    old = sum(row["events"] for row in ageing if row["band"] > OLD_BAND)
    oldest = max((row["days_at_most"] for row in ageing), default=0)
    if not total:
        title = t("events.age_none")
    elif old:
        title = t("events.age_old", n=fmt.whole(old), days=oldest)
    else:
        title = t("events.age_fine", n=fmt.whole(total), days=oldest)

    def behind() -> Table:
        return Table(
            (t("events.age"), t("event.level"), t("column.events"), t("rank.overdue"), t("events.days_at_most")),
            [
                (
                    t(f"age.{row['band']}"),
                    t("level." + row["level"]) if row["level"] else None,
                    row["events"],
                    row["overdue"],
                    row["days_at_most"],
                )
                for row in ageing
            ],
        )

    with panel(
        "event_age",
        title,
        t("events.age_subtitle", day=subject.day),
        subject.context,
        note=t("events.age_note"),
        behind=behind,
    ):
        parts = (Part(t("events.in_time"), "main"), Part(t("rank.overdue"), "bad"))
        rows = []
        for band in range(BANDS):
            own = [row for row in ageing if row["band"] == band]
            events, late = sum(row["events"] for row in own), sum(row["overdue"] for row in own)
            text = t("events", n=fmt.whole(events)) + (" · " + t("funnel.overdue", n=fmt.whole(late)) if late else "")
            rows.append(Stack(t(f"age.{band}"), (events - late, late), text, "bad" if late else ""))
        st.html(stacks(parts, rows, t))
        levels = {level: sum(row["events"] for row in ageing if row["level"] == level) for level in lifecycle.LEVELS}
        said = [f"{t('level.' + level)} {t('events', n=fmt.whole(n))}" for level, n in levels.items()]
        if total:
            st.html(f'<div class="rank-foot">{esc(t("events.at_levels") + t("colon") + t.join(said))}</div>')


def _waiting(subject: Subject, waiting: Sequence[Row]) -> None:
    t = subject.context.t
    worst = waiting[0] if waiting else None
    if worst is None:
        title = t("events.age_none")
    elif worst["overdue"]:
        name = worst["held_by"] or t("events.nobody")
        title = t("events.held_late", name=name, n=fmt.whole(worst["overdue"]), days=worst["days_at_most"])
    else:
        title = t("events.held_fine", n=fmt.whole(len(waiting)))
    columns = (
        Column(t("events.held_by")),
        Column(t("events.open"), is_number=True),
        Column(t("rank.overdue"), is_number=True),
        Column(t("events.longest"), is_number=True),
        Column(t("events.median_wait"), is_number=True, is_minor=True),
    )

    def behind() -> Table:
        return Table(
            (
                *(column.label for column in columns),
                *(t("events.of_level", level=t("level." + level)) for level in lifecycle.LEVELS),
            ),
            [
                (
                    row["held_by"] or t("events.nobody"),
                    row["events"],
                    row["overdue"],
                    row["days_at_most"],
                    row["median_hours_in_stage"],
                    row["at_community"],
                    row["at_street"],
                    row["at_district"],
                )
                for row in waiting
            ],
        )

    with panel(
        "event_waiting",
        title,
        t("events.held_subtitle", day=subject.day, n=fmt.whole(len(waiting))),
        subject.context,
        note=t("events.held_note"),
        behind=behind,
    ):
        lines = [
            Line(
                (
                    row["held_by"] or t("events.nobody"),
                    fmt.whole(row["events"]),
                    Cell(fmt.whole(row["overdue"]), tone="bad" if row["overdue"] else "muted"),
                    fmt.days(row["days_at_most"], t.lang),
                    fmt.duration(row["median_hours_in_stage"], t.lang),
                )
            )
            for row in waiting
        ]
        st.html(ledger(columns, lines, t, 7))


def _overdue(subject: Subject, overdue: Sequence[Row]) -> None:
    t, view = subject.context.t, subject.context.view
    title = (
        t("events.overdue_title", n=fmt.whole(len(overdue)), days=overdue[0]["days_over"])
        if overdue
        else t("say.overdue_none")
    )

    def behind() -> Table:
        return Table(
            (
                t("event.id"),
                t("event.category"),
                t("event.subcategory"),
                t("event.urgency"),
                t("rank.community"),
                t("event.grid"),
                t("event.level"),
                t("events.held_by"),
                t("event.department"),
                t("column.stage"),
                t("event.reported"),
                t("event.due"),
                t("event.original_due"),
                t("events.days_over"),
                t("event.rework"),
                t("event.file"),
                t("event.row"),
            ),
            [
                (
                    row["event_id"],
                    t("category." + row["category"]),
                    row["subcategory"],
                    t("urgency." + row["urgency"]) if row["urgency"] else None,
                    subject.name(row["community_code"]),
                    row["grid_code"],
                    t("level." + row["level"]) if row["level"] else None,
                    row["held_by"],
                    row["department"],
                    t("event_stage." + row["stage"]) if row["stage"] else None,
                    row["reported_at"],
                    row["due_at"],
                    row["original_due_at"],
                    row["days_over"],
                    row["rework_count"],
                    row["file_name"],
                    fmt.line(row["row_number"]),
                )
                for row in overdue
            ],
        )

    with panel(
        "event_overdue",
        title,
        t("events.overdue_subtitle", day=subject.day),
        subject.context,
        about=subject.kpis(["overdue_open_per_1k"]),
        note=t("events.overdue_note"),
        behind=behind,
    ):
        columns = (
            Column(t("event.id")),
            Column(t("event.category")),
            Column(t("rank.community"), is_minor=True),
            Column(t("events.held_by")),
            Column(t("event.level"), is_minor=True),
            Column(t("event.due"), is_minor=True),
            Column(t("events.days_over"), is_number=True),
        )
        lines = [
            Line(
                (
                    row["event_id"],
                    Cell(t("category." + row["category"]), under=row["subcategory"] or ""),
                    Cell(subject.label(row["community_code"]), under=subject.name(row["community_code"][:9])),
                    Cell(row["held_by"] or t("events.nobody"), under=_stage(row, t)),
                    t("level." + row["level"]) if row["level"] else fmt.NOTHING,
                    fmt.minute(row["due_at"]),
                    Cell(fmt.days(row["days_over"], t.lang), tone="bad"),
                ),
                PAGE,
                replace(view, event=row["event_id"]),
                row["event_id"] == view.event,
            )
            for row in overdue
        ]
        if overdue:
            live(ledger(columns, lines, t, 14), "overdue", t.lang)
        else:
            st.html(f'<div class="blank"><b>{esc(t("say.overdue_none"))}</b></div>')


def _stage(row: Row, t: Speaker) -> str:
    return t("events.after", stage=t("event_stage." + row["stage"])) if row["stage"] else ""


def _categories(subject: Subject) -> None:
    t, context = subject.context.t, subject.context
    rows = subject.ask_window("categories")
    kpi = context.kpis.get(findings.HEADLINE)

    def figure(row: Row) -> Figure | None:
        return Figure(kpi, float(row["on_time"]), float(row["due"])) if kpi else None

    def said(row: Row) -> tuple[str, str]:
        found = figure(row)
        if found is None or found.value is None:
            return t("few_short") if row["due"] else fmt.NOTHING, "muted"
        if found.status == "few":
            return subjects.of_few(row["on_time"], row["due"]), "muted"
        return fmt.percent(found.value), "" if found.reached else "bad" if found.breached else "warn"

    def behind() -> Table:
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
                    found.value if (found := figure(row)) else None,
                    row["overdue"],
                )
                for row in rows
            ],
        )

    with panel(
        "event_category",
        findings.category_title(rows, t),
        t("category.subtitle", span=subject.span),
        context,
        about=[kpi] if kpi else [],
        behind=behind,
    ):
        listed = [
            bars.Category(t("category." + row["category"]), row["reported"], *said(row), row["overdue"]) for row in rows
        ]
        if rows:
            st.html(bars.categories(listed, t))
        else:
            st.html(f'<div class="blank"><b>{esc(t("category.title_nothing"))}</b></div>')


def _repeats(subject: Subject) -> None:
    t, view = subject.context.t, subject.context.view
    spots = subject.ask("repeat_spots")
    still_open = sum(bool(row["is_open"]) for row in spots)
    title = (
        t("events.spot_title", grid=spots[0]["grid_name"] or spots[0]["grid_code"], what=spots[0]["subcategory"] or "",
          n=spots[0]["n"])
        if spots
        else t("events.spot_none")
    )  # fmt: skip

    def behind() -> Table:
        return Table(
            (
                t("event.grid"),
                t("column.name"),
                t("rank.community"),
                t("event.category"),
                t("event.subcategory"),
                t("events.times"),
                t("events.first"),
                t("events.last"),
                t("events.closed_count"),
                t("events.back_count"),
                t("events.until_back"),
                t("events.is_open"),
                t("events.newest_event"),
            ),
            [
                (
                    row["grid_code"],
                    row["grid_name"],
                    subject.name(row["community_code"]),
                    t("category." + row["category"]),
                    row["subcategory"],
                    row["n"],
                    row["first_reported_at"],
                    row["last_reported_at"],
                    row["closed_count"],
                    row["back_count"],
                    row["median_hours_to_recurrence"],
                    row["is_open"],
                    row["last_event"],
                )
                for row in spots
            ],
        )

    with panel(
        "event_repeat",
        title,
        t("events.spot_subtitle", n=fmt.whole(len(spots)), open=fmt.whole(still_open)),
        subject.context,
        about=subject.kpis(["event_repeat_rate", "env_recurrence_30d_rate"]),
        note=t("events.spot_note"),
        behind=behind,
    ):
        columns = (
            Column(t("events.spot")),
            Column(t("event.subcategory")),
            Column(t("events.times"), is_number=True),
            Column(t("events.back_count"), is_number=True, is_minor=True),
            Column(t("events.last"), is_minor=True),
            Column(t("events.now")),
        )
        lines = [
            Line(
                (
                    row["grid_name"] or row["grid_code"],
                    row["subcategory"] or fmt.NOTHING,
                    fmt.whole(row["n"]),
                    fmt.whole(row["back_count"]),
                    fmt.short_day(row["last_reported_at"].date(), t.lang),
                    Cell(t("events.still_open"), tone="warn", is_tag=True)
                    if row["is_open"]
                    else Cell(t("events.all_closed"), tone="muted"),
                ),
                PAGE,
                replace(view, org=row["community_code"], event=row["last_event"] or ""),
            )
            for row in spots
        ]
        if spots:
            live(ledger(columns, lines, t, 10), "spots", t.lang)
        else:
            st.html(
                f'<div class="blank"><b>{esc(t("events.spot_none"))}</b><p>{esc(t("events.spot_none_why"))}</p></div>'
            )


def _one(subject: Subject) -> None:
    """One event: what it is, its way over the three levels, every movement with its line of the export."""
    t, view = subject.context.t, subject.context.view
    publication = subject.context.publication
    found = data.ask(publication, "event_one", event=view.event)
    close = link(PAGE, replace(view, event=""), esc(t("way.close")), "badge")
    if not found:
        live(f'<div class="notice">{esc(t("way.unknown", event=view.event))} {close}</div>', "no_event", t.lang)
        return
    event = found[0]
    flow = data.ask(publication, "event_flow", event=view.event)
    stages = data.ask(publication, "event_one_stages", event=view.event)
    tied = data.ask(publication, "event_others", event=view.event)
    same = data.ask(publication, "event_same_spot", event=view.event)
    now = datetime.combine(subject.window.last + timedelta(days=1), time())
    voided = max((row["acted_at"] for row in flow if row["action"] == "void"), default=None)
    end = event["closed_at"] or (voided if event["status"] == "void" else None) or now
    spells = lifecycle.spells(flow, event["level"] or "community", event["reported_at"], end)

    def behind() -> Table:
        rows = [
            (
                row["step"],
                t("action." + row["action"]),
                t("level." + row["from_level"]) if row["from_level"] else None,
                t("level." + row["to_level"]) if row["to_level"] else None,
                row["actor_unit"],
                row["acted_at"],
                row["file_name"],
                fmt.line(row["row_number"]),
            )
            for row in flow
        ]
        columns = (
            t("way.step"),
            t("way.action"),
            t("way.from"),
            t("way.to"),
            t("way.unit"),
            t("way.at"),
            t("event.file"),
            t("event.row"),
        )
        return Table(columns, rows)

    with panel(
        "event_one",
        _one_title(event, end, spells, t),
        t("way.subtitle", event=event["event_id"], community=subject.name(event["community_code"])),
        subject.context,
        note=t("way.note"),
        behind=behind,
        controls=lambda: live(close, "close_event", t.lang),
    ):
        st.html(_facts(subject, event))
        st.html(way(spells, flow, event["due_at"], end, t))
        left, right = st.columns([1.5, 1], gap="small")
        with left:
            st.html(_movements(flow, event, t))
        with right:
            st.html(_stages(stages, t))
            live(_tied(subject, tied, same), "tied", t.lang)
        origin = t("way.origin", file=event["file_name"] or fmt.NOTHING, row=event["row_number"])
        st.html(f'<div class="origin">{esc(origin)}</div>')


def _one_title(event: Row, end: datetime, spells: Sequence[lifecycle.Spell], t: Speaker) -> str:
    """end: when it was closed, void, or the end of the last day shown."""
    taken = fmt.duration((end - event["reported_at"]).total_seconds() / 3600, t.lang)
    name = event["subcategory"] or t("category." + event["category"])
    levels = len({spell.level for spell in spells})
    if event["status"] == "void":
        return t("way.title_void", name=name)
    if end < event["reported_at"]:
        return t("way.title_not_yet" if event["closed_at"] is None else "way.title_closed_before", name=name)
    if event["closed_at"] is None:
        over = event["due_at"] is not None and event["due_at"] < end
        return t("way.title_late" if over else "way.title_open", name=name, taken=taken)
    key = "way.title_on_time" if event["is_on_time"] else "way.title_closed_late"
    if event["due_at"] is None:
        key = "way.title_closed"
    return t(key, name=name, taken=taken) + (t("way.title_levels", n=levels) if levels > 1 else "")


def _facts(subject: Subject, event: Row) -> str:
    t = subject.context.t
    facts = (
        (t("event.status"), t("event_status." + event["status"])),
        (t("event.category"), t("category." + event["category"])),
        (t("event.subcategory"), event["subcategory"]),
        (t("event.urgency"), t("urgency." + event["urgency"]) if event["urgency"] else None),
        (t("event.source"), t("source." + event["source"]) if event["source"] else None),
        (t("rank.community"), subject.name(event["community_code"])),
        (t("event.grid"), event["grid_name"] or event["grid_code"]),
        (t("event.department"), event["department"]),
        (t("event.reported"), fmt.minute(event["reported_at"])),
        (t("event.due"), fmt.minute(event["due_at"])),
        (t("event.closed"), fmt.minute(event["closed_at"])),
        (t("event.follow_up"), t("follow_up." + event["follow_up"]) if event["follow_up"] else None),
        (t("event.rework"), fmt.whole(event["rework_count"])),
    )
    shown = "".join(f"<div><small>{esc(label)}</small>{esc(text or fmt.NOTHING)}</div>" for label, text in facts)
    notes = []
    if event["is_excluded"]:
        notes.append(t("way.excluded"))
    if event["original_due_at"] and event["due_at"] and event["due_at"] > event["original_due_at"]:
        notes.append(t("way.extended", at=fmt.minute(event["original_due_at"])))
    if event["is_repeat"]:
        notes.append(t("way.repeat"))
    if event["is_recurring"]:
        notes.append(t("way.recurring"))
    tags = " ".join(f'<span class="tag warn">{esc(note)}</span>' for note in notes)
    return f'<div class="facts">{shown}</div>{tags}'


def _movements(flow: Sequence[Row], event: Row, t: Speaker) -> str:
    if not flow:
        return f'<div class="blank"><b>{esc(t("way.no_flow"))}</b><p>{esc(t("way.no_flow_why"))}</p></div>'
    columns = (
        Column(t("way.action")),
        Column(t("way.unit")),
        Column(t("way.at")),
        Column(t("way.since"), is_number=True, is_minor=True),
        Column(t("event.file"), is_minor=True),
        Column(t("event.row"), is_number=True, is_minor=True),
    )
    lines = []
    reported: datetime = event["reported_at"]
    before = reported
    for row in flow:
        levels = ""
        if row["from_level"] and row["to_level"] and row["from_level"] != row["to_level"]:
            levels = f"{t('level.' + row['from_level'])}→{t('level.' + row['to_level'])}"
        late = row["action"] == "escalate" and row["is_acknowledged_4h"] is False
        since = (row["acted_at"] - before).total_seconds() / 3600 if before >= reported else None
        before = row["acted_at"]
        lines.append(
            Line(
                (
                    Cell(t("action." + row["action"]), under=levels),
                    Cell(
                        row["actor_unit"] or fmt.NOTHING,
                        under=t("way.late_acknowledged") if late else "",
                        tone="warn" if late else "",
                    ),
                    fmt.minute(row["acted_at"]),
                    fmt.duration(since, t.lang),
                    row["file_name"] or fmt.NOTHING,
                    f"{row['row_number']}",
                )
            )
        )
    return f'<h3 class="small">{esc(t("way.movements", n=len(flow)))}</h3>{ledger(columns, lines, t, 40)}'


def _stages(stages: Sequence[Row], t: Speaker) -> str:
    if not stages:
        return ""
    parts = tuple(
        Part(t("level." + level), tone) for level, tone in zip(lifecycle.LEVELS, ("soft", "main", "warn"), strict=True)
    )
    head = f'<h3 class="small">{esc(t("way.stages"))}</h3>'
    if not any(row["hours"] for row in stages) and any(row["left_at"] and row["hours"] is None for row in stages):
        return f'{head}<div class="blank"><b>{esc(t("way.untimed"))}</b></div>'
    rows = [
        Stack(
            t("event_stage." + row["stage"]),
            tuple(max(0.0, row[f"hours_at_{level}"] or 0.0) for level in lifecycle.LEVELS),
            _stayed(row, t),
            "warn" if row["is_current"] and row["stage"] != "closed" else "",
        )
        for row in stages
        if row["stage"] != "closed"
    ]
    return head + stacks(parts, rows, t)


def _stayed(stage: Row, t: Speaker) -> str:
    if stage["left_at"] is None:
        return t("way.here")
    return t("way.untimed") if stage["hours"] is None else fmt.duration(stage["hours"], t.lang)


def _tied(subject: Subject, tied: Sequence[Row], same: Sequence[Row]) -> str:
    t, view = subject.context.t, subject.context.view
    parts = []
    if tied:
        items = "".join(
            f"<div>{esc(t('tied.' + row['kind']))} {esc(row['key'])} · {esc(fmt.minute(row['happened_at']))} · "
            f"{esc(row['file_name'] or '')} {esc(t('way.row', n=row['row_number']))}</div>"
            for row in tied[:8]
        )
        parts.append(f'<h3 class="small">{esc(t("way.tied", n=len(tied)))}</h3><div class="origin">{items}</div>')
    if same:
        items = "".join(
            link(
                PAGE,
                replace(view, event=row["event_id"]),
                f"{esc(row['event_id'])} · {esc(fmt.minute(row['reported_at']))} · "
                f"{esc(t('event_status.' + row['status']))}",
                "line-link",
            )
            for row in same[:6]
        )
        parts.append(f'<h3 class="small">{esc(t("way.same", n=len(same)))}</h3><div class="origin">{items}</div>')
    return "".join(parts)

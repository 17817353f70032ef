"""One event: its way through the three levels, its details and links, its lines in the export.

Belongs here: the panel of a selected event. Does not belong here: spells on a level (figures/lifecycle.py), the drawing
(components/way.py).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import partial

import streamlit as st

from components.ledger import Cell, Column, Line, ledger
from components.live import live
from components.markup import esc, link
from components.panel import panel
from components.stacks import Part, Stack, stacks
from components.way import way
from downloads import Table
from figures import lifecycle, published
from figures.published import Row
from language import numbers as fmt
from language.words import Speaker
from page.subject import Subject


def one_panel(subject: Subject) -> None:
    """One event: its details, its way through the three levels, every movement with its line in the export."""
    t, view = subject.context.t, subject.context.view
    publication = subject.context.publication
    found = published.ask(publication, "event_one", event=view.event)
    close = link(subject.page, replace(view, event=""), esc(t("way.close")), "badge")
    if not found:
        live(f'<div class="notice">{esc(t("way.unknown", event=view.event))} {close}</div>', "no_event", t.lang)
        return
    event = found[0]
    flow = published.ask(publication, "event_flow", event=view.event)
    stages = published.ask(publication, "event_one_stages", event=view.event)
    tied = published.ask(publication, "event_others", event=view.event)
    same = published.ask(publication, "event_same_spot", event=view.event)
    now = datetime.combine(subject.window.last + timedelta(days=1), time())
    voided = max((row["acted_at"] for row in flow if row["action"] == "void"), default=None)
    end = event["closed_at"] or (voided if event["status"] == "void" else None) or now
    spells = lifecycle.spells(flow, event["level"] or "community", event["reported_at"], end)

    with panel(
        "event_one",
        _one_title(event, end, spells, t),
        t("way.subtitle", event=event["event_id"], community=subject.name(event["community_code"])),
        subject.context,
        note=t("way.note"),
        behind=partial(_one_table, subject, flow),
        controls=lambda: live(close, "close_event", t.lang),
    ):
        st.html(_facts(subject, event))
        st.html(way(spells, flow, event["due_at"], end, t))
        left, right = st.columns([1.5, 1], gap="small")
        with left:
            st.html(_movements(flow, event, t))
        with right:
            st.html(_stages(stages, event["level"] or "community", end, t))
            live(_tied(subject, tied, same), "tied", t.lang)
        origin = t("way.origin", file=event["file_name"] or fmt.NOTHING, row=event["row_number"])
        st.html(f'<div class="origin">{esc(origin)}</div>')


def _one_table(subject: Subject, flow: Sequence[Row]) -> Table:
    t = subject.context.t
    rows = [
        (
            row["step"],
            t("action." + row["action"]),
            t("level." + row["from_level"]) if row["from_level"] else None,
            t("level." + row["to_level"]) if row["to_level"] else None,
            t.term(row["actor_unit"]),
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


def _one_title(event: Row, end: datetime, spells: Sequence[lifecycle.Spell], t: Speaker) -> str:
    """end: when it was closed, void, or the end of the last day shown."""
    taken = fmt.duration((end - event["reported_at"]).total_seconds() / 3600, t.lang)
    name = t.term(event["subcategory"]) or t("category." + event["category"])
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
        (t("event.subcategory"), t.term(event["subcategory"])),
        (t("event.urgency"), t("urgency." + event["urgency"]) if event["urgency"] else None),
        (t("event.source"), t("source." + event["source"]) if event["source"] else None),
        (t("rank.community"), subject.name(event["community_code"])),
        (t("event.grid"), event["grid_name"] or event["grid_code"]),
        (t("event.department"), t.term(event["department"]) or None),
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
                        t.term(row["actor_unit"]) or fmt.NOTHING,
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


def _stages(stages: Sequence[Row], own_level: str, end: datetime, t: Speaker) -> str:
    """end: when it was closed, void, or now: a stage that it has not left lasts until then."""
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
            lifecycle.hours_in_stage(row, own_level, end),
            _stayed(row, end, t),
            "warn" if row["is_current"] and row["stage"] != "closed" else "",
        )
        for row in stages
        if row["stage"] != "closed"
    ]
    return head + stacks(parts, rows, t)


def _stayed(stage: Row, end: datetime, t: Speaker) -> str:
    if stage["left_at"] is None:
        return f"{t('way.here')} {fmt.duration(lifecycle.whole_hours(stage, end), t.lang)}"
    return t("way.untimed") if stage["hours"] is None else fmt.duration(stage["hours"], t.lang)


def _urgency(row: Row, t: Speaker) -> str:
    urgent = row["urgency"] in ("urgent", "critical")
    return f"<b>{esc(t('urgency.' + row['urgency']))}</b> · " if urgent else ""


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
                subject.page,
                replace(view, event=row["event_id"]),
                f"{esc(row['event_id'])} · {_urgency(row, t)}{esc(fmt.minute(row['reported_at']))} · "
                f"{esc(t('event_status.' + row['status']))}",
                "line-link",
            )
            for row in same[:6]
        )
        parts.append(f'<h3 class="small">{esc(t("way.same", n=len(same)))}</h3><div class="origin">{items}</div>')
    return "".join(parts)

"""即将超期: the open events that fall due within 24 and 72 hours after the newest day, by department and by community.

Belongs here: their numbers, in one line and with links to the events. Does not belong here: the list itself
(screens/events/due.py), SQL (queries/due_soon.sql).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from components.markup import esc, link
from figures import feeds, narrowing, published
from figures.published import Row
from language import numbers as fmt
from language.words import Speaker
from reader.context import Context
from reader.view import DUE, View

NAMED = 3
LONGEST = DUE[-1]


@dataclass(frozen=True)
class Due:
    """The numbers of an area; `departments` and `communities` with the most pressing first."""

    whole: Row | None
    departments: Sequence[Row]
    communities: Sequence[Row]

    @classmethod
    def of(cls, context: Context, area: str) -> "Due":
        """`area`: the code that the events' communities begin with, or a grid's."""
        assert context.window is not None
        rows = published.ask(context.publication, "due_soon", area=area, last=context.window.last)
        by = {kind: [row for row in rows if row["grouped"] == kind] for kind in ("all", "department", "community")}
        whole = by["all"][0] if by["all"] and by["all"][0]["within_72"] else None
        return cls(whole, by["department"], by["community"])


def said_of(row: Row, context: Context) -> str:
    """其中特急 3 件，紧急 35 件; empty if there are none."""
    t = context.t
    counts = [t("due." + urgency, n=fmt.whole(row[urgency])) for urgency in ("critical", "urgent") if row[urgency]]
    return t("due.of_them", counts=t.join(counts)) if counts else ""


def strip(context: Context) -> str:
    """One line: how many in all, and where most."""
    t, view, due = context.t, context.view, Due.of(context, context.area)
    head = f"<b>{esc(t('due.title'))}</b>"
    if due.whole is None:
        said = "nothing.no_data" if feeds.EVENT in feeds.without_rows(context.publication) else "due.none"
        return f'<div class="due">{head}<span>{esc(t(said))}</span></div>'
    parts = [
        link(
            "events",
            replace(view, due=hours),
            f"{esc(t('due.within', hours=hours))} <b class='num'>{esc(_counted(due.whole, hours, t))}</b>",
            "due-go",
        )
        for hours in DUE
    ]
    if said := said_of(due.whole, context):
        parts.append(f"<span>{esc(said)}</span>")
    for kind, rows in (("department", due.departments), ("community", due.communities)):
        if len(rows) < 2:
            continue
        named = [
            link("events", events_of(context, kind, row), _entry(context, kind, row), "due-go") for row in rows[:NAMED]
        ]
        parts.append(f'<span class="due-by">{esc(t("due.each", by=t("due." + kind)))} {"".join(named)}</span>')
    return f'<div class="due">{head}{"".join(parts)}</div>'


def name_of(context: Context, kind: str, row: Row) -> str:
    if kind == "department":
        return context.t.term(row["code"]) or context.t("events.nobody")
    org = context.register.orgs.get(row["code"])
    return org.label if org else row["code"]


def events_of(context: Context, kind: str, row: Row) -> View:
    """The view of the events page with a row's events."""
    there = replace(context.view, due=LONGEST, event="", department="")
    if kind == "community":
        return replace(there, org=row["code"], grid="")
    return replace(there, department=narrowing.unit_code(row["code"]) if row["code"] else "")


def _counted(row: Row, hours: str, t: Speaker) -> str:
    return t("events", n=fmt.whole(row["within_" + hours]))


def _entry(context: Context, kind: str, row: Row) -> str:
    return f'{esc(name_of(context, kind, row))} <b class="num">{row["within_24"]}</b>/{row["within_72"]}'

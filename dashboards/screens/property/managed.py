"""Managed and unmanaged areas: what they have, and how many property events their grids report.

Belongs here: the comparison. Does not belong here: single areas (areas.py).
"""

from collections.abc import Sequence

import streamlit as st

from components.ledger import Column, Line, ledger
from components.panel import panel
from components.stacks import Part, Stack, stacks
from downloads import Table
from figures.kpis import FEW_BELOW
from figures.published import Row
from figures.shares import share
from language import numbers as fmt
from language.words import Speaker
from page import subject as subjects
from page.subject import Subject
from screens.property.areas import areas_table, has_group


def managed_panel(subject: Subject, areas: Sequence[Row]) -> None:
    t = subject.context.t
    kinds = [
        kind for kind in ("property_company", "self_managed", "none") if any(r["management"] == kind for r in areas)
    ]
    total = sum(row["households"] or 0 for row in areas)
    bare = sum(row["households"] or 0 for row in areas if row["management"] == "none" and not row["has_stewards"])
    title = (
        t("managed.title", households=fmt.households(bare, t.lang), share=fmt.percent(share(bare, total)))
        if total
        else t("nothing.no_data")
    )

    def behind() -> Table:
        return areas_table(subject, areas)

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
            group = sum(has_group(row) and not row["has_party_org"] for row in own)
            households = sum(row["households"] or 0 for row in own)
            rows.append(
                Stack(
                    t("management." + kind),
                    (party, group, len(own) - party - group),
                    t("managed.text", n=fmt.whole(len(own)), households=fmt.households(households, t.lang)),
                )
            )
        st.html(stacks(parts, rows, t))


def events_panel(subject: Subject) -> None:
    t = subject.context.t
    rows = [row for row in subject.ask_window("property_events") if row["households"] and row["management"]]

    # No kind is said to be first: whether they differ is no screen's to judge.
    told = [row for row in rows if row["property_events"] >= FEW_BELOW]
    title = t("compare.too_few")
    if len(told) > 1:
        each = [t("compare.each", kind=t("management." + row["management"]), n=f"{_per_1000(row):.1f}") for row in told]
        title = t("compare.title", each=t("comma").join(each))
    columns = (
        Column(t("area.management")),
        Column(t("compare.grids"), is_number=True, is_minor=True),
        Column(t("visits.households"), is_number=True),
        Column(t("compare.per_1000"), is_number=True),
        Column(t("compare.property_events"), is_number=True, is_minor=True),
        Column(t("category.on_time"), is_number=True),
        Column(t("compare.repeated"), is_number=True),
    )

    def cells(row: Row) -> tuple[str, ...]:
        due, events = float(row["due"]), float(row["property_events"])
        return (
            t("management." + row["management"]),
            fmt.whole(row["grids"]),
            fmt.whole(float(row["households"])),
            f"{_per_1000(row):.1f}",
            fmt.whole(events),
            subjects.of_few(float(row["on_time"]), due),
            subjects.of_few(float(row["repeated"]), events),
        )

    with panel(
        "compare",
        title,
        t("compare.subtitle", span=subject.span),
        subject.context,
        about=subject.kpis(["property_event_on_time_rate"]),
        note=t("compare.note"),
        behind=lambda: _events_table(rows, [column.label for column in columns], t),
    ):
        st.html(ledger(columns, [Line(cells(row)) for row in rows], t))


def _per_1000(row: Row) -> float:
    return share(row["property_events"], row["households"], 1000.0) or 0.0


def _events_table(rows: Sequence[Row], labels: Sequence[str], t: Speaker) -> Table:
    def rate(part: float, whole: float) -> float | None:
        return share(part, whole) if whole >= FEW_BELOW else None

    return Table(
        (*labels[:5], t("column.due"), t("column.on_time"), *(label + "（%）" for label in labels[5:])),
        [
            (
                t("management." + row["management"]),
                row["grids"],
                row["households"],
                _per_1000(row),
                row["property_events"],
                row["due"],
                row["on_time"],
                rate(row["on_time"], row["due"]),
                rate(row["repeated"], row["property_events"]),
            )
            for row in rows
        ],
    )

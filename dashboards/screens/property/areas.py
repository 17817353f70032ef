"""Residential areas: the four-link reviews, the weakest ones, and areas without management.

Belongs here: the panels of areas. Does not belong here: managed against unmanaged (managed.py).
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
from figures.published import Row
from figures.shares import mean
from language import numbers as fmt
from language.words import Speaker
from page.subject import Subject

LINKS = ("organisation", "meeting", "management", "effect")
FOUR_LINK = "property_four_link_score"


def has_group(row: Row) -> bool:
    """As counted by no_property_group_coverage: stewards or a residents' team."""
    return bool(row["has_stewards"] or row["has_team"])


def four_links_panel(subject: Subject, reviewed: Sequence[Row]) -> None:
    t, context = subject.context.t, subject.context
    kpi = context.kpis.get(FOUR_LINK)
    means = {link: mean([row[f"{link}_score"] for row in reviewed]) for link in LINKS}
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
            live(places(figures, kpi, subject.page, context.view, t, 8), "four_places", t.lang)


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


def areas_table(subject: Subject, areas: Sequence[Row]) -> Table:
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


def weak_areas_panel(subject: Subject, reviewed: Sequence[Row]) -> None:
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
                subject.page,
                replace(context.view, org=row["community_code"]),
            )
            for row in reviewed[:9]
        ]
        live(ledger(columns, lines, t, total=len(reviewed)), "weak", t.lang)


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


def three_no_panel(subject: Subject, areas: Sequence[Row]) -> None:
    t, view = subject.context.t, subject.context.view
    three = sorted(
        (row for row in areas if row["is_three_no"]), key=lambda row: (has_group(row), -(row["households"] or 0))
    )
    without = [row for row in three if not has_group(row)]
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
        behind=lambda: areas_table(subject, three),
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
                    _present(row["has_stewards"], has_group(row), t),
                    _present(row["has_team"], has_group(row), t),
                    _present(row["is_upgraded"], True, t),
                ),
                subject.page,
                replace(view, org=row["community_code"]),
            )
            for row in three[:9]
        ]
        if lines:
            live(ledger(columns, lines, t, total=len(three)), "three", t.lang)
        else:
            st.html(f'<div class="blank"><b>{esc(t("three.none"))}</b></div>')


def _present(has: bool, is_fine: bool, t: Speaker) -> Cell:
    """`is_fine`: its absence is acceptable, because something else does its work."""
    if has:
        return Cell(t("capacity.has"), tone="good")
    return (
        Cell(t("capacity.none_yet"), tone="muted") if is_fine else Cell(t("capacity.lacks"), tone="warn", is_tag=True)
    )

"""Volunteer teams, people and party organisations in post, and the points mall.

Belongs here: the panels of people who are not grid workers. Does not belong here: grid workers (workers.py).
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from components.ledger import Cell, Column, Line, ledger
from components.live import live
from components.markup import esc
from components.panel import panel
from components.stacks import Part, Stack, stacks
from downloads import Table
from figures.published import Row
from figures.shares import share
from language import numbers as fmt
from page.subject import Subject


def teams_panel(subject: Subject, teams: Sequence[Row]) -> None:
    t, view = subject.context.t, subject.context.view
    active = sum(row["held"] > 0 for row in teams)
    hours = float(sum(row["hours"] for row in teams))
    verified = float(sum(row["hours_verified"] for row in teams))
    if not teams:
        title = t("capacity.teams_none")
    elif hours:
        told = fmt.percent(share(verified, hours))
        title = t("capacity.teams_title", n=active, of=len(teams), hours=fmt.whole(hours), share=told)
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

    with panel(
        "capacity_teams",
        title,
        t("capacity.teams_subtitle", span=subject.span),
        subject.context,
        about=subject.kpis(["volunteer_team_active_rate", "volunteer_hours_verified_rate"]),
        note=t("capacity.teams_note"),
        behind=partial(_teams_table, subject, teams, columns),
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
                        fmt.percent(share(row["hours_verified"], row["hours"])),
                        tone="warn" if row["hours_verified"] * 10 < row["hours"] * 8 else "",
                    )
                    if row["hours"]
                    else Cell(fmt.NOTHING, tone="muted"),
                ),
                subject.page,
                replace(view, org=row["community_code"]),
            )
            for row in teams[:8]
        ]
        live(ledger(columns, lines, t, total=len(teams)), "teams", t.lang)


def _teams_table(subject: Subject, teams: Sequence[Row], columns: Sequence[Column]) -> Table:
    t = subject.context.t
    return Table(
        (
            "ID",
            *(column.label for column in columns[:-1]),
            t("capacity.hours_verified"),
            columns[-1].label + "（%）",
            t("capacity.residents"),
        ),
        [
            (
                row["team_id"],
                row["team_name"],
                subject.name(row["community_code"]),
                row["held"],
                row["volunteers"],
                float(row["hours"]),
                float(row["hours_verified"]),
                share(row["hours_verified"], row["hours"]),
                row["residents"],
            )
            for row in teams
        ],
    )


def people_panel(subject: Subject) -> None:
    t = subject.context.t
    people = subject.ask("people_in_post", last=subject.window.last)
    orgs = subject.ask("party_orgs", last=subject.window.last)
    workers = sum(row["workers"] for row in people)
    members = sum(row["party_members"] for row in people)
    title = (
        t("capacity.people_title", n=fmt.whole(workers), share=fmt.percent(share(members, workers)))
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


def mall_panel(subject: Subject) -> None:
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
            share=fmt.percent(share(redeemed, earned)),
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
                (
                    t("points_kind." + row["kind"]),
                    t.term(row["item"]) or None,
                    row["entries"],
                    row["points"],
                    row["volunteers"],
                )
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
            Stack(
                t.term(row["item"]) or fmt.NOTHING,
                (-row["points"],),
                t("capacity.points_times", points=fmt.whole(-row["points"]), n=fmt.whole(row["entries"])),
            )
            for row in sorted(spent, key=lambda row: row["points"])
        ]
        st.html(stacks((Part(t("points_kind.redeem"), "main"),), shown, t))

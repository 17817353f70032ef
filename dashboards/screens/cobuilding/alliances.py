"""The alliances with their members and commitments, and the money in and out of their funds.

Belongs here: the panels of alliances and funds. Does not belong here: a single late commitment (promises.py).
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
from figures import codes, published
from figures.published import Row
from language import numbers as fmt
from language.words import Speaker
from page.subject import Subject, of_few, said_of_none
from reader.context import Context


def funds_panel(subject: Subject) -> None:
    t, view = subject.context.t, subject.context.view
    flows = subject.ask_window("fund_flows")
    balances = subject.ask_window("fund_balances")
    income = sum(row["amount"] for row in flows if row["direction"] == "income")
    expense = sum(row["amount"] for row in flows if row["direction"] == "expense")
    entries = sum(row["entries"] for row in flows)
    undisclosed = sum(row["undisclosed"] for row in flows)
    if not entries:
        title = t("fund.none")
    else:
        title = t("fund.title", income=fmt.yuan(income, t.lang), expense=fmt.yuan(expense, t.lang))
        title += t("fund.title_undisclosed", n=undisclosed) if undisclosed else ""

    with panel(
        "funds",
        title,
        t("fund.subtitle", span=subject.span),
        subject.context,
        about=subject.kpis(["fund_disclosure_on_time_rate", "fund_project_on_time_rate"]),
        note=t("fund.note"),
        behind=partial(_funds_table, subject, flows, balances),
    ):
        if not entries:
            st.html(f'<div class="blank"><b>{esc(t("fund.none"))}</b></div>')
            return
        parts = (Part(t("fund_direction.income"), "main"), Part(t("fund_direction.expense"), "soft"))
        rows = [
            Stack(
                f"{t('fund_direction.' + row['direction'])} · {t('fund.' + row['purpose'])}",
                (row["amount"], 0) if row["direction"] == "income" else (0, row["amount"]),
                t("fund.text", amount=fmt.yuan(row["amount"], t.lang), n=fmt.whole(row["entries"])),
            )
            for row in flows
        ]
        st.html(stacks(parts, rows, t))
        columns = (
            Column(t("rank.street")),
            Column(t("fund_direction.income"), is_number=True),
            Column(t("fund_direction.expense"), is_number=True),
            Column(t("fund.net"), is_number=True),
        )
        lines = []
        for row in sorted(balances, key=lambda row: row["income"] - row["expense"]):
            net = row["income"] - row["expense"]
            lines.append(
                Line(
                    (
                        subject.label(row["street_code"]),
                        fmt.yuan(row["income"], t.lang),
                        fmt.yuan(row["expense"], t.lang),
                        Cell(fmt.yuan(net, t.lang), tone="warn" if net < 0 else ""),
                    ),
                    subject.page,
                    replace(view, org=row["street_code"]),
                )
            )
        live(ledger(columns, lines, t, 10), "funds", t.lang)


def _funds_table(subject: Subject, flows: Sequence[Row], balances: Sequence[Row]) -> Table:
    t = subject.context.t
    rows: list[tuple[str, str, int | None, float, float | None]] = [
        (
            t("fund.by_purpose"),
            f"{t('fund_direction.' + row['direction'])} {t('fund.' + row['purpose'])}",
            row["entries"],
            row["amount"],
            None,
        )
        for row in flows
    ]
    rows += [
        (t("fund.by_street"), subject.name(row["street_code"]), row["entries"], row["income"], row["expense"])
        for row in balances
    ]
    return Table((t("fund.group"), t("column.name"), t("fund.entries"), t("fund.amount"), t("fund.expense_yuan")), rows)


def _none(context: Context) -> str:
    """Why there are no members: rows of a street are not for the readers of its communities."""
    if len(context.within) == codes.COMMUNITY:
        return context.t("access.alliance")
    return said_of_none(context, "alliance.none", "co_building.alliance_member")


def alliances_panel(subject: Subject) -> None:
    t = subject.context.t
    # Streets have alliances, communities have that of their street.
    area = codes.street_of(subject.area)
    rows = published.ask(subject.context.publication, "alliances", area=area, last=subject.window.last)
    members, promised = sum(row["members"] for row in rows), sum(row["commitments"] for row in rows)
    done, late = sum(row["done"] for row in rows), sum(row["late"] for row in rows)
    title = (
        t("alliance.title", n=fmt.whole(members), promised=fmt.whole(promised), late=fmt.whole(late))
        if members
        else _none(subject.context)
    )
    columns = (
        Column(t("alliance.type")),
        Column(t("alliance.members"), is_number=True),
        Column(t("alliance.commitments"), is_number=True),
        Column(t("alliance.done"), is_number=True),
        Column(t("alliance.late"), is_number=True),
    )

    with panel(
        "alliances",
        title,
        t("alliance.subtitle", day=subject.day),
        subject.context,
        about=subject.kpis(["alliance_delivery_rate"]),
        note=t("alliance.note"),
        behind=partial(_by_type, rows, columns, t),
    ):
        lines = [
            Line(
                (
                    t("member_type." + row["member_type"]),
                    fmt.whole(row["members"]),
                    fmt.whole(row["commitments"]),
                    fmt.whole(row["done"]),
                    Cell(fmt.whole(row["late"]), tone="bad" if row["late"] else "muted"),
                )
            )
            for row in rows
        ]
        st.html(ledger(columns, lines, t))
        if promised:
            said = t("alliance.foot", share=of_few(done, promised))
            st.html(f'<div class="rank-foot">{esc(said)}</div>')


def _by_type(rows: Sequence[Row], columns: Sequence[Column], t: Speaker) -> Table:
    counted = ("members", "commitments", "done", "late")
    return Table(
        [column.label for column in columns],
        [(t("member_type." + row["member_type"]), *(int(row[name]) for name in counted)) for row in rows],
    )

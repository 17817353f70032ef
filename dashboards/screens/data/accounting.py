"""The outcome of every row and file: the accounts by feed, rejected rows, files that could not be used.

Belongs here: the panels of the ledger. Does not belong here: arrival (arrivals.py), reasons in words
(figures/reject_reasons.py).
"""

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from components.markup import esc
from components.panel import panel
from components.table import table
from downloads import Table
from figures import published, reject_reasons
from figures.periods import Window
from figures.published import Row
from language import numbers as fmt
from reader.context import Context
from screens.data.feeds import only, titles_of


def _noteworthy(row: Row) -> tuple[int, int, int]:
    """Order of feeds: first those that do not add up, then most rejected rows, then most repeated or replaced rows."""
    moved = (row["rows_duplicate"] or 0) + (row["rows_superseded"] or 0)
    return -row["files_that_do_not_add_up"], -(row["rows_rejected"] or 0), -moved


def accounting_panel(context: Context, span: Window, feeds: Sequence[Row], accounts: Sequence[Row]) -> None:
    t, titles = context.t, titles_of(feeds)
    accounts = sorted(accounts, key=_noteworthy)
    wrong = sum(row["files_that_do_not_add_up"] for row in accounts)
    files = sum(row["files"] for row in accounts)
    title = (
        t("account.title_wrong", n=wrong)
        if wrong
        else t("account.title", files=fmt.whole(files))
        if files
        else t("account.title_none")
    )

    def content() -> Table:
        columns = (
            t("column.feed"),
            t("column.files"),
            t("row.counted"),
            t("row.loaded"),
            t("row.rejected"),
            t("row.duplicate"),
            t("row.superseded"),
            t("account.check"),
        )
        return Table(
            columns,
            [
                (
                    titles.get((row["platform"], row["feed"]), row["feed"]),
                    row["files"],
                    row["rows_counted"],
                    row["rows_loaded"],
                    row["rows_rejected"],
                    row["rows_duplicate"],
                    row["rows_superseded"],
                    t("account.wrong", n=row["files_that_do_not_add_up"])
                    if row["files_that_do_not_add_up"]
                    else t("account.right"),
                )
                for row in accounts
            ],
        )

    with panel(
        "accounts",
        title,
        t("account.subtitle", span=fmt.span(span.first, span.last, t.lang)),
        context,
        note=t("account.note"),
        behind=content,
        span=span,
    ):
        st.html(table(content(), t, 12))


def _columns(context: Context) -> dict[str, dict[str, str]]:
    """The Chinese names of fields, by feed."""
    names: dict[str, dict[str, str]] = {}
    for row in published.ask(context.publication, "column_names"):
        names.setdefault(row["feed"], {})[row["column_name"]] = row["zh"]
    return names


def rejected_panel(context: Context, span: Window, feeds: Sequence[Row], accounts: Sequence[Row]) -> None:
    """accounts: they count the rows; a list of rows ends at its limit."""
    t, titles = context.t, titles_of(feeds)
    found = only(context, published.ask(context.publication, "rejected_reasons", first=span.first, last=span.last))
    columns_of, catalogue = _columns(context), reject_reasons.known(context.publication)
    rejected = sum(row["rows_rejected"] or 0 for row in accounts)

    def said(row: Row) -> str:
        return reject_reasons.of_row(row["reason"], catalogue, columns_of.get(row["feed"], {}), t)

    none, why = (
        ("access.rejected", "access.rejected_why") if context.within else ("reject.title_none", "reject.none_why")
    )
    title = t("reject.title", n=fmt.whole(rejected), reason=said(found[0])) if found else t(none)
    with panel(
        "rejected",
        title,
        t("reject.subtitle", span=fmt.span(span.first, span.last, t.lang)),
        context,
        note=t("reject.note"),
        behind=partial(_rejected_table, context, span, titles, rejected) if found or not context.within else None,
        span=span,
    ):
        columns = (t("column.reason"), t("column.feed"), t("column.rows"), t("reject.example"), t("event.row"))
        listed = Table(
            columns,
            [
                (
                    said(row),
                    titles.get((row["platform"], row["feed"]), row["feed"]),
                    row["row_count"],
                    row["example_file"],
                    str(row["example_row"]),
                )
                for row in found[:12]
            ],
        )
        if found:
            st.html(table(listed, t))
        else:
            st.html(f'<div class="blank"><b>{esc(t(none))}</b><p>{esc(t(why))}</p></div>')


def _rejected_table(context: Context, span: Window, titles: Mapping[tuple[str, str], str], total: int) -> Table:
    t = context.t
    rows = only(context, published.ask(context.publication, "rejected_rows", first=span.first, last=span.last))
    columns = (
        t("column.business_date"),
        t("column.feed"),
        t("event.file"),
        t("event.row"),
        t("column.reason"),
        t("reject.raw"),
    )
    return Table(
        columns,
        [
            (
                row["business_date"],
                titles.get((row["platform"], row["feed"]), row["feed"]),
                row["file_name"],
                str(row["row_number"]),
                "；".join(row["reasons"] or []),
                row["raw"],
            )
            for row in rows
        ],
        total,
    )


def unusable_panel(context: Context, span: Window, feeds: Sequence[Row], unusable: Sequence[Row]) -> None:
    t, titles = context.t, titles_of(feeds)
    catalogue = reject_reasons.known(context.publication)

    def content(*, in_words: bool = False) -> Table:
        columns = (
            t("event.file"),
            t("column.state"),
            t("column.reason"),
            t("column.feed"),
            t("column.business_date"),
            t("column.received"),
        )
        return Table(
            columns,
            [
                (
                    row["file_name"],
                    t("state." + row["state"]),
                    reject_reasons.of_file(row["reason"], catalogue, t) if in_words else row["reason"],
                    titles.get((row["platform"], row["feed"]), row["feed"]),
                    row["business_date"],
                    row["received_at"],
                )
                for row in unusable
            ],
            sum({row["state"]: row["of_state"] for row in unusable}.values()),
        )

    held = [row for row in unusable if row["state"] == "held"]
    title = (
        t("unusable.title", n=len(held), mended=sum(row["is_mended"] for row in held))
        if held
        else t("unusable.title_foreign", n=fmt.whole(unusable[0]["of_state"]))
        if unusable
        else t("unusable.title_none")
    )
    with panel(
        "unusable",
        title,
        t("unusable.subtitle", span=fmt.span(span.first, span.last, t.lang)),
        context,
        note=t("unusable.note"),
        behind=content,
        span=span,
    ):
        if unusable:
            st.html(table(content(in_words=True), t, 12))
        else:
            st.html(
                f'<div class="blank"><b>{esc(t("unusable.title_none"))}</b><p>{esc(t("unusable.none_why"))}</p></div>'
            )

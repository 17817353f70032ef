"""What several pages of a city or province say of its districts: who has delivered, how they stand in a KPI, how their
parcels are.

Belongs here: these panels and sentences. Does not belong here: what only one page shows (its module in screens/), how
numbers are added up (the warehouse).
"""

from collections.abc import Sequence

import streamlit as st

from components.panel import panel
from components.table import table
from downloads import Cell, Table
from figures import published
from figures.kpis import Kpi
from figures.orgs import Org
from figures.periods import Window
from figures.published import Row
from figures.shares import share
from language import numbers as fmt
from reader.context import Context


def parcels_of(context: Context) -> list[Row]:
    """A row a district that is expected."""
    return published.ask(context.publication, "above_parcels", day=context.through)


def delivered(context: Context, parcels: Sequence[Row]) -> str:
    """How many districts have delivered, and which not, and why."""
    t = context.t
    by_state: dict[str, list[str]] = {}
    for row in parcels:
        name = context.register.name(row["district_code"])
        if row["state"] == "late":
            name = t("above.late_one", name=name, day=fmt.short_day(row["data_through"], t.lang))
        by_state.setdefault(row["state"], []).append(name)
    parts = [t("above.delivered", delivered=len(by_state.get("delivered", [])), expected=len(parcels))]
    parts += [
        t(f"above.{state}", names=t.join(by_state[state]))
        for state in ("late", "missing", "refused")
        if state in by_state
    ]
    left_out = [
        t("above.left_out_one", name=context.register.name(row["district_code"]), n=row["kpis_left_out"])
        for row in parcels
        if row["kpis_left_out"]
    ]
    if left_out:
        parts.append(t("above.left_out", names=t.join(left_out)))
    return t("semicolon").join(parts)


def standings(context: Context, parcels: Sequence[Row], kpi: Kpi, period: str, span: Window | None = None) -> None:
    """The districts in one KPI over a period of marts.kpi_period, the best first; a KPI that is not added up has no row
    of the whole. span: the days of the period, if they are not those of the reader's time range."""
    t, day, whole = context.t, context.through, context.district
    assert day is not None and whole is not None
    asked = {"kpi": kpi.kpi_id, "day": day, "period": period}
    rows = {row["org_code"]: row for row in published.ask(context.publication, "above_standings", **asked)}
    own, reasons = rows.get(whole.code), _reasons(context, parcels, kpi)
    said = t("above.span." + period, day=fmt.short_day(day, t.lang))
    if own is None:
        title, subtitle = t("above.kpi_apart", name=kpi.name(t.lang)), t("above.apart_subtitle", span=said)
    else:
        value = fmt.value(own["value"], kpi.unit, t.lang)
        title = t("above.kpi_title", name=kpi.name(t.lang), value=value)
        subtitle = t("above.kpi_subtitle", span=said, n=own["districts_in"], expected=own["districts_expected"])
    best = -1 if kpi.direction == "up" else 1

    def order(org: Org) -> tuple[bool, float, str]:
        value = rows[org.code]["value"] if org.code in rows else None
        return value is None, best * (value or 0.0), org.code

    listed = ([whole] if own is not None else []) + sorted(context.register.of("district"), key=order)
    content = Table(
        (
            t("above.district"), f"{t('above.value')}（{t('unit.' + kpi.unit)}）", t("above.interval"), t("above.band"),
            t("above.counts"),
        ),
        [(org.name, *_standing(context, kpi, rows.get(org.code), reasons.get(org.code, ""))) for org in listed],
    )  # fmt: skip

    def behind() -> Table:
        """The same as numbers, to be computed with."""
        heads = (
            *content.columns[:2], f"{t('above.interval')} ↓", f"{t('above.interval')} ↑", t("above.band"),
            t("column.numerator"), t("column.denominator"), t("above.why_none"),
        )  # fmt: skip
        of = [(org, rows.get(org.code), reasons.get(org.code, "")) for org in listed]
        return Table(heads, [(org.name, *_numbers(context, kpi, row, reason)) for org, row, reason in of])

    with panel("standings", title, subtitle, context, about=[kpi], behind=behind, span=span):
        st.html(table(content, t))


def _reasons(context: Context, parcels: Sequence[Row], kpi: Kpi) -> dict[str, str]:
    """Why a district has no number of a KPI: it has not delivered up to the day, or its number is left out."""
    t = context.t
    left_out = {
        row["district_code"]: t("above.why." + row["reason"])
        for row in published.ask(context.publication, "above_left_out")
        if row["kpi_id"] == kpi.kpi_id
    }
    return left_out | {
        row["district_code"]: t("above.state." + row["state"]) for row in parcels if row["state"] != "delivered"
    }


def _standing(context: Context, kpi: Kpi, row: Row | None, reason: str) -> tuple[str, str, str, str]:
    """Value, interval, band, counts, as text: a reader sees why there is none."""
    t = context.t
    if row is None or row["status"] == "no_data":
        return reason or t("above.none"), "", "", ""
    counts = fmt.whole(row["numerator"])
    if row["denominator"] is not None:
        counts += f" / {fmt.whole(row['denominator'])}"
    interval = "" if row["low90"] is None else f"{fmt.bare(row['low90'], kpi.unit)}–{fmt.bare(row['high90'], kpi.unit)}"
    if row["status"] == "small_n":
        return t("above.few"), "", "", counts
    band = t("above.band." + row["band"]) if row["band"] else ""
    return fmt.bare(row["value"], kpi.unit), interval, band, counts


def _numbers(context: Context, kpi: Kpi, row: Row | None, reason: str) -> tuple[Cell, ...]:
    """What `_standing` says: value, both ends of the interval, band, numerator, denominator, and why there is none."""
    said = _standing(context, kpi, row, reason)
    if row is None or row["status"] == "no_data":
        return (*[None] * 6, said[0])
    if row["status"] == "small_n":
        return (*[None] * 4, row["numerator"], row["denominator"], said[0])
    return row["value"], row["low90"], row["high90"], said[2], row["numerator"], row["denominator"], ""


def rejected_percent(row: Row) -> float | None:
    """Of the rows that were counted."""
    return share(row["rows_rejected"] or 0, row["rows_counted"] or 0)


def parcels_panel(context: Context, parcels: Sequence[Row], span: Window) -> None:
    """span: the 30 days of rejected rows and held files."""
    t = context.t
    rows = [
        (
            context.register.name(row["district_code"]),
            t("above.state." + row["state"]),
            row["data_through"],
            row["received_at"],
            None if row["feeds"] is None else f"{row['feeds_in_time']}/{row['feeds']}",
            row["files_held"],
            None if (percent := rejected_percent(row)) is None else f"{percent:.2f}%",
            # Of a district without a parcel nobody knows.
            row["kpis_left_out"] if row["data_through"] else None,
            t("above.problem." + row["problem"]) if row["problem"] else None,
        )
        for row in parcels
    ]
    keys = ("district", "state", "through", "received", "feeds", "held", "rejected", "kpis_out", "why")
    content = Table(tuple(t("above." + key) for key in keys), rows)
    with panel("parcels", t("above.parcels"), t("above.parcels_subtitle"), context, behind=lambda: content, span=span):
        st.html(table(content, t))

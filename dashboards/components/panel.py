"""The frame of every panel: the finding as its title, a grey subtitle, ⓘ the definition, 看数据 the table with its
downloads."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import streamlit as st

import downloads
from components.limits import as_defined, limits
from components.markup import esc
from components.restated import restated_badge
from components.table import table
from downloads import Cell, Table
from figures.kpis import Kpi
from figures.periods import Window
from figures.targets import in_force
from language import numbers as fmt
from language.words import Speaker
from reader import navigation, offers, principal
from reader.context import Context

LONGEST_NAME = 40
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@contextmanager
def panel(
    key: str,
    title: str,
    subtitle: str,
    context: Context,
    *,
    about: Sequence[Kpi] = (),
    note: str = "",
    behind: Callable[[], Table] | None = None,
    span: Window | None = None,
    controls: Callable[[], None] | None = None,
) -> Iterator[None]:
    """`note`: a remark on the panel, shown with the KPIs' definitions. `behind` is called only when a reader opens the
    table."""
    t = context.t
    with st.container(key=f"panel_{key}", border=True, height="stretch", gap="xsmall"):
        with st.container(key=f"head_{key}", horizontal=True, wrap=False, vertical_alignment="top", gap="xxsmall"):
            said, mark, hint = subtitle.partition(t("panel.hint"))
            pressed = f'<span class="hint">{esc(mark + hint)}</span>' if mark else ""
            under = f'<div class="subtitle">{esc(said)}{pressed}{restated_badge(context, about)}</div>'
            st.html(f'<h2 class="title">{esc(title)}</h2>{under}', width="stretch")
            if controls is not None:
                controls()
            if about or note:
                with st.popover("", icon=":material/info:", type="tertiary", help=t("panel.about"), key=f"about_{key}"):
                    st.html(
                        "".join(definition(kpi, context) for kpi in about) + (f"<p>{esc(note)}</p>" if note else "")
                    )
                    for kpi in about:
                        st.button(
                            t("trust.open", name=kpi.name(t.lang)),
                            key=f"basis_{key}_{kpi.kpi_id}",
                            type="tertiary",
                            on_click=navigation.follow,
                            args=(navigation.target("definitions", replace(context.view, kpi=kpi.kpi_id)),),
                        )
            if behind is not None and st.button(t("panel.data"), key=f"data_{key}", type="tertiary"):
                scope = context.scope(f"{title}（{said}）", about, span)
                st.dialog(t("panel.data_title"), width="large")(_data)(key, title, behind(), scope, context, span)
        yield


def definition(kpi: Kpi, context: Context) -> str:
    """kpi: with the points in force in the area."""
    t, caveats = context.t, kpi.said("caveats", context.lang)
    judged = [limits(kpi, t), as_defined(kpi, context.registry.get(kpi.kpi_id), t)]
    if in_force(context.publication).differ_below(kpi, context.area, context.through):
        judged.append(t("definition.differ_below"))
    judged_by = "".join(f"<p>{esc(text)}</p>" for text in judged if text)
    return (
        f'<div class="about"><b>{esc(kpi.name(t.lang))}</b><p>{esc(kpi.formula(t.lang))}</p>'
        f"{f'<p>{esc(caveats)}</p>' if caveats else ''}{judged_by}{_composite(kpi, context)}"
        '<p class="muted">'
        f"{esc(t('definition.tail', kind=t('kind.' + kpi.kind), version=kpi.version or fmt.NOTHING))}</p></div>"
    )


def _composite(kpi: Kpi, context: Context) -> str:
    """The weight in the composite of the three rates, if the KPI has one."""
    weight = kpi.composite_weight
    return "" if weight is None else f"<p>{esc(context.t('rates.weight', n=f'{weight:g}'))}</p>"


def _data(key: str, title: str, content: Table, scope: downloads.Scope, context: Context, span: Window | None) -> None:
    t = context.t
    content = _worded(content, t)
    if content.is_cut:
        said = t("scope.rows_first", shown=fmt.whole(len(content.rows)), of=fmt.whole(content.total))
        scope = [*scope, (t("scope.rows"), said)]
    st.html(f'<h2 class="title">{esc(title)}</h2>')
    with st.container(horizontal=True, gap="small", key=f"files_{key}"):
        name = downloads.file_name(
            title[:LONGEST_NAME], context.area_name, f"{context.through:%Y%m%d}" if context.through else ""
        )
        sheets = downloads.Sheets(
            t("panel.data_title"), t("scope.sheet"), (title, context.heading(span)), t("scope.page")
        )
        xlsx = _file(f"{name}.xlsx", XLSX, content, lambda: downloads.as_xlsx(content, scope, sheets))
        csv = _file(f"{name}.csv", "text/csv", content, lambda: downloads.as_csv(content, scope))
        st.html(
            f'<a class="file primary" href="{esc(xlsx)}" download>{esc(t("panel.xlsx"))}</a>'
            f'<a class="file" href="{esc(csv)}" download>{esc(t("panel.csv"))}</a>'
        )
    st.html(table(content, t))
    lines = "".join(f"<div><b>{esc(label)}</b> {esc(text)}</div>" for label, text in scope)
    st.html(f'<div class="scope">{lines}</div>')


def _worded(content: Table, t: Speaker) -> Table:
    """With the words for yes and no: a spreadsheet would say TRUE and FALSE to a Chinese reader."""

    def said(cell: Cell) -> Cell:
        return t("yes" if cell else "no") if isinstance(cell, bool) else cell

    return replace(content, rows=[tuple(map(said, row)) for row in content.rows])


def _file(name: str, mime: str, content: Table, make: Callable[[], bytes]) -> str:
    """The address of a file, made when it is fetched."""
    who = principal.current()
    if who is None:
        return ""
    return f"./{offers.offer(who, name, mime, len(content.rows) * len(content.columns), make)}"

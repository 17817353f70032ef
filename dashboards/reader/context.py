"""The input of every page: the publication of this rerun, its register and definitions, the view and its days.

Belongs here: combining these, and the scope that every download prints. Does not belong here: widgets (page/frame.py),
figures (figures/).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from urllib.parse import urlsplit, urlunsplit

import streamlit as st

import settings
from downloads import Scope
from figures import codes, periods, published
from figures.board import Boards, boards
from figures.kpis import Kpi
from figures.orgs import Org, Register
from figures.periods import Ranges, Window
from figures.published import Publication
from figures.targets import in_force
from language import numbers as fmt
from language.words import Speaker
from reader.view import DEFAULT_KPI, View

LOCAL = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Context:
    publication: Publication
    register: Register
    registry: dict[str, Kpi]
    """The KPIs as they are defined."""
    view: View
    t: Speaker
    now: datetime

    @property
    def lang(self) -> str:
        return self.t.lang

    @property
    def district(self) -> Org | None:
        return self.register.district

    @property
    def area(self) -> str:
        """The code that all codes of the area begin with; empty if there is no register yet."""
        return self.view.org or (self.district.code if self.district else "")

    @property
    def within(self) -> str:
        """The code that all codes of the reader's area begin with; empty: no limit."""
        return self.publication.scope

    @property
    def widest(self) -> str:
        """The largest area whose rows the reader sees; empty if there is no register yet."""
        return self.within or (self.district.code if self.district else "")

    def is_own(self, code: str) -> bool:
        """Whether the reader sees the rows of an area."""
        return code.startswith(self.within)

    @property
    def area_name(self) -> str:
        if self.view.org:
            return self.register.name(self.view.org)
        # "The whole district" would be wrong of a city.
        whole = self.district if self.register.is_above else None
        return whole.name if whole else self.t("area.all")

    @property
    def kpi(self) -> Kpi:
        """The selected KPI, otherwise the default; that one may be missing, if its file is broken."""
        return self.kpis.get(self.view.kpi) or self.kpis.get(DEFAULT_KPI) or next(iter(self.kpis.values()))

    @cached_property
    def kpis(self) -> dict[str, Kpi]:
        """The KPIs as they are judged in the area on the newest day: it may have targets and weights of its own."""
        return in_force(self.publication).kpis(self.registry, self.area, self.through) if self.registry else {}

    @property
    def through(self) -> date | None:
        return self.publication.data_through

    @property
    def window(self) -> Window | None:
        start, end = self.publication.data_from, self.publication.data_through
        return periods.window(self.view.period, start, end) if start and end else None

    @property
    def span(self) -> str:
        """The days of the time range, as a reader sees them."""
        return fmt.span(self.window.first, self.window.last, self.lang) if self.window else fmt.NOTHING

    @property
    def compared(self) -> Window | None:
        """The days compared with."""
        now, start = self.window, self.publication.data_from
        return periods.compared(self.view.period, self.view.span_before, now, start) if now and start else None

    @property
    def ranges(self) -> Ranges | None:
        return Ranges(self.view.period, self.view.span_before, self.window, self.compared) if self.window else None

    def boards(self, area: str) -> Boards:
        """The figures of an area and the places around it, now and compared."""
        ranges = self.ranges
        return published.kept(
            self.publication, "boards", (area, ranges), lambda: boards(self.publication, self.registry, area, ranges)
        )

    @property
    def scores_before(self) -> date | None:
        """The day that scores are compared with; None if they have no change of the chosen span."""
        return self.compared.last if self.compared and self.view.compares_scores else None

    @property
    def period_said(self) -> str:
        """The period as a sentence begins with it."""
        return self.t("period.all_said" if self.view.period == "all" else "period." + self.view.period)

    def scope(self, title: str, kpis: Sequence[Kpi], span: Window | None = None) -> Scope:
        t, view, window = self.t, self.view, span or self.window
        versions = "；".join(f"{kpi.name(t.lang)} {kpi.version}" for kpi in kpis if kpi.version)
        against = self.compared
        compared = t("vs." + view.compare) + (
            f" {against.first} — {against.last}" if against and view.compare != "target" else ""
        )
        built = self.publication.built_at
        lines = [
            (t("scope.title"), title),
            (
                t("scope.period"),
                f"{t('period.' + view.period)} {window.first} — {window.last}"
                if window and not span
                else f"{window.first} — {window.last}"
                if window
                else fmt.NOTHING,
            ),
            (t("scope.area"), " › ".join(self.path())),
            (t("scope.compare"), compared),
            (t("scope.as_of"), f"{self.through} 24:00" if self.through else fmt.NOTHING),
            (t("scope.generation"), f"{self.publication.generation}（{fmt.minute(built)}）"),
            (t("scope.definitions"), versions or fmt.NOTHING),
            (t("scope.link"), self.link()),
        ]
        if self.publication.is_demo:
            lines.insert(0, (t("scope.notice"), t("badge.demo_hint")))
        return lines

    def link(self) -> str:
        """The complete URL of this view, for downloaded files: at the address that others open, if there is one."""
        here, there = urlsplit(st.context.url or ""), urlsplit(settings.load().address)
        if there.netloc:
            path = there.path + (here.path or "/")
            return urlunsplit((there.scheme, there.netloc, path, self.view.query(), ""))
        link = urlunsplit((here.scheme, here.netloc, here.path or "/", self.view.query(), ""))
        return link + self.t("scope.link_local") if here.hostname in LOCAL else link

    def heading(self, span: Window | None = None) -> str:
        """What every sheet of paper says: demo data, area, days, data as of."""
        days = fmt.span(span.first, span.last, self.lang) if span else f"{self.period_said} {self.span}"
        as_of = self.t("badge.as_of", day=fmt.day(self.through, self.lang))
        demo = [self.t("badge.demo")] if self.publication.is_demo else []
        return " · ".join([*demo, " › ".join(self.path()), days, as_of])

    def path(self) -> list[str]:
        """District, street, community, as far down as the view goes."""
        names = [self.district.name if self.district else fmt.NOTHING]
        if len(self.view.org) >= codes.STREET:
            names.append(self.register.name(codes.street_of(self.view.org)))
        if len(self.view.org) == codes.COMMUNITY:
            names.append(self.register.name(self.view.org))
        return names

"""What the reader is looking at, as ASCII codes in the URL: `?p=30d&org=990102005003&vs=prev`. Pure and validated.

Belongs here: the view, from and to query parameters. Does not belong here: dates (figures/periods.py), widgets
(page/frame.py).
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

from figures import codes

PERIODS = ("1d", "7d", "30d", "qtd", "all")
COMPARISONS = ("prev", "year", "target")
LANGUAGES = ("zh", "en")
UNITS = ("community", "street")
TYPES = ("safe", "convenient", "beautiful", "happy", "organisation")
DEFAULT_KPI = "event_on_time_close_rate"
"""What pages about one KPI show if none is selected."""
# Hours within which an event falls due.
DUE = ("24", "72")
PARAMETERS = ("p", "org", "vs", "type", "kpi", "by", "grid", "event", "due", "rows", "lang")
GRID = re.compile(rf"[0-9]{{{codes.GRID}}}")
EVENT = re.compile(r"[0-9A-Za-z_-]{1,40}")
# Fields that only some pages use; links to other pages drop them.
ONLY_ON = {
    "grid": frozenset({"grid", "events"}),
    "event": frozenset({"events"}),
    "due": frozenset({"events"}),
    "rows": frozenset({"overview"}),
}


@dataclass(frozen=True)
class View:
    period: str = "30d"
    org: str = ""
    """Empty: the whole district; 9 digits: a street; 12: a community."""
    compare: str = "prev"
    type: str = ""
    """Empty: all types."""
    kpi: str = ""
    """Empty: none selected; what a page then shows is its own choice."""
    unit: str = "community"
    grid: str = ""
    """15 digits, of the community in `org`."""
    event: str = ""
    """An event's id, as its platform writes it."""
    due: str = ""
    """Only open events that fall due within so many hours."""
    rows: str = ""
    """`all`: a ranking in full, not only its ends."""
    lang: str = "zh"

    @property
    def level(self) -> str:
        return codes.level_of(self.org)

    @property
    def street(self) -> str:
        return codes.street_of(self.org)

    def fitting(self, page: str) -> "View":
        """The view without fields that the page does not use."""
        return replace(self, **{name: "" for name, pages in ONLY_ON.items() if page not in pages})

    def parameters(self) -> dict[str, str]:
        """The query parameters of the view. Period and comparison are always included, so that a link keeps its meaning
        if a default changes."""
        default = View()
        out = {"p": self.period, "vs": self.compare}
        if self.org:
            out["org"] = self.org
        if self.type:
            out["type"] = self.type
        if self.kpi:
            out["kpi"] = self.kpi
        if self.unit != default.unit:
            out["by"] = self.unit
        if self.grid and codes.community_of(self.grid) == self.org:
            out["grid"] = self.grid
        if self.event:
            out["event"] = self.event
        if self.due:
            out["due"] = self.due
        if self.rows:
            out["rows"] = self.rows
        if self.lang != default.lang:
            out["lang"] = self.lang
        return out

    def query(self) -> str:
        return urlencode(self.parameters())


def parse(params: Mapping[str, str], orgs: Collection[str], kpis: Collection[str]) -> tuple[View, tuple[str, ...]]:
    """The requested view, and the names of the parameters with unknown values."""
    view = View()
    ignored: list[str] = []
    choices: dict[str, tuple[str, Collection[str]]] = {
        "p": ("period", PERIODS),
        "org": ("org", orgs),
        "vs": ("compare", COMPARISONS),
        "type": ("type", TYPES),
        "kpi": ("kpi", kpis),
        "by": ("unit", UNITS),
        "due": ("due", DUE),
        "rows": ("rows", ("all",)),
        "lang": ("lang", LANGUAGES),
    }
    for name, (field, allowed) in choices.items():
        value = params.get(name, "")
        if not value:
            continue
        if value in allowed:
            view = replace(view, **{field: value})
        else:
            ignored.append(name)
    # Too many to list: any value of the right form is accepted, and the page says if it does not exist.
    grid, event = params.get("grid", ""), params.get("event", "")
    if GRID.fullmatch(grid) and codes.community_of(grid) in orgs:
        view = replace(view, grid=grid, org=codes.community_of(grid))
    elif grid:
        ignored.append("grid")
    if EVENT.fullmatch(event):
        view = replace(view, event=event)
    elif event:
        ignored.append("event")
    return view, tuple(ignored)


def from_query(text: str) -> dict[str, str]:
    return {name: value for name, value in parse_qsl(text) if name in PARAMETERS}

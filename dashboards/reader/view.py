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
LEVELS = ("community", "street", "district")
TYPES = ("safe", "convenient", "beautiful", "happy", "organisation")
DEFAULT_KPI = "event_on_time_close_rate"
"""What pages about one KPI show if none is selected."""
# Hours within which an event falls due.
DUE = ("24", "72")
ALL_TYPES = "types"
"""The feeds of all types together."""
PARAMETERS = (
    "p", "district", "org", "vs", "type", "kpi", "by", "grid", "event", "due", "rows", "with", "category", "level",
    "department", "owner", "kind", "feeds", "as_of", "lang",
)  # fmt: skip
GRID = re.compile(rf"[0-9]{{{codes.GRID}}}")
CODE = re.compile(r"[a-z][0-9a-z_]{0,39}")
UNIT = re.compile(r"[0-9a-f]{8}")
# Too many values to list, or known only to the data: any value of the right form is accepted, and the page says if
# it does not exist.
FORMS = {
    "event": re.compile(r"[0-9A-Za-z_-]{1,40}"),
    "category": CODE,
    "department": UNIT,
    "owner": UNIT,
    "kind": CODE,
    "as_of": re.compile(r"[0-9]{8}(-[0-9]{6})?"),
}
# Fields that only some pages use; links to other pages drop them.
ONLY_ON = {
    "grid": frozenset({"grid", "events"}),
    "event": frozenset({"events"}),
    "due": frozenset({"events"}),
    "rows": frozenset({"overview"}),
    "beside": frozenset({"street", "community"}),
    "category": frozenset({"events"}),
    "held_at": frozenset({"events"}),
    "department": frozenset({"events"}),
    "owner": frozenset({"events", "cobuilding"}),
    "kind": frozenset({"cobuilding"}),
    "feeds": frozenset({"data"}),
}
# The filters of a list, and the parameter of each.
NARROWING = {"category": "category", "held_at": "level", "department": "department", "owner": "owner", "kind": "kind"}


@dataclass(frozen=True)
class View:
    period: str = "30d"
    district: str = ""
    """In a city: the code of a district that it runs, whose pages are shown in place of the city's."""
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
    beside: str = ""
    """The code of a second area, to compare the first with."""
    category: str = ""
    """The category of the listed events."""
    held_at: str = ""
    """The level that the listed events are at."""
    department: str = ""
    """The code of the department in charge of the listed events (figures/narrowing.py)."""
    owner: str = ""
    """The code of the unit that holds the listed events, or that made the listed promises."""
    kind: str = ""
    """The kind of the listed promises."""
    feeds: str = ""
    """A type, `types` for all of them, or a KPI: only the feeds behind it."""
    as_of: str = ""
    """A day (YYYYMMDD) or a moment (YYYYMMDD-HHMMSS): what was published then, not what is published now."""
    lang: str = "zh"
    within: str = ""
    """The reader's scope, which is no parameter: no link leads out of it. Empty: no limit."""

    @property
    def is_within(self) -> bool:
        return self.org.startswith(self.within)

    @property
    def level(self) -> str:
        return codes.level_of(self.org)

    @property
    def street(self) -> str:
        return codes.street_of(self.org)

    @property
    def span_before(self) -> str:
        """What changes refer to: beside a target, too, the previous period."""
        return "prev" if self.compare == "target" else self.compare

    @property
    def compares_scores(self) -> bool:
        """Whether a change of a score is of the span that the reader chose: scores are of 30 days, whatever the
        period."""
        return self.period == "30d" or self.compare == "year"

    def fitting(self, page: str) -> "View":
        """The view without fields that the page does not use."""
        dropped = {name: "" for name, pages in ONLY_ON.items() if getattr(self, name) and page not in pages}
        return replace(self, **dropped) if dropped else self

    def parameters(self) -> dict[str, str]:
        """The query parameters of the view. Period and comparison are always included, so that a link keeps its meaning
        if a default changes."""
        out = {"p": self.period, "vs": self.compare}
        if self.district:
            out["district"] = self.district
        if self.org:
            out["org"] = self.org
        if self.type:
            out["type"] = self.type
        if self.kpi:
            out["kpi"] = self.kpi
        if self.unit != DEFAULT.unit:
            out["by"] = self.unit
        if self.grid and codes.community_of(self.grid) == self.org:
            out["grid"] = self.grid
        if self.event:
            out["event"] = self.event
        if self.due:
            out["due"] = self.due
        if self.rows:
            out["rows"] = self.rows
        if self.beside and self.beside != self.org:
            out["with"] = self.beside
        out |= {name: value for field, name in NARROWING.items() if (value := getattr(self, field))}
        if self.feeds:
            out["feeds"] = self.feeds
        if self.as_of:
            out["as_of"] = self.as_of
        if self.lang != DEFAULT.lang:
            out["lang"] = self.lang
        return out

    def query(self) -> str:
        return urlencode(self.parameters())


DEFAULT = View()


def parse(params: Mapping[str, str], orgs: Collection[str], kpis: Collection[str]) -> tuple[View, tuple[str, ...]]:
    """The requested view, and the names of the parameters with unknown values."""
    view = View()
    ignored: list[str] = []
    choices: dict[str, tuple[str, Collection[str]]] = {
        "p": ("period", PERIODS),
        "org": ("org", orgs),
        "with": ("beside", orgs),
        "vs": ("compare", COMPARISONS),
        "type": ("type", TYPES),
        "kpi": ("kpi", kpis),
        "by": ("unit", UNITS),
        "due": ("due", DUE),
        "rows": ("rows", ("all",)),
        "level": ("held_at", LEVELS),
        "feeds": ("feeds", (*TYPES, ALL_TYPES, *kpis)),
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
    for name, form in FORMS.items():
        value = params.get(name, "")
        if form.fullmatch(value):
            view = replace(view, **{name: value})
        elif value:
            ignored.append(name)
    grid = params.get("grid", "")
    if GRID.fullmatch(grid) and codes.community_of(grid) in orgs:
        view = replace(view, grid=grid, org=codes.community_of(grid))
    elif grid:
        ignored.append("grid")
    return view, tuple(ignored)


def confined(view: View, params: Mapping[str, str], scope: str) -> tuple[View, bool]:
    """The view for a reader of a scope, and whether the parameters name an area outside it, whether there is such an
    area or not. Where others begin with the district, this reader begins with the own area."""
    named = [params.get(name, "") for name in ("org", "grid")]
    is_out = any(code.isdecimal() and not code.startswith(scope) for code in named)
    if is_out or not view.org.startswith(scope):
        view = replace(view, org="", grid="")
    return replace(view, within=scope, org=view.org or scope), is_out


def as_of(params: Mapping[str, str]) -> str:
    """The day or moment that is asked for, before anything is known of the data; empty if none is."""
    value = params.get("as_of", "")
    return value if FORMS["as_of"].fullmatch(value) else ""


def from_query(text: str) -> dict[str, str]:
    return {name: value for name, value in parse_qsl(text) if name in PARAMETERS}

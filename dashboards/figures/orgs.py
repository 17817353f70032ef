"""The district, its streets and communities.

Belongs here: organisations, their names and their hierarchy. Does not belong here: their figures (board.py).
"""

from dataclasses import dataclass, field
from functools import cached_property

from figures import published
from figures.published import Publication

ABOVE = ("city", "province")


@dataclass(frozen=True)
class Org:
    level: str
    code: str
    name: str
    parent: str | None
    households: int | None

    @property
    def label(self) -> str:
        """The name, short enough for a row: without the ending that all communities have."""
        for ending in ("社区居民委员会", "社区居委会", "村民委员会", "村委会", "社区"):
            if self.name.endswith(ending) and len(self.name) > len(ending) + 1:
                return self.name.removesuffix(ending)
        return self.name


@dataclass(frozen=True)
class Named:
    """The district as district.yaml describes it: code, title of the dashboard by language, sign in the logo."""

    code: str
    titles: dict[str, str]
    letter: str


@dataclass(frozen=True)
class Register:
    """The district, its streets and communities, as in dim_org; `named` if the home has a district.yaml."""

    orgs: dict[str, Org] = field(default_factory=dict)
    named: Named | None = None

    @cached_property
    def district(self) -> Org | None:
        """The district of district.yaml (in a level above: the city or province), else the one with most
        households."""
        if self.named and self.named.code in self.orgs:
            return self.orgs[self.named.code]
        districts = [org for org in self.orgs.values() if org.level == "district"]
        return max(districts, key=lambda org: org.households or 0, default=None)

    @property
    def is_above(self) -> bool:
        """Whether this is a city or province, which has numbers of districts and no rows."""
        return self.district is not None and self.district.level in ABOVE

    def of(self, level: str, under: str = "") -> list[Org]:
        return [org for org in self.orgs.values() if org.level == level and org.code.startswith(under)]

    def registered(self, level: str) -> list[Org]:
        """Without those that left the register, which have no households."""
        return [org for org in self.of(level) if org.households is not None]

    def name(self, code: str) -> str:
        return self.orgs[code].name if code in self.orgs else code

    @classmethod
    def read(cls, publication: Publication) -> "Register":
        return published.kept(publication, "register", (), lambda: cls(_orgs(publication), _named(publication)))


def _orgs(publication: Publication) -> dict[str, Org]:
    return {
        row["org_code"]: Org(
            row["org_level"],
            row["org_code"],
            row["org_name"] or row["org_code"],
            row["parent_code"],
            row["households"],
        )
        for row in published.ask(publication, "orgs")
    }


def _named(publication: Publication) -> Named | None:
    try:
        rows = published.ask(publication, "district")
    except published.Unavailable:
        # A generation from a version without this table.
        if published.is_damaged(publication):
            raise
        return None
    for row in rows:
        return Named(row["district_code"], {"zh": row["title_zh"], "en": row["title_en"]}, row["letter"])
    return None

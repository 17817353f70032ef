"""The register: Weibin's real streets, towns and communities, and the invented places and posts in them.

Belongs here: what is where (communities, residential areas, buildings, grids, service points) and how good each
community is at what. Does not belong here: the people (`people`), what happens (the modules of flows).

Every number follows from the seed and the anchor. If a list changes over time, its rows have the days from and to which
they exist.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from pipelines.demo import stories
from pipelines.demo.dice import Bools, Dice, Floats, Ints
from pipelines.demo.seasons import NEVER, register_day
from pipelines.demo.words import groups, words
from pipelines.districts import codes, divisions

AREAS, BUILDINGS, GRIDS, HOUSEHOLDS = 420, 2_200, 326, 134_000
OLD_AREAS, THREE_NO_AREAS, COMPANIES = 110, 40, 62
DISTRICT, DISTRICT_IN_ENGLISH = "610302", "Weibin"

# The area of a street's communities: latitude, longitude, radius in km. Approximate, set by hand.
_STREETS = {
    "610302001": (34.3790, 107.1570, 1.2),
    "610302002": (34.3720, 107.1370, 1.1),
    "610302003": (34.3370, 107.1290, 1.7),
    "610302004": (34.3540, 107.1030, 1.6),
    "610302005": (34.3520, 107.1700, 2.2),
    "610302100": (34.3440, 107.2550, 2.3),
    "610302101": (34.3370, 107.2070, 1.4),
    "610302102": (34.3310, 107.0960, 1.1),
    "610302103": (34.3710, 107.0460, 0.5),
    "610302104": (34.3360, 107.3200, 0.5),
}
_KM_NORTH, _KM_EAST = 1 / 111.2, 1 / 91.8
COMMUNITY_TYPES = ("old_estates", "commercial_housing", "work_unit", "converted_village", "mixed")
AREA_TYPES = ("commercial", "work_unit", "resettlement", "old")
MANAGEMENTS = ("property_company", "self_managed", "none")
_MANAGED = np.array([[0.94, 0.04, 0.02], [0.42, 0.38, 0.2], [0.62, 0.22, 0.16], [0.3, 0.34, 0.36]])
_AREA_NAMES = words("area_names")
_AREA_ENDS = groups("area_ends")
POINT_TYPES = ("centre", "station", "kiosk", "volunteer_post", "themed_point", "mobile_desk")
POINTS_OPEN = (24, 92, 26, 34, 22, 14)
_POINTS_NEW = (1, 6, 2, 3, 2, 1)
_POINTS_CLOSED = (1, 4, 2, 3, 2, 1)
_POINT_NAMES = words("point_names")
_THEMES = words("point_themes")


def shares(total: int, weights: Floats, least: int = 1) -> Ints:
    """`total` distributed by weight in whole numbers, at least `least` each; the sum is exact."""
    exact = (total - least * len(weights)) * weights / weights.sum()
    whole = np.floor(exact).astype(np.int64)
    left = total - least * len(weights) - int(whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:left]] += 1
    return np.asarray(whole + least)


def named(names: "tuple[str, ...] | list[str] | pl.Series", at: Ints) -> pl.Series:
    """The names at these indexes; null for an index below zero."""
    series = pl.Series(names, dtype=pl.String)
    places = pl.Series(at)
    return series.gather(places.clip(0)).set(places < 0, None)


def days(numbers: Ints) -> pl.Series:
    """Days as a Date column; NEVER becomes null."""
    series = pl.Series(np.minimum(numbers, 1 << 30))
    return series.set(series >= 1 << 30, None).cast(pl.Int32).cast(pl.Date)


def clock(moments: Ints) -> pl.Series:
    """Moments as a Datetime column; NEVER becomes null."""
    series = pl.Series(np.minimum(moments, NEVER))
    return (series.set(series >= NEVER, None) * 1_000_000).cast(pl.Datetime("us"))


@dataclass(frozen=True)
class Communities:
    """One row per community: the index of its street and of its type, degrees."""

    code: list[str]
    name: list[str]
    street: Ints
    households: Ints
    type: Ints
    latitude: Floats
    longitude: Floats

    def at(self, code: str) -> int:
        return self.code.index(code)

    def among(self, street_code: str) -> Bools:
        """Which communities belong to a street."""
        return np.array([code.startswith(street_code) for code in self.code])


@dataclass(frozen=True)
class Areas:
    """One row per residential area: indexes of its community, type, management and company (-1: none), degrees."""

    code: list[str]
    name: list[str]
    community: Ints
    type: Ints
    management: Ints
    is_three_no: Bools
    company: Ints
    households: Ints
    buildings: Ints
    latitude: Floats
    longitude: Floats


@dataclass(frozen=True)
class Buildings:
    """One row per building: indexes of its area and grid; its households are numbered from `first_household`."""

    code: list[str]
    name: list[str]
    area: Ints
    grid: Ints
    households: Ints
    first_household: Ints
    units: Ints


@dataclass(frozen=True)
class Grids:
    """One row per grid: the index of its community; its households are numbered from `first_household`; degrees."""

    code: list[str]
    name: list[str]
    community: Ints
    households: Ints
    first_household: Ints
    latitude: Floats
    longitude: Floats


@dataclass(frozen=True)
class Points:
    """One row per service point: indexes of its type, community, area and theme (-1: none), days, m², degrees."""

    code: list[str]
    name: list[str]
    type: Ints
    community: Ints
    area: Ints
    theme: Ints
    floor_area: Floats
    functions: Ints
    opened: Ints
    closed: Ints
    latitude: Floats
    longitude: Floats

    def open_on(self, day: Ints) -> Bools:
        """A row for each day, a column for each point."""
        return np.asarray((self.opened <= day[:, None]) & (self.closed > day[:, None]))


class Register:
    """The places of the district for one seed and anchor (a day number). Lists are built once, at their first use."""

    def __init__(self, seed: int, anchor: int) -> None:
        self.seed = seed
        self.anchor = anchor

    def dice(self, *things: "str | int | Ints") -> Dice:
        return Dice(self.seed, *things)

    @cached_property
    def streets(self) -> list[tuple[str, str]]:
        """Code and name, as the division register has them."""
        return [(one.code, one.name) for one in divisions.inside(DISTRICT) if len(one.code) == codes.STREET]

    @cached_property
    def communities(self) -> Communities:
        """The register's rows that end in 居委会 or 居民委员会; the others are villages, which have no grids here."""
        found = [one for one in divisions.inside(DISTRICT) if len(one.code) == codes.COMMUNITY]
        rows = [one for one in found if not one.name.endswith("村委会")]
        code = [one.code for one in rows]
        streets = [street_code for street_code, _ in self.streets]
        street = np.array([streets.index(one[: codes.STREET]) for one in code])
        dice = self.dice("community", np.arange(len(rows)))
        # Distributed evenly over a disc by the golden angle: no two communities at one place.
        rank = np.array([(street[:i] == street[i]).sum() for i in range(len(rows))])
        size = np.bincount(street)[street]
        place = np.array([_STREETS[streets[i]] for i in street])
        radius, angle = place[:, 2] * np.sqrt((rank + 0.5) / size), rank * 2.39996 + street
        weight = dice.lognormal("size", 1.0, 0.5)
        weight[code.index(stories.THREE_EVENTS)] = 0.02
        weight[code.index(stories.DESERT)] = 0.5
        return Communities(
            code=code,
            name=[one.name.removesuffix("居委会").removesuffix("居民委员会") for one in rows],
            street=street,
            households=shares(HOUSEHOLDS, weight, 240),
            type=dice.pick("type", (30, 30, 14, 10, 16)),
            latitude=place[:, 0] + radius * np.sin(angle) * _KM_NORTH,
            longitude=place[:, 1] + radius * np.cos(angle) * _KM_EAST,
        )

    @cached_property
    def _layout(self) -> tuple[Ints, Ints, Ints]:
        """Each building's community, residential area and grid: areas and grids are runs of buildings."""
        size = self.communities.households.astype(np.float64)
        per_community = [shares(total, size, least) for total, least in ((BUILDINGS, 6), (AREAS, 2), (GRIDS, 2))]
        community, area, grid = [], [], []
        areas = grids = 0
        for i, (n_buildings, n_areas, n_grids) in enumerate(zip(*per_community, strict=True)):
            dice = self.dice("layout", i, np.arange(n_buildings))
            in_area = shares(int(n_buildings), dice.lognormal("area", 1.0, 0.7)[:n_areas])
            if self.communities.code[i] == stories.TURNED_ROUND:
                # The area that improves has its own grid, so that its events can be distinguished.
                others = shares(int(n_buildings - in_area[0]), dice.lognormal("grid", 1.0, 0.2)[: n_grids - 1])
                in_grid = np.concatenate([in_area[:1], others])
            else:
                in_grid = shares(int(n_buildings), dice.lognormal("grid", 1.0, 0.2)[:n_grids])
            community.append(np.full(n_buildings, i))
            area.append(np.repeat(np.arange(n_areas) + areas, in_area))
            grid.append(np.repeat(np.arange(n_grids) + grids, in_grid))
            areas, grids = areas + int(n_areas), grids + int(n_grids)
        return np.concatenate(community), np.concatenate(area), np.concatenate(grid)

    @cached_property
    def _building_households(self) -> Ints:
        community, _, _ = self._layout
        sizes = self.dice("building", np.arange(BUILDINGS)).lognormal("size", 1.0, 0.35)
        return np.concatenate(
            [shares(int(n), sizes[community == i], 4) for i, n in enumerate(self.communities.households)]
        )

    @cached_property
    def areas(self) -> Areas:
        community, area, _ = self._layout
        of = community[np.searchsorted(area, np.arange(AREAS))]
        dice = self.dice("area", np.arange(AREAS))
        commercial = np.isin(self.communities.type[of], (1, 4))
        type_ = np.where(commercial, dice.pick("type", (8, 1, 1)), dice.pick("other type", (4, 5, 3)))
        wish = dice.uniform("old") - np.select([self.communities.type[of] == 0, commercial], [0.6, -0.2], 0.0)
        turned = int(np.searchsorted(of, self.communities.at(stories.TURNED_ROUND)))
        wish[turned] = -9.0
        type_[np.argsort(wish)[:OLD_AREAS]] = AREA_TYPES.index("old")
        management = (dice.uniform("management")[:, None] > np.cumsum(_MANAGED, axis=1)[type_]).sum(axis=1).clip(0, 2)
        management[turned] = MANAGEMENTS.index("none")
        doubt = dice.uniform("three no") - management
        doubt[turned] = -9.0
        is_three_no = np.zeros(AREAS, dtype=np.bool_)
        is_three_no[np.argsort(doubt)[:THREE_NO_AREAS]] = True
        # A few companies manage a community's areas.
        company = self.dice("company of", of, dice.whole("company", 0, 2)).whole("company", 0, COMPANIES - 1)
        radius = np.where(self.dice("spread", of).chance("is wide", 0.2), 1.05, 0.4) * np.sqrt(dice.uniform("radius"))
        angle = dice.between("angle", 0, 2 * np.pi)
        serial = np.arange(AREAS) - np.searchsorted(of, of)
        start, step = self.dice("area names", of).whole("start", 0, 39), (7, 11, 13)
        names = [
            _AREA_NAMES[(s + i * step[c % 3]) % 40] + _AREA_ENDS[t][int(u * len(_AREA_ENDS[t]))]
            for s, i, c, t, u in zip(start, serial, of, type_, dice.uniform("end"), strict=True)
        ]
        return Areas(
            code=[f"{self.communities.code[c]}A{n + 1:03d}" for c, n in zip(of, serial, strict=True)],
            name=names,
            community=of,
            type=type_,
            management=management,
            is_three_no=is_three_no,
            company=np.where(management == MANAGEMENTS.index("property_company"), company, -1),
            households=np.bincount(area, self._building_households).astype(np.int64),
            buildings=np.bincount(area),
            latitude=np.round(self.communities.latitude[of] + radius * np.sin(angle) * _KM_NORTH, 6),
            longitude=np.round(self.communities.longitude[of] + radius * np.cos(angle) * _KM_EAST, 6),
        )

    @cached_property
    def turned_area(self) -> int:
        return int(np.searchsorted(self.areas.community, self.communities.at(stories.TURNED_ROUND)))

    @cached_property
    def turned_grid(self) -> int:
        return int(np.searchsorted(self.grids.community, self.communities.at(stories.TURNED_ROUND)))

    @cached_property
    def buildings(self) -> Buildings:
        _, area, grid = self._layout
        serial = np.arange(BUILDINGS) - np.searchsorted(area, area)
        households = self._building_households
        return Buildings(
            code=[f"{self.areas.code[a]}B{n + 1:03d}" for a, n in zip(area, serial, strict=True)],
            name=[f"{self.areas.name[a]}{n + 1}号楼" for a, n in zip(area, serial, strict=True)],
            area=area,
            grid=grid,
            households=households,
            first_household=np.cumsum(households) - households,
            units=np.clip(households // 24, 1, 8),
        )

    @cached_property
    def grids(self) -> Grids:
        community, area, grid = self._layout
        of = community[np.searchsorted(grid, np.arange(GRIDS))]
        serial = np.arange(GRIDS) - np.searchsorted(of, of)
        households = np.bincount(grid, self._building_households).astype(np.int64)
        count = np.bincount(grid)
        return Grids(
            code=[f"{self.communities.code[c]}{n + 1:03d}" for c, n in zip(of, serial, strict=True)],
            name=[f"{self.communities.name[c]}第{n + 1}网格" for c, n in zip(of, serial, strict=True)],
            community=of,
            households=households,
            first_household=np.cumsum(households) - households,
            latitude=np.round(np.bincount(grid, self.areas.latitude[area]) / count, 6),
            longitude=np.round(np.bincount(grid, self.areas.longitude[area]) / count, 6),
        )

    @cached_property
    def points(self) -> Points:
        """Service points: those open on the anchor, of which some are new, then those closed before it."""
        size = self.communities.households.astype(np.float64)
        desert = self.communities.at(stories.DESERT)
        kinds, communities, opened, closed = [], [], [], []
        for place, (n, new, gone) in enumerate(zip(POINTS_OPEN, _POINTS_NEW, _POINTS_CLOSED, strict=True)):
            dice = self.dice("point", place, np.arange(n + gone))
            weight = size * self.dice("points of", place, np.arange(len(size))).lognormal("number", 1.0, 0.4)
            weight[desert] = 0.0
            if place == POINT_TYPES.index("centre"):
                chosen = np.argsort(-weight, kind="stable")[: n + gone]
            elif place == POINT_TYPES.index("mobile_desk"):
                chosen = np.append(np.argsort(-weight, kind="stable")[: n + gone - 1], desert)[::-1]
            else:
                chosen = np.repeat(np.arange(len(size)), shares(n + gone, weight, 0))
                chosen = chosen[np.argsort(dice.uniform("order"), kind="stable")]
            before = np.where(np.arange(n + gone) < n - new, dice.whole("age", 300, 2600), dice.whole("new", 8, 105))
            before = np.where(np.arange(n + gone) >= n, dice.whole("old", 700, 2000), before)
            kinds.append(np.full(n + gone, place))
            communities.append(chosen)
            opened.append(register_day(self.anchor - 7 - before))
            closed.append(
                np.where(np.arange(n + gone) < n, NEVER, register_day(self.anchor - 7 - dice.whole("end", 10, 300)))
            )
        kind, community = np.concatenate(kinds), np.concatenate(communities)
        dice = self.dice("points", np.arange(len(kind)))
        first = np.searchsorted(self.areas.community, community)
        n_areas = np.bincount(self.areas.community)[community]
        area = first + (dice.uniform("area") * n_areas).astype(np.int64)
        theme = np.where(kind == POINT_TYPES.index("themed_point"), dice.whole("theme", 0, len(_THEMES) - 1), -1)
        jitter = dice.normal("north") * 0.06 * _KM_NORTH, dice.normal("east") * 0.06 * _KM_EAST
        large = np.select([kind == 0, kind == 1], [dice.between("centre", 480, 1900), dice.between("station", 60, 320)])
        return Points(
            code=[f"ZD{i + 1:05d}" for i in range(len(kind))],
            name=[
                self.communities.name[c] + ("" if k == 0 else f"{self.areas.name[a]}") + _POINT_NAMES[k]
                for c, k, a in zip(community, kind, area, strict=True)
            ],
            type=kind,
            community=community,
            area=np.where((kind == 0) | (kind == POINT_TYPES.index("mobile_desk")), -1, area),
            theme=theme,
            floor_area=np.floor(np.where(large > 0, large, dice.between("small", 6, 40))),
            functions=np.select(
                [kind == 0, kind == 1], [dice.whole("many", 3, 12), dice.whole("some", 2, 6)], dice.whole("few", 1, 3)
            ),
            opened=np.concatenate(opened),
            closed=np.concatenate(closed),
            latitude=np.round(self.areas.latitude[area] + jitter[0], 6),
            longitude=np.round(self.areas.longitude[area] + jitter[1], 6),
        )

    def skill(self, theme: str) -> Floats:
        """How good each community is at something, mean 0, deviation 1, permanently: most are good at everything or at
        nothing."""
        numbers = np.arange(len(self.communities.code))
        general = self.dice("quality", numbers).normal("general")
        return 0.7 * general + 0.7 * self.dice("quality", numbers).normal(theme)

    def odds(self, theme: str, base: float, community: Ints, spread: float = 0.45) -> Floats:
        """A probability that is `base` in an average community, higher in a good one, lower in a bad one."""
        return np.asarray(1 / (1 + np.exp(-(np.log(base / (1 - base)) + spread * self.skill(theme)[community]))))

    # ------------------------------------------------------------ as the platforms export it

    def community_list(self, is_benchmark: Bools, secretary: pl.Series, phone: pl.Series) -> pl.DataFrame:
        here = self.communities
        streets = np.array(here.street)
        dice = self.dice("community", np.arange(len(here.code)))
        return pl.DataFrame(
            {
                "community_code": here.code,
                "community_name": here.name,
                "street_code": named([code for code, _ in self.streets], streets),
                "street_name": named([name for _, name in self.streets], streets),
                "community_type": named(COMMUNITY_TYPES, here.type),
                "households": here.households,
                "population": np.round(here.households * dice.between("people", 2.1, 2.9)).astype(np.int64),
                "area_km2": np.round(0.2 + here.households / 3200 * dice.lognormal("density", 1.0, 0.3), 2),
                "is_benchmark": is_benchmark,
                "secretary_name": secretary,
                "contact_phone": phone,
            }
        )

    def area_list(self, day: int) -> pl.DataFrame:
        here = self.areas
        management = here.management.copy()
        if day >= self.anchor + stories.MANAGED_FROM:
            management[self.turned_area] = MANAGEMENTS.index("self_managed")
        return pl.DataFrame(
            {
                "area_code": here.code,
                "area_name": here.name,
                "community_code": named(self.communities.code, here.community),
                "area_type": named(AREA_TYPES, here.type),
                "management": named(MANAGEMENTS, management),
                "is_three_no": here.is_three_no,
                "company_code": named([f"PM{i + 1:04d}" for i in range(COMPANIES)], here.company),
                "households": here.households,
                "buildings": here.buildings,
                "longitude": here.longitude,
                "latitude": here.latitude,
            }
        )

    def grid_list(self) -> pl.DataFrame:
        here = self.grids
        kind = self.dice("grid", np.arange(GRIDS)).pick("type", (86, 9, 5))
        return pl.DataFrame(
            {
                "grid_code": here.code,
                "grid_name": here.name,
                "community_code": named(self.communities.code, here.community),
                "grid_type": named(("basic", "dedicated", "micro"), kind),
                "households": here.households,
                "longitude": here.longitude,
                "latitude": here.latitude,
            }
        )

    def building_list(self, heads: pl.Series) -> pl.DataFrame:
        here = self.buildings
        return pl.DataFrame(
            {
                "building_code": here.code,
                "area_code": named(self.areas.code, here.area),
                "grid_code": named(self.grids.code, here.grid),
                "building_name": here.name,
                "units": here.units,
                "households": here.households,
                "head_worker_id": heads,
            }
        )

    def point_list(self, day: int) -> pl.DataFrame:
        here = self.points
        return pl.DataFrame(
            {
                "point_code": here.code,
                "point_name": here.name,
                "community_code": named(self.communities.code, here.community),
                "area_code": named(self.areas.code, here.area),
                "point_type": named(POINT_TYPES, here.type),
                "theme": named(_THEMES, here.theme),
                "floor_area_m2": here.floor_area,
                "functions": here.functions,
                "opened_on": days(here.opened),
                "closed_on": days(np.where(here.closed <= day, here.closed, NEVER)),
                "longitude": here.longitude,
                "latitude": here.latitude,
            }
        ).filter(pl.Series(here.opened <= day))

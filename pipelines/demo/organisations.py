"""Organisations: party organisations, property companies, self-governance groups, the alliance.

Belongs here: which organisations exist, where, since when. Does not belong here: persons in their posts and volunteer
teams (`people`), what organisations do (`selfgov`, `cobuilding`).
"""

from functools import cached_property

import numpy as np
import polars as pl

from pipelines.demo import stories
from pipelines.demo.dice import Bools, Floats, Ints
from pipelines.demo.register import COMPANIES, GRIDS, MANAGEMENTS, Register, days, named, shares
from pipelines.demo.seasons import NEVER
from pipelines.demo.words import words

PARTY_BRANCHES, PARTY_GROUPS = 305, 21
ALLIANCE_MEMBERS = 150
GROUPS = ("red_steward_group", "residents_team", "owners_committee")
_MEMBER_TYPES = ("company", "public_body", "ngo", "shop")
_MEMBER_ENDS = words("member_ends")


class Organisations:
    """The organisations of one register. Each list is built once, when it is first used."""

    def __init__(self, register: Register) -> None:
        self._places = register

    @cached_property
    def party_organisations(self) -> pl.DataFrame:
        places = self._places
        dice = places.dice("grid posts", np.arange(GRIDS))
        order = np.argsort(dice.uniform("party"), kind="stable")
        branches, without = order[:PARTY_BRANCHES], order[PARTY_BRANCHES:]
        groups = np.concatenate([without[:9], order[: PARTY_GROUPS - 9]])
        areas = places.areas
        owned = np.flatnonzero((areas.management == 0) & self.has_party_org[areas.company])
        owned = owned[np.unique(areas.company[owned], return_index=True)[1]]
        n_streets, n = len(places.streets), len(places.communities.code)
        kind = np.repeat(np.arange(5), [n_streets, n, len(branches), len(groups), len(owned)])
        community = np.concatenate(
            [np.full(n_streets, -1), np.arange(n), places.grids.community[branches], places.grids.community[groups],
             areas.community[owned]]
        )  # fmt: skip
        street = np.concatenate([np.arange(n_streets), places.communities.street[community[n_streets:]]])
        nothing = np.full(n_streets + n, -1)
        grid = np.concatenate([nothing, branches, groups, np.full(len(owned), -1)])
        area = np.concatenate([nothing, np.full(len(branches) + len(groups), -1), owned])
        dice = places.dice("party organisation", np.arange(len(kind)))
        is_new = np.isin(kind, (2, 3)) & (np.argsort(np.argsort(dice.uniform("new"))) < 14)
        founded = places.anchor - np.where(is_new, dice.whole("recent", 6, 110), dice.whole("age", 300, 5000))
        own = pl.Series([name for _, name in places.streets]).gather(pl.Series(street))
        within = named(places.communities.name, community)
        names = pl.DataFrame(
            {"k": kind, "s": own, "c": within, "g": named(places.grids.name, grid), "a": named(areas.name, area)}
        ).select(
            pl.when(pl.col("k") == 0).then(pl.col("s") + "大党委")
            .when(pl.col("k") == 1).then(pl.col("c") + "党委")
            .when(pl.col("k") == 2).then(pl.col("g") + "党支部")
            .when(pl.col("k") == 3).then(pl.col("g") + "楼栋党小组")
            .otherwise(pl.col("c") + pl.col("a") + "物业党支部")
        ).to_series()  # fmt: skip
        return pl.DataFrame(
            {
                "party_org_code": [f"DZ{i + 1:06d}" for i in range(len(kind))],
                "party_org_name": names,
                "party_org_type": named(
                    ("street_committee", "community_committee", "grid_branch", "building_group", "property_org"), kind
                ),
                "street_code": named([code for code, _ in places.streets], street),
                "community_code": named(places.communities.code, community),
                "grid_code": named(places.grids.code, grid),
                "area_code": named(areas.code, area),
                "members": dice.whole("members", 3, np.array([900, 160, 45, 15, 12])[kind]),
                "founded_on": days(founded),
                "_from": founded,
            }
        )

    @cached_property
    def has_party_org(self) -> Bools:
        return self._places.dice("company", np.arange(COMPANIES)).chance("party", 0.74)

    def company_list(self) -> pl.DataFrame:
        dice = self._places.dice("company", np.arange(COMPANIES))
        first, second = dice.whole("first", 0, 9), dice.whole("second", 0, 9)
        digits = pl.Series(9_161_030_200_000_000 + dice.whole("credit", 10**8, 10**9 - 1)).cast(pl.String)
        names = named(words("company_first"), first) + named(words("company_second"), second)
        return pl.DataFrame(
            {
                "company_code": [f"PM{i + 1:04d}" for i in range(COMPANIES)],
                "company_name": "演示"
                + names
                + pl.Series([f"{i + 1}" for i in range(COMPANIES)])
                + "号物业服务有限公司",
                "credit_code": digits + "XA",
                "has_party_org": self.has_party_org,
            }
        )

    @cached_property
    def groups(self) -> pl.DataFrame:
        """Self-governance groups with the days on which they were founded and disbanded."""
        places, areas = self._places, self._places.areas
        everywhere = np.arange(len(areas.code))
        none = areas.management == MANAGEMENTS.index("none")
        chances: tuple[Floats, ...] = (
            np.where(areas.is_three_no, 0.55, np.where(none, 0.4, 0.25)),
            np.where(areas.is_three_no, 0.62, 0.45),
            np.where(areas.type == 0, 0.6, 0.12) * ~areas.is_three_no,
        )
        found: list[tuple[Ints, int]] = []
        for sort, chance in enumerate(chances):
            has = places.dice("group", sort, everywhere).chance("has", chance)
            has[places.turned_area] = sort == 0
            found.append((everywhere[has], sort))
        area = np.concatenate([here for here, _ in found])
        kind = np.concatenate([np.full(len(here), sort) for here, sort in found])
        dice = places.dice("group", kind, area)
        age = np.where(dice.chance("new", 0.07), dice.whole("recent", 5, 200), dice.whole("age", 200, 2000))
        founded = places.anchor - age
        dissolved = np.where(dice.chance("gone", 0.03), founded + 150 + dice.whole("stay", 0, 1500), NEVER)
        is_story = area == places.turned_area
        founded[is_story], dissolved[is_story] = places.anchor + stories.GROUP_FOUNDED, NEVER
        members = dice.whole("members", 5, 40)
        return pl.DataFrame(
            {
                "group_code": [f"ZZ{i + 1:05d}" for i in range(len(area))],
                "area_code": named(areas.code, area),
                "group_type": named(GROUPS, kind),
                "members": members,
                "party_members": np.floor(members * dice.between("party", 0.1, 0.6)).astype(np.int64),
                "founded_on": days(founded),
                "dissolved_on": days(dissolved),
                "_from": founded,
                "_to": dissolved,
            }
        )

    @cached_property
    def alliance(self) -> pl.DataFrame:
        places = self._places
        n = ALLIANCE_MEMBERS
        dice = places.dice("alliance", np.arange(n))
        size = places.communities.households.astype(np.float64)
        per_street = np.bincount(places.communities.street, size).astype(np.float64)
        street = np.repeat(np.arange(len(places.streets)), shares(n, per_street, 5))
        kind = dice.pick("type", (40, 25, 15, 20))
        names = pl.Series([name for _, name in places.streets]).gather(pl.Series(street))
        joined = places.anchor - np.where(
            dice.chance("new", 0.1), dice.whole("recent", 5, 150), dice.whole("age", 150, 1500)
        )
        left = np.where(dice.chance("left", 0.06), joined + 120 + dice.whole("stay", 0, 1300), NEVER)
        return pl.DataFrame(
            {
                "member_code": [f"LM{i + 1:05d}" for i in range(n)],
                "member_name": pl.Series([f"演示{i + 1}号" for i in range(n)]) + named(_MEMBER_ENDS, kind),
                "alliance_name": names + "区域党建联盟",
                "street_code": named([code for code, _ in places.streets], street),
                "member_type": named(_MEMBER_TYPES, kind),
                "joined_on": days(joined),
                "left_on": days(left),
                "_street": street,
                "_from": joined,
                "_to": left,
            }
        )

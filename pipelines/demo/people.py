"""The people of the register: who holds which post on which day, care households, volunteers and their teams.

Belongs here: invented persons, the posts and teams they fill. Does not belong here: how their names and numbers are
spelled (`identities`), other groups of persons (`organisations`), places (`register`), what people do (the modules of
flows).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from pipelines.demo.dice import Bools, Dice, Ints
from pipelines.demo.identities import id_numbers, mobile_numbers, person_names
from pipelines.demo.organisations import Organisations
from pipelines.demo.register import BUILDINGS, GRIDS, HOUSEHOLDS, Register, days, named, shares
from pipelines.demo.seasons import NEVER, register_day
from pipelines.demo.words import words

FULL_TIME, GRID_WORKERS = 318, 459
TEAMS, TEAMS_GONE = 214, 9
VOLUNTEERS, VOLUNTEERS_RECENT, VOLUNTEERS_LATER = 3_000, 260, 1_600
CARE_HOUSEHOLDS = 4_450
HORIZON = 800
"""Days after the anchor in which people join and leave; after that everybody stays."""
KEPT_AFTER_LEAVING = 400
"""Days for which the platform lists a person who left."""
FORGOTTEN_AFTER = 42
"""Days for which some buildings keep the name of a head who left."""

ROLES = ("full_time_grid_worker", "part_time_grid_worker", "building_head", "grid_steward", "community_cadre")
_YEARS_IN_POST = np.array([3.0, 1.9, 4.5, 3.5, 5.0])
_BRANDS = words("brands")
_TEAM_ENDS = words("team_ends")
CARE = ("elderly_living_alone", "disabled", "child_in_need", "hardship", "other")


@dataclass(frozen=True)
class Posts:
    """One row per post: indexes of its role, community, grid and building (-1: none), and the day it is
    first filled."""

    role: Ints
    community: Ints
    grid: Ints
    building: Ints
    opened: Ints
    moved: Ints
    """The day on which its holder changes places with that of `partner`; NEVER for most posts."""
    partner: Ints


@dataclass(frozen=True)
class Tenures:
    """One row per person in a post, in the order of posts and days; `number` identifies the person."""

    post: Ints
    started: Ints
    ended: Ints
    number: Ints


@dataclass(frozen=True)
class Teams:
    """One row per volunteer team: the index of its community, its first and last day."""

    code: list[str]
    community: Ints
    founded: Ints
    disbanded: Ints

    def open_on(self, day: Ints) -> Bools:
        """A row for each day, a column for each team."""
        return np.asarray((self.founded <= day[:, None]) & (self.disbanded > day[:, None]))


class People:
    """The people of one register. Lists are built once, at their first use."""

    def __init__(self, register: Register) -> None:
        self.places = register
        self.organisations = Organisations(register)

    # ------------------------------------------------------------ posts and who holds them

    @cached_property
    def posts(self) -> Posts:
        places = self.places
        grids = places.grids
        dice = places.dice("grid posts", np.arange(GRIDS))
        has_full_time = np.argsort(np.argsort(dice.uniform("full time"), kind="stable")) < FULL_TIME
        need = grids.households * dice.between("part time", 0.8, 1.2) * np.where(has_full_time, 1, 3)
        full_time = np.flatnonzero(has_full_time)
        part_time = np.sort(np.argsort(-need, kind="stable")[: GRID_WORKERS - FULL_TIME])
        size = places.communities.households.astype(np.float64)
        cadres = np.repeat(np.arange(len(size)), shares(6 * len(size), size, 3))
        heads = np.flatnonzero(places.dice("building", np.arange(BUILDINGS)).chance("has head", 0.955))
        per_role = (full_time, part_time, places.buildings.grid[heads], np.arange(GRIDS), np.full(len(cadres), -1))
        role = np.repeat(np.arange(5), [len(grid) for grid in per_role])
        grid = np.concatenate(per_role)
        community = np.where(grid < 0, -1, grids.community[grid])
        community[role == 4] = cadres
        building = np.full(len(role), -1)
        building[role == 2] = heads
        dice = places.dice("post", np.arange(len(role)))
        is_new = (role < 2) & (np.argsort(np.argsort(dice.uniform("new") + role // 2, kind="stable")) < 18)
        age = np.where(is_new, dice.whole("newness", 10, 110), dice.whole("age", 1700, 2600))
        moved, partner = np.full(len(role), NEVER), np.arange(len(role))
        for i in np.flatnonzero(places.dice("moves", np.arange(len(size))).chance("some", 0.5)):
            pair = np.flatnonzero((role == 0) & (community == i) & ~is_new)[:2]
            if len(pair) == 2:
                day = places.dice("moves", int(i)).whole("day", -300, 300)
                moved[pair], partner[pair] = register_day(places.anchor + day)[0], pair[::-1]
        return Posts(role, community, grid, building, register_day(places.anchor - 7 - age), moved, partner)

    @cached_property
    def tenures(self) -> Tenures:
        posts, anchor = self.posts, self.places.anchor
        everyone = np.arange(len(posts.role))
        start = posts.opened
        found: list[tuple[Ints, Ints, Ints]] = []
        for turn in range(40):
            dice = self.places.dice("tenure", everyone, turn)
            stay = 56 + dice.exponential("length", 365 * _YEARS_IN_POST[posts.role]).astype(np.int64)
            end = register_day(start + stay)
            last = end > anchor + HORIZON
            is_here = start <= anchor + HORIZON
            found.append((everyone[is_here], start[is_here], np.where(last, NEVER, end)[is_here]))
            vacant = np.where((posts.role < 2) & dice.chance("gap", 0.5), 14 * dice.whole("fortnights", 1, 3), 0)
            # On the anchor and after it, every post is filled.
            start = np.where(last, NEVER, np.where(end + vacant > anchor, end, end + vacant))
            if last.all():
                break
        post, started, ended = (np.concatenate(part) for part in zip(*found, strict=True))
        order = np.lexsort((started, post))
        number = np.empty(len(post), dtype=np.int64)
        number[np.lexsort((post, started))] = np.arange(len(post)) + 1
        return Tenures(post[order], started[order], ended[order], number[order])

    def holder(self, post: Ints, day: Ints) -> Ints:
        """The number of the person who holds a post on a day; -1 if nobody does or there is no such post."""
        tenures = self.tenures
        place = np.searchsorted(tenures.post * NEVER + tenures.started, post * NEVER + day, side="right") - 1
        place = place.clip(0)
        is_held = (tenures.post[place] == post) & (tenures.started[place] <= day) & (tenures.ended[place] > day)
        return np.where(is_held & (post >= 0), tenures.number[place], -1)

    @cached_property
    def _posts_of_grids(self) -> Ints:
        """Three rows: the full-time, part-time and steward's post of each grid, -1 where there is none."""
        table = np.full((3, GRIDS), -1)
        for row, role in enumerate((0, 1, 3)):
            here = np.flatnonzero(self.posts.role == role)
            table[row, self.posts.grid[here]] = here
        return table

    def on_rounds(self, grid: Ints, day: Ints, dice: Dice) -> pl.Series:
        """The worker who visits a grid on a day: usually its full-time worker, else its part-time one or steward."""
        full_time, part_time, steward = (row[grid] for row in self._posts_of_grids)
        full_time = np.where(day >= self.posts.moved[full_time], self.posts.partner[full_time], full_time)
        by_part_time = (part_time >= 0) & dice.chance("by part-timer", 0.33)
        person = self.holder(np.where(by_part_time, part_time, full_time), day)
        person = np.where(person < 0, self.holder(np.where(by_part_time, full_time, part_time), day), person)
        person = np.where((person < 0) | dice.chance("by steward", 0.06), self.holder(steward, day), person)
        return worker_ids(person)

    def cadre(self, community: Ints, day: Ints, dice: Dice) -> pl.Series:
        posts = np.flatnonzero(self.posts.role == 4)
        first = np.searchsorted(self.posts.community[posts], community)
        n = np.bincount(self.posts.community[posts])[community]
        return worker_ids(self.holder(posts[first + (dice.uniform("cadre") * n).astype(np.int64)], day))

    @cached_property
    def _workers(self) -> pl.DataFrame:
        tenures, posts = self.tenures, self.posts
        post = tenures.post
        dice = self.places.dice("person", tenures.number)
        grids = self.places.grids.code
        after = posts.grid[posts.partner[post]]
        return pl.DataFrame(
            {
                "worker_id": worker_ids(tenures.number),
                "worker_name": person_names(dice),
                "id_number": id_numbers(dice),
                "phone": mobile_numbers(dice),
                "worker_role": named(ROLES, posts.role[post]),
                "community_code": named(self.places.communities.code, posts.community[post]),
                "grid_code": named(grids, posts.grid[post]),
                "_grid_after": named(grids, after),
                "_moved": posts.moved[post],
                "is_party_member": dice.chance("party", np.array([0.42, 0.3, 0.38, 0.3, 0.85])[posts.role[post]]),
                "started_on": days(tenures.started),
                "ended_on": days(tenures.ended),
                "_started": tenures.started,
                "_ended": tenures.ended,
            }
        ).sort("worker_id")

    def worker_list(self, day: int) -> pl.DataFrame:
        is_listed = (pl.col("_started") <= day) & (pl.col("_ended") > day - KEPT_AFTER_LEAVING)
        return self._workers.filter(is_listed).with_columns(
            grid_code=pl.when(pl.col("_moved") <= day).then("_grid_after").otherwise("grid_code"),
            ended_on=pl.when(pl.col("_ended") <= day).then("ended_on"),
        )

    @cached_property
    def worker_days(self) -> Ints:
        """The days on which the list of workers differs from the day before."""
        gone = self.tenures.ended[self.tenures.ended < NEVER]
        moved = self.posts.moved[self.posts.moved < NEVER]
        return np.unique(np.concatenate([self.tenures.started, gone, gone + KEPT_AFTER_LEAVING, moved]))

    @cached_property
    def head_days(self) -> Ints:
        """The days on which a building's head differs from the day before."""
        is_head = self.posts.role[self.tenures.post] == 2
        gone = self.tenures.ended[is_head & (self.tenures.ended < NEVER)]
        return np.unique(np.concatenate([self.tenures.started[is_head], gone, gone + FORGOTTEN_AFTER]))

    def heads(self, day: int) -> pl.Series:
        """The head of every building; the platform lists some for a while after they left."""
        post = np.full(BUILDINGS, -1)
        here = np.flatnonzero(self.posts.role == 2)
        post[self.posts.building[here]] = here
        today = self.holder(post, np.full(BUILDINGS, day))
        before = self.holder(post, np.full(BUILDINGS, day - FORGOTTEN_AFTER))
        is_slow = self.places.dice("building", np.arange(BUILDINGS)).chance("is slow", 0.6)
        return worker_ids(np.where(is_slow & (before >= 0), before, today))

    def community_list(self) -> pl.DataFrame:
        n = len(self.places.communities.code)
        dice = self.places.dice("secretary", np.arange(n))
        is_benchmark = np.argsort(np.argsort(-self.places.skill("benchmark"), kind="stable")) < 12
        return self.places.community_list(is_benchmark, person_names(dice), mobile_numbers(dice))

    # ------------------------------------------------------------ care households

    @cached_property
    def care(self) -> "CareHouseholds":
        dice = self.places.dice("household", np.arange(HOUSEHOLDS))
        household = np.sort(np.argsort(dice.uniform("care"), kind="stable")[:CARE_HOUSEHOLDS])
        building = np.searchsorted(self.places.buildings.first_household, household, side="right") - 1
        dice = self.places.dice("care", household)
        start = self.places.anchor - np.where(
            dice.chance("recent", 0.12), dice.whole("after", -HORIZON, 200), dice.whole("before", 200, 1900)
        )
        stay = dice.exponential("stay", 5000).astype(np.int64) + 200
        return CareHouseholds(
            household=household,
            grid=self.places.buildings.grid[building],
            building=building,
            category=dice.pick("category", (44, 24, 4, 22, 6)),
            every=np.array([15, 30, 90])[dice.pick("every", (12, 60, 28))],
            registered=register_day(start) + 2,
            removed=register_day(start + stay) + 2,
        )

    def care_list(self, day: int) -> pl.DataFrame:
        care = self.care
        community = self.places.grids.community[care.grid]
        return pl.DataFrame(
            {
                "household_id": self.household_ids(care.household),
                "community_code": named(self.places.communities.code, community),
                "grid_code": named(self.places.grids.code, care.grid),
                "care_category": named(CARE, care.category),
                "visit_every_days": care.every,
                "registered_on": days(care.registered),
            }
        ).filter(pl.Series((care.registered <= day) & (care.removed > day)))

    def household_ids(self, household: Ints) -> pl.Series:
        return "HH" + pl.Series(household + 100_001).cast(pl.String)

    # ------------------------------------------------------------ volunteers

    @cached_property
    def teams(self) -> Teams:
        size = self.places.communities.households.astype(np.float64)
        n = TEAMS + TEAMS_GONE
        dice = self.places.dice("team", np.arange(n))
        community = np.repeat(np.arange(len(size)), shares(n, size))
        community = community[np.argsort(dice.uniform("order"), kind="stable")]
        anchor, place = self.places.anchor, np.arange(n)
        age = np.where(place < TEAMS - 8, dice.whole("age", 200, 2400), dice.whole("new", 5, 110))
        age = np.where(place >= TEAMS, dice.whole("old", 900, 2400), age)
        end = np.where(place < TEAMS, NEVER, anchor - dice.whole("end", 20, 500))
        return Teams([f"VT{i + 1:05d}" for i in range(n)], community, anchor - age, end)

    def team_list(self, day: int) -> pl.DataFrame:
        teams = self.teams
        dice = self.places.dice("team", np.arange(len(teams.code)))
        kind = named(_TEAM_ENDS, dice.whole("kind", 0, len(_TEAM_ENDS) - 1))
        brand = named(_BRANDS, np.where(dice.chance("brand", 0.6), dice.whole("which", 0, len(_BRANDS) - 1), -1))
        names = named(self.places.communities.name, teams.community)
        return pl.DataFrame(
            {
                "team_id": teams.code,
                "team_name": names + brand.fill_null("") + kind,
                "community_code": named(self.places.communities.code, teams.community),
                "brand": brand,
                "leader_name": person_names(dice),
                "founded_on": days(teams.founded),
                "disbanded_on": days(np.where(teams.disbanded <= day, teams.disbanded, NEVER)),
            }
        ).filter(pl.Series(teams.founded <= day))

    @cached_property
    def volunteer_days(self) -> Ints:
        """When each volunteer registered, in the order of their numbers."""
        n = VOLUNTEERS + VOLUNTEERS_LATER
        dice = self.places.dice("volunteer", np.arange(n))
        long_ago = self.places.anchor - dice.whole("age", 120, 1900)
        recent = self.places.anchor - dice.whole("recent", 0, 119)
        later = self.places.anchor + dice.whole("later", 1, HORIZON)
        place = np.arange(n)
        return np.sort(
            np.select([place < VOLUNTEERS - VOLUNTEERS_RECENT, place < VOLUNTEERS], [long_ago, recent], later)
        )

    @cached_property
    def volunteer_teams(self) -> tuple[Ints, Ints]:
        """Each volunteer's community and team; about one in seven is in none."""
        n = len(self.volunteer_days)
        dice = self.places.dice("volunteer", np.arange(n))
        team = (dice.uniform("team") * TEAMS).astype(np.int64)
        community = self.teams.community[team]
        return community, np.where(dice.chance("alone", 0.14), -1, team)

    def volunteer_list(self, day: int) -> pl.DataFrame:
        n = int(np.searchsorted(self.volunteer_days, day, side="right"))
        return self._volunteers.head(n).with_columns(
            # A team that has not been founded yet has no members.
            team_id=pl.when(pl.col("_founded") <= day).then("team_id")
        )

    @cached_property
    def _volunteers(self) -> pl.DataFrame:
        n = len(self.volunteer_days)
        dice = self.places.dice("volunteer", np.arange(n))
        community, team = self.volunteer_teams
        return pl.DataFrame(
            {
                "volunteer_id": volunteer_ids(np.arange(n)),
                "id_number": id_numbers(dice, youngest=2006),
                "community_code": named(self.places.communities.code, community),
                "team_id": named(self.teams.code, team),
                "registered_on": days(self.volunteer_days),
                "is_party_member": dice.chance("party", 0.31),
                "_founded": self.teams.founded[team.clip(0)],
            }
        )


@dataclass(frozen=True)
class CareHouseholds:
    """One row per household that is, was or will be on the care register; `every`: days between visits."""

    household: Ints
    grid: Ints
    building: Ints
    category: Ints
    every: Ints
    registered: Ints
    removed: Ints


def worker_ids(number: Ints) -> pl.Series:
    """The ids of persons by number; null for a number below zero."""
    ids = "W" + pl.Series(number.clip(0)).cast(pl.String).str.zfill(6)
    return ids.set(pl.Series(number < 0), None)


def volunteer_ids(number: Ints) -> pl.Series:
    """The ids of volunteers by their index, from 0."""
    return "V" + pl.Series(number + 1).cast(pl.String).str.zfill(8)

"""Property and self-governance: projects, monthly four-link reviews, and residents' questionnaires.

Belongs here: the flows of the property and self-governance platform. Does not belong here: companies and groups
(`people`), residential areas (`register`).
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.demo import seasons, stories
from pipelines.demo.dice import Floats, Ints
from pipelines.demo.lives import ids, serials, spread
from pipelines.demo.people import People
from pipelines.demo.register import AREA_TYPES, COMPANIES, MANAGEMENTS, clock, days, named
from pipelines.demo.seasons import DAY, HOUR, NEVER
from pipelines.demo.words import words

SERVICES, SERVICES_NEW, SERVICES_STOPPED = 163, 9, 6
OTHERS = 1_000
SURVEYS = 60.0
PROJECT_TYPES = ("beautiful_home", "security_upgrade", "courtyard_micro", "regular_service", "other")
_PROJECT_NAMES = words("projects")
_SERVICE_NAMES = words("services")
_REGULAR = PROJECT_TYPES.index("regular_service")


@dataclass(frozen=True)
class Projects:
    """One row per project. `finished` is NEVER while it runs; `stopped` is NEVER unless it was given up."""

    id: list[str]
    type: Ints
    community: Ints
    area: Ints
    started: Ints
    planned: Ints
    finished: Ints
    stopped: Ints
    budget: Floats
    spent_share: Floats


def projects(people: People) -> Projects:
    """All projects from two years before the anchor; regular services reach their total on the anchor."""
    places, anchor = people.places, people.places.anchor
    n_services = SERVICES + SERVICES_STOPPED
    n = n_services + OTHERS
    everyone = np.arange(n)
    is_service = everyone < n_services
    dice = places.dice("project", everyone)
    kind = np.where(is_service, _REGULAR, np.array([0, 1, 2, 4])[dice.pick("type", (40, 10, 34, 16))])
    weight = places.areas.households * np.where(places.areas.type == AREA_TYPES.index("old"), 2.0, 1.0)
    area = np.searchsorted(np.cumsum(weight) / weight.sum(), dice.uniform("area"))
    old = np.flatnonzero(places.areas.type == AREA_TYPES.index("old"))
    # Security upgrades go to old areas, one after another.
    nth = np.cumsum(kind == 1) - 1
    area = np.where((kind == 1) & dice.chance("old", 0.8), old[nth * 7 % len(old)], area)
    age = np.where(everyone < SERVICES - SERVICES_NEW, dice.whole("age", 150, 1500), dice.whole("new", 5, 105))
    age = np.where(is_service & (everyone >= SERVICES), dice.whole("stopped age", 500, 1500), age)
    started = anchor - np.where(is_service, age, dice.whole("start", -400, 760))
    length = dice.whole("length", 50, 190)
    planned = np.where(is_service, NEVER, started + length)
    odds = places.odds("projects", 0.83, places.areas.community[area])
    early = started + np.floor(length * dice.between("early", 0.8, 1.0)).astype(np.int64)
    late = started + length + 1 + dice.exponential("late", 35.0).astype(np.int64)
    finished = np.where(dice.chance("in time", odds), early, late)
    stopped = np.where(dice.chance("stopped", 0.03), started + length // 2, NEVER)
    stopped = np.where(is_service, NEVER, stopped)
    finished = np.where(is_service | (stopped < NEVER), NEVER, finished)
    gone = is_service & (everyone >= SERVICES)
    finished[gone] = anchor - dice.whole("gone", 5, 250)[gone]
    story = n_services + int(np.flatnonzero(kind[n_services:] == 2)[0])
    area[story], started[story], stopped[story] = places.turned_area, anchor + stories.GROUP_FOUNDED + 10, NEVER
    planned[story] = anchor + stories.PROJECT_FINISHED + 5
    finished[story] = anchor + stories.PROJECT_FINISHED
    budget = np.round(dice.lognormal("budget", np.array([9e4, 1.4e5, 6e4, 2.5e4, 5e4])[kind], 0.7), -2)
    return Projects(
        id=[f"XM{i + 1:08d}" for i in everyone],
        type=kind,
        community=places.areas.community[area],
        area=np.where(is_service & dice.chance("all", 0.7), -1, area),
        started=started,
        planned=planned,
        finished=finished,
        stopped=stopped,
        budget=budget,
        spent_share=np.where(
            dice.chance("in budget", 0.88), dice.between("spent", 0.905, 1.045), dice.between("odd", 0.7, 1.25)
        ),
    )


def project_rows(people: People, all_projects: Projects, first: int, last: int) -> pl.DataFrame:
    """A project is delivered when it starts, ends or is given up, weekly while it runs, every four weeks after."""
    p, places = all_projects, people.places
    span, everyone = np.arange(first, last + 1), np.arange(len(p.id))
    day = span[:, None]
    end = np.minimum(p.finished, p.stopped)
    is_weekly = (day < end) & ((day + everyone) % 7 == 0)
    is_monthly = (day > end) & ((day + everyone) % 28 == 0)
    at, who = np.nonzero((day >= p.started) & (is_weekly | is_monthly | (day == p.started) | (day == end)))
    today = span[at]
    dice = places.dice("project", who)
    length = np.where(p.planned < NEVER, p.planned - p.started, 365)[who]
    over = np.minimum(today, end[who])
    done = ((over - p.started[who]) / length).clip(0.02, None)
    is_regular = p.type[who] == _REGULAR
    spent = p.budget[who] * np.where(is_regular, (0.9 * done) % 1.0, np.minimum(done, 1.0) * p.spent_share[who])
    is_finished, is_stopped = today >= p.finished[who], today >= p.stopped[who]
    names = named(places.areas.name, p.area[who]).fill_null("")
    service = named(_SERVICE_NAMES, np.where(is_regular, dice.whole("service", 0, len(_SERVICE_NAMES) - 1), -1))
    return pl.DataFrame(
        {
            "_day": today.astype(np.int32),
            "project_id": pl.Series(p.id).gather(pl.Series(who)),
            "project_name": named(places.communities.name, p.community[who])
            + names
            + service.fill_null(named(_PROJECT_NAMES, p.type[who])),
            "project_type": named(PROJECT_TYPES, p.type[who]),
            "community_code": named(places.communities.code, p.community[who]),
            "area_code": named(places.areas.code, p.area[who]),
            "started_on": days(p.started[who]),
            "planned_finish_on": days(p.planned[who]),
            "finished_on": days(np.where(is_finished, p.finished[who], NEVER)),
            "budget_yuan": p.budget[who],
            "spent_yuan": np.round(spent, 2),
            "resident_participations": np.floor(done * dice.lognormal("joined", 160, 0.6)).astype(np.int64),
            "status": named(("active", "finished", "stopped"), np.where(is_stopped, 2, is_finished.astype(np.int64))),
            "updated_at": clock(today * DAY + 9 * HOUR + who * 37),
        }
    )


def reviews(people: People, first: int, last: int) -> pl.DataFrame:
    """Each area with a company is reviewed between the third and the ninth of a month for the month before."""
    places, areas = people.places, people.places.areas
    managed = np.flatnonzero(areas.management == MANAGEMENTS.index("property_company"))
    span = np.arange(first, last + 1)
    dates = span.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    of_month = (dates - months).astype(np.int64) + 1
    month = (months - 1).astype("datetime64[D]").astype(np.int64)
    turn = places.dice("review turn", month[:, None], managed).whole("day", 3, 9)
    at, which = np.nonzero(of_month[:, None] == turn)
    area, month, day = managed[which], month[at], span[at]
    dice = places.dice("review", month, area)
    quality = 6 * places.dice("company", np.arange(COMPANIES)).normal("quality")[areas.company[area]]
    quality += 3.5 * places.skill("property")[areas.community[area]]
    yyyymm = pl.Series(month).cast(pl.Int32).cast(pl.Date).dt.strftime("%Y%m")
    scores = {
        name: np.round((base + quality + 6 * dice.normal(name)).clip(20, 100), 1)
        for name, base in (
            ("organisation_score", 70), ("meeting_score", 74), ("management_score", 78), ("effect_score", 75),
        )
    }  # fmt: skip
    return pl.DataFrame(
        {
            "_day": day.astype(np.int32),
            "review_id": "SL" + yyyymm + pl.Series(area + 1).cast(pl.String).str.zfill(4),
            "area_code": named(areas.code, area),
            "company_code": named([f"PM{i + 1:04d}" for i in range(COMPANIES)], areas.company[area]),
            "review_month": days(month),
            **scores,
            "updated_at": clock(day * DAY + dice.whole("at", 9 * HOUR, 18 * HOUR)),
        }
    )


def surveys(people: People, first: int, last: int) -> pl.DataFrame:
    """Questionnaires of the days from first to last; a person who is content with one thing is likely content with the
    others."""
    places = people.places
    here = places.communities
    span, everywhere = np.arange(first, last + 1), np.arange(len(here.code))
    weight = np.sqrt(here.households)
    rate = SURVEYS * weight / weight.sum() * np.minimum(seasons.offices(span), 1)[:, None] * 1.2
    at, community, nth = spread(places.dice("surveys", span[:, None], everywhere).poisson("count", rate))
    day = span[at]
    dice = places.dice("survey", day, community, nth)
    mood = dice.normal("mood") * 1.1
    since = day - places.anchor
    mood = mood - 1.9 * stories.slide(since) * here.among(stories.SLIDING_STREET)[community]
    mood = mood + (community == here.at(stories.TURNED_ROUND)) * (1.6 * stories.relief(since) - 1.0)
    scores = {
        f"{pillar}_score": np.round(
            base + 0.42 * places.skill(pillar)[community] + mood + 0.8 * dice.normal(pillar)
        ).clip(1, 10).astype(np.int64)
        for pillar, base in (("safe", 8.1), ("convenient", 7.7), ("beautiful", 7.3), ("happy", 7.6))
    }  # fmt: skip
    return pl.DataFrame(
        {
            "_day": day.astype(np.int32),
            "survey_id": ids("WJ", day, serials(day), 4),
            "community_code": named(here.code, community),
            "surveyed_on": days(day),
            "channel": named(("phone", "home", "online"), dice.pick("channel", (45, 20, 35))),
            "age_band": named(("18-34", "35-59", "60+"), dice.pick("age", (22, 43, 35))),
            **scores,
        }
    )

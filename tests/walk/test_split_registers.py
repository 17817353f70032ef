"""Registers that come in a file a street, with streets missing and late: the published numbers are those of whole files
that say, on every day, what the streets' newest files said.

Belongs here: the publication of random worlds in both forms. Does not belong here: which file counts on which day
(`unit/intake/test_split_registers.py`).
"""

import random
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from pipelines import dbt_bridge, installation
from pipelines.contracts.model import Feed
from pipelines.settings import PROJECT_DIR
from tests.walk.published import ask
from tests.walk.random_exports import DAY, Row, World
from tests.walk.test_order import Delivery, Place

SPLIT = ("smart_community.community", "smart_community.grid", "service_centre.service_point")
# With numbers over the registers, by the registers' own codes and by others'.
OTHERS = ("smart_community.grid_worker", "command_centre.event", "service_centre.service_case", "home_visit.visit")
COMPARED = ("marts.kpi_daily", "marts.kpi_period")
# These count files and their rows, of which there are others.
OF_FILES = "kpi_id not in ('row_acceptance_rate', 'feed_on_time_rate')"
REGISTERS = ("marts.dim_org", "marts.dim_grid", "marts.dim_community", "marts.dim_service_point")
PROVENANCE = "business_date, file_name, row_number"


class Home(Place):
    """An installation of its own, with its own contracts for the platforms of registers that are split."""

    def __init__(self, root: Path, parsed: Path, now: datetime, streets: Sequence[str] = ()) -> None:
        home, inbox = root / "home", root / "inbox"
        inbox.mkdir(parents=True)
        shutil.copytree(parsed / "dbt", home / "dbt")
        (home / "contracts").mkdir()
        packaged = installation.load(home, inbox)
        sources = {
            contract.platform: (packaged.settings.contracts / f"{contract.platform}.odcs.yaml").read_text("utf-8")
            for contract in packaged.contracts
        }
        for feed in (one for one in packaged.feeds if streets and one.id in SPLIT):
            old = f"'{feed.file_template}'}}"
            assert sources[feed.platform].count(old) == 1
            new = old.replace("{yyyymmdd}", "{part}_{yyyymmdd}") + f"\n  - {{property: parts, value: {list(streets)}}}"
            sources[feed.platform] = sources[feed.platform].replace(old, new)
            own = home / "contracts" / f"{feed.platform}.odcs.yaml"
            own.write_text(sources[feed.platform], encoding="utf-8")
        here = installation.load(home, inbox)
        assert not here.errors
        self.here = replace(here, settings=replace(here.settings, clock=lambda: now))
        dbt_bridge.ensure_manifest(self.here.settings, self.here.contracts)

    def feed(self, name: str) -> Feed:
        return next(feed for feed in self.here.feeds if feed.id == name)


def street_of(row: Row) -> str:
    return str(row["community_code"] or "")[:9]


class Registers:
    """What the streets deliver of each register, and the whole files that say the same."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world, self.chance = world, chance
        self.parts: list[tuple[str, date, str, Sequence[Row]]] = []
        self.whole: list[tuple[str, date, Sequence[Row]]] = []
        for feed in SPLIT:
            self.deliver(feed)

    def deliver(self, feed: str) -> None:
        said = {day: self.world.reported[feed, day] for day in self.world.days if (feed, day) in self.world.reported}
        streets = self.world.streets
        came: dict[date, dict[str, Sequence[Row]]] = {}
        for number, (day, rows) in enumerate(said.items()):
            # Most streets deliver on most days; at least one does on each.
            here = [one for one in streets if self.chance.random() < (0.6 if number else 0.8)]
            for street in here or [self.chance.choice(streets)]:
                came.setdefault(day, {})[street] = [row for row in rows if street_of(row) == street]
        self.parts += [(feed, day, street, rows) for day, of_day in came.items() for street, rows in of_day.items()]
        for day in came:
            self.whole.append((feed, day, self.in_force(self.world.feeds[feed], came, day)))

    def in_force(self, feed: Feed, came: Mapping[date, Mapping[str, Sequence[Row]]], day: date) -> list[Row]:
        """By key, from each street's newest file up to the day, or else its first one."""
        found: dict[object, tuple[tuple[bool, int, str], Row]] = {}
        for street in self.world.streets:
            days = [one for one in came if street in came[one]]
            if not days:
                continue
            on = max((one for one in days if one <= day), default=min(days))
            rank = (on <= day, on.toordinal() if on <= day else -on.toordinal(), street)
            for row in came[on][street]:
                key = tuple(row[name] for name in feed.key)
                if key not in found or found[key][0] < rank:
                    found[key] = (rank, row)
        return [row for _, row in found.values()]


def delivery(world: World, feed: Feed, day: date, rows: Sequence[Row], part: str = "", hours: float = 3) -> Delivery:
    name = feed.file_template.replace("{yyyymmdd}", f"{day:%Y%m%d}").replace("{part}", part)
    data = world.file([feed], {feed.id: [dict(row) for row in rows]})
    return Delivery(f"{day}", name, data, datetime.combine(day + DAY, time()) + timedelta(hours=hours))


def punctual(home: Home, arrived: Sequence[Delivery]) -> dict[date, set[str]]:
    """Business date → the feeds whose files had all come at 5 on the day after, counted from the files' names alone."""
    found: dict[date, set[str]] = {}
    names = [one.name for one in arrived if one.received_at <= datetime.combine(day_of(one) + DAY, time(5))]
    for feed in home.here.feeds:
        for day in {day_of(one) for one in arrived}:
            needed = {feed.file_template.replace("{yyyymmdd}", f"{day:%Y%m%d}").replace("{part}", part)
                      for part in feed.parts or ("",)}  # fmt: skip
            found.setdefault(day, set()).update({feed.id} if needed <= set(names) else ())
    return found


def day_of(arrived: Delivery) -> date:
    return date.fromisoformat(arrived.folder)


def others(world: World) -> list[Delivery]:
    return [
        delivery(world, world.feeds[name], day, world.reported[name, day])
        for name in OTHERS
        for day in world.days
        if (name, day) in world.reported
    ]


@pytest.mark.parametrize("seed", [5])
def test_a_register_by_street_is_that_of_whole_files(seed: int, parsed: Path, tmp_path: Path) -> None:
    world, chance = World(seed), random.Random(seed)
    registers, now = Registers(world, chance), datetime.combine(world.days[-1], time(12)) + 5 * DAY
    whole = Home(tmp_path / "whole", parsed, now)
    rest = others(world)
    arrived_whole = rest + [delivery(world, whole.feed(feed), day, rows) for feed, day, rows in registers.whole]
    whole.receive(arrived_whole)
    assert whole.take()
    whole.build()

    split = Home(tmp_path / "split", parsed, now, world.streets)
    shutil.copytree(whole.here.settings.key_file.parent, split.here.settings.key_file.parent, dirs_exist_ok=True)
    # Due at 5: a street's file may come a minute too late, or at another day.
    arriving = rest + [
        delivery(world, split.feed(feed), day, rows, street, chance.choice([3, 4.5, 5, 5, 5.02, 50]))
        for feed, day, street, rows in registers.parts
    ]
    assert len(registers.parts) < len(world.streets) * len(registers.whole), "no street is missing on any day"
    chance.shuffle(arriving)
    half = len(arriving) // 2
    for batch in (arriving[:half], arriving[half:]):
        split.receive(batch)
        assert split.take()
        split.build()
    assert split.take() == 0
    assert not split.needs_build()

    homes = [one.here.settings.home for one in (whole, split)]
    for table in REGISTERS[1:]:
        rows, other = (ask(home, f"select * exclude ({PROVENANCE}) from {table} order by all") for home in homes)
        assert rows == other, table
        assert len(rows) > 3
    for table in COMPARED:
        rows, other = (ask(home, f"from {table} where {OF_FILES} order by all") for home in homes)
        assert rows == other, table
        assert len(rows) > 1000
    assert ask(homes[0], f"from {REGISTERS[0]} order by all") == ask(homes[1], f"from {REGISTERS[0]} order by all")
    lines = "select count(*), sum(rows_counted - rows_loaded - rows_rejected - rows_duplicate - rows_superseded)"
    assert ask(homes[1], f"{lines} from meta.delivery") == [(len(arriving), 0)]
    on_time = (
        "select kpi_date, numerator, denominator from marts.kpi_daily where kpi_id = 'feed_on_time_rate' order by 1"
    )
    split_on, whole_on = punctual(split, arriving), punctual(whole, arrived_whole)
    assert ask(homes[1], on_time) == [(day, len(split_on[day]), len(world.feeds)) for day in world.days]
    assert ask(homes[0], on_time) == [(day, len(whole_on[day]), len(world.feeds)) for day in world.days]
    of_registers = [{one for one in split_on[day] if one in SPLIT} for day in world.days]
    assert any(of_registers), "no day on which all streets were in time"
    late = [day for day in world.days for one in SPLIT if one not in split_on[day] and one in whole_on[day]]
    assert late, "no day on which a street was late or missing"
    arrivals = (PROJECT_DIR / "dashboards" / "queries" / "arrivals.sql").read_text(encoding="utf-8")
    shown = "select business_date, concat(platform, '.', feed), is_loaded and not is_late from arrived order by all"
    asked = arrivals.replace("$first", f"'{world.days[0]}'").replace("$last", f"'{world.days[-1]}'")
    found = ask(homes[1], f"with arrived as ({asked}) {shown}")
    assert found == [(day, feed, feed in split_on[day]) for day, feed, _ in found]
    assert {feed for _, feed, _ in found} >= set(SPLIT)

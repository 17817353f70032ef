"""The demo's exports as files in an inbox: every platform, every day, and the faults of files.

Belongs here: which feed has which rows, names, folders, times of receipt, faults of whole files. Does not belong here:
how rows are generated (the modules of flows), how a file is written (`writing`).

The files of a business date depend only on the seed, the anchor and the date: for any range of days their bytes are the
same.
"""

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.contracts.model import Contract, Feed
from pipelines.demo import cobuilding, footwork, incidents, selfgov, services, stories, ugliness, volunteering
from pipelines.demo.dice import Dice, Ints
from pipelines.demo.lives import DAY_COLUMN, LIFE
from pipelines.demo.people import People
from pipelines.demo.register import Register
from pipelines.demo.seasons import NEVER, day_of, number
from pipelines.demo.writing import Sheet, as_text, file_bytes, with_headers
from pipelines.settings import BEIJING

BLOCK = 60
"""Days generated at once: enough to be quick, few enough for three years to fit into memory."""

EARLIEST = 1_500
"""Days before the anchor after which all posts are filled."""


@dataclass(frozen=True)
class Snapshot:
    """A list that is delivered completely every day; `days` are those on which it differs from the day before."""

    days: Ints
    rows: Callable[[int], pl.DataFrame]


@dataclass(frozen=True)
class Delivery:
    """One file: its folder and name, its bytes, and when it is received (Beijing time)."""

    folder: str
    name: str
    data: bytes
    received_at: datetime


@dataclass(frozen=True)
class Written:
    """The result of a simulation: how many files, and the ids of the feeds that the demo district has no data for."""

    files: int
    unknown_feeds: tuple[str, ...]


def simulate(
    contracts: Sequence[Contract],
    inbox: Path,
    first: date,
    last: date,
    *,
    anchor: date | None = None,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Written:
    """Writes the exports of the business dates from first to last into the inbox.

    contracts: the platforms to write; all of the demo's feeds that they contain. Feeds without demo data are left out,
    and so are files with only such feeds. anchor: the day on which the registers reach their totals and to which the
    stories are tied; default last. progress is called with days done and total days. Existing files with the same names
    are replaced.
    """
    if last < first:
        raise ValueError(f"the range ends on {last}, before it begins on {first}")
    if (first - (anchor or last)).days < -EARLIEST:
        raise ValueError(f"the demo district begins {EARLIEST} days before its anchor, later than {first}")
    district = District(contracts, number(anchor or last), seed)
    written, days = 0, (last - first).days + 1
    for done, deliveries in enumerate(district.days(number(first), number(last)), 1):
        for delivery in deliveries:
            _deliver(inbox, delivery)
        written += len(deliveries)
        if progress is not None:
            progress(done, days)
    return Written(written, tuple(sorted(district.unknown_feeds)))


def _deliver(inbox: Path, delivery: Delivery) -> None:
    """Atomically: under another name first, which the intake takes for an upload in progress."""
    folder = inbox / delivery.folder
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f"{delivery.name}.part"
    temporary.write_bytes(delivery.data)
    at = delivery.received_at.replace(tzinfo=BEIJING).timestamp()
    os.utime(temporary, (at, at))
    temporary.replace(folder / delivery.name)


class District:
    """The demo district for one seed and anchor (a day number): it gives the deliveries of any business date."""

    def __init__(self, contracts: Sequence[Contract], anchor: int, seed: int) -> None:
        self.anchor, self.seed = anchor, seed
        self.people = People(Register(seed, anchor))
        self.projects = selfgov.projects(self.people)
        self.registers = _registers(self.people)
        self.files: dict[str, list[Feed]] = {}
        for contract in contracts:
            for feed in contract.feeds:
                self.files.setdefault(feed.file_template, []).append(feed)
        self.unknown_feeds: set[str] = set()
        self._kept: dict[str, tuple[int, bytes]] = {}

    def days(self, first: int, last: int) -> Iterator[list[Delivery]]:
        """The deliveries of each business date from first to last."""
        for start in range(first, last + 1, BLOCK):
            end = min(start + BLOCK - 1, last)
            text = self.rows(start, end)
            for day in range(start, end + 1):
                yield [one for name in self.files for one in self._deliveries(name, day, text)]

    def rows(self, first: int, last: int) -> dict[tuple[str, int], pl.DataFrame]:
        """All feeds that are not registers: text rows by feed and day, with the contract's names and their planned
        outcome."""
        found: dict[tuple[str, int], pl.DataFrame] = {}
        drawn = self.drawn(first, last)
        self._leave_out_what_is_unknown({*drawn, *self.registers})
        for feed in (feed for feeds in self.files.values() for feed in feeds if feed.id in drawn):
            typed = ugliness.double(drawn.pop(feed.id), feed, self.seed)
            text = ugliness.spoil(as_text(typed, feed), feed, self.seed)
            by_day = text.partition_by(DAY_COLUMN, as_dict=True)
            for day in range(first, last + 1):
                found[feed.id, day] = by_day.get((day,), text.clear())
        return found

    def _leave_out_what_is_unknown(self, known: Collection[str]) -> None:
        """Only the generated rows show which feeds have data."""
        feeds = [feed for feeds in self.files.values() for feed in feeds]
        self.unknown_feeds |= {feed.id for feed in feeds} - set(known)
        left = {name: [feed for feed in feeds if feed.id in known] for name, feeds in self.files.items()}
        self.files = {name: feeds for name, feeds in left.items() if feeds}

    def drawn(self, first: int, last: int) -> dict[str, pl.DataFrame]:
        """The same by feed, typed and in codes, with `_day` for the business date, and before any faults."""
        born_from = first - LIFE
        people = self.people
        happened = incidents.draw(people.places, first, last, born_from)
        return {
            **happened.exports,
            "home_visit.visit": footwork.visits(people, happened, first, last),
            "command_centre.hazard_inspection": footwork.inspections(people, born_from, first, last),
            "service_centre.service_case": services.cases(people, born_from, first, last),
            "service_centre.duty_shift": services.shifts(people, first, last),
            **volunteering.draw(people, first, last),
            **cobuilding.draw(people, self.projects, first, last, born_from),
            "property_selfgov.project": selfgov.project_rows(people, self.projects, first, last),
            "property_selfgov.four_link_review": selfgov.reviews(people, first, last),
            "property_selfgov.satisfaction_survey": selfgov.surveys(people, first, last),
        }

    # ------------------------------------------------------------ files

    def _deliveries(self, template: str, day: int, text: dict[tuple[str, int], pl.DataFrame]) -> list[Delivery]:
        """The files of one name and business date: usually one; or none, late, truncated, wrong and then right, or
        twice."""
        feeds = self.files[template]
        since = day - self.anchor

        def strikes(mishap: stories.Mishap) -> bool:
            return any(mishap.strikes(feed.id, since) for feed in feeds)

        if strikes(stories.MISSING):
            return []
        folder = day_of(day).isoformat()
        name = template.replace("{yyyymmdd}", f"{day_of(day):%Y%m%d}")
        second = "_r2.".join(name.rsplit(".", 1))
        received = self._received(template, day)
        data = self._data(feeds, day, text, received)
        late = sum(late.days for late in stories.LATE if strikes(late))
        next_day = received + timedelta(days=1)
        if strikes(stories.HELD):
            # Within a record: nobody can detect a file that is truncated after a complete record.
            cut = data.rindex(b"\n", 0, int(len(data) * 0.6)) + 12
            return [
                Delivery(folder, name, data[:cut], received),
                Delivery(folder, second, data, next_day),
            ]
        if strikes(stories.WRONG_HOUR):
            wrong = {key: ugliness.in_utc(rows, feeds[0]) for key, rows in text.items() if key == (feeds[0].id, day)}
            return [
                Delivery(folder, name, self._data(feeds, day, wrong, received), received),
                Delivery(folder, second, data, next_day),
            ]
        found = [Delivery(folder, name, data, received + timedelta(days=late))]
        if strikes(stories.AGAIN):
            found.append(Delivery(day_of(day + 1).isoformat(), name, data, next_day))
        if since == stories.STRAY_DAY and template == next(iter(self.files)):
            found.append(Delivery(folder, stories.STRAY_NAME, "演示数据：不属于任何平台的文件".encode(), received))
        return found

    def _received(self, template: str, day: int) -> datetime:
        """Between 02:00 and 04:50 on the next morning."""
        after = int(Dice(self.seed, "received", template, day).whole("seconds", 0, 170 * 60)[0])
        return datetime.combine(day_of(day + 1), datetime.min.time()) + timedelta(hours=2, seconds=after)

    def _data(
        self, feeds: Sequence[Feed], day: int, text: dict[tuple[str, int], pl.DataFrame], received: datetime
    ) -> bytes:
        """A file's bytes; those of a register's file are cached until the register changes."""
        alone = feeds[0].id if len(feeds) == 1 and feeds[0].format != "json" else None
        version = int(np.searchsorted(self.registers[alone].days, day, side="right")) if alone in self.registers else -1
        if alone is not None and version >= 0 and self._kept.get(alone, (-1, b""))[0] == version:
            return self._kept[alone][1]
        data = file_bytes([self._sheet(feed, day, text) for feed in feeds], received)
        if alone is not None and version >= 0:
            self._kept[alone] = (version, data)
        return data

    def _sheet(self, feed: Feed, day: int, text: dict[tuple[str, int], pl.DataFrame]) -> Sheet:
        since = day - self.anchor
        register = self.registers.get(feed.id)
        rows = as_text(register.rows(day), feed) if register else text[feed.id, day]
        rows = with_headers(rows, feed)
        if stories.UNKNOWN_COLUMN.strikes(feed.id, since):
            rows = rows.with_columns(pl.lit("测试").alias("系统备注"))
        if stories.MIXED_COLUMNS.strikes(feed.id, since):
            rows = rows.select(reversed(rows.columns))
        return Sheet(feed, rows, is_total_wrong=stories.WRONG_TOTAL.strikes(feed.id, since))


def _registers(people: People) -> dict[str, Snapshot]:
    places = people.places
    never = np.array([], dtype=np.int64)
    care = people.care
    organisations = people.organisations
    groups, alliance, of_party = organisations.groups, organisations.alliance, organisations.party_organisations
    company_list, grid_list = organisations.company_list(), places.grid_list()
    community_list = people.community_list()

    def since(frame: pl.DataFrame) -> Callable[[int], pl.DataFrame]:
        """Rows from their first day; their end is shown once it has passed."""
        end = next((name for name in ("dissolved_on", "left_on") if name in frame.columns), None)

        def rows(day: int) -> pl.DataFrame:
            here = frame.filter(pl.col("_from") <= day)
            return here if end is None else here.with_columns(pl.when(pl.col("_to") <= day).then(end).alias(end))

        return rows

    def change_days(*numbers: Ints) -> Ints:
        together = np.concatenate(numbers)
        return np.unique(together[together < NEVER])

    def column(frame: pl.DataFrame, name: str) -> Ints:
        return frame[name].to_numpy()

    points, teams = places.points, people.teams
    return {
        "smart_community.community": Snapshot(never, lambda day: community_list),
        "smart_community.residential_area": Snapshot(
            np.array([people.places.anchor + stories.MANAGED_FROM]), places.area_list
        ),
        "smart_community.building": Snapshot(people.head_days, lambda day: places.building_list(people.heads(day))),
        "smart_community.grid": Snapshot(never, lambda day: grid_list),
        "smart_community.grid_worker": Snapshot(people.worker_days, people.worker_list),
        "smart_community.party_org": Snapshot(change_days(column(of_party, "_from")), since(of_party)),
        "smart_community.care_household": Snapshot(change_days(care.registered, care.removed), people.care_list),
        "service_centre.service_point": Snapshot(change_days(points.opened, points.closed), places.point_list),
        "property_selfgov.property_company": Snapshot(never, lambda day: company_list),
        "property_selfgov.selfgov_group": Snapshot(
            change_days(column(groups, "_from"), column(groups, "_to")), since(groups)
        ),
        "co_building.alliance_member": Snapshot(
            change_days(column(alliance, "_from"), column(alliance, "_to")), since(alliance)
        ),
        "volunteer.volunteer_team": Snapshot(change_days(teams.founded, teams.disbanded), people.team_list),
        "volunteer.volunteer": Snapshot(np.unique(people.volunteer_days), people.volunteer_list),
    }

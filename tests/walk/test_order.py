"""Any order of arrival ends in the same published tables: the real intake, dbt's models and publication, in-process.

Belongs here: the publication as a whole. Does not belong here: only the ledger and the raw rows, which
`unit/test_intake.py` tests in many more orders, without dbt.
"""

import contextlib
import hashlib
import random
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from pipelines import dbt_bridge, settings
from pipelines.contracts.model import Feed
from pipelines.delivery import landing
from pipelines.installation import House
from pipelines.intake import feed_checks, taking, worklist
from pipelines.publication import publish
from pipelines.warehouse import builds
from tests.conftest import made_once
from tests.unit.helpers import EVENT, Row, export_bytes, put, row_of, sheet_of, workbook_bytes
from tests.walk.published import Checksums, ask, checksums, differences

NOW = datetime(2024, 2, 1, 12)
DAY = date(2024, 1, 5)
MORNING = datetime(2024, 1, 6, 3)
SPREAD = "990101001004"


# ---------------------------------------------------------------- what arrives


@dataclass(frozen=True)
class Delivery:
    """A file as it arrives: folder, name, time."""

    folder: str
    name: str
    data: bytes
    received_at: datetime


def event(number: int, **values: object) -> Row:
    """A case of one of two communities; a flow of cases that some KPI counts every day."""
    return {
        **EVENT,
        "event_id": f"SJ2024010500000{number}",
        "community_code": f"99010100100{1 + number % 2}",
        "grid_code": f"99010100100{1 + number % 2}001",
        "due_at": "2024-01-06 08:00:00",
        **values,
    }


def closed(number: int, at: str) -> Row:
    return event(number, status="已结案", closed_at=at, updated_at=at, follow_up="满意")


def movements(feed: Feed) -> list[Row]:
    """Of one event, up and down between the levels: the last digits of the sums of hours depend on the
    order of adding."""
    moved = [
        ("2024-01-05 08:15:31", "社区"), ("2024-01-05 09:01:02", "街道"), ("2024-01-05 10:13:07", "社区"),
        ("2024-01-05 11:20:41", "街道"), ("2024-01-05 13:37:59", "区"), ("2024-01-05 17:05:13", "街道"),
        ("2024-01-05 22:11:29", "社区"), ("2024-01-06 02:13:53", "街道"), ("2024-01-06 05:59:21", "社区"),
    ]  # fmt: skip
    return [
        row_of(
            feed,
            n,
            flow_id=f"LZ{n:016}",
            event_id="SJ20240105000001",
            step=str(n),
            action="升级",
            to_level=level,
            acted_at=at,
        )
        for n, (at, level) in enumerate(moved, 1)
    ]


def community(number: int, **values: object) -> Row:
    code = f"99010100100{number}"
    return {"community_code": code, "community_name": f"{number}社区", "street_code": "990101001", **values}


def of(feed: Feed, day: int, rows: Sequence[Row], more: str = "", hours: int = 0, folder: str = "") -> Delivery:
    """day: of January; 0 and below are days of December."""
    on = DAY + timedelta(days=day - DAY.day)
    stem, _, ending = feed.file_template.replace("{yyyymmdd}", f"{on:%Y%m%d}").rpartition(".")
    at = MORNING + timedelta(days=day - 5, hours=hours)
    return Delivery(folder or f"{on}", f"{stem}{more}.{ending}", export_bytes(feed, rows), at)


def corrected_in_its_spread(events: Feed) -> list[Delivery]:
    """Two events of a community that took one hour and three, corrected to two hours each: the same sum, other
    squares."""

    def closed_at(first: str, second: str) -> list[Row]:
        place = {"reported_at": f"{DAY} 06:00:00", "community_code": SPREAD, "grid_code": f"{SPREAD}001"}
        rows = [closed(n, f"{DAY} {at}:00:00") for n, at in ((1, first), (2, second))]
        return [{**row, **place, "event_id": f"SJ2024010400000{n}"} for n, row in enumerate(rows)]

    apart, alike = closed_at("07", "09"), closed_at("08", "08")
    return [of(events, 4, apart, hours=30), of(events, 4, alike, "_r2", hours=31)]


def deliveries(feeds: Mapping[str, Feed]) -> list[Delivery]:
    """Corrections of corrections, other bytes under one name, the same bytes elsewhere, late, held, of no feed, a
    register that changes, a workbook and its correction."""
    events, register = feeds["command_centre.event"], feeds["smart_community.community"]
    shifts, reports = feeds["service_centre.duty_shift"], feeds["snap_report.report"]
    shared = [feed for feed in feeds.values() if feed.platform == "co_building"]
    moved = movements(feeds["command_centre.event_flow"])

    def book(empty: str, missing: str, more: str, hours: int) -> Delivery:
        sheets = {
            feed.sheet or "": sheet_of(feed, [] if feed.name == empty else [row_of(feed, n) for n in (1, 2)])
            for feed in shared
            if feed.name != missing
        }
        name = f"党建共建_20240105{more}.xlsx"
        return Delivery("2024-01-05", name, workbook_bytes(sheets), MORNING + timedelta(hours=hours))

    def registered(*rows: Row) -> list[Row]:
        return [row_of(register, n, **row) for n, row in enumerate(rows, 1)]

    flows = feeds["command_centre.event_flow"]
    december = {"reported_at": "2023-12-29 08:00:01", "due_at": "2023-12-30 08:00:00"}
    first = of(events, 6, [closed(1, "2024-01-06 07:00:00"), event(4), event(5, level="镇里")])
    return [
        # The previous month, with which rates are compared.
        of(events, -1, [{**closed(n, f"2023-12-30 0{n}:07:1{n}"), **december} for n in (7, 8, 9)]),
        of(flows, 5, moved[4::-1]),
        of(flows, 5, [*moved[:2], *moved[6:1:-1]], "_r2", hours=30),
        of(flows, 6, moved[7:]),
        of(events, 5, [event(1), event(2), event(3, rework_count="99")]),
        of(events, 5, [event(1), event(2, urgency="特急")], "_r2", hours=2),
        of(events, 5, [event(1), event(2, urgency="紧急"), event(6), event(6)], "_r3", hours=1),
        of(events, 5, [event(9)], hours=5, folder="resent"),
        first,
        # The same name in the same place, with other bytes, an hour later.
        of(events, 6, [closed(1, "2024-01-06 07:30:00"), event(4), closed(2, "2024-01-06 10:00:00")], hours=1),
        Delivery("by mistake", first.name, first.data, MORNING + timedelta(days=1, hours=2)),
        Delivery("2024-01-07", "command_centre_event_20240107.csv", b"\x81\x20", MORNING + timedelta(days=2)),
        # Late, and with an older update time than the existing rows: it changes no case that is already closed.
        of(events, 8, [event(1, status="处置中", updated_at="2024-01-05 10:00:00"), event(7)], hours=90),
        *corrected_in_its_spread(events),
        of(register, 4, registered(community(1), community(2, households=900), community(4))),
        of(register, 6, registered(community(2, households=800), community(3), community(4))),
        of(register, 7, []),
        of(shifts, 5, [row_of(shifts, 1), row_of(shifts, 2)]),
        of(shifts, 6, [row_of(shifts, 2, is_extended="否"), row_of(shifts, 3)]),
        of(reports, 5, [row_of(reports, n, reporter_openid=f"o{n}") for n in (1, 2)]),
        book(empty="covenant", missing="fund_txn", more="", hours=0),
        book(empty="fund_txn", missing="covenant", more="_r2", hours=1),
        Delivery("2024-01-05", "notes.txt", b"x", MORNING),
    ]


# ---------------------------------------------------------------- one installation


class Place:
    """A home and its inbox. Its steps are those of a run, without the seconds that Dagster takes to start."""

    def __init__(self, root: Path, like: House) -> None:
        is_new = not root.exists()
        (root / "inbox").mkdir(parents=True, exist_ok=True)
        self.here = replace(like, settings=replace(settings.load(root / "home", root / "inbox"), clock=lambda: NOW))
        if is_new:
            # dbt's manifest of this code; the same key, because otherwise the tokens differ.
            shutil.copytree(like.settings.dbt_target.parent, self.here.settings.dbt_target.parent)
            shutil.copytree(like.settings.key_file.parent, self.here.settings.key_file.parent)

    def receive(self, batch: Sequence[Delivery]) -> None:
        """Each file is loaded before another one overwrites it."""
        for delivery in batch:
            if (self.here.settings.inbox / delivery.folder / delivery.name).exists():
                self.take()
            put(self.here.settings.inbox, delivery.folder, delivery.name, delivery.data, delivery.received_at)

    def take(self, *, again: bool = False) -> int:
        """Loads what is pending, or everything again, and checks the feeds; returns the number of feed-days."""
        here, now = self.here, self.here.settings.clock()
        arrivals = landing.scan(here.settings.inbox, here.feeds)
        with here.writing("a test") as opened:
            strays = worklist.take_strays(arrivals, opened, now)
            found = worklist.pending(arrivals, opened.stamps(), now.date())
            if again:
                days = {line.business_date for line in opened.lines() if line.business_date is not None}
                worklist.add_known(found, here.feeds, opened, sorted(days))
            key = here.key(opened)
            taken = len(strays)
            for feeds in groups(here, found):
                taken += len(list(taking.take(feeds, found, opened, here.settings, key, again=again)))
            feed_checks.judge(opened, here.contracts, now)
            return taken

    def build(self) -> None:
        """dbt's models, built as the asset does, and the publication."""
        here, code = self.here, dbt_bridge.code(self.here.settings)
        settings.apply(here.settings)
        with here.writing("a test") as opened:
            full = builds.begin(opened, code)
        # Without dbt's tests: they change no table, and all other walks run them.
        what = ["build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"]
        what += ["--full-refresh"] if full else []
        flags = ["--quiet", "--log-level-file", settings.dbt_log_level()]
        # Read again each time, because a build writes into its manifest.
        manifest = Manifest.from_msgpack((here.settings.dbt_target / "partial_parse.msgpack").read_bytes())
        manifest.build_flat_graph()  # type: ignore[no-untyped-call]
        with contextlib.chdir(here.settings.dbt_project):
            ran = dbtRunner(manifest=manifest).invoke([*flags, *what, *dbt_bridge.places(here.settings)])
        # In a separate process, dbt closes the file at its end.
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
        assert ran.success, ran.exception
        with here.writing("a test") as opened:
            builds.end(opened, code)
        published = publish.publish(here.settings, code.version, is_demo=False)
        with here.writing("a test") as opened:
            opened.note_published(published.generation)

    def needs_build(self) -> bool:
        with self.here.writing("a test") as opened:
            return self.here.needs_build(opened)


def groups(here: House, found: Mapping[str, object]) -> Iterator[list[Feed]]:
    """The feeds with something to load, those of one file together."""
    for contract in here.contracts:
        for group in contract.files:
            if feeds := [feed for feed in group if feed.id in found]:
                yield feeds


class Walk:
    """Shared by all examples: an installation of this code to copy from, the arriving files, the expected result."""

    def __init__(self, shared: Path, root: Path, like: House) -> None:
        self.root, self.like = root, like
        self.arriving = deliveries({feed.id: feed for feed in like.feeds})
        with made_once(shared / "order") as is_first:
            self.place = Place(shared / "order" / "reference", like)
            if is_first:
                # Everything at once, in the order of receipt.
                self.place.receive(self.in_order)
                assert self.place.take()
                self.place.build()
        self.reference = checksums(self.place.here.settings.home)

    @property
    def events(self) -> Feed:
        return next(feed for feed in self.like.feeds if feed.id == "command_centre.event")

    @property
    def in_order(self) -> list[Delivery]:
        return sorted(self.arriving, key=lambda one: one.received_at)

    def end_in(self, name: str, batches: Sequence[Sequence[Delivery]]) -> tuple[Place, Checksums]:
        """The publication after these batches, each loaded and built."""
        shutil.rmtree(self.root / name, ignore_errors=True)
        place = Place(self.root / name, self.like)
        for batch in batches:
            place.receive(batch)
            assert place.take()
            place.build()
        assert place.take() == 0
        assert not place.needs_build()
        return place, checksums(place.here.settings.home)


def test_the_deliveries_are_of_every_kind(walk: Walk) -> None:
    """Otherwise the property below would prove little."""
    home = walk.place.here.settings.home
    states = dict(ask(home, "select state, count(*) from meta.delivery group by 1"))
    assert states == {"loaded": 20, "superseded": 11, "held": 3, "duplicate": 1, "rejected": 1}
    assert ask(home, "select count(*) from marts.event_stage where hours_at_community > 0 and hours_at_street > 0") == [
        (1,)
    ]
    assert ask(home, "select count(*) from marts.kpi_change('event_close_hours', null, null)")[0][0] > 2
    assert set(walk.reference) >= {"marts.kpi_change", "marts.index_change", "marts.kpi_evidence", "meta.build"}
    with walk.place.here.writing("a test") as opened:
        sums = "select sum(rows_rejected), sum(rows_duplicate) from ledger.delivery"
        assert opened.connection.execute(sums).fetchall() == [(2, 1)]
        assert {finding["check_name"] for finding in opened.findings()} >= {feed_checks.REFERENCES, feed_checks.HELD}


def test_the_interval_is_that_of_the_corrected_times(walk: Walk) -> None:
    """The order below first builds the times before the correction, whose sum is the same."""
    measured = (
        "select distinct numerator, denominator, n, low90, high90 from marts.kpi_period"
        " where kpi_id = 'event_close_hours' and org_code = ? and period = '30d' and value is not null"
    )
    assert ask(walk.place.here.settings.home, measured, [SPREAD]) == [(4, 2, 2, 2, 2)]


def test_any_order_of_arrival_ends_in_the_same_published_tables(walk: Walk) -> None:
    """In two nights. A correction comes in the second one; everything else by chance."""
    chance, count = random.Random(1), len(walk.arriving)
    first, second = corrected_in_its_spread(walk.events)
    others = [one for one in walk.arriving if one not in (first, second)]
    shuffled = [first, *chance.sample(others, len(others)), second]
    cut = chance.randrange(1, count)
    split = [shuffled[:cut], shuffled[cut:]]
    other, found = walk.end_in("another", split)
    arrived = [[f"{one.folder}/{one.name}" for one in batch] for batch in split]
    assert found == walk.reference, (differences(walk.place.here.settings.home, other.here.settings.home), arrived)


def test_the_numbers_of_a_first_day_that_is_no_more_are_in_no_period(walk: Walk) -> None:
    """As when a contract is corrected so that the oldest delivery is held now."""
    home, name = walk.place.here.settings.home, "vanished"
    shutil.rmtree(walk.root / name, ignore_errors=True)
    shutil.copytree(home.parent, walk.root / name)
    place = Place(walk.root / name, walk.like)
    ours = place.here.settings
    (oldest,) = [one for one in walk.arriving if one.folder == "2023-12-30"]
    # Its bytes are no csv any more, and the copy in the inbox would replace them.
    (ours.inbox / oldest.folder / oldest.name).unlink()
    landing.archived(ours.archive, hashlib.sha256(oldest.data).hexdigest()).write_bytes(b"\x81\x20")
    place.take(again=True)
    place.build()
    first = "select min(date_day) from marts.dim_date"
    assert ask(home, first) < ask(ours.home, first)
    summed = """
        select kpi_period.kpi_id, kpi_period.org_code, kpi_period.as_of, kpi_period.period, kpi_period.numerator
        from marts.kpi_period
        inner join marts.kpi_definition on kpi_period.kpi_id = kpi_definition.kpi_id and kpi_definition.kind = 'flow'
        left join marts.kpi_daily
            on kpi_period.kpi_id = kpi_daily.kpi_id
            and kpi_period.org_code = kpi_daily.org_code
            and (kpi_period.period = 'all' or kpi_daily.kpi_date between kpi_period.as_of - 29 and kpi_period.as_of)
        where kpi_period.period in ('30d', 'all')
        group by all
        having abs(coalesce(kpi_period.numerator, 0) - coalesce(sum(kpi_daily.numerator), 0)) > 1e-6
    """
    assert ask(ours.home, summed) == ask(home, summed) == []

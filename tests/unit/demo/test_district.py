"""The demo district: the same bytes for any range of days, accepted as planned, with its totals and references.

Belongs here: what others may rely on in the demo's exports. Does not belong here: how its stories look on a screen.
"""

import re
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipelines.contracts.model import Contract, Feed
from pipelines.delivery.landing import scan
from pipelines.delivery.reading import read
from pipelines.delivery.row_rules import check
from pipelines.delivery.text_table import Held, TextTable
from pipelines.delivery.workbook_reader import Workbooks
from pipelines.demo import simulate as simulating
from pipelines.demo import stories
from pipelines.demo.dice import Dice
from pipelines.demo.seasons import day_of, number
from pipelines.demo.simulate import Delivery, District, simulate
from pipelines.demo.ugliness import FATE
from pipelines.settings import BEIJING

ANCHOR = date(2026, 11, 20)
DAYS_BEFORE = 45


@pytest.fixture(scope="module")
def district(contracts: tuple[Contract, ...]) -> District:
    return District(contracts, number(ANCHOR), seed=1)


@pytest.fixture(scope="module")
def exports(contracts: tuple[Contract, ...], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[str]]:
    """The exports of the anchor and the day before it, and the feeds that the district has no data for."""
    folder = tmp_path_factory.mktemp("demo") / "inbox"
    written = simulate(contracts, folder, ANCHOR - timedelta(days=1), ANCHOR)
    return folder, set(written.unknown_feeds)


@pytest.fixture(scope="module")
def inbox(exports: tuple[Path, set[str]]) -> Path:
    return exports[0]


@pytest.fixture(scope="module")
def drawn(district: District) -> dict[str, pl.DataFrame]:
    return district.drawn(number(ANCHOR) - DAYS_BEFORE, number(ANCHOR))


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def on_anchor(district: District, feed: str, days_after: int = 0) -> pl.DataFrame:
    return district.registers[feed].rows(number(ANCHOR) + days_after)


# ---------------------------------------------------------------- files


def test_a_day_alone_equals_the_same_day_in_a_range(
    contracts: tuple[Contract, ...], inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulating, "BLOCK", 1)
    told: list[tuple[int, int]] = []
    day = ANCHOR - timedelta(days=1)
    alone = simulate(
        contracts, tmp_path, day, day, anchor=ANCHOR, progress=lambda done, days: told.append((done, days))
    )
    simulate(contracts, tmp_path, ANCHOR, ANCHOR + timedelta(days=1), anchor=ANCHOR)
    written = files_of(tmp_path)
    assert told == [(1, 1)]
    assert alone.files == len([name for name in written if name.startswith(day.isoformat())])
    assert {name: data for name, data in written.items() if name[:10] <= ANCHOR.isoformat()} == files_of(inbox)
    for name in files_of(inbox):
        assert (tmp_path / name).stat().st_mtime == (inbox / name).stat().st_mtime


def test_another_seed_makes_other_files(contracts: tuple[Contract, ...], inbox: Path, tmp_path: Path) -> None:
    visits = [contract for contract in contracts if contract.platform == "home_visit"]
    simulate(visits, tmp_path, ANCHOR, ANCHOR, seed=2)
    ((name, data),) = files_of(tmp_path).items()
    assert files_of(inbox)[name] != data


def test_feeds_that_the_demo_does_not_know_are_named_and_all_others_are_written(
    contracts: tuple[Contract, ...], exports: tuple[Path, set[str]], tmp_path: Path
) -> None:
    """A platform of its own, whose contract comes first; and one more sheet in a workbook of the demo's."""
    inbox, unknown = exports
    (reports,) = [contract for contract in contracts if contract.platform == "snap_report"]
    noise = replace(
        reports.feeds[0], platform="a_noise_meter", name="reading", file_template="a_noise_{yyyymmdd}.ndjson"
    )
    (selfgov,) = [contract for contract in contracts if contract.platform == "property_selfgov"]
    sheet = replace(selfgov.feeds[0], name="vote", sheet="表决")
    widened = replace(selfgov, feeds=(sheet, *selfgov.feeds))
    others = [contract for contract in contracts if contract is not selfgov]
    meter = replace(reports, platform="a_noise_meter", feeds=(noise,))
    written = simulate([meter, widened, *others], tmp_path, ANCHOR - timedelta(days=1), ANCHOR)
    assert written.unknown_feeds == tuple(sorted({"a_noise_meter.reading", "property_selfgov.vote"} | unknown))
    assert files_of(tmp_path) == files_of(inbox)
    assert written.files == len(files_of(inbox))


def test_a_code_that_a_contract_no_longer_lists_is_written_as_it_is(
    contracts: tuple[Contract, ...], tmp_path: Path
) -> None:
    (contract,) = [contract for contract in contracts if contract.platform == "snap_report"]
    (feed,) = contract.feeds
    columns = tuple(
        replace(column, codes={"居民": "resident"}) if column.name == "reporter_type" else column
        for column in feed.columns
    )
    simulate([replace(contract, feeds=(replace(feed, columns=columns),))], tmp_path, ANCHOR, ANCHOR)
    (data,) = files_of(tmp_path).values()
    assert {'"reporter_type": "居民"', '"reporter_type": "worker"'} <= set(
        re.findall(r'"reporter_type": "[^"]*"', data.decode())
    )


def test_all_files_lie_in_their_day_and_arrive_before_five(
    exports: tuple[Path, set[str]], feeds: dict[str, Feed]
) -> None:
    inbox, unknown = exports
    arrivals = scan(inbox, list(feeds.values()))
    assert {entry.name for entry in inbox.parent.iterdir()} == {"inbox"}
    assert {feed.id for arrival in arrivals for feed in arrival.feeds} == set(feeds) - unknown
    for arrival in arrivals:
        assert arrival.business_date is not None
        assert arrival.folder == arrival.business_date.isoformat()
        next_day = datetime.combine(arrival.business_date + timedelta(days=1), datetime.min.time())
        assert timedelta(hours=2) <= arrival.received_at - next_day <= timedelta(hours=4, minutes=50)


def test_the_intake_gives_every_row_the_fate_that_was_planned(
    inbox: Path, district: District, feeds: dict[str, Feed]
) -> None:
    planned = district.rows(number(ANCHOR), number(ANCHOR))
    rejected = 0
    with Workbooks() as workbooks:
        for arrival in scan(inbox / ANCHOR.isoformat(), list(feeds.values())):
            is_workbook = arrival.feeds[0].format == "xlsx"
            tables = (
                workbooks.read(arrival.path, arrival.feeds) if is_workbook else [read(arrival.path, arrival.feeds[0])]
            )
            for feed, table in zip(arrival.feeds, tables, strict=True):
                assert isinstance(table, TextTable)
                found = check(table, feed)
                rows = planned.get((feed.id, number(ANCHOR)))
                fates = rows[FATE].to_list() if rows is not None else ["loaded"] * on_anchor(district, feed.id).height
                assert (table.notes, found.unknown_columns) == ((), ()), feed.id
                assert Counter(fates) == +Counter(
                    loaded=found.loaded.height,
                    rejected=found.rejected.height,
                    duplicate=found.duplicate_count,
                    superseded=found.superseded_count,
                ), feed.id
                rejected += found.rejected.height
    assert rejected > 0


def test_what_befalls_files_befalls_them(contracts: tuple[Contract, ...], feeds: dict[str, Feed]) -> None:
    textual = [contract for contract in contracts if contract.feeds[0].format != "xlsx"]
    district = District(textual, number(ANCHOR), seed=1)

    def of(mishap: stories.Mishap) -> list[Delivery]:
        day = number(ANCHOR) + mishap.first
        name = feeds[mishap.feed].file_template.replace("{yyyymmdd}", f"{day_of(day):%Y%m%d}")
        stem = name.rpartition(".")[0]
        (deliveries,) = district.days(day, day)
        return [one for one in deliveries if one.name.startswith((f"{stem}.", f"{stem}_r"))]

    for late in stories.LATE:
        (one,) = of(late)
        due = datetime.combine(day_of(number(ANCHOR) + late.first + 1), datetime.min.time())
        assert (one.received_at - due).days == late.days
    assert of(stories.MISSING) == []
    for mishap in (stories.HELD, stories.WRONG_HOUR):
        first, second = of(mishap)
        assert second.name.rpartition(".")[0] == first.name.rpartition(".")[0] + "_r2"
        assert second.received_at > first.received_at
        assert first.data != second.data
    one, again = of(stories.AGAIN)
    assert (one.data, one.name) == (again.data, again.name)
    assert one.folder < again.folder


def test_a_file_that_is_cut_off_is_held(
    contracts: tuple[Contract, ...], feeds: dict[str, Feed], tmp_path: Path
) -> None:
    feed = feeds[stories.HELD.feed]
    some = [contract for contract in contracts if contract.platform == feed.platform]
    day = ANCHOR + timedelta(days=stories.HELD.first)
    simulate(some, tmp_path, day, day, anchor=ANCHOR)
    file, second = sorted(tmp_path.rglob("*service_case*"), key=lambda path: len(path.name))
    with pytest.raises(Held, match="fields"):
        read(file, feed)
    assert read(second, feed).row_count > 0
    assert datetime.fromtimestamp(second.stat().st_mtime, BEIJING).date() == day + timedelta(days=2)


def test_a_range_that_ends_before_it_begins_or_lies_too_early_is_refused(
    contracts: tuple[Contract, ...], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="before it begins"):
        simulate(contracts, tmp_path, ANCHOR, ANCHOR - timedelta(days=1))
    with pytest.raises(ValueError, match="before its anchor"):
        simulate(contracts, tmp_path, ANCHOR - timedelta(days=3000), ANCHOR)
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- the register


@pytest.mark.parametrize("days_after", [0, 1, 200])
def test_the_registers_stand_at_their_totals_on_the_anchor_and_after_it(district: District, days_after: int) -> None:
    points = on_anchor(district, "service_centre.service_point", days_after).filter(pl.col("closed_on").is_null())
    workers = on_anchor(district, "smart_community.grid_worker", days_after).filter(pl.col("ended_on").is_null())
    orgs = on_anchor(district, "smart_community.party_org", days_after)
    teams = on_anchor(district, "volunteer.volunteer_team", days_after)
    assert points.filter(pl.col("point_type") == "centre").height == 24
    assert points.filter(pl.col("point_type") == "station").height == 92
    assert orgs.filter(pl.col("party_org_type").is_in(["grid_branch", "building_group"])).height == 326
    assert workers.filter(pl.col("worker_role").is_in(["full_time_grid_worker", "part_time_grid_worker"])).height == 459
    assert teams["disbanded_on"].null_count() == 214
    assert on_anchor(district, "smart_community.grid", days_after).height == 326


def test_the_registers_grow_towards_the_anchor(district: District) -> None:
    before = on_anchor(district, "service_centre.service_point", -115).filter(pl.col("closed_on").is_null())
    assert 84 <= before.filter(pl.col("point_type") == "station").height < 92
    workers = on_anchor(district, "smart_community.grid_worker", -115).filter(pl.col("ended_on").is_null())
    assert 430 <= workers.filter(pl.col("worker_role").str.ends_with("time_grid_worker")).height < 459


def test_regular_services_stand_at_their_total_once_a_week_has_been_delivered(drawn: dict[str, pl.DataFrame]) -> None:
    week = drawn["property_selfgov.project"].filter(pl.col("_day") > number(ANCHOR) - 7)
    current = week.sort("_day").unique("project_id", keep="last")
    running = current.filter((pl.col("project_type") == "regular_service") & pl.col("finished_on").is_null())
    assert running.height == 163


def test_the_register_of_divisions_is_the_real_one(district: District) -> None:
    communities = on_anchor(district, "smart_community.community")
    assert communities.height == 61
    assert communities["street_code"].n_unique() == 10
    assert communities.filter(pl.col("community_code") == "610302005003")["community_name"].item() == "英达路社区"
    assert communities.select(pl.col("community_code").str.starts_with(pl.col("street_code")).all()).item()
    assert not communities["community_name"].str.contains("委会").any()


def test_households_add_up_at_every_level(district: District) -> None:
    communities = on_anchor(district, "smart_community.community").select("community_code", "households")
    for feed in ("residential_area", "grid", "building"):
        rows = on_anchor(district, f"smart_community.{feed}")
        code = pl.col("building_code").str.head(12) if feed == "building" else pl.col("community_code")
        summed = rows.group_by(code.alias("community_code")).agg(pl.col("households").sum())
        assert communities.sort("community_code").equals(summed.sort("community_code"))


def check_digit(number: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False)) % 11]


def test_numbers_of_people_are_well_formed_and_nobodys(district: District) -> None:
    workers = on_anchor(district, "smart_community.grid_worker")
    volunteers = on_anchor(district, "volunteer.volunteer")
    for id_number in [*workers["id_number"], *volunteers["id_number"]]:
        assert id_number[:6] == "990302"
        assert id_number[17] == check_digit(id_number)
    assert workers["phone"].str.contains(r"^154\d{8}$").all()


# ---------------------------------------------------------------- references


def test_references_hold_except_the_deliberate_ones(
    district: District, drawn: dict[str, pl.DataFrame], feeds: dict[str, Feed]
) -> None:
    """Everything that the anchor's rows refer to has been delivered by then."""
    rows = {name: frame.filter(pl.col("_day") == number(ANCHOR)) for name, frame in drawn.items()}
    rows |= {name: on_anchor(district, name) for name in district.registers}
    known = {name: on_anchor(district, name) for name in district.registers} | drawn
    looked_at = 0
    for name, frame in rows.items():
        for column in feeds[name].columns:
            if column.references is None or column.name not in frame.columns:
                continue
            target, _, key = column.references.rpartition(".")
            given = frame[column.name].drop_nulls()
            if target == "command_centre.event" and name not in ("home_visit.visit", "snap_report.report"):
                given = given.filter(given.str.slice(2, 8) > f"{ANCHOR - timedelta(days=DAYS_BEFORE):%Y%m%d}")
            if target == "co_building.joint_meeting":
                given = given.filter(given.str.slice(2, 8) > f"{ANCHOR - timedelta(days=DAYS_BEFORE):%Y%m%d}")
            unknown = given.filter(~given.is_in(known[target][key].implode()))
            deliberate = target == "command_centre.event" and name in ("home_visit.visit", "snap_report.report")
            assert unknown.len() <= (0.05 * given.len() if deliberate else 0), (name, column.name, unknown.head(3))
            looked_at += given.len()
    assert looked_at > 20_000


# ---------------------------------------------------------------- stories


def test_stories_are_where_they_are_said_to_be(district: District, drawn: dict[str, pl.DataFrame]) -> None:
    events = drawn["command_centre.event"].sort("updated_at").unique("event_id", keep="last")
    recent = events.filter(pl.col("reported_at").dt.date() > ANCHOR - timedelta(days=30))
    assert recent.filter(pl.col("community_code") == stories.THREE_EVENTS).height == 3
    closed = recent.filter(pl.col("closed_at").is_not_null())
    minutes = (pl.col("closed_at") - pl.col("reported_at")).dt.total_minutes()
    at_once = closed.filter(pl.col("community_code") == stories.INSTANT_CLOSER).select((minutes < 10).mean()).item()
    assert at_once > 0.8
    assert closed.filter(pl.col("community_code") != stories.INSTANT_CLOSER).select((minutes < 10).mean()).item() < 0.02
    points = on_anchor(district, "service_centre.service_point").filter(pl.col("community_code") == stories.DESERT)
    assert points["point_type"].to_list() == ["mobile_desk"]
    visits = drawn["home_visit.visit"]
    evening = datetime.combine(ANCHOR + timedelta(days=stories.BULK_VISIT_DAYS[-1]), datetime.min.time().replace(21, 3))
    bulk = visits.filter(pl.col("started_at").is_between(evening, evening + timedelta(seconds=59)))
    assert bulk.group_by("worker_id").len()["len"].max() == 20


# ---------------------------------------------------------------- dice


def test_dice_answer_alike_alone_and_in_company() -> None:
    many = Dice(1, "thing", np.arange(1000)).uniform("question")
    alone = [float(Dice(1, "thing", i).uniform("question")[0]) for i in (0, 500, 999)]
    assert alone == [many[0], many[500], many[999]]
    assert many.min() >= 0
    assert many.max() < 1
    assert abs(many.mean() - 0.5) < 0.03
    assert len({float(value) for value in many}) == 1000


@pytest.mark.parametrize("rate", [0.05, 1.3, 20.0])
def test_poisson_counts_have_the_mean_and_variance_of_their_rate(rate: float) -> None:
    counts = Dice(1, "rate", np.arange(20_000)).poisson("count", np.full(20_000, rate))
    assert abs(counts.mean() - rate) < 5 * (rate / 20_000) ** 0.5
    assert abs(counts.var() / rate - 1) < 0.06

"""From a file to its feed-day, on a real database: precedence, accounting, any order, and crashes in between."""

import itertools
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import Phase, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from pipelines.contracts.model import Contract, Feed
from pipelines.delivery import landing
from pipelines.delivery.landing import Arrival
from pipelines.installation import House
from pipelines.intake import digests, precedence, worklist
from pipelines.keys import Key, KeyUnusable
from pipelines.settings import Settings
from pipelines.warehouse.ledger import Line
from pipelines.warehouse.lock import exclusive
from pipelines.warehouse.store import Warehouse, opened
from tests.unit.conftest import CONTRACTS
from tests.unit.desk import Desk
from tests.unit.helpers import CASE, MEETING, POINT, Row, csv_bytes, put, sheet_of, workbook

DAY = date(2024, 1, 5)
NAME = "service_centre_service_point_20240105"
T1, T2, T3 = (datetime(2024, 1, 6, hour) for hour in (3, 4, 5))
NOW = datetime(2024, 1, 10, 9)


@pytest.fixture
def point(feeds: dict[str, Feed]) -> Callable[[int], bytes]:
    return lambda functions: csv_bytes(feeds["service_centre.service_point"], [{**POINT, "functions": functions}])


# ---------------------------------------------------------------- one file


def test_a_file_is_taken_with_every_row_accounted_for(desk: Desk, feeds: dict[str, Feed]) -> None:
    rows: list[Row] = [
        CASE,
        CASE,
        {**CASE, "updated_at": "2024-01-05 12:00:00", "trips": 2},
        {**CASE, "case_id": "BJ20240105000002", "trips": 51, "status": "?"},
    ]
    name = "service_centre_service_case_20240105.csv"
    put(desk.settings.inbox, "2024-01-05", name, csv_bytes(feeds["service_centre.service_case"], rows), T1)
    (settled,) = desk.take()
    (line,) = desk.warehouse.lines()
    assert settled.in_force == (line,)
    assert (line.state, line.received_at, line.business_date, line.reason) == ("loaded", T1, DAY, None)
    assert (line.rows_counted, line.rows_loaded, line.rows_rejected) == (4, 1, 1)
    assert (line.rows_duplicate, line.rows_superseded, line.key_id) == (1, 1, desk.key.id)
    assert desk.query(
        "select trips, _business_date, _file_name, _row_number from raw.service_centre__service_case"
    ) == [(2, DAY, name, 4)]
    assert desk.query("select row_number, reasons from ledger.rejected_row") == [
        (5, ["trips: maximum 50", "status: enum"])
    ]
    assert desk.query("select platform, feed, business_date from ledger.change") == [
        ("service_centre", "service_case", DAY)
    ]


def test_findings_that_hold_nothing_back_are_in_the_ledger(desk: Desk, feeds: dict[str, Feed]) -> None:
    data = csv_bytes(feeds["service_centre.service_point"], [POINT]).decode().replace("纬度", "纬度,备注")
    put(desk.settings.inbox, "d", f"{NAME}.csv", data.replace("2020-01-01,,,", "2020-01-01,,,,x").encode(), T1)
    desk.take()
    assert desk.warehouse.lines()[0].reason == "unknown columns, not loaded: '备注'"


def test_a_rerun_changes_nothing(desk: Desk, point: Callable[[int], bytes]) -> None:
    put(desk.settings.inbox, "d", f"{NAME}.csv", point(1), T1)
    put(desk.settings.inbox, "d", "stray.txt", b"x", T1)
    desk.take()
    before = desk.query("select * from ledger.delivery order by all"), desk.raw(), desk.warehouse.pending_changes()
    assert desk.take() == []
    assert before == (
        desk.query("select * from ledger.delivery order by all"),
        desk.raw(),
        desk.warehouse.pending_changes(),
    )


def test_a_file_that_was_only_touched_changes_nothing(desk: Desk, point: Callable[[int], bytes]) -> None:
    put(desk.settings.inbox, "d", f"{NAME}.csv", point(1), T1)
    desk.take()
    before = desk.ledger()
    put(desk.settings.inbox, "d", f"{NAME}.csv", point(1), T3)
    (settled,) = desk.take()
    assert settled.new == ()
    assert desk.ledger() == before
    assert desk.take() == []


# ---------------------------------------------------------------- precedence

BAD = b"\xff\xff"
A, B, C = 1, 2, 3


@pytest.mark.parametrize(
    ("files", "in_force", "states"),
    [
        ([("d", "", A, T1), ("d", "_r2", B, T2)], B, ["superseded", "loaded"]),
        ([("d", "_r2", B, T1), ("d", "", A, T2)], B, ["loaded", "superseded"]),
        ([("d", "_r2", B, T1), ("d", "_r10", A, T1)], A, ["superseded", "loaded"]),
        ([("d", "", A, T1), ("e", "", B, T2)], B, ["superseded", "loaded"]),
        ([("e", "", A, T1), ("d", "", B, T2)], B, ["superseded", "loaded"]),
        ([("d", "_r2", A, T1), ("e", "_r2", B, T2), ("d", "", C, T3)], B, ["superseded", "loaded", "superseded"]),
        ([("d", "", A, T1), ("d", "_r2", A, T2)], A, ["loaded", "duplicate"]),
        ([("d", "", A, T1), ("e", "", A, T2)], A, ["loaded", "duplicate"]),
        ([("d", "", A, T1), ("d", "_r2", B, T2), ("d", "_r3", A, T3)], B, ["superseded", "loaded", "duplicate"]),
        ([("d", "", A, T1), ("d", "_r2", BAD, T2)], A, ["loaded", "held"]),
        ([("d", "_r3", BAD, T1), ("d", "", A, T2)], A, ["held", "loaded"]),
        ([("d", "", BAD, T1), ("e", "", BAD, T2)], None, ["held", "duplicate"]),
        ([("d", "", BAD, T1)], None, ["held"]),
        ([("d", "_r1", A, T1), ("d", "", B, T2)], B, ["superseded", "loaded"]),
    ],
)
@pytest.mark.parametrize("batches", ["at once", "backwards"])
def test_which_delivery_is_in_force(
    desk: Desk,
    point: Callable[[int], bytes],
    files: list[tuple[str, str, int | bytes, datetime]],
    in_force: int | None,
    states: list[str],
    batches: str,
) -> None:
    """Files are (folder, revision, content, received). Of the usable ones the highest revision is in force, within it
    the newest."""
    for folder, revision, content, at in files:
        data = content if isinstance(content, bytes) else point(content)
        put(desk.settings.inbox, folder, f"{NAME}{revision}.csv", data, at)
    arrivals = landing.scan(desk.settings.inbox, desk.feeds)
    order = {(folder, f"{NAME}{revision}.csv"): i for i, (folder, revision, _, _) in enumerate(files)}
    arrivals.sort(key=lambda arrival: order[arrival.folder, arrival.file_name], reverse=batches == "backwards")
    for batch in [arrivals] if batches == "at once" else [[arrival] for arrival in arrivals]:
        desk.take(batch)
    assert desk.functions() == ([] if in_force is None else [in_force])
    found = desk.states()
    assert [found[f"{folder}/{NAME}{revision}.csv"] for folder, revision, _, _ in files] == states
    assert_accounted(desk)


def assert_accounted(desk: Desk) -> None:
    for line in desk.warehouse.lines():
        fates = line.rows_loaded + line.rows_rejected + line.rows_duplicate + line.rows_superseded
        assert line.rows_counted == fates
        if line.state in ("held", "duplicate", "rejected"):
            assert line.rows_counted == 0
            assert line.reason
    loaded = desk.query("select sum(rows_loaded) from ledger.delivery where state = 'loaded'")
    assert (loaded[0][0] or 0) == sum(
        int(str(desk.query(f"select count(*) from raw.{feed.table}")[0][0]))
        for feed in desk.feeds
        if feed.platform == "service_centre"
    )


def test_the_same_name_with_other_bytes_replaces_the_earlier_delivery(
    desk: Desk, point: Callable[[int], bytes]
) -> None:
    put(desk.settings.inbox, "d", f"{NAME}.csv", point(1), T1)
    desk.take()
    put(desk.settings.inbox, "d", f"{NAME}.csv", point(2), T2)
    desk.take()
    assert desk.functions() == [2]
    assert [line.state for line in desk.warehouse.lines()] == ["superseded", "loaded"]
    assert [line.rows_counted for line in desk.warehouse.lines()] == [1, 1]


def test_a_replaced_delivery_keeps_the_fates_and_the_quarantine_of_its_rows(
    desk: Desk, feeds: dict[str, Feed], point: Callable[[int], bytes]
) -> None:
    data = csv_bytes(feeds["service_centre.service_point"], [POINT, {**POINT, "functions": 99}])
    put(desk.settings.inbox, "d", f"{NAME}.csv", data, T1)
    desk.take()
    put(desk.settings.inbox, "d", f"{NAME}_r2.csv", point(2), T2)
    desk.take()
    old = desk.warehouse.lines()[0]
    assert (old.state, old.rows_counted, old.rows_rejected) == ("superseded", 2, 1)
    assert desk.query("select delivery_id from ledger.rejected_row") == [(old.delivery_id,)]


def test_an_empty_delivery_empties_the_day(desk: Desk, feeds: dict[str, Feed], point: Callable[[int], bytes]) -> None:
    put(desk.settings.inbox, "d", f"{NAME}.csv", point(1), T1)
    desk.take()
    put(desk.settings.inbox, "d", f"{NAME}_r2.csv", csv_bytes(feeds["service_centre.service_point"], []), T2)
    desk.take()
    assert desk.functions() == []
    assert [line.state for line in desk.warehouse.lines()] == ["superseded", "loaded"]


def test_another_day_is_another_delivery_even_with_the_same_bytes(desk: Desk, point: Callable[[int], bytes]) -> None:
    put(desk.settings.inbox, "d", f"{NAME}.csv", point(1), T1)
    put(desk.settings.inbox, "d", f"{NAME[:-1]}6.csv", point(1), T1)
    desk.take()
    assert {line.state for line in desk.warehouse.lines()} == {"loaded"}
    assert desk.functions() == [1, 1]


def test_each_sheet_is_a_delivery_and_a_missing_one_holds_that_feed_alone(
    desk: Desk, feeds: dict[str, Feed], contracts: tuple[Contract, ...]
) -> None:
    desk.warehouse.prepare([contract for contract in contracts if contract.platform == "co_building"])
    path = workbook(
        desk.settings.inbox / "d" / "党建共建_20240105.xlsx",
        {"联席会议": sheet_of(feeds["co_building.joint_meeting"], [MEETING])},
    )
    assert path.exists()
    arrivals = landing.scan(desk.settings.inbox, [f for f in desk.feeds if f.name in ("joint_meeting", "covenant")])
    desk.take(arrivals)
    assert {(line.feed, line.state, line.reason) for line in desk.warehouse.lines()} == {
        ("joint_meeting", "loaded", None),
        ("covenant", "held", "has no sheet '公约': name the sheet so"),
    }
    assert len({line.sha256 for line in desk.warehouse.lines()}) == 1


# ---------------------------------------------------------------- strays


def test_a_file_of_no_feed_is_reported_once_and_left_alone(desk: Desk) -> None:
    path = put(desk.settings.inbox, "d", "notes.txt", b"x", T1)
    assert [line.state for line in worklist.take_strays(scanned(desk), desk.warehouse, NOW)] == ["rejected"]
    assert worklist.take_strays(scanned(desk), desk.warehouse, NOW) == []
    put(desk.settings.inbox, "d", "notes.txt", b"x", T2)
    assert worklist.take_strays(scanned(desk), desk.warehouse, NOW) == []
    (line,) = desk.warehouse.lines()
    assert (line.platform, line.feed, line.business_date) == (None, None, None)
    assert path.read_bytes() == b"x"
    assert not desk.settings.archive.exists()


def scanned(desk: Desk) -> list[Arrival]:
    return landing.scan(desk.settings.inbox, desk.feeds)


@pytest.mark.parametrize("stamp", ["20141231", "00250105", "20991231"])
def test_a_date_that_cannot_be_is_held(desk: Desk, point: Callable[[int], bytes], stamp: str) -> None:
    put(desk.settings.inbox, "d", f"service_centre_service_point_{stamp}.csv", point(1), T1)
    assert desk.take() == []
    (line,) = desk.warehouse.lines()
    assert (line.state, line.feed) == ("held", "service_point")
    assert "out of range" in (line.reason or "")


def test_a_future_date_is_taken_when_it_comes(desk: Desk, point: Callable[[int], bytes]) -> None:
    desk.at(NOW)
    tomorrow = NOW.date() + timedelta(days=1)
    put(desk.settings.inbox, "d", f"service_centre_service_point_{tomorrow:%Y%m%d}.csv", point(7), NOW)
    desk.take()
    assert list(desk.states().values()) == ["held"]
    desk.at(NOW + timedelta(days=1))
    desk.take()
    assert list(desk.states().values()) == ["loaded"]
    assert desk.functions() == [7]
    assert_accounted(desk)


def test_today_is_no_future_and_the_first_partition_no_past(desk: Desk) -> None:
    assert worklist.date_out_of_range(NOW.date(), NOW.date()) is None
    assert worklist.date_out_of_range(date(2015, 1, 1), NOW.date()) is None


def test_a_stray_before_the_first_delivery_does_not_lock_the_house_out(
    desk: Desk, house: House, point: Callable[[int], bytes]
) -> None:
    """No data were made with a key yet: a new installation with a note in its inbox must be able to create its key."""
    put(desk.settings.inbox, "", "README.txt", b"x", T1)
    worklist.take_strays(scanned(desk), desk.warehouse, NOW)
    assert house.key(desk.warehouse).secret


def test_names_of_any_bytes_are_written_down_and_stop_nothing(desk: Desk) -> None:
    odd = ["a\nb", "-rf", "'; drop table ledger.delivery; --", "\u202egpj.exe", "甲" * 85]
    for name in odd:
        put(desk.settings.inbox, "d", name, name.encode(), T1)
    desk.take()
    # A character that changes the reading direction is not part of a name.
    assert {line.file_name for line in desk.warehouse.lines()} == {name.strip("\u202e") for name in odd}
    (desk.settings.inbox / "d" / b"\xb5\xb3\xbd\xa8.xlsx".decode("utf-8", "surrogateescape")).write_bytes(b"x")
    desk.take()
    assert len(desk.warehouse.lines()) == len(odd) + 1


def test_strays_are_not_taken_by_the_range_of_a_run(desk: Desk, point: Callable[[int], bytes]) -> None:
    for day in ("20240104", "20240105", "20240106"):
        put(desk.settings.inbox, "d", f"service_centre_service_point_{day}.csv", point(1), T1)
    found = worklist.pending(scanned(desk), {}, NOW.date(), DAY, DAY)
    assert {feed: list(days) for feed, days in found.items()} == {"service_centre.service_point": [DAY]}


def test_a_row_with_a_moment_of_no_calendar_does_not_stop_the_run(desk: Desk, feeds: dict[str, Feed]) -> None:
    """Dagster can show a preview of any delivery."""
    row = {**CASE, "accepted_at": "0000-01-01 00:00:00"}
    name = "service_centre_service_case_20240105.csv"
    put(desk.settings.inbox, "d", name, csv_bytes(feeds["service_centre.service_case"], [row]), T1)
    (settled,) = desk.take()
    assert settled.preview is None or len(settled.preview.to_dicts()) <= 1


# ---------------------------------------------------------------- any order

CONTENTS = st.sampled_from(["one", "two", "bad row", "held", "empty"])
DELIVERY = st.tuples(
    st.sampled_from(["d", "e"]),
    st.sampled_from(["", "_r2", "_r3"]),
    st.sampled_from([4, 5]),
    CONTENTS,
    st.integers(0, 3),
)


# Without shrinking, because every example builds two databases.
@budget(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(
    deliveries=st.lists(DELIVERY, min_size=1, max_size=6, unique_by=lambda one: one[:3]),
    data=st.data(),
)
def test_any_order_and_any_batching_ends_in_the_same_ledger_and_rows(
    tmp_path_factory: pytest.TempPathFactory,
    contracts: tuple[Contract, ...],
    feeds: dict[str, Feed],
    key: Key,
    deliveries: list[tuple[str, str, int, str, int]],
    data: st.DataObject,
) -> None:
    feed = feeds["service_centre.service_point"]
    contents = {
        "one": csv_bytes(feed, [POINT]),
        "two": csv_bytes(feed, [{**POINT, "functions": 9}, {**POINT, "point_code": "ZD00002"}]),
        "bad row": csv_bytes(feed, [{**POINT, "functions": 99}, POINT, POINT]),
        "held": b"\xff",
        "empty": csv_bytes(feed, []),
    }
    root = tmp_path_factory.mktemp("order")
    (root / "inbox").mkdir()
    for folder, revision, day, content, hour in deliveries:
        name = f"service_centre_service_point_2024010{day}{revision}.csv"
        put(root / "inbox", folder, name, contents[content], T1 + timedelta(hours=hour))
    arrivals = landing.scan(root / "inbox", [feed])
    shuffled = data.draw(st.permutations(arrivals))
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(arrivals) - 1)))))
    batches = [shuffled[i:j] for i, j in itertools.pairwise([0, *cuts, len(shuffled)])]
    ends = []
    for home, order in (("a", [arrivals]), ("b", batches)):
        there = Settings(root / home, root / "inbox", CONTRACTS)
        some = [contract for contract in contracts if contract.platform == "service_centre"]
        with exclusive(there, 0, "a test"), opened(there, some) as warehouse:
            desk = Desk(warehouse, there, [feed], key)
            for batch in order:
                desk.take(batch)
            assert_accounted(desk)
            ends.append((desk.ledger(), desk.raw()))
    assert ends[0] == ends[1]


# ---------------------------------------------------------------- crashes


class Crash(BaseException):
    """No error handler catches this."""


STATEMENTS = ["write_lines", "write_rejected", "replace_rows", "note_changes", "note_seen"]


@pytest.fixture
def two_files(desk: Desk, feeds: dict[str, Feed]) -> Iterator[None]:
    """One delivery loaded, a correction pending."""
    feed = feeds["service_centre.service_point"]
    rejected = {**POINT, "functions": 99}
    put(desk.settings.inbox, "d", f"{NAME}.csv", csv_bytes(feed, [POINT, rejected]), T1)
    desk.take()
    new = [{**POINT, "functions": 8}, {**rejected, "point_code": "ZD00009"}]
    put(desk.settings.inbox, "d", f"{NAME}_r2.csv", csv_bytes(feed, new), T2)
    yield


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("statement", STATEMENTS)
@pytest.mark.usefixtures("two_files")
def test_a_crash_at_any_statement_leaves_nothing_half_written_and_a_rerun_completes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, statement: str, when: str
) -> None:
    before = desk.ledger(), desk.raw(), desk.warehouse.stamps(), desk.warehouse.pending_changes()
    real = getattr(Warehouse, statement)

    def crash(*arguments: object) -> None:
        if when == "after":
            real(*arguments)
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(Warehouse, statement, crash)
        with pytest.raises(Crash):
            desk.take()
    assert before == (desk.ledger(), desk.raw(), desk.warehouse.stamps(), desk.warehouse.pending_changes())
    desk.take()
    assert desk.functions() == [8]
    assert sorted(desk.states().values()) == ["loaded", "superseded"]
    assert len(desk.query("select * from ledger.rejected_row")) == 2
    assert desk.warehouse.pending_changes() == 2
    assert desk.take() == []


@pytest.mark.usefixtures("two_files")
def test_a_crash_while_strays_are_written_leaves_none_and_a_rerun_completes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(desk.settings.inbox, "d", "notes.txt", b"x", T1)

    def crash(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(Warehouse, "write_lines", crash)
        with pytest.raises(Crash):
            worklist.take_strays(scanned(desk), desk.warehouse, NOW)
    assert "d/notes.txt" not in desk.states()
    assert len(worklist.take_strays(scanned(desk), desk.warehouse, NOW)) == 1


def test_a_file_that_is_still_arriving_is_taken_by_the_next_run(
    desk: Desk, point: Callable[[int], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(desk.settings.inbox, "d", f"{NAME}.csv", point(1)[:20], T1)
    arrivals = scanned(desk)
    path.write_bytes(point(1))
    desk.take(arrivals)
    assert desk.warehouse.lines() == []
    desk.take()
    assert desk.functions() == [1]


# ---------------------------------------------------------------- settling, pure


def line(number: int, revision: int, hour: int, sha256: str, folder: str = "d") -> Line:
    return Line(
        delivery_id=number,
        platform="p",
        feed="f",
        business_date=DAY,
        revision=revision,
        folder=folder,
        file_name=f"f_r{revision}.csv",
        sha256=sha256,
        received_at=T1 + timedelta(hours=hour),
        state="loaded",
        taken_at=T2,
        rows_counted=3,
        rows_loaded=2,
        rows_rejected=1,
    )


LINES = st.builds(
    line, st.integers(1, 99), st.integers(1, 3), st.integers(0, 2), st.sampled_from("abcd"), st.sampled_from("de")
)


@budget(max_examples=100, deadline=None)
@given(
    lines=st.lists(LINES, max_size=6, unique_by=lambda one: (one.folder, one.file_name, one.sha256)),
    held=st.sets(st.sampled_from("abcd")),
    data=st.data(),
)
def test_settling_does_not_depend_on_the_order_of_lines(lines: list[Line], held: set[str], data: st.DataObject) -> None:
    reasons = dict.fromkeys(held, "unreadable")
    settled = precedence.settle_states(lines, reasons)
    other = precedence.settle_states(data.draw(st.permutations(lines)), reasons)
    assert sorted(settled, key=repr) == sorted(other, key=repr)
    in_force = [one for one in settled if one.state == "loaded"]
    usable = [one for one in lines if one.sha256 not in held]
    assert len(in_force) == (1 if usable else 0)
    for one in in_force:
        assert not [
            o
            for o in settled
            if o.state == "superseded" and (o.revision, o.received_at) > (one.revision, one.received_at)
        ]


def test_a_digest_of_a_file_that_is_gone_is_the_disks_error_not_a_held_file(feeds: dict[str, Feed], key: Key) -> None:
    with pytest.raises(OSError, match="nowhere"):
        digests.digest(Path("nowhere.csv"), feeds["service_centre.service_point"], key)


def test_a_line_that_counts_no_rows_is_the_same_whenever_it_was_taken(
    desk: Desk, point: Callable[[int], bytes]
) -> None:
    """Alone it was loaded; then the same bytes appear with an earlier time of receipt."""
    put(desk.settings.inbox, "e", f"{NAME}.csv", point(1), T2)
    desk.take()
    put(desk.settings.inbox, "d", f"{NAME}.csv", point(1), T1)
    desk.take()
    assert desk.states() == {"d/" + f"{NAME}.csv": "loaded", "e/" + f"{NAME}.csv": "duplicate"}
    assert desk.query("select state, key_id is not null, rows_counted from ledger.delivery order by state") == [
        ("duplicate", False, 0),
        ("loaded", True, 1),
    ]


def test_data_made_with_one_key_are_not_added_to_with_another(
    desk: Desk, house: House, point: Callable[[int], bytes]
) -> None:
    desk.key = house.key(desk.warehouse)
    put(desk.settings.inbox, "d", f"{NAME}.csv", point(1), T1)
    desk.take()
    assert house.key(desk.warehouse) == desk.key
    house.settings.key_file.write_text("00" * 32)
    with pytest.raises(KeyUnusable):
        house.key(desk.warehouse)
    house.settings.key_file.unlink()
    with pytest.raises(KeyUnusable):
        house.key(desk.warehouse)


def test_a_future_file_that_was_replaced_before_it_was_due_holds_nothing_up(
    desk: Desk, point: Callable[[int], bytes]
) -> None:
    """Its first bytes were never archived: its line stays held, the current file is loaded."""
    desk.at(NOW)
    tomorrow = NOW.date() + timedelta(days=1)
    name = f"service_centre_service_point_{tomorrow:%Y%m%d}.csv"
    put(desk.settings.inbox, "d", name, point(1), T1)
    assert desk.take() == []
    put(desk.settings.inbox, "d", name, point(2), T2)
    desk.at(datetime.combine(tomorrow, time(9)))
    (settled,) = desk.take()
    assert settled.in_force
    assert desk.functions() == [2]
    assert sorted(line.state for line in settled.lines) == ["held", "loaded"]


def test_a_file_any_number_of_folders_deep_is_taken(desk: Desk, point: Callable[[int], bytes]) -> None:
    put(desk.settings.inbox, "a/b/2024-01-05", f"{NAME}.csv", point(1), T1)
    desk.take()
    assert desk.states() == {f"a/b/2024-01-05/{NAME}.csv": "loaded"}


def test_a_name_of_no_feed_is_written_down_without_a_person_s_number(desk: Desk) -> None:
    """Nor is it remembered with the number; two such names are two files, each reported once."""
    for number, folder in enumerate(["", "", "13900000001 的文件", "13900000002 的文件"]):
        put(desk.settings.inbox, folder, f"张三 1390000000{number}.xlsx", f"{number}".encode(), T1)
    desk.take()
    assert [line.file_name for line in desk.warehouse.lines()] == ["张三 [电话].xlsx"] * 4
    assert len({line.folder for line in desk.warehouse.lines()}) == 3
    assert not worklist.are_unseen(scanned(desk), desk.warehouse.stamps(), NOW.date())
    assert worklist.take_strays(scanned(desk), desk.warehouse, NOW) == []
    everything = repr([desk.query(f"select * from ledger.{table}") for table in ("seen_file", "delivery")])
    assert "1390000000" not in everything


def test_a_folder_that_is_named_after_a_person_s_number_is_not_remembered_by_it(
    desk: Desk, point: Callable[[int], bytes]
) -> None:
    put(desk.settings.inbox, "a/13900000001/d", f"{NAME}.csv", point(1), T1)
    put(desk.settings.inbox, "a/13900000002/d", f"{NAME}.csv", point(2), T2)
    desk.take()
    assert desk.functions() == [2]
    assert len({line.folder for line in desk.warehouse.lines()}) == 2
    assert "1390000000" not in repr([desk.query(f"select * from ledger.{name}") for name in ("seen_file", "delivery")])
    assert desk.take() == []

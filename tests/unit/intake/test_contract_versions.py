"""The intake with a changing contract: versions by business date, other headers, loading again, retention."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.contracts.compiler import load_contracts
from pipelines.contracts.model import Column, Contract, Treatment
from pipelines.delivery import landing
from pipelines.intake import retention
from pipelines.keys import Key
from pipelines.settings import Settings
from pipelines.warehouse.lock import exclusive
from pipelines.warehouse.store import opened
from tests.unit.conftest import CONTRACTS
from tests.unit.desk import Desk
from tests.unit.helpers import POINT, REPORT, csv_bytes, csv_text, json_rows, ndjson_bytes, put

NAME = "service_centre.odcs.yaml"
T1, T2 = datetime(2024, 2, 2, 3), datetime(2024, 2, 2, 4)
TAKEN = datetime(2024, 6, 1, 6)


@pytest.fixture
def contract(contracts: tuple[Contract, ...]) -> Contract:
    return next(contract for contract in contracts if contract.platform == "service_centre")


@contextmanager
def desk_with(settings: Settings, key: Key, *contracts: Contract) -> Iterator[Desk]:
    """The installation with these contracts; opening it again with others is a change of contracts."""
    feeds = [feed for contract in contracts for feed in contract.feeds]
    with exclusive(settings, 0, "a test"), opened(settings, contracts) as warehouse:
        desk = Desk(warehouse, settings, feeds, key)
        desk.at(TAKEN)
        yield desk


def changed(contract: Contract, name: str, **changes: object) -> Contract:
    """The contract with a changed rule for one column of its first feed."""

    def change(column: Column) -> Column:
        return replace(column, **changes) if column.name == name else column  # type: ignore[arg-type]

    feed = contract.feeds[0]
    return replace(contract, feeds=(replace(feed, columns=tuple(map(change, feed.columns))), *contract.feeds[1:]))


def mended(contract: Contract) -> Contract:
    """Accepts one more value of an enum, 书屋."""
    codes = contract.feeds[0].column("point_type").codes
    assert codes is not None
    return changed(contract, "point_type", codes={**codes, "书屋": "library"})


def points(contract: Contract, *rows: dict[str, object]) -> bytes:
    return csv_bytes(contract.feeds[0], [{**POINT, "point_code": f"ZD0000{i}", **row} for i, row in enumerate(rows)])


def put_points(desk: Desk, data: bytes, name: str = "20240201", folder: str = "d", at: datetime = T1) -> None:
    put(desk.settings.inbox, folder, f"service_centre_service_point_{name}.csv", data, at)


def accounts(desk: Desk) -> list[tuple[object, ...]]:
    """One row per line: date and revision, state, rows loaded and rejected, version. The accounts must match the stored
    rows."""
    told = desk.query("select coalesce(sum(rows_loaded), 0) from ledger.delivery where state = 'loaded'")
    assert told == desk.query("select count(*) from raw.service_centre__service_point")
    quarantined = desk.query("select coalesce(sum(rows_rejected), 0) from ledger.delivery")
    assert quarantined == desk.query("select count(*) from ledger.rejected_row")
    return sorted(
        (
            line.file_name.removeprefix("service_centre_service_point_").removesuffix(".csv"),
            line.state,
            line.rows_loaded,
            line.rows_rejected,
            line.contract_version,
        )
        for line in desk.warehouse.lines()
    )


# ---------------------------------------------------------------- versions


@pytest.fixture
def two_versions(tmp_path: Path) -> Contract:
    """From 2024-02-01: one more type 书屋, one more column 座位数, no 特色主题."""
    folder = tmp_path / "contracts"
    folder.mkdir()
    source = (CONTRACTS / NAME).read_text(encoding="utf-8")
    newer = source.replace(
        "version: 1.0.0\n", "version: 2.0.0\ncustomProperties: [{property: appliesFrom, value: '2024-02-01'}]\n", 1
    )
    newer = newer.replace("enum: [{id: centre,", "enum: [{id: library, value: 书屋}, {id: centre,", 1)
    newer = newer.replace(
        "{name: theme, physicalName: 特色主题, logicalType: string, logicalTypeOptions: {maxLength: 60}}",
        "{name: seats, physicalName: 座位数, logicalType: integer}",
        1,
    )
    (folder / NAME).write_text(source, encoding="utf-8")
    (folder / "service_centre-2.odcs.yaml").write_text(newer, encoding="utf-8")
    (contract,), errors = load_contracts(folder)
    assert errors == ()
    return contract


@pytest.mark.parametrize(
    "batches", [[["20240131", "20240201", "20240130"]], [["20240201"], ["20240131"], ["20240130"]]]
)
def test_a_version_applies_from_its_date_on_whenever_the_file_comes(
    settings: Settings, key: Key, contract: Contract, two_versions: Contract, batches: list[list[str]]
) -> None:
    old, new = contract.feeds[0], two_versions.feeds[0]
    rows = [POINT, {**POINT, "point_code": "ZD00002", "point_type": "书屋"}]
    themed = [{**row, "theme": "红色"} for row in rows]
    files = {
        "20240131": csv_bytes(old, themed),
        "20240130": csv_text(old, themed).replace("特色主题", "座位数").replace("红色", "30").encode(),
        "20240201": csv_bytes(new, [{**row, "seats": 30} for row in rows]),
    }
    with desk_with(settings, key, two_versions) as desk:
        for batch in batches:
            for name in batch:
                put_points(desk, files[name], name)
            desk.take()
        assert accounts(desk) == [
            ("20240130", "loaded", 1, 1, "1.0.0"),
            ("20240131", "loaded", 1, 1, "1.0.0"),
            ("20240201", "loaded", 2, 0, "2.0.0"),
        ]
        stored = "select _business_date, point_type, theme, seats from raw.service_centre__service_point order by all"
        assert desk.query(stored) == [
            (date(2024, 1, 30), "station", None, None),
            (date(2024, 1, 31), "station", "红色", None),
            (date(2024, 2, 1), "library", None, 30),
            (date(2024, 2, 1), "station", None, 30),
        ]
        notes = desk.query("select reason from ledger.delivery where reason is not null")
        assert notes == [("unknown columns, not loaded: '座位数'",)]


@pytest.mark.parametrize("batches", [[["20240131", "20240201"]], [["20240131"], ["20240201"]]])
def test_two_versions_with_one_number_are_read_each_by_itself(
    tmp_path: Path, settings: Settings, key: Key, contract: Contract, batches: list[list[str]]
) -> None:
    """The packaged contract, and one of the installation from a day on: it calls the two types otherwise."""
    source = (CONTRACTS / NAME).read_text(encoding="utf-8")
    own = source.replace(
        "version: 1.0.0\n", "version: 1.0.0\ncustomProperties: [{property: appliesFrom, value: '2024-02-01'}]\n", 1
    )
    own = own.replace("value: 党群服务站", "value: 驿站", 1).replace("value: 党群服务中心", "value: 党群服务站", 1)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / NAME).write_text(own, encoding="utf-8")
    contracts, errors = load_contracts(CONTRACTS, tmp_path / "own")
    assert errors == ()
    mine = next(one for one in contracts if one.platform == "service_centre")
    with desk_with(settings, key, mine) as desk:
        for batch in batches:
            for name in batch:
                put_points(desk, points(contract, {}, {"functions": name[-1]}), name)
            desk.take()
        stored = "select distinct _business_date, point_type from raw.service_centre__service_point order by all"
        assert desk.query(stored) == [(date(2024, 1, 31), "station"), (date(2024, 2, 1), "centre")]


def test_the_switch_leaves_what_was_taken_before_it(
    settings: Settings, key: Key, contract: Contract, two_versions: Contract
) -> None:
    with desk_with(settings, key, contract) as desk:
        put_points(desk, points(contract, {"theme": "红色"}, {"point_type": "书屋"}), "20240131")
        desk.take()
        before = accounts(desk)
    with desk_with(settings, key, two_versions) as desk:
        assert desk.take() == []
        assert accounts(desk) == before
        desk.take(again=True)
        assert accounts(desk) == before
        assert desk.query("select theme from raw.service_centre__service_point") == [("红色",)]


@pytest.mark.parametrize("batches", [["20240131 20240201"], ["20240131", "20240201"], ["20240201", "20240131"]])
def test_the_same_bytes_before_and_after_a_switch_are_read_each_by_its_own_version(
    settings: Settings, key: Key, contract: Contract, batches: list[str]
) -> None:
    """Even if the older version cannot decode them: together or one by one, one of them is held."""
    older = replace(contract.feeds[0], encoding="ascii")
    newer = replace(contract.feeds[0], version="2.0.0", applies_from=date(2024, 2, 1), earlier=(older,))
    with desk_with(settings, key, replace(contract, feeds=(newer,))) as desk:
        for batch in batches:
            for name in batch.split():
                put_points(desk, points(contract, {}), name)
            desk.take()
        assert accounts(desk) == [
            ("20240131", "held", 0, 0, "1.0.0"),
            ("20240201", "loaded", 1, 0, "2.0.0"),
        ]


# ---------------------------------------------------------------- other headers


def test_a_renamed_header_that_an_alias_knows_is_taken(settings: Settings, key: Key, contract: Contract) -> None:
    knows = changed(contract, "point_name", aliases=("名称", "站名"))
    with desk_with(settings, key, knows) as desk:
        for day, header in (("20240201", "站点名称"), ("20240202", "名称"), ("20240203", " 站名 ")):
            put_points(desk, points(contract, {}).replace("站点名称".encode(), header.encode()), day)
        desk.take()
        assert {(line.state, line.rows_loaded, line.reason) for line in desk.warehouse.lines()} == {("loaded", 1, None)}
        assert desk.query("select distinct point_name from raw.service_centre__service_point") == [("一号站",)]


def test_a_header_beside_its_alias_is_one_column_twice(settings: Settings, key: Key, contract: Contract) -> None:
    """Nobody can know which of them is right: the sender must correct it."""
    knows = changed(contract, "point_name", aliases=("名称",))
    text = points(contract, {}).decode().replace("站点名称", "站点名称,名称").replace("一号站", "一号站,二号站")
    with desk_with(settings, key, knows) as desk:
        put_points(desk, text.encode())
        desk.take()
        (line,) = desk.warehouse.lines()
        assert (line.state, line.reason) == ("held", "columns stand twice: 站点名称, 名称: keep one of them")


def test_a_json_key_has_aliases_too(settings: Settings, key: Key, contracts: tuple[Contract, ...]) -> None:
    snap = next(contract for contract in contracts if contract.platform == "snap_report")
    knows = changed(snap, "photos", aliases=("pictures",))
    (row,) = json_rows(snap.feeds[0], [REPORT])
    data = ndjson_bytes(snap.feeds[0], [row]).replace(b'"photos"', b'"pictures"')
    with desk_with(settings, key, knows) as desk:
        put(desk.settings.inbox, "d", "snap_report_report_20240105.ndjson", data, T1)
        desk.take()
        assert desk.query("select photos from raw.snap_report__report") == [(2,)]


# ---------------------------------------------------------------- taking again


def test_rejected_rows_are_loaded_after_their_contract_was_mended(
    settings: Settings, key: Key, contract: Contract
) -> None:
    with desk_with(settings, key, contract) as desk:
        put_points(desk, points(contract, {}, {"point_type": "书屋"}, {"functions": 99}))
        desk.take()
        assert accounts(desk) == [("20240201", "loaded", 1, 2, "1.0.0")]
        changes = desk.warehouse.pending_changes()
    with desk_with(settings, key, mended(contract)) as desk:
        (settled,) = desk.take(again=True)
        assert [line.rows_loaded for line in settled.new] == [2]
        assert settled.rejected is not None
        assert settled.rejected["row_number"].to_list() == [4]
        assert accounts(desk) == [("20240201", "loaded", 2, 1, "1.0.0")]
        assert desk.query("select reasons from ledger.rejected_row") == [(["functions: maximum 50"],)]
        assert desk.query("select point_type from raw.service_centre__service_point order by 1") == [
            ("library",), ("station",)
        ]  # fmt: skip
        assert desk.warehouse.pending_changes() == changes + 1


def test_a_held_file_is_loaded_after_its_contract_was_mended(settings: Settings, key: Key, contract: Contract) -> None:
    without = points(contract, {}).decode().replace("功能数", "功能个数")
    with desk_with(settings, key, contract) as desk:
        put_points(desk, points(contract, {}, {}), "20240201")
        put_points(desk, without.encode(), "20240201_r2", at=T2)
        desk.take()
        assert [line[1] for line in accounts(desk)] == ["loaded", "held"]
    with desk_with(settings, key, changed(contract, "functions", required=False)) as desk:
        assert desk.take() == []
        desk.take(again=True)
        assert accounts(desk) == [
            ("20240201", "superseded", 2, 0, "1.0.0"),
            ("20240201_r2", "loaded", 1, 0, "1.0.0"),
        ]  # fmt: skip


def test_a_replaced_delivery_is_accounted_for_again_too(settings: Settings, key: Key, contract: Contract) -> None:
    with desk_with(settings, key, contract) as desk:
        put_points(desk, points(contract, {}, {"point_type": "书屋"}))
        put_points(desk, points(contract, {}), "20240201_r2", at=T2)
        desk.take()
        assert [line[1:4] for line in accounts(desk)] == [("superseded", 1, 1), ("loaded", 1, 0)]
    with desk_with(settings, key, mended(contract)) as desk:
        desk.take(again=True)
        assert [line[1:4] for line in accounts(desk)] == [("superseded", 2, 0), ("loaded", 1, 0)]
        assert desk.query("select count(*) from ledger.rejected_row") == [(0,)]


def test_taking_again_what_is_the_same_changes_nothing(settings: Settings, key: Key, contract: Contract) -> None:
    with desk_with(settings, key, contract) as desk:
        put_points(desk, points(contract, {}, {"point_type": "书屋"}))
        put_points(desk, points(contract, {}), "20240201_r2", at=T2)
        put_points(desk, b"\xff", "20240203")
        put_points(desk, points(contract, {}, {}), "20240204")
        desk.take()
        everything = "select * from ledger.delivery order by all"
        before = desk.query(everything), desk.ledger(), desk.raw(), desk.query("select * from ledger.change")
        settled = desk.take(again=True)
        assert [one.new for one in settled] == [(), (), ()]
        after = desk.query(everything), desk.ledger(), desk.raw(), desk.query("select * from ledger.change")
        assert before == after


@pytest.mark.parametrize(
    "corrected", [{"codes": {"书屋": "library", "党群服务中心": "hall"}}, {"privacy": Treatment.MASK}]
)
def test_other_rows_in_the_same_numbers_are_built(
    settings: Settings, key: Key, contract: Contract, corrected: dict[str, object]
) -> None:
    """No line of the ledger says that they differ. Only the day whose rows differ is built."""
    name = "point_type" if "codes" in corrected else "point_name"
    with desk_with(settings, key, mended(contract)) as desk:
        put_points(desk, points(contract, {"point_type": "党群服务中心", "point_name": "甲站"}))
        put_points(desk, points(contract, {"point_type": "书屋", "point_name": "甲**"}), "20240202")
        desk.take()
        desk.query("delete from ledger.change")
    with desk_with(settings, key, changed(mended(contract), name, **corrected)) as desk:
        settled = desk.take(again=True)
        assert [one.new for one in settled] == [(), ()]
        assert desk.query("select feed, business_date from ledger.change") == [("service_point", date(2024, 2, 1))]


def test_other_reasons_for_the_same_rows_are_kept_too(settings: Settings, key: Key, contract: Contract) -> None:
    """The line of the ledger is unchanged: one row rejected."""
    with desk_with(settings, key, contract) as desk:
        put_points(desk, points(contract, {"functions": 99}))
        desk.take()
    with desk_with(settings, key, changed(contract, "functions", maximum=60)) as desk:
        desk.take(again=True)
        assert desk.query("select reasons from ledger.rejected_row") == [(["functions: maximum 60"],)]


def test_a_delivery_that_another_contract_holds_leaves_no_rows(
    settings: Settings, key: Key, contract: Contract
) -> None:
    with desk_with(settings, key, contract) as desk:
        put_points(desk, points(contract, {}, {"functions": 99}))
        put_points(desk, points(contract, {}), "20240202")
        desk.take()
    with desk_with(settings, key, changed(contract, "functions", header="功能个数")) as desk:
        put_points(desk, points(contract, {}).replace("功能数".encode(), "功能个数".encode()), "20240202_r2", at=T2)
        desk.take(again=True)
        assert accounts(desk) == [
            ("20240201", "held", 0, 0, "1.0.0"),
            ("20240202", "held", 0, 0, "1.0.0"),
            ("20240202_r2", "loaded", 1, 0, "1.0.0"),
        ]


# ---------------------------------------------------------------- retention


def kept(desk: Desk) -> int:
    return sum(file.is_file() for file in desk.settings.archive.rglob("*"))


def test_files_are_deleted_when_their_time_is_over_and_not_a_day_before(
    settings: Settings, key: Key, contract: Contract
) -> None:
    limited = replace(contract, keeps_files_days=30)
    with desk_with(settings, key, limited) as desk:
        put_points(desk, points(contract, {}, {"functions": 99}))
        put_points(desk, points(contract, {}), "20240201_r2", at=T2)
        put_points(desk, b"\xff", "20240203")
        put(desk.settings.inbox, "d", "stray.txt", b"x", T1)
        desk.take()
        before = desk.ledger(), desk.raw(), desk.warehouse.pending_changes()
        assert retention.expire(desk.warehouse, [limited], settings, TAKEN + timedelta(days=30)) == 0
        assert kept(desk) == 3
        assert retention.expire(desk.warehouse, [limited], settings, TAKEN + timedelta(days=31)) == 3
        assert kept(desk) == 0
        assert retention.expire(desk.warehouse, [limited], settings, TAKEN + timedelta(days=32)) == 0
        assert before == (desk.ledger(), desk.raw(), desk.warehouse.pending_changes())


def test_without_a_retention_files_are_kept_for_ever(settings: Settings, key: Key, contract: Contract) -> None:
    with desk_with(settings, key, contract) as desk:
        put_points(desk, points(contract, {}))
        desk.take()
        assert retention.expire(desk.warehouse, [contract], settings, TAKEN + timedelta(days=9999)) == 0
        assert kept(desk) == 1


@pytest.mark.parametrize(("others", "deleted"), [(None, 0), (40, 0), (20, 1)])
def test_bytes_of_two_platforms_are_kept_as_long_as_either_wants_them(
    settings: Settings, key: Key, contracts: tuple[Contract, ...], contract: Contract, others: int | None, deleted: int
) -> None:
    visit = replace(next(one for one in contracts if one.platform == "home_visit"), keeps_files_days=others)
    limited = replace(contract, keeps_files_days=30)
    with desk_with(settings, key, limited, visit) as desk:
        put_points(desk, b"the same bytes")
        put(desk.settings.inbox, "d", "home_visit_visit_20240201.csv", b"the same bytes", T1)
        desk.take()
        assert [line.state for line in desk.warehouse.lines()] == ["held", "held"]
        later = TAKEN + timedelta(days=35)
        assert retention.expire(desk.warehouse, [limited, visit], settings, later) == deleted
        assert kept(desk) == 1 - deleted


def test_a_correction_does_not_prolong_how_long_its_predecessor_is_kept(
    settings: Settings, key: Key, contract: Contract
) -> None:
    """Its line is rewritten; the time of loading stays the same."""
    with desk_with(settings, key, contract) as desk:
        put_points(desk, points(contract, {}))
        desk.take()
        desk.warehouse.connection.execute("update ledger.delivery set taken_at = '2024-02-02 05:00:00'")
        put_points(desk, points(contract, {}, {}), "20240201_r2", at=T2)
        desk.take()
        limited = replace(contract, keeps_files_days=30)
        assert retention.expire(desk.warehouse, [limited], settings, TAKEN) == 1
        (there,) = [file for file in settings.archive.rglob("*") if file.is_file()]
        assert landing.hash_of(there) == desk.warehouse.lines()[1].sha256


def test_what_is_not_kept_any_more_cannot_be_taken_again_and_stays_as_it_is(
    settings: Settings, key: Key, contract: Contract
) -> None:
    with desk_with(settings, key, contract) as desk:
        put_points(desk, points(contract, {}, {"point_type": "书屋"}))
        put_points(desk, b"\xff", "20240203")
        desk.take()
        limited = replace(contract, keeps_files_days=1)
        for file in settings.inbox.rglob("*.csv"):
            file.unlink()
        assert retention.expire(desk.warehouse, [limited], settings, TAKEN + timedelta(days=2)) == 2
        before = desk.ledger(), desk.raw()
    with desk_with(settings, key, mended(contract)) as desk:
        assert [one.new for one in desk.take(again=True)] == [(), ()]
        assert (desk.ledger(), desk.raw()) == before
        assert accounts(desk)[0] == ("20240201", "loaded", 1, 1, "1.0.0")


def test_a_replaced_file_that_is_not_kept_any_more_does_not_come_in_force(
    settings: Settings, key: Key, contract: Contract
) -> None:
    """Its correction is held with another contract: nothing is left to load, and the run continues."""
    with desk_with(settings, key, contract) as desk:
        put_points(desk, points(contract, {}))
        put_points(desk, points(contract, {}, {}), "20240201_r2", at=T2)
        desk.take()
        first = next(line for line in desk.warehouse.lines() if line.revision == 1)
        landing.archived(settings.archive, first.sha256).unlink()
        (settings.inbox / "d" / first.file_name).unlink()
    with desk_with(settings, key, changed(contract, "functions", header="功能个数")) as desk:
        desk.take(again=True)
        assert {line.reason for line in desk.warehouse.lines()} == {
            "the archive keeps it no more",
            "required columns are missing: 功能个数: was it renamed, or is the header elsewhere?",
        }
        assert {line[1] for line in accounts(desk)} == {"held"}
    with desk_with(settings, key, contract) as desk:
        desk.take(again=True)
        assert {line.revision: line.state for line in desk.warehouse.lines()} == {1: "held", 2: "loaded"}
        accounts(desk)


def test_a_replaced_delivery_that_is_in_force_again_is_read_by_the_contract_as_it_is_now(
    settings: Settings, key: Key, contract: Contract
) -> None:
    """It turns out that the bytes of its correction were received earlier, under an older revision."""
    correction = points(contract, {}, {})
    with desk_with(settings, key, contract) as desk:
        put_points(desk, points(contract, {}, {"point_type": "书屋"}), at=T1)
        put_points(desk, correction, "20240201_r2", at=T2)
        desk.take()
    with desk_with(settings, key, mended(contract)) as desk:
        put_points(desk, correction, folder="e", at=T1 - timedelta(hours=1))
        desk.take()
        assert [(line.state, line.rows_loaded, line.rows_rejected) for line in desk.warehouse.lines()] == [
            ("loaded", 2, 0), ("duplicate", 0, 0), ("superseded", 2, 0),
        ]  # fmt: skip
        accounts(desk)

"""When there is something to build or to publish, after any interruption."""

import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.contracts.model import Feed
from pipelines.dbt_bridge import code_version
from pipelines.installation import House
from pipelines.warehouse import database_file, store
from pipelines.warehouse.store import Warehouse
from tests.unit.helpers import put


def publish_as(house: House, generation: str) -> Path:
    """The result of a publication: the file and the pointer."""
    published = house.settings.published
    published.mkdir(parents=True, exist_ok=True)
    file = published / f"sihe-{generation}.duckdb"
    file.touch()
    (published / "current.json").write_text(json.dumps({"generation": generation, "file": file.name}))
    return file


def build(house: House, warehouse: Warehouse) -> None:
    warehouse.note_build(code_version(house.settings), is_whole=True)


def test_what_was_built_and_published_needs_nothing(house: House, warehouse: Warehouse) -> None:
    assert house.needs_build(warehouse)
    build(house, warehouse)
    publish_as(house, "1")
    warehouse.note_published("1")
    assert not house.needs_build(warehouse)


def test_a_build_that_was_not_published_is_published_by_the_next_run(house: House, warehouse: Warehouse) -> None:
    publish_as(house, "1")
    build(house, warehouse)
    assert house.needs_build(warehouse)


def test_a_publication_that_is_gone_is_made_again(house: House, warehouse: Warehouse) -> None:
    build(house, warehouse)
    file = publish_as(house, "1")
    warehouse.note_published("1")
    file.unlink()
    assert house.needs_build(warehouse)


def test_facts_that_were_published_elsewhere_than_the_home_wants_them_are_published_again(
    house: House, warehouse: Warehouse
) -> None:
    named = 'code: "610302"\nname: 某区\ntitle: {zh: 某区, en: Some}\nletter: 某\n'
    house.settings.district_file.write_text(f"{named}facts: database\n", encoding="utf-8")
    build(house, warehouse)
    publish_as(house, "1")
    warehouse.note_published("1")
    assert not house.needs_build(warehouse)
    house.settings.district_file.write_text(f"{named}facts: parquet\n", encoding="utf-8")
    assert house.needs_build(warehouse)


def test_half_a_build_and_another_version_of_the_code_are_built(house: House, warehouse: Warehouse) -> None:
    publish_as(house, "1")
    warehouse.note_build(code_version(house.settings), is_whole=False)
    warehouse.note_published("1")
    assert house.needs_build(warehouse)
    warehouse.note_build("another", is_whole=True)
    warehouse.note_published("1")
    assert house.needs_build(warehouse)


def test_a_stray_in_the_ledger_is_published_too(house: House, warehouse: Warehouse) -> None:
    build(house, warehouse)
    publish_as(house, "1")
    warehouse.note_published("1")
    warehouse.note_unbuilt()
    assert house.needs_build(warehouse)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("district.yaml", "code: '610303'\n"),
        ("seeds/kpi_override.csv", "valid_from\n"),
        ("seeds/calendar.csv", "from_on\n"),
        ("seeds/public_holiday.csv", "from_on\n"),
        ("seeds/term.csv", "zh\n"),
        ("seeds/division.csv", "code\n"),
        ("contracts/command_centre.odcs.yaml", "version: 2.0.0\n"),
    ],
)
def test_what_the_home_says_otherwise_is_built(house: House, warehouse: Warehouse, file: str, text: str) -> None:
    build(house, warehouse)
    publish_as(house, "1")
    warehouse.note_published("1")
    assert not house.needs_build(warehouse)
    path = house.settings.home / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    assert house.needs_build(warehouse)


def test_a_run_opens_the_warehouse_once_for_all_its_steps(house: House) -> None:
    twin = replace(house)  # as Dagster's definitions load one of their own
    with house.writing_throughout("a night", []):
        with house.writing("one") as one:
            one.note_unbuilt()
        with twin.writing("two") as two:
            assert two is one
        with pytest.raises(ValueError, match="of a step"), house.writing("three"):
            raise ValueError("of a step")
        with house.writing("four") as four:
            assert four is one
        assert not database_file.is_sealed(house.settings)
    assert database_file.is_sealed(house.settings)
    with house.writing("later") as later:
        assert later is not one


def test_after_an_error_of_the_database_a_run_opens_it_again_and_examines_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    examined: list[object] = []
    monkeypatch.setattr(store, "examine", examined.append)
    with house.writing_throughout("a night", []):
        with house.writing("one") as one, one.transaction():
            one.note_unbuilt()
        with pytest.raises(duckdb.Error, match="nowhere"), house.writing("two") as two:
            two.connection.execute("from nowhere")
        assert not database_file.is_sealed(house.settings)
        with house.writing("three") as three:
            assert three is not one
        assert len(examined) == 1
        with house.writing("four") as four:
            assert four is not three
        assert len(examined) == 1
    assert database_file.is_sealed(house.settings)


def test_an_error_in_the_last_step_leaves_a_database_to_be_examined(house: House) -> None:
    with (
        pytest.raises(duckdb.Error, match="nowhere"),
        house.writing_throughout("a night", []),
        house.writing("one") as one,
    ):
        one.connection.execute("from nowhere")
    assert not database_file.is_sealed(house.settings)


def test_a_run_looks_into_the_inbox_once(house: House, feeds: dict[str, Feed]) -> None:
    at = datetime(2024, 1, 6, 3, 0)
    names = ["command_centre_event_20240105.csv", "notes.txt", "service_centre_service_point_20240107.csv"]
    for name in names:
        put(house.settings.inbox, "a", name, b"x", at)
    found = house.arrivals()
    days = (date(2024, 1, 5), date(2024, 1, 6))
    with house.writing_throughout("a night", found):
        put(house.settings.inbox, "a", "command_centre_event_20240106.csv", b"x", at)
        assert [one.file_name for one in house.arrivals()] == names
        assert [one.file_name for one in house.arrivals([feeds["command_centre.event"]], days)] == names[:1]
    assert len(house.arrivals()) == 4
    assert len(house.arrivals([feeds["command_centre.event"]], days)) == 2

"""When there is something to build or to publish, after any interruption."""

import json
from pathlib import Path

from pipelines.dbt_bridge import code_version
from pipelines.installation import House
from pipelines.warehouse.store import Warehouse


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

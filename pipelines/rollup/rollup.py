"""`sihe rollup`: the parcels of an inbox → the sums → dbt's figures → a new generation.

Belongs here: the order of the steps, and when there is nothing to do. Does not belong here: the steps (`reception`,
`sums`, `dbt_bridge`, `publish`). The caller holds the lock of the home.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines import dbt_bridge
from pipelines.contracts.model import Contract
from pipelines.districts import above
from pipelines.publication import publish
from pipelines.publication.publish import Publication
from pipelines.registry.loading import Registry
from pipelines.rollup import housed, reception, sums
from pipelines.rollup.housed import HandedUp
from pipelines.rollup.reception import Reception
from pipelines.rollup.sums import Chosen
from pipelines.settings import LOCK_WAIT_SECONDS, Settings
from pipelines.warehouse import database_file
from pipelines.warehouse.store import Warehouse

_STAMP = "rollup.stamp"


class NothingDelivered(RuntimeError):
    """No district has a parcel that can be used."""


@dataclass(frozen=True)
class Result:
    """What was received and used; publication: None if nothing has changed since the generation that is published.
    handed_up: of the districts that the city runs itself."""

    handed_up: HandedUp
    received: Reception
    chosen: Chosen
    publication: Publication | None


def roll_up(settings: Settings, contracts: Sequence[Contract], registry: Registry) -> Result:
    """Publishes the area of city.yaml from the parcels in the inbox and those of its own districts' publications;
    raises DistrictError for city.yaml, and NothingDelivered."""
    area = above.load(settings)
    handed_up = housed.hand_up(settings, area)
    received = reception.receive(settings.inbox, area, settings.clock().date(), handed_up.folders)
    if received.day is None:
        refused = [f"{one.file}: {one.why}" for district in received.districts for one in district.refused]
        raise NothingDelivered(
            "\n".join([f"{settings.inbox} has no parcel that can be used: inbox/<district>/parcel-….zip", *refused])
        )
    chosen = sums.choose(received, registry)
    dbt_bridge.ensure_manifest(settings, contracts, registry=registry)
    stamp = _stamp(settings, received)
    if _is_published(settings, stamp):
        return Result(handed_up, received, chosen, None)
    names = above.district_names(area.districts)
    names |= {code: one.manifest.name for code, one in chosen.parcels.items()}
    _remove_database(settings)
    # Everything is in the parcels: the working database is made again each time.
    with _working(settings) as connection:
        Warehouse(connection, settings).prepare(contracts)
        sums.fill(connection, area, chosen, registry, settings.clock())
    dbt_bridge.build(settings, sums.BUILT)
    with _working(settings) as connection:
        sums.add_districts(connection, area, received, chosen, names)
    is_demo = any(one.manifest.is_demo for one in chosen.parcels.values())
    published = publish.publish(settings, dbt_bridge.code_version(settings), is_demo=is_demo, said=sums.descriptions())
    _stamp_file(settings).write_text(f"{published.generation} {stamp}\n", encoding="utf-8")
    return Result(handed_up, received, chosen, published)


def _stamp(settings: Settings, received: Reception) -> str:
    """Changes with anything that the generation is made of."""
    told = [dbt_bridge.code_version(settings), settings.city_file.read_text(encoding="utf-8"), str(received.day)]
    for one in received.districts:
        told += [one.district, one.chosen.sha256 if one.chosen else "", *(bad.file.name for bad in one.refused)]
        told += [early.sha256 for early in one.passed_over]
    return hashlib.sha256("\0".join(told).encode()).hexdigest()


def _is_published(settings: Settings, stamp: str) -> bool:
    file, now = _stamp_file(settings), publish.current(settings.published)
    if not file.exists() or now is None or not (settings.published / str(now.get("file"))).exists():
        return False
    return file.read_text(encoding="utf-8").split() == [now.get("generation"), stamp]


def _stamp_file(settings: Settings) -> Path:
    return settings.working_db.with_name(_STAMP)


def _working(settings: Settings) -> duckdb.DuckDBPyConnection:
    return database_file.connect(settings.working_db, LOCK_WAIT_SECONDS)


def _remove_database(settings: Settings) -> None:
    settings.working_db.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for file in (settings.working_db, database_file.log_of(settings), database_file.seal_of(settings)):
        file.unlink(missing_ok=True)

"""The districts that a city runs itself: each has a complete home of its own in the city's `districts/`.

Belongs here: which they are, making their homes, their parcels for the city. Does not belong here: running them
(`commands.city`), parcels that were sent (`reception`).

A parcel is the only thing that goes up from such a district too: the sums are made in one way, and what a city has of a
district is the same whether it runs Sihe itself or not.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.districts import setup
from pipelines.districts.above import Area
from pipelines.publication import publish
from pipelines.rollup import parcel
from pipelines.rollup.reception import MOST_TRIED
from pipelines.settings import Settings, of_district


@dataclass(frozen=True)
class HandedUp:
    """folders: where the parcels of each district are that has made one; failed: district → why it has no new one."""

    folders: Mapping[str, Path]
    failed: Mapping[str, str]


def districts(city: Settings, area: Area) -> dict[str, Settings]:
    """The districts of the area that have a home here, by code; it may have to be completed by `made`."""
    homes = {code: of_district(city, code) for code in sorted(area.districts)}
    return {code: home for code, home in homes.items() if home.home.is_dir()}


def made(city: Settings, code: str) -> Settings:
    """The settings of a district, with its home and inbox. Raises UnknownDistrict if the national register does not
    have it and its home has no district.yaml."""
    found = of_district(city, code)
    setup.prepare_in_city(found, code)
    found.inbox.mkdir(parents=True, exist_ok=True)
    return found


def hand_up(city: Settings, area: Area) -> HandedUp:
    """Writes the parcel of what each district has published. The city keeps as many of each as it looks at; if one
    cannot be written, those before it stay."""
    folders, failed = {}, {}
    for code, home in districts(city, area).items():
        if publish.current(home.published) is None:
            continue
        try:
            parcel.write(home, home.parcels)
        except (parcel.Nothing, duckdb.Error, OSError) as error:
            failed[code] = str(error).splitlines()[0]
        with contextlib.suppress(OSError):
            for old in sorted(home.parcels.glob("parcel-*.zip"))[:-MOST_TRIED]:
                old.unlink()
        if any(home.parcels.glob("parcel-*.zip")):
            folders[code] = home.parcels
    return HandedUp(folders, failed)

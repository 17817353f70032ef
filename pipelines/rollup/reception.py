"""The parcels of an inbox: `inbox/<district>/parcel-….zip`, which of them are in force, and what is wrong with others.

Belongs here: looking through the folders, choosing a parcel of each district, the day that the area is shown on. Does
not belong here: what a parcel is (`parcel`), the sums (`sums`).

A parcel that cannot be used touches its own district alone, which then keeps its parcel before. Nothing is remembered:
the same files give the same choice, in whatever order they came.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from pipelines.districts import codes
from pipelines.districts.above import Area
from pipelines.rollup import parcel
from pipelines.rollup.parcel import NoParcel, Parcel
from pipelines.settings import BEIJING, FIRST_BUSINESS_DATE

_NAME = re.compile(rf"parcel-[0-9]{{{codes.DISTRICT}}}-[0-9]{{8}}-[0-9]{{8}}-[0-9]{{6}}(-[0-9]+)?\.zip")
# Of each district: a folder of years of parcels is not read through to find a good one; and as many other files.
MOST_TRIED = 30


@dataclass(frozen=True)
class Refused:
    """A file of a district that cannot be used, and why: the kind of NoParcel, and in words."""

    file: Path
    kind: str
    why: str


@dataclass(frozen=True)
class Received:
    """What a district has handed up. chosen: the parcel in force; None if there is none that can be used. passed_over:
    sound parcels that are newer or older than the chosen one, as far as they were read."""

    district: str
    chosen: Parcel | None = None
    refused: Sequence[Refused] = field(default_factory=tuple)
    passed_over: Sequence[Parcel] = field(default_factory=tuple)

    def state(self, day: date | None) -> str:
        """delivered (up to the day), late (up to an earlier one), refused (only unusable files) or missing."""
        if self.chosen is None:
            return "refused" if self.refused else "missing"
        return "delivered" if day is not None and self.chosen.manifest.data_through >= day else "late"


@dataclass(frozen=True)
class Reception:
    """All districts of an area, by code, and the newest day that is shown; None if nothing can be used. strangers:
    files and folders of no district of the area."""

    day: date | None
    districts: Sequence[Received]
    strangers: Sequence[Path]


def receive(inbox: Path, area: Area, today: date, own: Mapping[str, Path] | None = None) -> Reception:
    """Chooses the parcels in force. own: the folders of those districts whose parcels are made here; what lies in the
    inbox of them does not count.

    The day of the area is the newest one that at least half of the districts with a parcel have reached: one that is
    early, or whose clock is wrong, does not make all others late. Of a district that is ahead, the parcel up to that
    day is used if it is still there, else what its newest one says of the days up to it.
    """
    expected = sorted(area.districts)
    folders = {district: inbox / district for district in expected} | dict(own or {})
    newest = {district: _newest(folders[district], district, today, None) for district in expected}
    reached = sorted(
        (one.chosen.manifest.data_through for one in newest.values() if one.chosen is not None), reverse=True
    )
    day = reached[(len(reached) - 1) // 2] if reached else None
    found = []
    for district, one in newest.items():
        ahead = day is not None and one.chosen is not None and one.chosen.manifest.data_through > day
        earlier = _newest(folders[district], district, today, day) if ahead else one
        found.append(earlier if earlier.chosen is not None else one)
    entries = sorted(inbox.iterdir()) if inbox.is_dir() else []
    strangers = [one for one in entries if one.name not in expected and not one.name.startswith(".")]
    return Reception(day, found, strangers)


def sent(inbox: Path, district: str) -> list[Path]:
    """The parcels that lie in the inbox of a district, newest first."""
    return [file for file in _files(inbox / district) if _NAME.fullmatch(file.name)]


def _newest(folder: Path, district: str, today: date, until: date | None) -> Received:
    """The newest sound parcel, by its own account; with `until` the newest one that ends by then."""
    refused: list[Refused] = []
    passed_over: list[Parcel] = []
    for file in _tried(folder):
        try:
            found = _read(file, district, today)
        except NoParcel as error:
            refused.append(Refused(file, error.kind, str(error)))
            continue
        if until is None or found.manifest.data_through <= until:
            return Received(district, found, refused, passed_over)
        passed_over.append(found)
    return Received(district, None, refused, passed_over)


def _tried(folder: Path) -> list[Path]:
    """Files of other names, such as a district's own archives, take no place of a parcel."""
    files = list(_files(folder))
    named = [file for file in files if _NAME.fullmatch(file.name)]
    others = [file for file in files if not _NAME.fullmatch(file.name)]
    tried = {*named[:MOST_TRIED], *others[:MOST_TRIED]}
    return [file for file in files if file in tried]


def _files(folder: Path) -> Iterator[Path]:
    """Newest first by the dates in their names: days covered, then generation."""
    if folder.is_dir() and not folder.is_symlink():
        yield from sorted((one for one in folder.iterdir() if one.suffix == ".zip"), key=lambda one: one.stem)[::-1]


def _read(file: Path, district: str, today: date) -> Parcel:
    if not _NAME.fullmatch(file.name):
        raise NoParcel("foreign", "has no name of a parcel: give it the name that sihe parcel gave it")
    found = parcel.read(file)
    manifest = found.manifest
    if manifest.district != district:
        raise NoParcel("foreign", f"is a parcel of {manifest.district}, in the folder of {district}")
    if manifest.data_through > today:
        raise NoParcel("clock", f"has days up to {manifest.data_through}, after today: one of the two clocks is wrong")
    if manifest.data_from < FIRST_BUSINESS_DATE:
        raise NoParcel("contents", f"begins on {manifest.data_from}, before {FIRST_BUSINESS_DATE}: no platform did")
    if manifest.data_from > manifest.data_through:
        raise NoParcel("contents", "ends before it begins")
    return found


def received_at(file: Path) -> datetime:
    """When a file was received: its time of modification, Beijing time without a zone."""
    return datetime.fromtimestamp(file.stat().st_mtime, BEIJING).replace(tzinfo=None, microsecond=0)

"""Which generations are kept, for how long, and under which name they are cited.

Belongs here: the list of generations, the rule of keeping, pins. Does not belong here: making a generation, deleting
its files (`publish`).

Kept are the newest few; all of the last two days; the last one of each day for a month, and of each month for two
years; and those that are pinned. If they take more than the disk budget, the oldest go first, never the newest few or a
pinned one.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from pipelines.settings import GENERATIONS_KEPT
from pipelines.warehouse.database_file import offline_config

ALL_FOR, DAILY_FOR, MONTHS = timedelta(hours=48), timedelta(days=30), 24
_NAME = re.compile(r"sihe-(\d{8}-\d{6})(-\d+)?")


@dataclass(frozen=True)
class Generation:
    """size: bytes of its file and copies. note: why it is pinned; null if it is not."""

    name: str
    file: Path
    built_at: datetime
    size: int
    note: str | None = None


def listed(published: Path) -> list[Generation]:
    """All generations, newest first. A file of another name is none."""
    pinned = pins(published)
    found = []
    for file in published.glob("sihe-*.duckdb"):
        if not (named := _NAME.fullmatch(file.stem)):
            continue
        try:
            size = file.stat().st_size + sum(_size(one) for one in file.with_suffix("").rglob("*"))
        except FileNotFoundError:
            continue  # deleted meanwhile
        name = file.stem.removeprefix("sihe-")
        built_at = datetime.strptime(named[1], "%Y%m%d-%H%M%S")
        found.append(Generation(name, file, built_at, size, pinned.get(name)))
    return sorted(found, key=lambda one: (one.built_at, _number(one.name)), reverse=True)


def _size(copy: Path) -> int:
    """Its share, if other generations have the same file."""
    found = copy.stat()
    return found.st_size // found.st_nlink if copy.is_file() else found.st_size


def _number(name: str) -> int:
    """Of generations of the same second."""
    return int(name.split("-")[2]) if name.count("-") == 2 else 1


def superfluous(generations: Sequence[Generation], now: datetime, budget: int) -> list[Generation]:
    """The generations that are kept no longer, oldest first. generations: newest first; budget: bytes."""
    safe = {one.name for one in generations[:GENERATIONS_KEPT]} | {
        one.name for one in generations if one.note is not None
    }
    kept = safe | {one.name for one in generations if now - one.built_at <= ALL_FOR}
    daily = [one for one in generations if now - one.built_at <= DAILY_FOR]
    kept |= _last_of_each(daily, "%Y%m%d")
    months = (now.year * 12 + now.month) - MONTHS
    kept |= _last_of_each([one for one in generations if one.built_at.year * 12 + one.built_at.month > months], "%Y%m")
    left = [one for one in generations if one.name in kept]
    total = sum(one.size for one in left)
    for one in reversed(left):
        if total <= budget:
            break
        if one.name not in safe:
            kept.discard(one.name)
            total -= one.size
    return [one for one in reversed(generations) if one.name not in kept]


def _last_of_each(generations: Iterable[Generation], period: str) -> set[str]:
    last: dict[str, str] = {}
    for one in generations:  # newest first
        last.setdefault(one.built_at.strftime(period), one.name)
    return set(last.values())


def cited(one: Generation) -> str | None:
    """The name under which a generation is cited: district (or city), generation, and the version of its definitions;
    null if its file cannot be read. What was published before any data has no place in its name."""
    # The code of the whole is the shortest: that of the city above districts, else of the district.
    whole = "select org_code from marts.dim_org order by length(org_code), org_code limit 1"
    question = f"select ({whole}), code_version from meta.build"
    try:
        with duckdb.connect(str(one.file), read_only=True, config=offline_config()) as reader:
            district, version = reader.execute(question).fetchall()[0]
    except duckdb.Error:
        return None
    place = f"{district}/" if district else ""
    return f"sihe:{place}{one.name}@{version}"


# ---------------------------------------------------------------- pins


def pins(published: Path) -> Mapping[str, str]:
    """Name → note of the pinned generations; raises ValueError if the file says something else."""
    file = published / "pins.json"
    if not file.exists():
        return {}
    read = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(read, dict):
        raise ValueError(f"{file}: an object of generations and notes is needed")
    return {str(name): str(note) for name, note in read.items()}


def pin(published: Path, name: str, note: str | None) -> None:
    """Keeps a generation forever; without a note, no longer. Raises KeyError if there is no such generation."""
    if name not in {one.name for one in listed(published)}:
        raise KeyError(name)
    changed = {other: said for other, said in pins(published).items() if other != name}
    if note is not None:
        changed[name] = note
    _write(published, changed)


def forget_pins(published: Path) -> None:
    """Of generations that no longer exist: an erasure deletes pinned ones too."""
    known = {one.name for one in listed(published)}
    pinned = pins(published)
    if set(pinned) - known:
        _write(published, {name: note for name, note in pinned.items() if name in known})


def _write(published: Path, changed: Mapping[str, str]) -> None:
    temporary = published / ".pins.tmp"
    temporary.write_text(json.dumps(changed, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    temporary.replace(published / "pins.json")

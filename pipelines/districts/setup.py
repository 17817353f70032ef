"""Setting up a district: the files that `sihe init --district CODE` writes into the home.

Belongs here: contents of the files, refusing to overwrite, the message for an unknown code. Does not belong here:
reading the files (`district`), arguments and output (`commands`).
"""

from collections.abc import Sequence
from pathlib import Path

import yaml

from pipelines.districts import codes, divisions
from pipelines.districts.district import DIVISION, KPI_OVERRIDE, District, DivisionRow, OverrideRow, as_csv
from pipelines.districts.divisions import Division
from pipelines.settings import Settings

_HEAD = """\
# The district of this installation. Edit as needed; the next sihe run publishes the change.
# code: six digits, as in the exports; name: the district; title: of the dashboard; letter: the sign in its logo.
# connected: the platforms (or single feeds, platform.feed) that deliver; without it all do. KPIs on others are off.
# facts: database (the default) or parquet: whether rows of facts are tables of the published file, or files beside it.
"""


class UnknownDistrict(ValueError):
    """No district of the national register has the code; the message lists the nearest districts."""


class AlreadyThere(ValueError):
    """Files in the home that would be overwritten."""


def prepare(
    settings: Settings,
    code: str,
    *,
    overwrite: bool = False,
    english: str | None = None,
    connected: Sequence[str] = (),
    targets: Sequence[OverrideRow] | None = None,
) -> list[Path]:
    """Writes district.yaml, seeds/division.csv (streets and communities from the register) and
    seeds/kpi_override.csv (only the header without targets); returns the files.

    english: the name in the English title. connected: the platforms or feeds that deliver; none: all. overwrite: also
    replace existing files. Raises UnknownDistrict or AlreadyThere before it writes anything.
    """
    found = _found(code)
    named = District.named(found.code, found.name, english)
    if connected:
        named = named.model_copy(update={"connected": list(connected)})
    contents = {
        settings.district_file: _HEAD + _document(named),
        settings.local_seeds / DIVISION: _divisions(code),
        settings.local_seeds / KPI_OVERRIDE: as_csv(
            list(OverrideRow.model_fields), (tuple(dict(row).values()) for row in targets or ())
        ),
    }
    if not overwrite and (there := [str(file) for file in contents if file.exists()]):
        raise AlreadyThere(f"{', '.join(there)} already exists: use --overwrite to replace")
    for file, text in contents.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return list(contents)


def prepare_in_city(settings: Settings, code: str) -> None:
    """Writes what is missing of district.yaml and seeds/division.csv for a district that its city runs: no targets,
    so that the city's apply. district.yaml comes last and at once: a home that has it is complete.

    Raises UnknownDistrict before it writes anything.
    """
    if settings.district_file.exists():
        return
    found = _found(code)
    for file, text in (
        (settings.local_seeds / DIVISION, _divisions(code)),
        (settings.district_file, _HEAD + _document(District.named(found.code, found.name))),
    ):
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            temporary = file.with_name(f".{file.name}.part")
            temporary.write_text(text, encoding="utf-8")
            temporary.replace(file)


def _divisions(code: str) -> str:
    return as_csv(list(DivisionRow.model_fields), [(one.code, one.name) for one in divisions.inside(code)])


def _found(code: str) -> Division:
    found = divisions.district(code)
    if found is None:
        raise UnknownDistrict(unknown(code))
    return found


def _document(district: District) -> str:
    return yaml.safe_dump(
        district.model_dump(exclude_none=True, exclude_defaults=True), allow_unicode=True, sort_keys=False
    )


def unknown(code: str) -> str:
    """What is said of a code, or of a name in its place, that no district has: the nearest ones with their codes."""
    near = "".join(f"\n  {one.code}  {divisions.full_name(one)}" for one in divisions.near(code))
    wanted = f"{code!r} is not a district in the national register of 2023 ({codes.DISTRICT} digits)"
    return f"{wanted}; nearest:{near}" if near else wanted

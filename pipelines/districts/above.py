"""The area above the districts of an installation, a city or a province: strict reading of `HOME/city.yaml`.

Belongs here: keys of the file, their errors by file, line and key, setting one up from the national register. Does not
belong here: the numbers of the area (`rollup`), the file of a district (`district`).
"""

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from pipelines import documents
from pipelines.districts import codes, divisions
from pipelines.districts.district import DistrictError, Text, Title, digits, strict
from pipelines.districts.setup import AlreadyThere
from pipelines.settings import Settings

LEVELS = {codes.PROVINCE: "province", codes.CITY: "city"}
_WHAT_TO_DO = "correct it, or remove the file and run sihe init --city CODE"
_HEAD = """\
# The city (code of four digits) or province (two) of this installation. Edit as needed; the next sihe run uses it.
# districts: the codes of those that hand up parcels or deliver exports; one that does not is said to be missing.
"""
# The register's names of what stands between a municipality and its districts.
_BETWEEN = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")

_AREA = rf"^[0-9]{{{codes.PROVINCE}}}([0-9]{{{codes.CITY - codes.PROVINCE}}})?$"
_Code = Annotated[str, BeforeValidator(digits), Field(pattern=rf"^[0-9]{{{codes.DISTRICT}}}$")]


class UnknownArea(ValueError):
    """The national register has no such city or province."""


class Area(BaseModel):
    """`city.yaml`. code: four or two digits; letter: the sign in the logo; districts: those that are expected."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: Annotated[str, BeforeValidator(digits), Field(pattern=_AREA)]
    name: Text
    title: Title
    letter: Annotated[str, Field(min_length=1, max_length=1)]
    districts: Annotated[list[_Code], Field(min_length=1)]

    @property
    def level(self) -> str:
        return LEVELS[len(self.code)]


def load(settings: Settings) -> Area:
    """The content of city.yaml; raises DistrictError, also if there is no such file."""
    file = settings.city_file
    if not file.exists():
        raise DistrictError(file, "", None, "is missing: call sihe init --city CODE first")
    root, found = strict(file, Area, _WHAT_TO_DO)
    foreign = [one for one in found.districts if not one.startswith(found.code)]
    if foreign or len(set(found.districts)) != len(found.districts):
        problem = f"{foreign[0]} does not begin with {found.code}" if foreign else "a district is there twice"
        raise DistrictError(file, "districts", documents.line_of(root, ("districts",)), f"{problem} ({_WHAT_TO_DO})")
    return found


def prepare(settings: Settings, code: str, *, overwrite: bool = False) -> tuple[Path, Area]:
    """Writes city.yaml with all districts of the national register; returns it with its content. Raises UnknownArea or
    AlreadyThere before it writes anything."""
    names = {one.code: one.name for one in divisions.upper()}
    if len(code) not in LEVELS or code not in names:
        raise UnknownArea(f"{code!r} is neither a city (four digits) nor a province (two) in the national register")
    # In a municipality the level of the city has no name of its own.
    name = names[code] if names[code] not in _BETWEEN else names[code[: codes.PROVINCE]]
    title = Title(zh=f"{name}基层治理驾驶舱", en=f"{name} · Governance")
    inside = sorted(one.code for one in divisions.districts() if one.code.startswith(code))
    area = Area(code=code, name=name, title=title, letter=name[0], districts=inside)
    file = settings.city_file
    if file.exists() and not overwrite:
        raise AlreadyThere(f"{file} already exists: use --overwrite to replace")
    file.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(area.model_dump(), allow_unicode=True, sort_keys=False)
    file.write_text(_HEAD + text, encoding="utf-8")
    return file, area


def district_names(codes_wanted: list[str]) -> dict[str, str]:
    """Names of the national register by code; a code that it does not have is its own name."""
    known = {one.code: one.name for one in divisions.districts()}
    return {code: known.get(code, code) for code in codes_wanted}

"""The national register of divisions: provinces, cities, districts, streets and communities, codes and names.

Belongs here: reading and writing `divisions.zip` (README.md next to it gives source and licence). Does not belong here:
the names that an installation uses (`district`).

The zip has a member `districts.csv` with all provinces, cities and districts, and a member for each province (`61.csv`)
with its streets and communities, so that a reader unpacks only one province. A line is `code,name`. A community has
only the last three digits of its code, and none if they are the previous ones plus one. Members are sorted by code.
"""

import difflib
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.districts import codes

FILE = Path(__file__).parent / "divisions.zip"
_UPPER = "districts.csv"
# What the level between is called in the four municipalities, and where a district belongs to the province itself.
_NO_CITY = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")
# A fixed date, so that the same register gives the same bytes.
_WRITTEN_AT = (2023, 9, 11, 0, 0, 0)


@dataclass(frozen=True)
class Division:
    """A division of any level; the length of its code gives the level."""

    code: str
    name: str


def upper() -> list[Division]:
    """All provinces, cities and districts, by code."""
    return [Division(*line.split(",", 1)) for line in _lines(_UPPER)]


def districts() -> list[Division]:
    return [one for one in upper() if len(one.code) == codes.DISTRICT]


def district(code: str) -> Division | None:
    return next((one for one in districts() if one.code == code), None)


def inside(district_code: str) -> list[Division]:
    """The streets of a district and their communities, by code; empty for an unknown district."""
    try:
        lines = _lines(f"{district_code[: codes.PROVINCE]}.csv")
    except KeyError:
        return []
    return [one for one in _unpacked(lines) if one.code.startswith(district_code)]


def near(wanted: str, most: int = 5) -> list[Division]:
    """The nearest districts. For a code: those of its city, else of its province. For a name: names that contain it,
    then names with a similar spelling."""
    known = districts()
    if wanted.isascii() and wanted.isdigit():
        number = int(wanted[: codes.DISTRICT].ljust(codes.DISTRICT, "0"))
        for length in (codes.CITY, codes.PROVINCE):
            if around := [one for one in known if one.code[:length] == wanted[:length]]:
                return sorted(around, key=lambda one: abs(int(one.code) - number))[:most]
        return []
    found = [one for one in known if wanted and wanted in one.name]
    for name in difflib.get_close_matches(wanted, {one.name for one in known}, most, cutoff=0.5):
        found += [one for one in known if one.name == name]
    return list(dict.fromkeys(found))[:most]


def full_name(one: Division) -> str:
    """The name with province and city: 浙江省杭州市西湖区."""
    names = {other.code: other.name for other in upper()}
    around = [names.get(one.code[:length], "") for length in (codes.PROVINCE, codes.CITY)]
    return "".join(name for name in around if name not in (*_NO_CITY, one.name, "")) + one.name


def write(to: Path, rows: Iterable[Division]) -> None:
    """Writes the zip; `rows` are all divisions of the country, in any order."""
    members: dict[str, list[Division]] = {}
    for one in sorted(rows, key=lambda row: row.code):
        member = _UPPER if len(one.code) <= codes.DISTRICT else f"{one.code[: codes.PROVINCE]}.csv"
        members.setdefault(member, []).append(one)
    with zipfile.ZipFile(to, "w") as packed:
        for member, inside_it in sorted(members.items()):
            info = zipfile.ZipInfo(member, _WRITTEN_AT)
            # A fifth smaller than LZMA for lists of names.
            info.compress_type = zipfile.ZIP_BZIP2
            packed.writestr(info, "".join(f"{line}\n" for line in _packed(inside_it)), compresslevel=9)


def _lines(member: str) -> list[str]:
    with zipfile.ZipFile(FILE) as packed:
        return packed.read(member).decode("utf-8").splitlines()


def _packed(rows: Iterable[Division]) -> Iterator[str]:
    before = 0
    for one in rows:
        if len(one.code) <= codes.STREET:
            yield f"{one.code},{one.name}"
            before = 0
            continue
        number = int(one.code[codes.STREET :])
        yield one.name if number == before + 1 else f"{number:03},{one.name}"
        before = number


def _unpacked(lines: Iterable[str]) -> Iterator[Division]:
    street, number = "", 0
    for line in lines:
        code, comma, name = line.partition(",")
        if len(code) == codes.STREET and comma:
            street, number = code, 0
            yield Division(street, name)
            continue
        number = int(code) if comma else number + 1
        yield Division(f"{street}{number:03}", name if comma else line)

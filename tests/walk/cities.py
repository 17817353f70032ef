"""A city that runs two districts, made of the sample: their exports, its home.

Belongs here: what the fixture `city_runs` is made of. Does not belong here: building it (tests/conftest.py).
"""

import io
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

CITY, A, LATE, NEVER = "9901", "990101", "990102", "990103"
DAY, LATE_DAY = "2015-03-15", "2015-03-12"


@dataclass(frozen=True)
class Homes:
    """city: a city's home; alone: the home of each district that runs Sihe itself; printed: by the city's run."""

    city: Path
    alone: dict[str, Path]
    printed: str


def as_district(content: bytes, code: str) -> bytes:
    """An export of the sample's district as one of another district, which numbers its events alike."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return content.replace(A.encode(), code.encode())
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as book, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for name in book.namelist():
            written.writestr(zipfile.ZipInfo(name), book.read(name).replace(A.encode(), code.encode()))
    return out.getvalue()


def exports_of(sample: Path, inbox: Path, code: str, until: str) -> None:
    for file in sample.rglob("*.*"):
        if file.parent.name <= until:
            to = inbox / file.relative_to(sample)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(as_district(file.read_bytes(), code))


def new_city(home: Path, parsed: Path) -> None:
    """With two districts that the national register does not have: their homes have their files already."""
    title = "title: {zh: 测试, en: Test}\nletter: 测\n"
    for code in (A, LATE):
        (home / "districts" / code).mkdir(parents=True)
        text = f"code: '{code}'\nname: 区{code}\n{title}"
        (home / "districts" / code / "district.yaml").write_text(text, encoding="utf-8")
        shutil.copytree(parsed / "dbt", home / "districts" / code / "dbt")
    shutil.copytree(parsed / "dbt", home / "dbt")
    text = f"code: '{CITY}'\nname: 测试市\n{title}districts: ['{A}', '{LATE}', '{NEVER}']\n"
    (home / "city.yaml").write_text(text, encoding="utf-8")

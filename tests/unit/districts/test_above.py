"""city.yaml: written from the national register, and read strictly."""

from pathlib import Path

import pytest

from pipelines import settings
from pipelines.districts import above
from pipelines.districts.district import DistrictError
from pipelines.districts.setup import AlreadyThere
from pipelines.settings import Settings


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    return settings.load(tmp_path, tmp_path / "inbox")


@pytest.mark.parametrize(
    ("code", "name", "level", "districts"),
    [("6103", "宝鸡市", "city", 12), ("1101", "北京市", "city", 16), ("61", "陕西省", "province", 107)],
)
def test_init_lists_the_districts_of_the_register(
    here: Settings, code: str, name: str, level: str, districts: int
) -> None:
    _, area = above.prepare(here, code)
    assert (area.name, area.level, len(area.districts)) == (name, level, districts)
    assert above.load(here) == area


@pytest.mark.parametrize("code", ["6199", "610302", "", "北京"])
def test_what_is_no_city_is_refused_before_anything_is_written(here: Settings, code: str) -> None:
    with pytest.raises(above.UnknownArea):
        above.prepare(here, code)
    assert not here.city_file.exists()


def test_nothing_is_overwritten_unless_it_is_asked_to(here: Settings) -> None:
    above.prepare(here, "6103")
    with pytest.raises(AlreadyThere):
        above.prepare(here, "1101")
    assert above.prepare(here, "1101", overwrite=True)[1].code == "1101"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("- '610303'", "- '110101'", "110101 does not begin with 6103"),
        ("- '610303'", "- '610302'", "twice"),
        ("code: '6103'", "code: '610'", "code"),
        ("letter:", "lettre:", "lettre"),
    ],
)
def test_mistakes_are_named_with_file_and_line(here: Settings, before: str, after: str, said: str) -> None:
    file, _ = above.prepare(here, "6103")
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(DistrictError, match=rf"city\.yaml:\d+.*{said}"):
        above.load(here)


def test_a_home_without_the_file_says_what_to_do(here: Settings) -> None:
    with pytest.raises(DistrictError, match="sihe init --city"):
        above.load(here)


def test_a_key_that_is_there_twice_is_named(here: Settings) -> None:
    above.prepare(here, "6103")
    text = here.city_file.read_text(encoding="utf-8")
    here.city_file.write_text(text + "name: 另一个市\n", encoding="utf-8")
    with pytest.raises(DistrictError, match=r"city\.yaml:\d+.*duplicate key"):
        above.load(here)

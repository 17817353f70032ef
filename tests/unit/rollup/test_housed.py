"""The districts that a city runs itself: where they are, what applies to them, and which of their parcels count."""

from datetime import timedelta
from pathlib import Path

import pytest

from pipelines import dbt_bridge, settings
from pipelines.contracts.compiler import load_contracts
from pipelines.districts import above, district, setup
from pipelines.registry.loading import Registry
from pipelines.rollup import housed
from pipelines.rollup.reception import MOST_TRIED, receive, sent
from pipelines.settings import SHIPPED_CONTRACTS, Settings
from tests.unit.rollup import parcels
from tests.unit.rollup.parcels import DAY
from tests.unit.rollup.test_reception import AREA, TODAY, A, B

CODE, OTHER = "610303", "610304"
TARGET = "valid_from,kpi_id,org_code,red_line,target,stretch,band_low,band_high,weight,reason\n"


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in ("SIHE_HOME", "SIHE_INBOX", "SIHE_LAKE"):
        monkeypatch.delenv(name, raising=False)
    here = settings.load(tmp_path / "city")
    above.prepare(here, "6103")
    return here


def test_a_district_is_found_by_its_home_as_by_its_city(city: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    home = city.districts / CODE
    found = settings.load(home)
    assert (found.inbox, found.lake) == (city.inbox / CODE, home / "lake")
    assert settings.of_district(city, CODE) == found
    # What is said for the city is a folder for each district.
    monkeypatch.setenv("SIHE_HOME", str(city.home))
    monkeypatch.setenv("SIHE_INBOX", "/srv/inbox")
    monkeypatch.setenv("SIHE_LAKE", "/srv/lake")
    moved = settings.load(home)
    assert (moved.inbox, moved.lake) == (Path("/srv/inbox") / CODE, Path("/srv/lake") / CODE)
    assert settings.of_district(settings.load(city.home), CODE) == moved
    # A process of the district, and its children, have the district's own.
    for name, value in moved.environment().items():
        monkeypatch.setenv(name, value)
    assert settings.load() == settings.load(home) == moved


def test_a_home_is_made_as_init_makes_it_but_for_targets(city: Settings) -> None:
    made = housed.made(city, CODE)
    assert list(housed.districts(city, above.load(city))) == [CODE] and made.inbox.is_dir()
    alone = settings.load(city.home.parent / "alone")
    setup.prepare(alone, CODE)
    for name in ("district.yaml", "seeds/division.csv"):
        assert (made.home / name).read_bytes() == (alone.home / name).read_bytes()
    assert not (made.local_seeds / district.KPI_OVERRIDE).exists()
    with pytest.raises(setup.UnknownDistrict):
        housed.made(city, "619999")
    assert not (city.districts / "619999").exists()


def test_what_a_kill_has_left_is_completed_and_what_is_there_stays(city: Settings) -> None:
    home = settings.of_district(city, CODE)
    (home.home / "seeds").mkdir(parents=True)
    (home.home / "seeds" / "division.csv").write_text("code,name\n610303001,甲\n", encoding="utf-8")
    assert district.load(home) is None and list(housed.districts(city, above.load(city))) == [CODE]
    housed.made(city, CODE)
    housed.made(city, CODE)
    assert [row.name for row in district.known_divisions(home)] == ["甲"]
    assert district.load(home) is not None


def test_targets_of_the_city_apply_unless_the_district_has_that_file(city: Settings) -> None:
    ours, theirs = housed.made(city, CODE), housed.made(city, OTHER)
    before = dbt_bridge.code_version(ours)
    for home, target in ((city, 80), (theirs, 90)):
        home.local_seeds.mkdir(parents=True, exist_ok=True)
        text = f"{TARGET}2026-01-01,event_on_time_close_rate,,,{target},,,,,x\n"
        (home.local_seeds / district.KPI_OVERRIDE).write_text(text, encoding="utf-8")
    assert ",80.0," in district.seeds(ours)[district.KPI_OVERRIDE]
    assert ",90.0," in district.seeds(theirs)[district.KPI_OVERRIDE]
    assert ",80.0," in district.seeds(city)[district.KPI_OVERRIDE]
    assert dbt_bridge.code_version(ours) != before


def test_contracts_of_the_city_apply_unless_the_district_has_that_file(city: Settings) -> None:
    ours, theirs = housed.made(city, CODE), housed.made(city, OTHER)
    shipped = (SHIPPED_CONTRACTS / "command_centre.odcs.yaml").read_text(encoding="utf-8")
    for home, header in ((city, "事件号"), (theirs, "工单号")):
        home.own_contracts.mkdir()
        text = shipped.replace("事件编号", header)
        assert text != shipped
        (home.own_contracts / "command_centre.odcs.yaml").write_text(text, encoding="utf-8")
    for home, header in ((ours, "事件号"), (theirs, "工单号"), (city, "事件号")):
        contracts, errors = load_contracts(home.contracts, *home.contract_folders)
        headers = {column.header for one in contracts for feed in one.feeds for column in feed.columns}
        assert not errors and header in headers and "事件编号" not in headers


def test_what_was_sent_does_not_count_beside_what_is_made_here(tmp_path: Path, registry: Registry) -> None:
    inbox, own = tmp_path / "inbox", tmp_path / "own"
    for code in (A, B):
        parcels.make(inbox, code, registry, through=TODAY)
        parcels.make(own, code, registry, through=DAY - timedelta(days=1))
    found = {one.district: one for one in receive(inbox, AREA, TODAY, {A: own / A}).districts}
    chosen = [one.chosen.file if one.chosen else None for one in (found[A], found[B])]
    assert chosen == [next((own / A).iterdir()), next((inbox / B).iterdir())]
    assert len(sent(inbox, A)) == 1


def test_a_home_without_a_publication_hands_up_nothing_and_old_parcels_go(city: Settings, registry: Registry) -> None:
    area = above.load(city)
    made = housed.made(city, CODE)
    assert housed.hand_up(city, area).folders == {}
    # Published, but the file cannot be read: what was handed up before stays.
    made.published.mkdir()
    (made.published / "current.json").write_text('{"file": "sihe-20260311-060000.duckdb"}', encoding="utf-8")
    for n in range(MOST_TRIED + 2):
        file = parcels.make(city.home / "x", CODE, registry, through=DAY + timedelta(days=n))
        made.parcels.mkdir(exist_ok=True)
        file.rename(made.parcels / file.name)
    handed_up = housed.hand_up(city, area)
    assert handed_up.folders == {CODE: made.parcels} and list(handed_up.failed) == [CODE]
    left = sorted(file.name[14:22] for file in made.parcels.iterdir())
    assert len(left) == MOST_TRIED and left[0] == f"{DAY + timedelta(days=2):%Y%m%d}"

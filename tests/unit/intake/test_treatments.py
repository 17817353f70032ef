"""A column that its contract treats otherwise than before: what is stored of it, and what is said."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import pytest

from pipelines.contracts.model import Contract, Kind, Treatment
from pipelines.delivery import landing, privacy
from pipelines.installation import House
from pipelines.intake import treatments
from pipelines.keys import Key, write_key
from pipelines.settings import Settings
from tests.unit.desk import Desk
from tests.unit.intake.test_contract_versions import T2, TAKEN, changed, points, put_points

NAME, PHONE = "张三丰", "13812345678"
TEXT = f"找张三，电话 {PHONE}"
FEED, TABLE = "service_centre.service_point", "raw.service_centre__service_point"
PERSONAL = [Treatment.PSEUDONYMISE, Treatment.MASK, Treatment.REDACT]


@pytest.fixture
def contract(contracts: tuple[Contract, ...]) -> Contract:
    found = next(one for one in contracts if one.platform == "service_centre")
    return replace(found, feeds=tuple(feed for feed in found.feeds if feed.id == FEED))


@contextmanager
def opened(settings: Settings, key: Key, contract: Contract) -> Iterator[Desk]:
    """The installation as every command opens it."""
    if not settings.key_file.exists():
        settings.key_file.parent.mkdir(parents=True, exist_ok=True)
        write_key(settings.key_file, key)
    settings = replace(settings, clock=lambda: TAKEN)
    with House(settings, (contract,), (), ()).writing("a test") as warehouse:
        yield Desk(warehouse, settings, contract.feeds, key)


def treated(contract: Contract, privacy: Treatment | None, name: str = "point_name") -> Contract:
    return changed(contract, name, privacy=privacy)


def names(desk: Desk) -> list[object]:
    return [name for (name,) in desk.query(f"select point_name from {TABLE} order by _business_date, _row_number")]


def changes(desk: Desk) -> list[object]:
    return [day for (day,) in desk.query("select distinct business_date from ledger.change order by 1")]


def noted(desk: Desk, *contracts: Contract) -> list[tuple[bool, date, date]]:
    return [(one.is_treated, one.first, one.last) for one in treatments.noted(desk.warehouse, contracts)]


def fill(settings: Settings, key: Key, contract: Contract) -> None:
    """Two days, the second with nothing to redact."""
    with opened(settings, key, contract) as desk:
        put_points(desk, points(contract, {"point_name": TEXT}, {"point_name": NAME}))
        put_points(desk, points(contract, {"point_name": NAME}), "20240202")
        desk.take()
        desk.query("delete from ledger.change")
        desk.warehouse.note_build("this", is_whole=True)


# ---------------------------------------------------------------- clear values


@pytest.mark.parametrize("treatment", PERSONAL)
@pytest.mark.parametrize("is_archived", [True, False])
def test_clear_values_are_treated_where_they_are_stored(
    settings: Settings, key: Key, contract: Contract, treatment: Treatment, is_archived: bool
) -> None:
    """As the files would give them, whether the archive has them or not."""
    fill(settings, key, contract)
    if not is_archived:
        for file in landing.archived_files(settings.archive):
            file.unlink()
    later = treated(contract, treatment)
    with opened(settings, key, later) as desk:
        found = names(desk)
        assert PHONE not in repr(found)
        assert (NAME in found) == (treatment is Treatment.REDACT)
        days = [date(2024, 2, 1), date(2024, 2, 2)][: 1 if treatment is Treatment.REDACT else 2]
        assert changes(desk) == days
        assert noted(desk) == [(True, days[0], days[-1])]
        assert not desk.warehouse.is_whole()
        before = desk.raw()
        desk.take(again=True)
        assert desk.raw() == before
        assert changes(desk) == days
    with opened(settings, key, later) as desk:
        assert desk.raw() == before


def test_a_dropped_column_is_gone_and_its_days_are_built(settings: Settings, key: Key, contract: Contract) -> None:
    fill(settings, key, contract)
    with opened(settings, key, treated(contract, Treatment.DROP)) as desk:
        assert NAME not in repr(desk.raw())
        assert changes(desk) == [date(2024, 2, 1), date(2024, 2, 2)]
        assert noted(desk) == [(True, date(2024, 2, 1), date(2024, 2, 2))]


@pytest.mark.parametrize("decimals", [None, 6])
def test_coordinates_are_generalised(settings: Settings, key: Key, contract: Contract, decimals: int | None) -> None:
    located = changed(contract, "functions", kind=Kind.NUMBER, maximum=180, decimals=decimals)
    with opened(settings, key, located) as desk:
        put_points(desk, points(contract, {"functions": 107.123456}, {"functions": 34.5}, {"functions": 34.1235}))
        desk.take()
    with opened(settings, key, treated(located, Treatment.GENERALISE, "functions")) as desk:
        found = desk.raw()
        least = f"select functions::double from {TABLE} order by 1"
        assert desk.query(least)[1:] == [(34.5,), (107.123,)]
        desk.take(again=True)
        assert desk.raw() == found


def test_only_the_days_of_a_version_are_treated(settings: Settings, key: Key, contract: Contract) -> None:
    """The older version still says that the column is open."""
    fill(settings, key, contract)
    (older,) = contract.feeds
    (newer,) = treated(contract, Treatment.MASK).feeds
    newer = replace(newer, version="2.0.0", applies_from=date(2024, 2, 2), earlier=(older,))
    with opened(settings, key, replace(contract, feeds=(newer,))) as desk:
        assert names(desk) == [TEXT, NAME, "张**"]
        assert changes(desk) == [date(2024, 2, 2)]
    dropped = replace(newer, earlier=(treated(contract, Treatment.DROP).feeds[0],))
    with opened(settings, key, replace(contract, feeds=(dropped,))) as desk:
        assert names(desk) == [None, None, "张**"]
        assert changes(desk) == [date(2024, 2, 1), date(2024, 2, 2)]


def test_the_quarantine_hides_it_too(settings: Settings, key: Key, contract: Contract) -> None:
    """It shows values of open columns that have a pattern."""
    closed = changed(contract, "point_name", pattern="1[0-9]{10}")
    with opened(settings, key, closed) as desk:
        put_points(desk, points(contract, {"point_name": PHONE, "functions": 99}))
        desk.take()
        assert PHONE in repr(desk.query("select raw from ledger.rejected_row"))
    with opened(settings, key, treated(closed, Treatment.PSEUDONYMISE)) as desk:
        ((raw,),) = desk.query("select raw from ledger.rejected_row")
        assert json.loads(str(raw))["point_name"] == privacy.HIDDEN
        assert not desk.warehouse.is_whole()


def test_values_of_an_older_database_are_treated_if_they_are_no_tokens(
    settings: Settings, key: Key, contract: Contract
) -> None:
    """It does not remember how its rows were made."""
    fill(settings, key, contract)
    with opened(settings, key, contract) as desk:
        desk.query("drop table ledger.treatment")
    later = treated(contract, Treatment.PSEUDONYMISE)
    tokens = [privacy.pseudonym(text, key) for text in (TEXT, NAME, NAME)]
    with opened(settings, key, later) as desk:
        assert names(desk) == tokens
        desk.query("drop table ledger.treatment")
    with opened(settings, key, later) as desk:
        assert names(desk) == tokens


def test_an_older_database_of_tokens_has_nothing_to_do(settings: Settings, key: Key, contract: Contract) -> None:
    keyed = treated(changed(contract, "point_code", pattern=None), Treatment.PSEUDONYMISE, "point_code")
    fill(settings, key, keyed)
    with opened(settings, key, keyed) as desk:
        before = desk.raw()
        desk.query("drop table ledger.treatment")
    with opened(settings, key, keyed) as desk:
        assert (desk.raw(), changes(desk), noted(desk), desk.warehouse.is_whole()) == (before, [], [], True)


def test_a_writer_that_is_killed_leaves_all_of_it_to_the_next(
    settings: Settings, key: Key, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(settings, key, contract)
    later = treated(contract, Treatment.MASK)
    with monkeypatch.context() as patched:
        patched.setattr(treatments, "_note", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError), opened(settings, key, later):
            pass
    with opened(settings, key, later) as desk:
        assert names(desk) == ["找**", "张**", "张**"]
        assert noted(desk) == [(True, date(2024, 2, 1), date(2024, 2, 2))]


def test_a_broken_contract_is_compared_when_it_is_mended(settings: Settings, key: Key, contract: Contract) -> None:
    fill(settings, key, contract)
    later = treated(contract, Treatment.MASK)
    settings = replace(settings, clock=lambda: TAKEN)
    with House(settings, (), (), later.feeds).writing("a test") as warehouse:
        assert treatments.noted(warehouse, ()) == []
    with opened(settings, key, later) as desk:
        assert names(desk) == ["找**", "张**", "张**"]


# ---------------------------------------------------------------- what is not stored any more


def test_what_cannot_be_undone_is_noted_until_the_day_is_read_again(
    settings: Settings, key: Key, contract: Contract
) -> None:
    masked = treated(contract, Treatment.MASK)
    fill(settings, key, masked)
    with opened(settings, key, contract) as desk:
        assert names(desk) == ["找**", "张**", "张**"]
        assert changes(desk) == []
        assert noted(desk) == [(False, date(2024, 2, 1), date(2024, 2, 2))]
        put_points(desk, points(contract, {"point_name": NAME}, {}), "20240202_r2", at=T2)
        desk.take()
        assert noted(desk) == [(False, date(2024, 2, 1), date(2024, 2, 1))]
        desk.take(again=True)
        assert names(desk) == [TEXT, NAME, NAME, "一号站"]
        assert noted(desk) == []


def test_a_key_in_two_spellings_is_to_be_read_again(settings: Settings, key: Key, contract: Contract) -> None:
    """Where they are stored they stay two rows; of the file, the last one is loaded."""
    keyed = changed(contract, "point_code", pattern=None)
    with opened(settings, key, keyed) as desk:
        put_points(desk, points(contract, {"point_code": PHONE}, {"point_code": f"+86{PHONE}"}))
        desk.take()
        assert len(names(desk)) == 2
    later = treated(keyed, Treatment.PSEUDONYMISE, "point_code")
    with opened(settings, key, later) as desk:
        assert desk.query(f"select distinct point_code from {TABLE}") == [(privacy.pseudonym(PHONE, key),)]
        day = date(2024, 2, 1)
        assert noted(desk, later) == [(False, day, day), (True, day, day)]
        desk.take(again=True)
        assert len(names(desk)) == 1
        assert noted(desk, later) == [(True, day, day)]


def test_a_treatment_that_comes_back_leaves_nothing_to_do(settings: Settings, key: Key, contract: Contract) -> None:
    masked = treated(contract, Treatment.PSEUDONYMISE)
    fill(settings, key, masked)
    with opened(settings, key, contract) as desk:
        before = names(desk)
    with opened(settings, key, masked) as desk:
        assert names(desk) == before
        assert noted(desk) == []


def test_a_column_that_is_open_again_has_nothing_to_hide(settings: Settings, key: Key, contract: Contract) -> None:
    """Older generations have what everybody may see. They are said again when the column is personal again."""
    fill(settings, key, contract)
    with opened(settings, key, treated(contract, Treatment.MASK)):
        pass
    days = date(2024, 2, 1), date(2024, 2, 2)
    with opened(settings, key, contract) as desk:
        assert noted(desk, contract) == [(False, *days)]
    with opened(settings, key, treated(contract, Treatment.MASK)) as desk:
        assert noted(desk, treated(contract, Treatment.MASK)) == [(True, *days)]


def test_redacted_text_becomes_a_pseudonym_and_is_noted(settings: Settings, key: Key, contract: Contract) -> None:
    """Of two redacted numbers nobody can say whether they were one."""
    fill(settings, key, treated(contract, Treatment.REDACT))
    with opened(settings, key, treated(contract, Treatment.PSEUDONYMISE)) as desk:
        assert names(desk)[1:] == [privacy.pseudonym(NAME, key)] * 2
        assert noted(desk) == [(False, date(2024, 2, 1), date(2024, 2, 2))]
        desk.take(again=True)
        assert names(desk)[0] == privacy.pseudonym(TEXT, key)
        assert noted(desk) == []


def test_nothing_is_written_if_no_contract_changed(settings: Settings, key: Key, contract: Contract) -> None:
    fill(settings, key, contract)
    with opened(settings, key, contract) as desk:
        remembered = desk.query("select *, rowid from ledger.treatment")
        assert len(remembered) == 1
    with opened(settings, key, changed(contract, "functions", maximum=60)) as desk:
        assert desk.query("select *, rowid from ledger.treatment") == remembered
        assert (changes(desk), noted(desk), desk.warehouse.is_whole()) == ([], [], True)

"""Fixtures of the unit tests: the contracts (loaded once per session), a key, an installation in a temporary folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.contracts.compiler import load_contracts
from pipelines.contracts.model import Contract, Feed
from pipelines.installation import House
from pipelines.keys import Key
from pipelines.settings import PROJECT_DIR, Settings
from pipelines.warehouse.lock import exclusive
from pipelines.warehouse.store import Warehouse, opened
from tests.unit.desk import Desk

CONTRACTS = PROJECT_DIR / "pipelines" / "contracts"


@pytest.fixture(scope="session")
def contracts() -> tuple[Contract, ...]:
    loaded, errors = load_contracts(CONTRACTS)
    assert not errors
    return loaded


@pytest.fixture(scope="session")
def feeds(contracts: tuple[Contract, ...]) -> dict[str, Feed]:
    return {feed.id: feed for contract in contracts for feed in contract.feeds}


@pytest.fixture(scope="session")
def key() -> Key:
    return Key(bytes(range(32)))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    return Settings(tmp_path / "home", inbox, CONTRACTS)


@pytest.fixture
def house(settings: Settings, contracts: tuple[Contract, ...]) -> House:
    return House(settings, contracts, (), ())


@pytest.fixture
def warehouse(settings: Settings, contracts: tuple[Contract, ...]) -> Iterator[Warehouse]:
    """A real working database with one platform's tables: creating those of all 33 feeds takes a second per test."""
    some = [contract for contract in contracts if contract.platform == "service_centre"]
    with exclusive(settings, 0, "a test"), opened(settings, some) as there:
        yield there


@pytest.fixture
def desk(warehouse: Warehouse, settings: Settings, feeds: dict[str, Feed], key: Key) -> Desk:
    return Desk(warehouse, settings, list(feeds.values()), key)

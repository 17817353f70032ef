"""Small installations for faults: files of several feeds, none loaded yet."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.contracts.compiler import load_contracts
from pipelines.installation import House
from pipelines.keys import load_key
from pipelines.settings import PROJECT_DIR, Settings
from tests.faults.site import Site, take
from tests.unit.helpers import put
from tests.walk.test_order import deliveries

CONTRACTS = PROJECT_DIR / "pipelines" / "contracts"


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Corrections, duplicates, held files, files of no feed in the inbox, and a key: the same for all. Not to be
    changed."""
    root = tmp_path_factory.mktemp("empty")
    settings = Settings(root / "home", root / "inbox", CONTRACTS)
    contracts, errors = load_contracts(CONTRACTS)
    assert not errors
    here = House(settings, contracts, (), ())
    for one in sorted(deliveries({feed.id: feed for feed in here.feeds}), key=lambda one: one.received_at):
        put(settings.inbox, one.folder, one.name, one.data, one.received_at)
    settings.home.mkdir()
    load_key(settings.key_file, may_create=True)
    return here


def copy_of(here: House, root: Path, inbox: Path | None = None) -> Site:
    """With its own inbox unless one is given."""
    shutil.copytree(here.settings.home, root / "home", symlinks=True)
    if inbox is None:
        inbox = root / "inbox"
        shutil.copytree(here.settings.inbox, inbox)
    return Site(replace(here, settings=Settings(root / "home", inbox, CONTRACTS)))


@pytest.fixture
def site(empty: House, tmp_path: Path) -> Site:
    """An installation of its own with everything pending."""
    return copy_of(empty, tmp_path)


@pytest.fixture(scope="session")
def taken(empty: House, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The same with everything loaded. Not to be changed."""
    made = copy_of(empty, tmp_path_factory.mktemp("taken"))
    assert take(made.here)
    return made


@pytest.fixture
def after(taken: Site, tmp_path: Path) -> Site:
    """A copy of it that a test may damage; its inbox is the same."""
    return copy_of(taken.here, tmp_path / "after", taken.settings.inbox)


@pytest.fixture
def published(copied: Callable[[str], tuple[Path, Path]], empty: House) -> Site:
    """A copy of the home that `sihe run` built, with its publication."""
    home, inbox = copied("faults")
    return Site(replace(empty, settings=Settings(home, inbox, CONTRACTS)))

"""The walk that several modules compare with.

Belongs here: fixtures of more than one module of this folder. Does not belong here: the walk (`test_order`).
"""

import os
from pathlib import Path

import pytest

from pipelines import installation
from tests.conftest import made_once
from tests.walk import checkout
from tests.walk.test_order import Walk


@pytest.fixture(scope="session")
def walk(shared: Path, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """dbt finds homes by the environment, which is restored: the tests of a session share it."""
    before = dict(os.environ)
    made = Walk(shared, tmp_path_factory.mktemp("order"), installation.load(home, home))
    os.environ.clear()
    os.environ.update(before)
    return made


@pytest.fixture(scope="session")
def extended(of_session: Path, parsed: Path) -> checkout.Extended:
    """An extended checkout of which some KPIs are broken, and what was published from there. Not to be changed."""
    root = of_session / "extended"
    with made_once(root) as is_first:
        if is_first:
            checkout.extend(root, parsed)
    return checkout.extended(root)

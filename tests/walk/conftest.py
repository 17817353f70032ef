"""The walk that several modules compare with.

Belongs here: fixtures of more than one module of this folder. Does not belong here: the walk (`test_order`).
"""

import os
from pathlib import Path

import pytest

from pipelines import installation
from tests.walk.test_order import Walk


@pytest.fixture(scope="session")
def walk(shared: Path, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """dbt finds homes by the environment, which is restored: the tests of a session share it."""
    before = dict(os.environ)
    made = Walk(shared, tmp_path_factory.mktemp("order"), installation.load(home, home))
    os.environ.clear()
    os.environ.update(before)
    return made

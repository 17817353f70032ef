"""The hand-made working database of `test_publish`, and a clock that tests may move forward."""

from dataclasses import replace
from datetime import datetime

import pytest

from pipelines.settings import Settings
from tests.unit.publication.test_publish import NOW, WORKING, change, describe


@pytest.fixture
def working(settings: Settings, clock: list[datetime]) -> Settings:
    settings.working_db.parent.mkdir(parents=True)
    change(settings, WORKING)
    describe(settings)
    return replace(settings, clock=lambda: clock[0])


@pytest.fixture
def clock() -> list[datetime]:
    """A clock that tests may move forward."""
    return [NOW]

"""The registry, read once."""

import pytest

from pipelines.registry import loading
from pipelines.registry.loading import Registry


@pytest.fixture(scope="session")
def registry() -> Registry:
    return loading.load()

"""Two days of the demo district's exports, written once, and their samples."""

from datetime import date
from pathlib import Path

import pytest

from pipelines.contracts.model import Contract
from pipelines.demo.simulate import simulate
from pipelines.drafting import vocabulary
from pipelines.drafting.samples import Sample, read_samples
from pipelines.drafting.vocabulary import Vocabulary

# Residential areas are reviewed from the third to the ninth of a month.
FIRST, LAST = date(2025, 12, 4), date(2025, 12, 5)


@pytest.fixture(scope="session")
def words() -> Vocabulary:
    return vocabulary.load()


@pytest.fixture(scope="session")
def exports(contracts: tuple[Contract, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    inbox = tmp_path_factory.mktemp("exports")
    simulate(contracts, inbox, FIRST, LAST)
    return inbox


@pytest.fixture(scope="session")
def demo(exports: Path) -> list[Sample]:
    found, left_out = read_samples(sorted(exports.rglob("*_2*.*")))
    assert left_out == []
    return found

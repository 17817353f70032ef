"""When an area is published again. Does not belong here: sums (`test_sums`), which parcels count (`test_reception`)."""

from datetime import timedelta
from pathlib import Path

import pytest

from pipelines import dbt_bridge
from pipelines.registry.loading import Registry
from pipelines.rollup import rollup
from pipelines.settings import Settings
from tests.unit.rollup import parcels
from tests.unit.rollup.test_reception import DISTRICTS, received


def test_a_parcel_that_is_passed_over_is_told_too(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`meta.delivery` has a line of it."""
    monkeypatch.setattr(dbt_bridge, "code_version", lambda _: "1")
    where = Settings(tmp_path, tmp_path, tmp_path)
    where.city_file.write_text("x", encoding="utf-8")
    for district in DISTRICTS[:3]:
        parcels.make(tmp_path, district, registry)
    before, _ = received(tmp_path)
    assert rollup._stamp(where, before) == rollup._stamp(where, received(tmp_path)[0])
    parcels.make(tmp_path, DISTRICTS[0], registry, through=parcels.DAY + timedelta(days=1))
    after, of = received(tmp_path)
    assert after.day == before.day and len(of[DISTRICTS[0]].passed_over) == 1
    assert rollup._stamp(where, after) != rollup._stamp(where, before)

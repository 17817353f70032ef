"""A change rebuilds only what it affects: a text nothing, a formula its KPI; the result equals a full refresh.

Belongs here: builds after a change of the registry. Does not belong here: what a KPI counts (`test_kpis`).
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.keys import Key
from pipelines.registry import loading
from pipelines.registry.loading import KpiFile, Registry
from pipelines.registry.model import Kpi
from tests.faults.place import Place
from tests.walk.published import ask, checksums
from tests.walk.test_order import deliveries

KPI, NEW = "event_rework_rate", "event_rework_share"
TABLES = ("kpi_definition", "kpi_daily", "kpi_period", "kpi_target", "index_daily")


def changed(one: KpiFile, **values: Any) -> KpiFile:
    """The KPI as if its file had these values."""
    told = {**one.values, **values}
    return replace(one, values=told, kpi=Kpi.model_validate(told))


def of(registry: Registry, kpi_id: str) -> KpiFile:
    return next(one for one in registry.kpis if one.id == kpi_id)


def with_kpis(registry: Registry, *kpis: KpiFile) -> Registry:
    """The registry with these KPIs, which replace those of the same id or are added."""
    by_id = {one.id: one for one in registry.kpis} | {one.id: one for one in kpis}
    return replace(registry, kpis=tuple(by_id.values()))


class Changing:
    """A home whose registry changes from build to build."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.place = Place(root, Key(bytes(range(32))))
        self.monkeypatch = monkeypatch
        self.home = self.place.here.settings.home
        feeds = {feed.id: feed for feed in self.place.here.feeds}
        self.place.receive(sorted(deliveries(feeds), key=lambda one: one.received_at))
        self.place.take()

    def build(self, registry: Registry) -> set[str]:
        """Builds and publishes; returns the KPIs whose numbers were computed."""
        self.monkeypatch.setattr(loading, "load", lambda: registry)
        self.place.build()
        with self.place.here.writing("a test") as opened:
            rows = opened.connection.execute("select distinct kpi_id from work.stale_cell").fetchall()
        return {kpi_id for (kpi_id,) in rows}

    def published(self) -> Mapping[str, tuple[int, str]]:
        return checksums(self.home)


def test_a_change_counts_what_it_changes_and_a_change_back_gives_what_a_full_refresh_gave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = loading.load()
    changing = Changing(tmp_path, monkeypatch)
    assert changing.build(registry) == {one.id for one in registry.kpis}
    refreshed = changing.published()

    rework = of(registry, KPI)
    worded = changed(rework, zh="返工的比例", caveats={"zh": "另一句话", "en": "another sentence"})
    assert changing.build(with_kpis(registry, worded)) == set()
    defined = "select zh, caveats from marts.kpi_definition where kpi_id = ?"
    assert ask(changing.home, defined, [KPI]) == [("返工的比例", "another sentence")]

    both = {side: {**rework.values[side], "where": "is_countable"} for side in ("num", "den")}
    reworked, new = changed(rework, **both), replace(rework, id=NEW)
    assert changing.build(with_kpis(registry, reworked, new)) == {KPI, NEW}
    valued = "select bool_and(value = 100), count(*) > 0 from marts.kpi_daily where kpi_id = ? and denominator > 0"
    assert ask(changing.home, valued, [KPI]) == [(True, True)]
    for table in TABLES:
        before, after = refreshed[f"marts.{table}"], changing.published()[f"marts.{table}"]
        assert before != after, table

    # A removed KPI leaves nothing behind, in no index either.
    changing.build(registry)
    assert changing.published() == refreshed

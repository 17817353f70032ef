"""Dagster's event log: what belongs together is stored together or not at all."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from sqlalchemy.exc import OperationalError

from pipelines.orchestration.event_log import KeptSqliteEventLogStorage

RUN = "a-run"


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[KeptSqliteEventLogStorage]:
    with dg.DagsterInstance.ephemeral() as instance:
        made = KeptSqliteEventLogStorage(str(tmp_path))
        made.register_instance(instance)
        yield made
        made.dispose()


def entry(said: str) -> dg.EventLogEntry:
    return dg.EventLogEntry(None, 20, said, RUN, 1.0)  # type: ignore[no-untyped-call]


def stored(storage: KeptSqliteEventLogStorage) -> list[str]:
    return [one.user_message for one in storage.get_logs_for_run(RUN)]


def test_events_are_stored_in_their_order(storage: KeptSqliteEventLogStorage) -> None:
    storage.store_event(entry("first"))
    storage.store_event_batch([entry("second"), entry("third")])
    assert stored(storage) == ["first", "second", "third"]


def test_of_a_batch_that_fails_nothing_is_stored(
    storage: KeptSqliteEventLogStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(one: dg.EventLogEntry) -> Any:
        if one.user_message == "bad":
            raise OperationalError("insert", {}, Exception("disk full"))
        return KeptSqliteEventLogStorage.prepare_insert_event(storage, one)

    monkeypatch.setattr(storage, "prepare_insert_event", refuse)
    with pytest.raises(OperationalError):
        storage.store_event_batch([entry("good"), entry("bad")])
    assert stored(storage) == []
    storage.store_event(entry("good"))
    assert stored(storage) == ["good"]


def test_threads_store_side_by_side(storage: KeptSqliteEventLogStorage) -> None:
    batches = [[entry(f"{number}-{nth}") for nth in range(20)] for number in range(4)]
    threads = [threading.Thread(target=storage.store_event_batch, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(stored(storage)) == sorted(one.user_message for batch in batches for one in batch)


def test_checks_and_materialisations_are_those_of_the_library(tmp_path: Path) -> None:
    """A run with its events in batches: what the instance answers about assets and checks."""
    check = dg.AssetCheckSpec("kept", asset="thing")

    @dg.asset(check_specs=[check])
    def thing() -> Iterator[Any]:
        yield dg.MaterializeResult(metadata={"rows": 3}, check_results=[dg.AssetCheckResult(passed=True)])

    (tmp_path / "dagster.yaml").write_text(
        "event_log_storage:\n  module: pipelines.orchestration.event_log\n  class: KeptSqliteEventLogStorage\n"
        f"  config: {{base_dir: {tmp_path / 'events'}}}\n"
    )
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DAGSTER_EVENT_BATCH_SIZE", "500")
        with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
            for _ in range(2):
                assert dg.materialize([thing], instance=instance).success
            key = dg.AssetKey("thing")
            assert len(instance.fetch_materializations(key, limit=9).records) == 2
            assert instance.get_latest_materialization_event(key) is not None
            history = instance.event_log_storage.get_asset_check_execution_history(check.key, limit=9)
            assert [one.status.value for one in history] == ["SUCCEEDED", "SUCCEEDED"]

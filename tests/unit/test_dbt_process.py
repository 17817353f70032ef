"""dbt's command with less to do: it fires what somebody hears."""

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from pipelines import dbt_bridge, dbt_process


class _Event:
    def __init__(self, level: Any) -> None:
        self._level = level

    def level_tag(self) -> Any:
        return self._level


def _heard(monkeypatch: pytest.MonkeyPatch, of_loggers: list[str]) -> list[str]:
    """The levels of events that reach dbt's own method, with loggers of these levels."""
    from dbt_common.events.base_types import EventLevel
    from dbt_common.events.event_manager import EventManager

    fired: list[str] = []
    own = lambda _, e, level=None: fired.append((level or e.level_tag()).value)  # noqa: E731
    monkeypatch.setattr(EventManager, "fire_event", own)
    dbt_process.spare_unheard_events()
    manager = SimpleNamespace(loggers=[SimpleNamespace(level=EventLevel(level)) for level in of_loggers])
    for level in EventLevel:
        EventManager.fire_event(manager, _Event(level))  # type: ignore[arg-type]
    EventManager.fire_event(manager, _Event(EventLevel.DEBUG), EventLevel.WARN)  # type: ignore[arg-type]
    return fired


def test_events_that_no_log_has_are_not_fired(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _heard(monkeypatch, ["info", "warn"]) == ["info", "warn", "error", "warn"]


def test_a_log_that_is_to_have_everything_has_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _heard(monkeypatch, ["info", "debug"]) == ["debug", "test", "info", "warn", "error", "warn"]


def test_a_build_has_dbt_s_path_among_its_words() -> None:
    assert dbt_bridge.dbt_command()[0] == sys.executable
    assert dbt_bridge.dbt_executable() in dbt_bridge.dbt_command()

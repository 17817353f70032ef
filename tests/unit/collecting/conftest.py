"""A collector with an inbox, a platform's folder, and secrets."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.collecting import sources
from pipelines.collecting.fetching import Collector
from pipelines.collecting.sources import Source
from pipelines.contracts.model import Feed
from tests.unit.collecting.servers import PASSWORD

NOW = datetime(2026, 11, 29, 5, 30)
Make = Callable[..., Source]


@pytest.fixture
def collector(tmp_path: Path, feeds: dict[str, Feed]) -> Collector:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    return Collector(inbox, list(feeds.values()), lambda: NOW, pause=lambda _: None)


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """The platform's folder."""
    folder = tmp_path / "there"
    folder.mkdir()
    return folder


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    return keep(tmp_path / "password", PASSWORD)


def keep(file: Path, secret: str) -> Path:
    file.touch(0o600)
    file.write_text(secret + "\n", encoding="utf-8")
    return file


@pytest.fixture
def source(tmp_path: Path) -> Make:
    """Reads a source from a file, as an installation does."""

    def make(**said: Any) -> Source:
        lines = "".join(f"    {key}: {str(value)!r}\n" for key, value in said.items() if key != "days")
        days = f"    days: {said['days']}\n" if "days" in said else ""
        text = f"sources:\n  visits:\n{lines}{days}    at: ['05:30']\n"
        (tmp_path / sources.FILE).write_text(text, encoding="utf-8")
        found = sources.load(tmp_path)
        assert found.errors == ()
        return found.named["visits"]

    return make

"""Paths. The only module of the dashboard that reads the environment.

Belongs here: the home folder and the paths below it. Does not belong here: choices of the reader (reader/view.py),
colours (theme.py).
"""

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    home: Path
    address: str = ""
    """Where others open the dashboard, for links in files; empty: only this machine does."""

    @property
    def published(self) -> Path:
        return self.home / "published"


def load() -> Settings:
    """Read at every rerun: it costs microseconds, and a test can point the app elsewhere."""
    return Settings(
        home=Path(os.environ.get("SIHE_HOME") or PROJECT / "var"),
        address=os.environ.get("SIHE_ADDRESS", "").rstrip("/"),
    )

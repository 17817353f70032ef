"""Paths, and whether the gate stands before the dashboard. The only module of the dashboard that reads the environment.

Belongs here: the home folder, the paths below it, how the process is reached. Does not belong here: choices of the
reader (reader/view.py), colours (theme.py).
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
    is_behind_gate: bool = False
    """Every request then has an identity, or gets nothing; otherwise everybody sees everything."""

    @property
    def published(self) -> Path:
        return self.home / "published"

    @property
    def is_city(self) -> bool:
        """Whether the home is that of a city, which may run its districts in homes of their own."""
        return (self.home / "city.yaml").exists()

    def published_of(self, district: str) -> Path:
        """The publications of a district that the city runs; of the home itself for an empty code."""
        return self.home / "districts" / district / "published" if district else self.published


def load() -> Settings:
    """Read at every rerun: it costs microseconds, and a test can point the app elsewhere."""
    return Settings(
        home=Path(os.environ.get("SIHE_HOME") or PROJECT / "var"),
        address=os.environ.get("SIHE_ADDRESS", "").rstrip("/"),
        is_behind_gate=os.environ.get("SIHE_GATE", "") not in ("", "0"),
    )

"""A separate home that loads, builds and publishes within the test's process: a run without Dagster's seconds.

Belongs here: what the modules of this folder need to make and query a home. Does not belong here: the faults.
"""

import shutil
from pathlib import Path

from pipelines import dbt_bridge, installation, settings
from pipelines.keys import Key
from tests.walk import test_order


class Place(test_order.Place):
    """An empty home with its inbox, and a given key."""

    def __init__(self, root: Path, key: Key, like: Path | None = None) -> None:
        """like: a home with dbt's manifest of this code; otherwise parsing takes five seconds."""
        (root / "inbox").mkdir(parents=True)
        self.here = installation.load(root / "home", root / "inbox")
        file = self.here.settings.key_file
        file.parent.mkdir(parents=True, mode=0o700)
        file.touch(0o600)
        file.write_text(key.secret.hex() + "\n")
        if like is not None:
            shutil.copytree(like / "dbt", self.here.settings.home / "dbt")

    def build(self) -> None:
        settings.apply(self.here.settings)
        dbt_bridge.ensure_manifest(self.here.settings, self.here.contracts)
        super().build()

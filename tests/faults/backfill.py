"""A backfill of the demo district that is interrupted at random times, as a script:

    python -m tests.faults.backfill --days 365 --kills 10

Belongs here: the long run that a person starts, half an hour for a year. Does not belong here: its parts
(`interrupted`); the suite uses them on the sample (`walk/test_walk`).
"""

import argparse
import random
import subprocess
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from tests.conftest import DISTRICT_TO, SIHE, run_sihe
from tests.faults.interrupted import as_new, finished, killed_after


def interrupted(root: Path, days: int, kills: int) -> int:
    """How many of the kills hit a run; raises AssertionError if the result differs from that of one run."""
    inbox, done = root / "inbox", root / "done"
    first = DISTRICT_TO - timedelta(days=days - 1)
    command = [str(SIHE), "simulate", "--from", str(first), "--to", str(DISTRICT_TO), "--inbox", str(inbox)]
    subprocess.run(command, check=True, capture_output=True)
    started = time.monotonic()
    assert run_sihe(done, "run", "--inbox", str(inbox), seconds=3600).returncode == 0
    seconds = time.monotonic() - started
    home = as_new(done, root / "home")
    chance = random.Random(days)
    # The last ones may have nothing to do.
    killed = sum(killed_after(chance.uniform(5, max(10, seconds / 5)), home, inbox) for _ in range(kills))
    finished(home, inbox, done)
    return killed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--kills", type=int, default=10)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        hit = interrupted(Path(folder), given.days, given.kills)
    print(f"{hit} of {given.kills} kills hit a run; the result is that of one run")

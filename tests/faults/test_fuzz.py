"""Random files for some seconds in a separate process: it must survive to report."""

import json
import random
import subprocess
import sys

from pipelines.settings import PROJECT_DIR
from tests.faults.fuzz import ALONE, made

SECONDS, SEED = 20, 1


def test_no_file_that_chance_makes_stops_the_intake_or_loses_a_row() -> None:
    command = [sys.executable, "-m", "tests.faults.fuzz", "--seconds", str(SECONDS), "--seed", str(SEED)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, cwd=PROJECT_DIR)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["files"] > 30
    assert set(told["states"]) == {"held", "loaded"}
    assert min(told["rows"][fate] for fate in ("loaded", "rejected", "duplicate")) > 0


def test_the_same_seed_makes_the_same_files() -> None:
    for feed in ALONE[::3]:
        for number in range(3):
            assert made(feed, random.Random(f"{number}")) == made(feed, random.Random(f"{number}"))

"""An installation and an upgrade, killed before every command of the script and at chance moments, with real
environments and pip; printed. Minutes, so no test of the suite: `test_bundle` kills only where links are switched.

    python -m tests.unit.bundling.kills [--by-chance 20] [--seed 1]
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from tests.unit.bundling.small import bundle, current, install, killed, unpacked


def before_every_command(first: Path, second: Path, opt: Path) -> tuple[int, int]:
    """Kills of a first installation, and of an upgrade. Nothing is cleaned up in between: each call finds what the one
    before left."""
    counts = []
    for folder, working in ((first, set[str]()), (second, {"0.1.0 says"})):
        step = 1
        while killed(folder, step, "--prefix", opt) is None:
            if working or (opt / "current").exists():
                found = current(opt)
                assert found in {*working, f"{folder.parent.name} says"}, found
            step += 1
        assert current(opt) == f"{folder.parent.name} says"
        counts.append(step - 1)
    return counts[0], counts[1]


def by_chance(folder: Path, opt: Path, luck: random.Random, longest: float) -> None:
    """One kill of an upgrade to a version that is not there yet: inside venv, pip or the copying too."""
    shutil.rmtree(opt / "versions" / (folder / "VERSION").read_text(encoding="utf-8").strip(), ignore_errors=True)
    command = [str(folder / "install.sh"), "--prefix", str(opt)]
    given = {**os.environ, "SIHE_NEEDED_KB": "1"}
    started = subprocess.Popen(
        command, env=given, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(luck.uniform(0, longest))
    if started.poll() is None:
        os.killpg(started.pid, signal.SIGKILL)
    started.wait()
    assert current(opt) in ("0.1.0 says", "0.2.0 says")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--by-chance", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sihe-kills-") as name:
        root = Path(name)
        old, new = (unpacked(bundle(root, version), root / version) for version in ("0.1.0", "0.2.0"))
        first, upgrade = before_every_command(old, new, root / "opt")
        print(f"killed before every command: first installation {first}, upgrade {upgrade}", flush=True)
        assert install(old, "--rollback", "--prefix", root / "opt").returncode == 0
        started = time.monotonic()
        shutil.rmtree(root / "opt" / "versions" / (new / "VERSION").read_text(encoding="utf-8").strip())
        assert install(new, "--prefix", root / "opt").returncode == 0
        longest = time.monotonic() - started
        luck, done = random.Random(given.seed), 0
        for _ in range(given.by_chance):
            assert install(old, "--prefix", root / "opt").returncode == 0
            by_chance(new, root / "opt", luck, longest)
            done += 1
        assert install(new, "--prefix", root / "opt").returncode == 0
        assert current(root / "opt") == "0.2.0 says"
        print(f"killed at {done} chance moments of an upgrade of {longest:.1f} s: a working version each time")


if __name__ == "__main__":
    main()

"""A small `sihe` with one library, its bundle, and the script killed before any of its commands.

Belongs here: making and installing it. Does not belong here: what is expected (`test_bundle`), the long trial
(`kills`).
"""

import os
import platform
import shutil
import signal
import subprocess
import tarfile
import zipfile
from pathlib import Path

from pipelines.bundling import packing, wheels

HERE = platform.machine()
LICENCE = "License-Expression: MIT\n"
# Its doctor ends as a file of the home says.
PROGRAM = """import pathlib, sys


def main():
    print('{version}', *sys.argv[1:])
    if sys.argv[1:2] == ['doctor']:
        sys.exit(int(pathlib.Path(sys.argv[3], 'ends').read_text()))
"""
# Before each command of the script; a number kills the script and what it started there, 0 counts.
_TRAP = """
set -o functrace
SIHE_STEPS=0
trap 'SIHE_STEPS=$((SIHE_STEPS + 1)); [ $SIHE_STEPS -ne {step} ] || kill -9 0' DEBUG
trap 'echo $SIHE_STEPS > "{told}"' EXIT
"""


def wheel(folder: Path, name: str, version: str, needs: str = "", program: str = "") -> None:
    """A wheel as an index has it, with one module and a licence."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": program,
        f"{info}/METADATA": f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{needs}{LICENCE}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/licenses/LICENSE": f"of {name}\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name} = {name}:main\n",
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as content:
        for place, text in files.items():
            content.writestr(zipfile.ZipInfo(place), text)


def bundle(
    root: Path, version: str = "0.1.0", needs: str = "Requires-Dist: library\n", key: Path | None = None
) -> Path:
    """The bundle of a version."""
    folder = root / f"wheels-{version}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    wheel(folder, "sihe", version, needs, PROGRAM.format(version=version))
    wheel(folder, "library", "2.0", program="def main(): ...\n")
    project = root / "project"
    (project / "docs" / "systemd").mkdir(parents=True, exist_ok=True)
    (project / "README.md").write_text("read me\n", encoding="utf-8")
    unit = "[Service]\nWorkingDirectory=/opt/sihe\nExecStart=/opt/sihe/.venv/bin/sihe serve\n"
    (project / "docs" / "systemd" / "sihe-serve.service").write_text(unit, encoding="utf-8")
    return packing.bundle(project, wheels.read(folder), HERE, root, key)


def unpacked(bundle: Path, to: Path) -> Path:
    with tarfile.open(bundle) as tar:
        tar.extractall(to, filter="data")
    return next(to.iterdir())


def install(folder: Path, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """No package index: pip would have to be asked for one. The disk of a test machine is small."""
    given = {**os.environ, "SIHE_NEEDED_KB": "1", **environment}
    command = [str(folder / "install.sh"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=given, timeout=300)


def killed(folder: Path, step: int, *arguments: object) -> int | None:
    """Runs the script, by bash, until it is killed before its command with this number, or to its end: then the number
    of its commands."""
    told, hook = folder.parent / "steps", folder.parent / "hook"
    told.unlink(missing_ok=True)
    hook.write_text(_TRAP.format(step=step, told=told), encoding="utf-8")
    given = {**os.environ, "SIHE_NEEDED_KB": "1", "BASH_ENV": str(hook)}
    command = ["bash", str(folder / "install.sh"), *map(str, arguments)]
    ran = subprocess.run(
        command, capture_output=True, text=True, check=False, env=given, timeout=300, start_new_session=True
    )
    if ran.returncode == -signal.SIGKILL:
        return None
    assert ran.returncode == 0, ran.stderr
    return int(told.read_text(encoding="utf-8"))


def current(opt: Path) -> str:
    """What the installed version says."""
    ran = subprocess.run([str(opt / "current/bin/sihe"), "says"], capture_output=True, text=True, check=True)
    return ran.stdout.strip()

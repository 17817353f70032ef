"""The product as people install it: the wheel of this checkout in a separate environment.

Belongs here: building the wheel, installing it, listing the files of an installation. Does not belong here: running
commands from it.
"""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

from pipelines.settings import PROJECT_DIR

SHIPPED = ("pipelines", "dbt_project", "dashboards")
# Tools write these into a checkout; a wheel must not contain them.
_GENERATED = shutil.ignore_patterns("__pycache__", "target", "logs", ".user.yml")
_BUILD = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
# Programs that `sihe` starts: in a complete installation they are next to its Python.
_PROGRAMS = ("dbt", "dagster-daemon")

Listing = dict[str, list[int]]


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel and the libraries of the environment that runs the tests."""

    root: Path

    @property
    def source(self) -> Path:
        """The copy of the checkout that the wheel was built from."""
        return self.root / "source"

    @property
    def wheel(self) -> Path:
        (found,) = self.root.glob("*.whl")
        return found

    @property
    def python(self) -> Path:
        return self.root / "environment" / "bin" / "python"

    @property
    def sihe(self) -> Path:
        return self.python.with_name("sihe")

    @property
    def packages(self) -> Path:
        (found,) = (self.root / "environment" / "lib").glob("python*/site-packages")
        return found

    @property
    def before(self) -> Listing:
        """The content of `packages` before anything was run from there."""
        found: Listing = json.loads((self.root / "before.json").read_text(encoding="utf-8"))
        return found


def listing(folder: Path) -> Listing:
    """When each file and folder was last changed (ns), and each file's size (bytes), without Python's compiled files.

    A folder changes when something in it is created or removed, even for a moment.
    """
    found = {}
    for entry in folder.rglob("*"):
        if "__pycache__" not in entry.parts:
            status = entry.stat()
            found[str(entry.relative_to(folder))] = [status.st_mtime_ns, 0 if entry.is_dir() else status.st_size]
    return found


def install(root: Path) -> Installed:
    """Builds the wheel of the checkout and installs it into an empty environment below `root`; no package index is
    used."""
    made = Installed(root)
    for folder in SHIPPED:
        shutil.copytree(PROJECT_DIR / folder, made.source / folder, ignore=_GENERATED)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(PROJECT_DIR / name, made.source / name)
    # Setuptools leaves a folder `build` where it runs.
    workplace = root / "workplace"
    shutil.copytree(made.source, workplace)
    _run([sys.executable, "-c", _BUILD, str(root)], workplace)
    _run([sys.executable, "-m", "venv", "--without-pip", str(root / "environment")], root)
    pip = [sys.executable, "-m", "pip", "--python", str(made.python)]
    _run([*pip, "install", "--quiet", "--no-deps", "--no-index", str(made.wheel)], root)
    # A folder named in a .pth file comes last, and its own .pth files, such as the checkout's, are not read.
    libraries = [path for path in sys.path if path.endswith("-packages")]
    (made.packages / "libraries.pth").write_text("\n".join(libraries), encoding="utf-8")
    for name in _PROGRAMS:
        _write_program(made, name)
    (root / "before.json").write_text(json.dumps(listing(made.packages)), encoding="utf-8")
    return made


def _write_program(made: Installed, name: str) -> None:
    """A library's program as pip writes it into the environment."""
    (entry,) = entry_points(group="console_scripts", name=name)
    program = made.python.with_name(name)
    lines = [f"#!{made.python}", "import sys", f"from {entry.module} import {entry.attr}", f"sys.exit({entry.attr}())"]
    program.write_text("\n".join(lines) + "\n", encoding="utf-8")
    program.chmod(0o755)


def _run(command: list[str], folder: Path) -> None:
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=900)
    assert ran.returncode == 0, f"{command}\n{ran.stdout}\n{ran.stderr}"

"""The wheels of an installation: which are needed for a kind of machine, from the package index or a folder.

Belongs here: calling pip, names and metadata of wheels. Does not belong here: the bundle (`packing`). It needs a
checkout and the internet; the machine that is installed needs neither.
"""

import email.parser
import hashlib
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from packaging.utils import canonicalize_name, parse_wheel_filename

ARCHITECTURES = ("x86_64", "aarch64")
PYTHON = "3.11"
SOURCES = ("pyproject.toml", "README.md", "pipelines", "dbt_project", "dashboards")
EPOCH = 315_532_800
"""The time of files in the project's wheel, 1980-01-01: equal sources give equal bytes."""
# pip takes a wheel only for a tag that is named: without the older ones it finds none of duckdb, pyarrow, numpy.
# 28: the oldest glibc that installs, of openEuler 20.03, Kylin V10, Debian 10.
_MINORS = (28, 27, 26, 24, 17, 12, 5)
_OLD_NAMES = ("manylinux2014", "manylinux2010", "manylinux1")


class BundleError(Exception):
    """What is missing for a bundle, and what to do."""


@dataclass(frozen=True)
class Wheel:
    """A file of a bundle. licence: as its metadata say it; empty if they do not."""

    path: Path
    name: str
    version: str
    sha256: str
    licence: str


def platforms(architecture: str) -> list[str]:
    """The tags of wheels that such a machine can run, the newest first."""
    return [f"{name}_{architecture}" for name in (*(f"manylinux_2_{minor}" for minor in _MINORS), *_OLD_NAMES)]


def download(project: Path, architecture: str, folder: Path, extras: Sequence[str] = ()) -> None:
    """Puts the project's own wheel and all that it needs into a folder. Raises BundleError."""
    stated = project / "pyproject.toml"
    if not stated.is_file():
        raise BundleError(f"{stated} is not there: a bundle is made in a checkout")
    described = tomllib.loads(stated.read_text(encoding="utf-8"))["project"]
    if unknown := set(extras) - set(described["optional-dependencies"]):
        raise BundleError(f"no such extra: {', '.join(sorted(unknown))}")
    needed = [*described["dependencies"], *(one for name in extras for one in described["optional-dependencies"][name])]
    with tempfile.TemporaryDirectory(prefix="sihe-source-") as copied:
        # Building leaves its traces in the sources, and takes those of an earlier build into the wheel.
        for name in SOURCES:
            _copy(project / name, Path(copied) / name)
        _pip(["wheel", "--no-deps", "--wheel-dir", str(folder), copied])
    options = ["--only-binary=:all:", "--implementation", "cp", "--python-version", PYTHON]
    options += [word for abi in ("cp311", "abi3", "none") for word in ("--abi", abi)]
    options += [word for tag in platforms(architecture) for word in ("--platform", tag)]
    _pip(["download", *options, "--constraint", str(project / "constraints.txt"), "--dest", str(folder), *needed])


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "target", "logs"))
    else:
        shutil.copyfile(source, target)


def _pip(arguments: Sequence[str]) -> None:
    command = ["env", f"SOURCE_DATE_EPOCH={EPOCH}", sys.executable, "-m", "pip", arguments[0], "--quiet"]
    ran = subprocess.run([*command, *arguments[1:]], capture_output=True, text=True, check=False)
    if ran.returncode:
        raise BundleError(f"pip {arguments[0]} failed:\n{ran.stderr.strip()}")


def read(folder: Path) -> list[Wheel]:
    """The wheels of a folder, by name. Raises BundleError if something else is in it, or a package twice."""
    found = [_wheel(path) for path in sorted(folder.iterdir())]
    names = [wheel.name for wheel in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BundleError(f"{folder} has more than one wheel of {', '.join(twice)}: empty it first")
    return sorted(found, key=lambda wheel: wheel.name)


def _wheel(path: Path) -> Wheel:
    try:
        name, version, _, _ = parse_wheel_filename(path.name)
        with zipfile.ZipFile(path) as content:
            inside = next(one for one in content.namelist() if one.endswith(".dist-info/METADATA"))
            said = email.parser.Parser().parsestr(content.read(inside).decode("utf-8"))
    except (ValueError, StopIteration, zipfile.BadZipFile) as error:
        raise BundleError(f"{path} is no wheel: {error or 'it has no metadata'}") from None
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Wheel(path, canonicalize_name(name), str(version), sha256, _licence(said))


def _licence(said: Message) -> str:
    """Packages say it in three ways, the newest first."""
    kinds = [one.rpartition(" :: ")[2] for one in said.get_all("Classifier", []) if one.startswith("License :: ")]
    text = said.get("License-Expression") or "; ".join(kinds) or said.get("License") or ""
    return " ".join(text.split())[:200]

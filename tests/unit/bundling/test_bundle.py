"""The bundle and its script, with small wheels: what is in it, equal bytes, damage, signatures, kills, the way back."""

import json
import os
import random
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines.bundling import packing, wheels
from pipelines.bundling.wheels import BundleError
from pipelines.commands import cli
from tests.unit.bundling.small import HERE, bundle, current, install, killed, unpacked, wheel

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes a bundle of a version of a small `sihe` with one library."""
    return partial(bundle, tmp_path)


def test_a_bundle_says_what_is_in_it(make: Make, tmp_path: Path) -> None:
    folder = unpacked(make(), tmp_path / "out")
    listed = {line[66:] for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()}
    there = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    assert listed == there - {"SHA256SUMS"}
    assert {"wheels/sihe-0.1.0-py3-none-any.whl", "docs/systemd/sihe-serve.service", "README.md"} <= there
    assert (folder / "licences/library/licenses/LICENSE").read_text(encoding="utf-8") == "of library\n"
    bill = json.loads((folder / "sbom.cdx.json").read_text(encoding="utf-8"))
    assert [(one["name"], one["purl"], one["licenses"][0]["license"]["name"]) for one in bill["components"]] == [
        ("library", "pkg:pypi/library@2.0", "MIT"), ("sihe", "pkg:pypi/sihe@0.1.0", "MIT"),
    ]  # fmt: skip
    required = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [line.split(" --hash=sha256:")[0] for line in required] == ["library==2.0", "sihe==0.1.0"]


def test_two_bundles_are_the_same_bytes(make: Make) -> None:
    first = make().read_bytes()
    assert make().read_bytes() == first


def test_what_is_no_set_of_wheels_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="the project's own wheel is missing"):
        packing.contents(tmp_path, [], HERE)
    wheel(tmp_path, "sihe", "0.1.0")
    wheel(tmp_path, "sihe", "0.2.0")
    with pytest.raises(BundleError, match="more than one wheel of sihe"):
        wheels.read(tmp_path)
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    with pytest.raises(BundleError, match=r"notes\.txt is no wheel"):
        wheels.read(tmp_path)
    with pytest.raises(BundleError, match="a bundle is made in a checkout"):
        wheels.download(tmp_path, HERE, tmp_path)


def test_the_command_says_what_it_made_and_what_is_heavy(make: Make, tmp_path: Path) -> None:
    make()
    given = ["bundle", "--arch", "aarch64", "--wheels", str(tmp_path / "wheels-0.1.0"), "--to", str(tmp_path)]
    ended = CliRunner().invoke(cli.main, given)
    assert ended.exit_code == 0, ended.output
    (made,) = tmp_path.glob("*-aarch64.tar")
    assert f"{made}: 2 wheels" in ended.output and "the heaviest: " in ended.output
    (tmp_path / "wheels-0.1.0" / "notes.txt").write_text("x", encoding="utf-8")
    assert "is no wheel" in CliRunner().invoke(cli.main, given).output


def test_all_tags_of_a_machine_are_named() -> None:
    tags = wheels.platforms("aarch64")
    assert tags[0] == "manylinux_2_28_aarch64" and {"manylinux2014_aarch64", "manylinux_2_17_aarch64"} <= set(tags)


def test_a_hundred_flipped_bytes_are_refused(make: Make, tmp_path: Path) -> None:
    folder = unpacked(make(), tmp_path / "out")
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.name != "install.sh")
    luck, refused = random.Random(19), 0
    for _ in range(100):
        file = luck.choice(files)
        whole = file.read_bytes()
        at = luck.randrange(len(whole))
        file.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << luck.randrange(8))]) + whole[at + 1 :])
        ran = install(folder, "--prefix", tmp_path / "opt")
        refused += ran.returncode == 1 and "copy the bundle again" in ran.stderr
        file.write_bytes(whole)
    (folder / "wheels" / "another.whl").write_bytes(b"x")
    assert "not part of the bundle: wheels/another.whl" in install(folder, "--prefix", tmp_path / "opt").stderr
    assert refused == 100 and not (tmp_path / "opt").exists()


def test_a_bundle_is_of_who_signed_it(make: Make, tmp_path: Path) -> None:
    for name in ("mine", "other"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)]
        subprocess.run(command, check=True)
        public = (tmp_path / f"{name}.pub").read_text(encoding="utf-8")
        (tmp_path / f"{name}.signers").write_text(f'sihe namespaces="sihe-bundle" {public}', encoding="utf-8")
    folder = unpacked(make(key=tmp_path / "mine"), tmp_path / "out")
    wrong = {"--prefix": tmp_path / "opt", "--signers": tmp_path / "other.signers"}
    assert "do not install this bundle" in install(folder, *(word for pair in wrong.items() for word in pair)).stderr
    right = install(folder, "--signers", tmp_path / "mine.signers", "--prefix", "/proc/nowhere")
    assert "signature" not in right.stderr and right.returncode != 0, "it goes on to the next check"
    (folder / "SHA256SUMS.sig").unlink()
    assert "not signed" in install(folder, "--signers", tmp_path / "mine.signers").stderr
    with pytest.raises(BundleError, match="does not sign"):
        packing.sign(b"", tmp_path / "mine.pub.none")


def test_paths_are_from_where_the_script_is_called(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`sihe-…/install.sh --signers sihe.signers` said that the signature is another's; a prefix was in the bundle."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "mine")], check=True)
    public = (tmp_path / "mine.pub").read_text(encoding="utf-8")
    (tmp_path / "mine.signers").write_text(f'sihe namespaces="sihe-bundle" {public}', encoding="utf-8")
    folder = unpacked(make(key=tmp_path / "mine"), tmp_path / "out")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "ends").write_text("0", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    ran = install(folder, "--signers", "mine.signers", "--prefix", "opt", "--home", "home")
    assert ran.returncode == 0, ran.stderr
    assert current(tmp_path / "opt") == "0.1.0 says"


def test_it_installs_upgrades_and_goes_back_without_a_package_index(make: Make, tmp_path: Path) -> None:
    opt = tmp_path / "opt"

    old, new = (unpacked(make(version), tmp_path / version) for version in ("0.1.0", "0.2.0"))
    first = install(old, "--prefix", opt)
    assert first.returncode == 0, first.stderr
    assert current(opt) == "0.1.0 says"
    unit = (opt / "current/docs/systemd/sihe-serve.service").read_text(encoding="utf-8")
    assert f"ExecStart={opt}/current/bin/sihe serve" in unit and f"WorkingDirectory={opt}\n" in unit
    # Killed in the middle: half an environment, no mark. The version before goes on, the next call begins again.
    half = opt / "versions" / (new / "VERSION").read_text(encoding="utf-8").strip()
    (half / "bin").mkdir(parents=True)
    assert current(opt) == "0.1.0 says"
    assert install(new, "--prefix", opt).returncode == 0
    assert current(opt) == "0.2.0 says"
    for version in ("0.1.0", "0.2.0"):
        assert install(new, "--rollback", "--prefix", opt).returncode == 0
        assert current(opt) == f"{version} says"
    # Killed before every command, with all installed: only what switches is tried. `kills` tries the rest.
    for arguments in ((new, "--prefix", opt), (old, "--prefix", opt), (old, "--rollback", "--prefix", opt)):
        step, ends = 1, set[str]()
        while killed(arguments[0], step, *arguments[1:]) is None:
            ends.add(current(opt))
            step += 1
        assert step > (10 if "--rollback" in arguments else 30)
        assert ends | {current(opt)} <= {"0.1.0 says", "0.2.0 says"}
    assert install(new, "--prefix", opt).returncode == 0
    assert current(opt) == "0.2.0 says"


def test_a_home_that_is_not_well_is_not_switched_and_a_folder_without_one_is(make: Make, tmp_path: Path) -> None:
    folder, opt, home = unpacked(make(), tmp_path / "out"), tmp_path / "opt", tmp_path / "home"
    home.mkdir()
    for ends in (1, 75, 2):
        assert not (opt / "current").exists()
        (home / "ends").write_text(str(ends), encoding="utf-8")
        ran = install(folder, "--prefix", opt, "--home", home)
        assert (ran.returncode, "nothing was switched" in ran.stderr) == ((0, False) if ends == 2 else (1, True))
    assert current(opt) == "0.1.0 says"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("uname", "echo riscv64", "the machine is riscv64"),
        ("getconf", "echo glibc 2.17", "glibc 2.28 or later is needed, this is 2.17"),
        ("df", "echo head; echo x 1 1 0 1% /", "3 GB of disk are needed"),
        ("date", "echo 0", "set it first"),
    ],
)
def test_a_machine_that_does_not_fit_is_told_before_anything_is_written(
    make: Make, tmp_path: Path, name: str, text: str, said: str
) -> None:
    folder = unpacked(make(), tmp_path / "out")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    (tools / name).chmod(0o755)
    ran = install(folder, "--prefix", tmp_path / "opt", PATH=f"{tools}:{os.environ['PATH']}", SIHE_NEEDED_KB="3000000")
    assert ran.returncode == 1 and said in ran.stderr
    assert not list((tmp_path / "opt").rglob("bin"))

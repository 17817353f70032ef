"""The bundle: one tar of wheels, documents, units, a list of what is in it, and the script that installs it.

Belongs here: what is in it, in which bytes: equal contents give equal bytes. Does not belong here: which wheels
(`wheels`), what the script does (`install.sh`).
"""

import hashlib
import io
import json
import subprocess
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipelines.bundling.wheels import BundleError, Wheel

SUMS, SIGNATURE, REQUIREMENTS, SBOM = "SHA256SUMS", "SHA256SUMS.sig", "requirements.txt", "sbom.cdx.json"
SCRIPT = Path(__file__).with_name("install.sh")
NAMESPACE = "sihe-bundle"
"""Of the signature: one that was made for something else does not fit."""
_DOCUMENTS = ("README.md", "docs/**/*.md", "docs/systemd/*")
_LICENCES = ("licen", "copying", "notice", "ofl")


def requirements(wheels: Sequence[Wheel]) -> str:
    """What pip installs, with the hash of each file."""
    return "".join(f"{wheel.name}=={wheel.version} --hash=sha256:{wheel.sha256}\n" for wheel in wheels)


def bill_of_materials(wheels: Sequence[Wheel]) -> str:
    """CycloneDX 1.5."""
    components = [
        {
            "type": "library",
            "name": wheel.name,
            "version": wheel.version,
            "purl": f"pkg:pypi/{wheel.name}@{wheel.version}",
            "hashes": [{"alg": "SHA-256", "content": wheel.sha256}],
            **({"licenses": [{"license": {"name": wheel.licence}}]} if wheel.licence else {}),
        }
        for wheel in wheels
    ]
    whole = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def licences(wheel: Wheel) -> dict[str, bytes]:
    """The texts that a wheel brings, by their place in the bundle."""
    with zipfile.ZipFile(wheel.path) as content:
        inside = [name for name in content.namelist() if ".dist-info/" in name and not name.endswith("/")]
        named = [name for name in inside if Path(name).name.lower().startswith(_LICENCES)]
        return {f"licences/{wheel.name}/{name.partition('.dist-info/')[2]}": content.read(name) for name in named}


def contents(project: Path, wheels: Sequence[Wheel], architecture: str) -> dict[str, bytes]:
    """Everything but the sums, by its place. Raises BundleError without the project's own wheel."""
    own = [wheel for wheel in wheels if wheel.name == "sihe"]
    if not own:
        raise BundleError("the project's own wheel is missing")
    found = {f"wheels/{wheel.path.name}": wheel.path.read_bytes() for wheel in wheels}
    for wheel in wheels:
        found |= licences(wheel)
    for pattern in _DOCUMENTS:
        for file in sorted(project.glob(pattern)):
            if file.is_file():
                found[file.relative_to(project).as_posix()] = file.read_bytes()
    found[REQUIREMENTS] = requirements(wheels).encode()
    found[SBOM] = bill_of_materials(wheels).encode()
    found["ARCHITECTURE"] = f"{architecture}\n".encode()
    found["VERSION"] = f"{own[0].version}-{own[0].sha256[:12]}\n".encode()
    found["install.sh"] = SCRIPT.read_bytes()
    return found


def sums(found: Mapping[str, bytes]) -> bytes:
    """As sha256sum reads them."""
    return "".join(f"{hashlib.sha256(found[name]).hexdigest()}  {name}\n" for name in sorted(found)).encode()


def write(bundle: Path, found: Mapping[str, bytes], root: str) -> None:
    """The tar: sorted, without times, owners and rights of this machine."""
    with tarfile.open(bundle, "w", format=tarfile.PAX_FORMAT) as tar:
        for name in sorted(found):
            entry = tarfile.TarInfo(f"{root}/{name}")
            entry.size = len(found[name])
            entry.mode = 0o755 if name.endswith(".sh") else 0o644
            tar.addfile(entry, io.BytesIO(found[name]))


def sign(text: bytes, key: Path) -> bytes:
    """The signature of the sums by an OpenSSH key. Raises BundleError."""
    command = ["ssh-keygen", "-Y", "sign", "-f", str(key), "-n", NAMESPACE]
    try:
        ran = subprocess.run(command, input=text, capture_output=True, check=False)
    except FileNotFoundError:
        raise BundleError("ssh-keygen is missing: apt-get install openssh-client") from None
    if ran.returncode:
        raise BundleError(f"{key} does not sign: {ran.stderr.decode(errors='replace').strip()}")
    return ran.stdout


def bundle(project: Path, wheels: Sequence[Wheel], architecture: str, folder: Path, key: Path | None) -> Path:
    """Writes the bundle into a folder and returns it."""
    found = contents(project, wheels, architecture)
    found[SUMS] = sums(found)
    if key is not None:
        found[SIGNATURE] = sign(found[SUMS], key)
    root = f"sihe-{found['VERSION'].decode().strip()}-{architecture}"
    target = folder / f"{root}.tar"
    part = target.with_suffix(".tar.part")
    write(part, found, root)
    part.replace(target)
    return target

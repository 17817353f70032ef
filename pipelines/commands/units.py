"""The service files of an installation: those of docs/systemd/ with its own paths, and the settings that they share.

Belongs here: writing them into the home. Does not belong here: what is in them (docs/systemd/), installing them, which
only root can do.
"""

import getpass
import sys
from collections.abc import Iterator
from pathlib import Path

from pipelines.settings import PROJECT_DIR, Settings

TEMPLATES = PROJECT_DIR / "docs" / "systemd"
# systemd hides these from the services.
_HIDDEN = (Path("/home"), Path("/root"), Path("/run/user"))


def write(where: Settings, address: str) -> Iterator[str]:
    """Writes `HOME/units/`, and gives a line about each thing for the person who installs. An existing sihe.env stays,
    because it may hold secrets."""
    if not TEMPLATES.is_dir():
        yield "units    none: the service files are in docs/systemd/ of the repository and of the bundle"
        return
    folder = where.home / "units"
    folder.mkdir(parents=True, exist_ok=True)
    for template in sorted(TEMPLATES.glob("*.service")):
        (folder / template.name).write_text(_unit(template, where), encoding="utf-8")
    environment = folder / "sihe.env"
    if not environment.exists():
        environment.write_text(_environment(where, address), encoding="utf-8")
        environment.chmod(0o640)
    yield f"units    {folder}; as root: install -m 0640 -g {_account()} {environment} /etc/sihe.env"
    yield f"         install -m 0644 {folder}/*.service /etc/systemd/system/"
    if hidden := [place for place in (where.home, where.inbox, PROJECT_DIR) if _is_hidden(place)]:
        yield f"         the services cannot see {hidden[0]}: they need everything outside /home and /root"


def _is_hidden(place: Path) -> bool:
    return any(place.is_relative_to(one) for one in _HIDDEN)


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "sihe"


def _unit(template: Path, where: Settings) -> str:
    text = template.read_text(encoding="utf-8")
    program = Path(sys.executable).parent / "sihe"
    text = text.replace("/opt/sihe/.venv/bin/sihe", str(program)).replace("/opt/sihe", str(PROJECT_DIR))
    if not where.inbox.is_relative_to(where.home):
        # `sihe collect` writes there, and its mount has to be there too. "-": without the folder a service starts.
        for setting, more in (("RequiresMountsFor", ""), ("ReadWritePaths", "-")):
            text = text.replace(f"\n{setting}=/var/lib/sihe\n", f"\n{setting}=/var/lib/sihe {more}{where.inbox}\n")
    return text.replace("/var/lib/sihe", str(where.home)).replace("User=sihe\n", f"User={_account()}\n")


def _environment(where: Settings, address: str) -> str:
    """The template with the installation's own values; without an address its line is a comment."""
    given = {"SIHE_HOME": str(where.home), "SIHE_INBOX": str(where.inbox), "SIHE_ADDRESS": address}

    def filled(line: str) -> str:
        name = line.partition("=")[0]
        if name not in given:
            return line
        return f"{name}={given[name]}" if given[name] else f"# {line}"

    lines = (TEMPLATES / "sihe.env").read_text(encoding="utf-8").splitlines()
    return "\n".join(map(filled, lines)) + "\n"

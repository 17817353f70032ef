"""What commands on an installation share: its options, and the home made ready.

Belongs here: options, folders, saying what is left out. Does not belong here: what a command does.
"""

import contextlib
import stat
from pathlib import Path

import click

from pipelines import dbt_bridge, installation, settings
from pipelines.districts import above
from pipelines.installation import House
from pipelines.rollup import housed
from pipelines.settings import Settings

_HOME_HELP = "The installation; default $SIHE_HOME, else var/ in a checkout, else ~/.local/share/sihe."
HOME = "sihe.home"
"""Of click's context: what --home says, for errors that are told about the home."""


def _noted(context: click.Context, _: click.Parameter, home: Path | None) -> Path | None:
    context.meta[HOME] = home
    return home


home_option = click.option(
    "--home", type=click.Path(path_type=Path, file_okay=False), envvar="SIHE_HOME", callback=_noted, help=_HOME_HELP
)
_existing = click.Path(path_type=Path, exists=True, file_okay=False)
# What a home may begin with: written by hand, by `sihe init`, delivered, or restored from a backup.
_PARTS = (
    "district.yaml", "city.yaml", "seeds", "contracts", "sources.yaml", "owners.yaml", "gate", "gate.yaml", "inbox",
    "keys", "archive", "journal", "warehouse", "published",
)  # fmt: skip


# For commands that read or repair: a mistyped folder is an error and no new installation.
existing_home_option = click.option("--home", type=_existing, envvar="SIHE_HOME", callback=_noted, help=_HOME_HELP)
PORT = click.IntRange(1, 65535)
inbox_option = click.option(
    "--inbox", type=click.Path(path_type=Path), help="Where platforms deliver; default HOME/inbox."
)


def prepare(home: Path | None, inbox: Path | None) -> House:
    """Loads the installation, makes its folders, and says what is left out of it."""
    here = installation.load(home, inbox)
    where = here.settings
    dbt_bridge.seeds(where, here.registry)  # reports errors before the work begins
    for folder in (where.home, where.published):
        folder.mkdir(parents=True, exist_ok=True)
    for folder in (where.dagster_home, where.logs, where.dbt_target.parent):
        folder.mkdir(exist_ok=True)
        _close(folder)
    _configure_dagster(where)
    say_what_is_left_out(here)
    return here


def _configure_dagster(where: Settings) -> None:
    """Whole or not at all: on a full disk a copy would be empty, and Dagster keep its records somewhere else."""
    config = settings.DAGSTER_DIR / "dagster.yaml"
    there = where.dagster_home / config.name
    if not there.exists() or there.read_bytes() != config.read_bytes():
        temporary = there.with_name(f".{config.name}.tmp")
        temporary.write_bytes(config.read_bytes())
        temporary.replace(there)


def _close(folder: Path) -> None:
    """Takes a folder from the accounts that are neither its owner's nor in its group, such as those of platforms: what
    Dagster and dbt note of a failure quotes rows."""
    mode = folder.stat().st_mode
    if mode & stat.S_IRWXO:
        # Of another owner: what is to be written there says so.
        with contextlib.suppress(PermissionError):
            folder.chmod(stat.S_IMODE(mode) & ~stat.S_IRWXO)


def prepare_existing(home: Path | None, inbox: Path | None = None) -> House:
    """The same for commands that look or repair; raises click.UsageError where there is no installation: they must not
    begin one, in a mistyped folder or in the default one."""
    where = settings.load(home, inbox)
    if not any((where.home / part).exists() for part in _PARTS):
        raise click.UsageError(
            f"there is no installation in {where.home}: name its folder with --home (sihe init or sihe run begins one)"
        )
    return prepare(home, inbox)


def prepare_district(home: Path | None, inbox: Path | None = None) -> House:
    """The same for commands on rows, which a city has none of; raises click.UsageError that says which homes have."""
    refuse_city(settings.load(home, inbox))
    return prepare_existing(home, inbox)


def refuse_city(where: Settings) -> None:
    """Raises click.UsageError in the home of a city, with the homes of its districts."""
    if where.city_file.exists():
        area = above.load(where)
        here = [str(one.home) for one in housed.districts(where, area).values()]
        homes = "".join(f"\n  --home {one}" for one in here) or " it has none: each district runs Sihe itself"
        raise click.UsageError(
            f"{where.home} is the home of a city, which has no rows; name that of a district:{homes}"
        )


def say_what_is_left_out(here: House) -> None:
    for error in here.errors:
        click.echo(f"contract left out: {error}", err=True)
    for broken in here.registry.errors:
        click.echo(f"KPI left out: {broken}", err=True)

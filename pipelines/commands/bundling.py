"""`sihe bundle`: one file for a machine without the internet.

Belongs here: arguments, output, exit codes. Does not belong here: making it (`pipelines.bundling`).
"""

import tempfile
from pathlib import Path

import click

from pipelines import settings
from pipelines.bundling import packing, wheels

SHOWN = 8


@click.command()
@click.option("--arch", type=click.Choice(wheels.ARCHITECTURES), required=True, help="Of the machine to be installed.")
@click.option("--extra", "extras", multiple=True, metavar="NAME", help="Libraries of sources too: sftp, mysql …")
@click.option("--to", type=click.Path(path_type=Path, exists=True, file_okay=False), default=".", help="The folder.")
@click.option("--sign", "key", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="OpenSSH key.")
@click.option(
    "--wheels", "have", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Take these, fetch nothing."
)
def bundle(arch: str, extras: tuple[str, ...], to: Path, key: Path | None, have: Path | None) -> None:
    """Make one tar with everything that an installation needs; in a checkout, with the internet."""
    try:
        with tempfile.TemporaryDirectory(prefix="sihe-bundle-") as folder:
            if have is None:
                wheels.download(settings.PROJECT_DIR, arch, Path(folder), extras)
            found = wheels.read(have or Path(folder))
            sizes = {wheel.name: wheel.path.stat().st_size / 1e6 for wheel in found}
            made = packing.bundle(settings.PROJECT_DIR, found, arch, to, key)
    except wheels.BundleError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{made}: {len(found)} wheels, {made.stat().st_size / 1e6:,.0f} MB")
    heaviest = sorted(sizes, key=lambda name: sizes[name], reverse=True)[:SHOWN]
    click.echo("the heaviest: " + ", ".join(f"{name} {sizes[name]:,.0f} MB" for name in heaviest))

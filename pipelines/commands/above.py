"""`sihe parcel` and `sihe rollup`: a district hands up its numbers, a city or province adds them up.

Belongs here: arguments, output, exit codes, setting up a city. Does not belong here: parcels and sums (`rollup`).
"""

import sys
import time
from pathlib import Path

import click

from pipelines import settings
from pipelines.commands.alone import alone
from pipelines.commands.preparing import existing_home_option, inbox_option, prepare_existing
from pipelines.districts import above
from pipelines.districts.setup import AlreadyThere
from pipelines.installation import House
from pipelines.rollup import parcel as parcels
from pipelines.rollup import reception
from pipelines.rollup import rollup as rolling
from pipelines.rollup.rollup import NothingDelivered, Result
from pipelines.settings import Settings


def set_up(where: Settings, code: str, *, overwrite: bool) -> None:
    """Writes city.yaml into the home and prints the next steps; raises click.UsageError for an unknown code, and for a
    home that is a district's."""
    if where.district_file.exists():
        raise click.UsageError(f"{where.home} is the home of a district: a city needs a home of its own (--home)")
    try:
        file, area = above.prepare(where, code, overwrite=overwrite)
    except (above.UnknownArea, AlreadyThere) as error:
        raise click.UsageError(str(error)) from error
    click.echo(
        f"written  {file}: {area.name}, {len(area.districts)} districts are expected\n\n"
        f"next     put the parcels of a district that runs Sihe itself, or the exports of one that does not,"
        f" into {where.inbox}/<district>/\n"
        f"         sihe run --home {where.home}"
    )


@click.command()
@existing_home_option
@click.option(
    "--to", "folder", type=click.Path(path_type=Path, file_okay=False), help="The folder; default HOME/parcels."
)
def parcel(home: Path | None, folder: Path | None) -> None:
    """Write the published numbers of this district as one file for the city: sums, no row below the district."""
    where = settings.load(home)
    try:
        file = parcels.write(where, folder or where.parcels)
    except parcels.Nothing as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"written  {file} ({file.stat().st_size / 1024:,.0f} KiB)")


@click.command()
@existing_home_option
@inbox_option
def rollup(home: Path | None, inbox: Path | None) -> None:
    """Add up the parcels of the districts and publish the city (or province)."""
    started = time.monotonic()
    here = prepare_existing(home, inbox)
    if here.settings.district_file.exists():
        raise click.UsageError(f"{here.settings.home} is the home of a district: a city needs a home of its own")
    with alone(here.settings, "sihe rollup"):
        is_well = publish(here)
    click.echo(f"done in {time.monotonic() - started:.1f} s")
    if not is_well:
        sys.exit(1)


def publish(here: House) -> bool:
    """Adds up and says what was received; returns whether each district that is run here has handed up what it has
    published. The caller holds the lock. Raises click.ClickException if there is nothing that could be added up."""
    try:
        result = rolling.roll_up(here.settings, here.contracts, here.registry)
    except NothingDelivered as error:
        raise click.ClickException(str(error)) from error
    _report(here.settings, result)
    return not result.handed_up.failed


def _report(where: Settings, result: Result) -> None:
    for district, why in result.handed_up.failed.items():
        click.echo(f"failed   {district}: no new parcel of it: {why}", err=True)
    for district in result.handed_up.folders:
        if passed_over := len(reception.sent(where.inbox, district)):
            click.echo(f"ignored  {district}: {passed_over} parcels in its inbox: it is run here, from its exports")
    received = result.received
    states = {one.district: one.state(received.day) for one in received.districts}
    delivered = sum(state == "delivered" for state in states.values())
    click.echo(f"parcels  {delivered} of {len(states)} districts have delivered up to {received.day}")
    for one in received.districts:
        if one.chosen is not None and states[one.district] == "late":
            click.echo(f"late     {one.district}: up to {one.chosen.manifest.data_through}")
        elif one.chosen is None:
            click.echo(f"{states[one.district]:8} {one.district}: not in the sums")
        for bad in one.refused:
            click.echo(f"held     {bad.file.name} in {one.district}: {bad.why}")
    for district in sorted({district for district, _ in result.chosen.left_out}):
        kpis = [f"{kpi} ({why})" for (of, kpi), why in result.chosen.left_out.items() if of == district]
        shown = ", ".join(kpis[:5]) + (f" and {len(kpis) - 5} more" if len(kpis) > 5 else "")
        click.echo(f"left out {district}: {shown}")
    for stranger in received.strangers:
        click.echo(f"ignored  {stranger.name}: no district of city.yaml")
    if result.publication is None:
        click.echo("nothing has changed: the generation stays published")
    else:
        click.echo(f"published generation {result.publication.generation}: through {result.publication.data_through}")

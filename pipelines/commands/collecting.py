"""`sihe collect`: fetches files from the sources of `HOME/sources.yaml` into the inbox.

Belongs here: arguments, output, exit codes. Does not belong here: fetching (`pipelines.collecting`), when it is done
(`orchestration`).
"""

import sys
from pathlib import Path

import click

from pipelines.collecting import sources
from pipelines.collecting.fetching import Collector
from pipelines.collecting.sources import CollectError
from pipelines.commands.preparing import existing_home_option, inbox_option, prepare_existing
from pipelines.documents import nearest


@click.command()
@click.argument("names", nargs=-1, metavar="[SOURCE]…")
@existing_home_option
@inbox_option
@click.option("--days", type=click.IntRange(1, 4000), help="Business dates before today, in place of the source's own.")
def collect(names: tuple[str, ...], home: Path | None, inbox: Path | None, days: int | None) -> None:
    """Fetch files from the sources in HOME/sources.yaml into the inbox; without SOURCE from all of them.

    Nothing is loaded: the next `sihe run`, or Dagster, takes what arrived. Exit 1 if a source failed; the others are
    collected all the same.
    """
    here = prepare_existing(home, inbox)
    found = sources.load(here.settings.home)
    for error in found.errors:
        click.echo(f"left out: {error}", err=True)
    if unknown := sorted(set(names) - set(found.named)):
        where = here.settings.home / sources.FILE
        raise click.UsageError(f"{where} has no usable source {unknown[0]}{nearest(unknown[0], found.named)}")
    if not found.named and not found.errors:
        click.echo(f"no sources: {here.settings.home / sources.FILE} names where files are fetched from")
        return
    collector = Collector(here.settings.inbox, here.feeds, here.settings.clock)
    failed = bool(found.errors) and not names
    for name in names or sorted(found.named):
        try:
            click.echo(f"{name}: {collector.collect(name, found.named[name], days).said}")
        except CollectError as error:
            click.echo(f"{name}: failed: {error}", err=True)
            failed = True
    if failed:
        sys.exit(1)

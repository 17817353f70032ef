"""Writes the demo district's exports into an inbox, with a progress bar.

Belongs here: which days are written, and the output about it. Does not belong here: the district (`demo`).
"""

import contextlib
import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click

from pipelines import progress
from pipelines.commands import runs
from pipelines.contracts.model import Contract
from pipelines.districts import setup
from pipelines.installation import House

# In the inbox, where the intake ignores hidden files.
_MARK = ".demo-district.json"


def simulate_in(here: House, inbox: Path, first: date, last: date, seed: int | None) -> None:
    """The exports of these days in an inbox; what is written later continues the district that it has.

    The stories end on the last day of the first call, and the registers reach their totals there: with another day,
    every register would be another one. Raises UsageError if the inbox has the district of another seed.
    """
    mark = inbox / _MARK
    known = json.loads(mark.read_text()) if mark.exists() else _known(1 if seed is None else seed, last)
    if seed not in (None, known["seed"]):
        raise click.UsageError(f"{inbox} has the district of --seed {known['seed']}: write another one somewhere else")
    anchor = date.fromisoformat(known["stories_end_on"])
    inbox.mkdir(parents=True, exist_ok=True)
    mark.write_text(json.dumps(known))
    if anchor != last:
        click.echo(f"the district of {inbox} goes on: its stories end on {anchor}")
    simulate(here.contracts, inbox, first, last, seed=known["seed"], anchor=anchor)


def _known(seed: int, stories_end_on: date) -> dict[str, Any]:
    return {"seed": seed, "stories_end_on": stories_end_on.isoformat()}


def simulate(
    contracts: Sequence[Contract], inbox: Path, first: date, last: date, *, seed: int = 1, anchor: date | None = None
) -> None:
    """Writes the days from `first` to `last`; reports the feeds that the district has no data for."""
    from pipelines.demo import simulate as district  # noqa: PLC0415

    click.echo(f"writing  the demo district's exports, {first} to {last}, into {inbox}")
    days = (last - first).days + 1
    with runs.bar(days):
        written = district.simulate(
            contracts, inbox, first, last, anchor=anchor, seed=seed, progress=lambda _, __: progress.tell("days")
        )
    click.echo(f"written  {written.files:,} files")
    for feed_id in written.unknown_feeds:
        click.echo(f"left out {feed_id}: the demo district knows nothing of this feed", err=True)


def deliver(here: House, days: int) -> None:
    """The demo district's exports up to yesterday: all of them at the first start, later the missing days.

    The dates of its stories are fixed at the first start; a file in the home records them.
    """
    _name_the_district(here)
    mark = here.settings.demo_mark
    yesterday = here.settings.clock().date() - timedelta(days=1)
    anchor = date.fromisoformat(mark.read_text().strip()) if mark.exists() else yesterday
    first = anchor - timedelta(days=days - 1)
    present = [folder.name for folder in here.settings.inbox.glob("2*-*-*")] if mark.exists() else []
    if present:
        first = date.fromisoformat(max(present)) + timedelta(days=1)
    mark.write_text(f"{anchor}\n")
    here.settings.inbox.mkdir(parents=True, exist_ok=True)
    (here.settings.inbox / _MARK).write_text(json.dumps(_known(1, anchor)))  # for `sihe simulate`
    if first <= yesterday:
        simulate(here.contracts, here.settings.inbox, first, yesterday, anchor=anchor)


def _name_the_district(here: House) -> None:
    """Writes the district.yaml of the demo district; existing files stay."""
    from pipelines.demo import register  # noqa: PLC0415

    with contextlib.suppress(setup.AlreadyThere):
        setup.prepare(here.settings, register.DISTRICT, english=register.DISTRICT_IN_ENGLISH)

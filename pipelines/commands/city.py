"""A city that runs its districts: `sihe run`, `sihe status` and `sihe doctor` in the home of a city.

Belongs here: which districts have exports here, the order of the steps, what is said of each. Does not belong here: the
processes (`district_processes`), the sums (`rollup`), what is looked at in a district (`status`).
"""

import sys
import time
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import click
import duckdb

from pipelines import installation, keys
from pipelines.commands import above as rolling_up
from pipelines.commands import district_processes as processes
from pipelines.commands import status as inspection
from pipelines.commands.alone import alone
from pipelines.commands.district_processes import EX_FINDINGS, Ended
from pipelines.commands.status import FAIL, OK, WARN, Finding
from pipelines.delivery import landing
from pipelines.districts import above, setup
from pipelines.districts.above import Area
from pipelines.districts.district import DistrictError
from pipelines.installation import House
from pipelines.publication import publish, query
from pipelines.rollup import housed, reception
from pipelines.rollup.reception import Received
from pipelines.settings import Settings
from pipelines.warehouse import journal, lock, store

_UNUSABLE = (duckdb.Error, store.OutOfStep, journal.Unreadable, keys.KeyUnusable, DistrictError, OSError)
# What `sihe doctor` has looked at once for the whole installation.
_OF_ALL = ("versions", "disk", "KPIs")


def run(here: House, first: date | None, last: date | None, engine: str, *, exit_code: bool) -> None:
    """Runs every district with exports here, then adds up; ends with code 1 if anything failed, although the others
    and the city are published, and with 75 if another process works on the city."""
    started = time.monotonic()
    area = above.load(here.settings)
    click.echo(f"inbox    {here.settings.inbox}")
    days = [text for name, day in (("--from", first), ("--to", last)) if day for text in (name, f"{day}")]
    with alone(here.settings, "sihe run"):
        homes, broken = _homes(here, area)
        names = above.district_names(list(homes))
        ended = processes.run_each(
            homes,
            ["--engine", engine, "--exit-code", *days],
            here.settings.districts_at_once,
            lambda code: click.echo(f"district {code} {names[code]}"),
            _say,
        )
        is_handed_up = rolling_up.publish(here)
    click.echo(f"done in {time.monotonic() - started:.1f} s")
    if broken or not is_handed_up or not all(one.is_well for one in ended.values()):
        sys.exit(1)
    if exit_code and any(one.exit_code == EX_FINDINGS for one in ended.values()):
        sys.exit(EX_FINDINGS)


def _homes(here: House, area: Area) -> tuple[dict[str, Settings], dict[str, str]]:
    """The homes of the districts that are run, made where they are new, and why one cannot be made."""
    homes, broken = housed.districts(here.settings, area), {}
    for code in sorted(area.districts):
        if code in homes or _has_exports(here, code):
            try:
                homes[code] = housed.made(here.settings, code)
            except (setup.UnknownDistrict, OSError) as error:
                homes.pop(code, None)
                broken[code] = str(error)
                click.echo(f"failed   {code}: {error}", err=True)
    return dict(sorted(homes.items())), broken


def _has_exports(here: House, code: str) -> bool:
    return bool(landing.scan(here.settings.inbox / code, here.feeds, with_strays=False))


def _say(code: str, ended: Ended) -> None:
    for line in ended.printed:
        click.echo(f"  {code} {line}")
    for line in ended.said:
        click.echo(f"  {code} {line}", err=True)
    if not ended.is_well:
        click.echo(f"failed   {code}: exit code {ended.exit_code}; the others go on", err=True)


# ---------------------------------------------------------------- looking


def status(here: House) -> dict[str, Any]:
    """The current state of the city and each district; nothing is changed."""
    where, area = here.settings, above.load(here.settings)
    homes = housed.districts(where, area)
    received = _received(where, area, homes)
    names = above.district_names(area.districts)
    return {
        "at": f"{where.clock():%Y-%m-%d %H:%M:%S}",
        "home": str(where.home),
        "inbox": str(where.inbox),
        **inspection.published(query.in_force(where.published)),
        "districts": [
            {
                "district": one.district,
                "name": names[one.district],
                "from": _source(here, one, homes),
                "state": one.state(received.day),
                "data_through": one.chosen.manifest.data_through.isoformat() if one.chosen else None,
                "last_run": _last_run(homes[one.district]) if one.district in homes else None,
                "to_do": [
                    *(f"{bad.file.name} {bad.why}" for bad in one.refused),
                    *(_to_do(here, one.district, homes.get(one.district))),
                ],
            }
            for one in received.districts
        ],
    }


def _source(here: House, one: Received, homes: Mapping[str, Settings]) -> str | None:
    """What a district delivers here, if it has delivered anything."""
    if one.district in homes or _has_exports(here, one.district):
        return "exports"
    return "parcels" if one.chosen is not None or one.refused else None


def as_lines(told: Mapping[str, Any]) -> str:
    """The same as text."""
    lines = [
        f"home        {told['home']}\ninbox       {told['inbox']}\npublished   {inspection.as_published(told)}\n",
        f"{'district':9} {'from':8} {'state':10} {'through':11} {'last run':20} name",
    ]
    for one in told["districts"]:
        ran = one["last_run"]["at"] if one["last_run"] else ""
        lines.append(
            f"{one['district']:9} {one['from'] or '':8} {one['state']:10} {one['data_through'] or 'never':11} {ran:20}"
            f" {one['name']}"
        )
    to_do = [f"  {one['district']} {line}" for one in told["districts"] for line in one["to_do"]]
    return "\n".join([*lines, *(["\nto do", *to_do] if to_do else [])])


def examine(here: House, *, only_looks: bool = False) -> Iterator[Finding]:
    """What `sihe doctor` finds in a city: its own folders and publication, and a line of each district that is well.
    only_looks: as for a district."""
    yield from inspection.examine_code(here)
    where, area = here.settings, above.load(here.settings)
    homes = housed.districts(where, area)
    received = _received(where, area, homes)
    for one in received.districts:
        state = one.state(received.day)
        home = homes.get(one.district)
        found = list(_of_parcels(one, state))
        if home is not None:
            found += _of_home(one.district, home, only_looks=only_looks)
        if home is None and _has_exports(here, one.district):
            found.append(Finding(one.district, WARN, "has exports that were not taken yet: sihe run"))
        through = one.chosen.manifest.data_through if one.chosen else None
        text = f"{state} through {through}, {'run here' if home is not None else 'by parcels'}"
        yield from found or [Finding(one.district, OK, text)]
    yield inspection.publication(here)
    yield from inspection.audited(where.home)


def _received(where: Settings, area: Area, homes: Mapping[str, Settings]) -> reception.Reception:
    own = {code: home.parcels for code, home in homes.items() if any(home.parcels.glob("parcel-*.zip"))}
    return reception.receive(where.inbox, area, where.clock().date(), own)


def _of_parcels(one: Received, state: str) -> Iterator[Finding]:
    for bad in one.refused:
        yield Finding(one.district, FAIL if one.chosen is None else WARN, f"{bad.file.name} {bad.why}")
    if state == "missing":
        yield Finding(one.district, WARN, "missing: neither a parcel nor exports that were published")
    elif state == "late" and one.chosen is not None:
        yield Finding(one.district, WARN, f"late: up to {one.chosen.manifest.data_through}")


def _of_home(code: str, home: Settings, *, only_looks: bool) -> Iterator[Finding]:
    """What is not well in a district's own home."""
    if failed := _failed(home):
        yield Finding(code, FAIL, failed)
    try:
        found = list(inspection.examine(installation.of(home), only_looks=only_looks))
    except _UNUSABLE as error:
        found = [Finding("home", FAIL, str(error).splitlines()[0])]
    for finding in found:
        if finding.state != OK and finding.what not in _OF_ALL:
            yield Finding(code, finding.state, f"{finding.what}: {finding.text}")


def _last_run(home: Settings) -> dict[str, Any] | None:
    one = processes.last(home)
    return None if one is None else {"at": one.at, "exit_code": one.exit_code}


def _failed(home: Settings) -> str | None:
    """What the last run said if it failed, and nothing was published in the home since."""
    one = processes.last(home)
    built_at = str((publish.current(home.published) or {}).get("built_at") or "").replace("T", " ")
    if one is None or one.is_well or built_at > one.at:
        return None
    return f"the run of {one.at} failed ({one.exit_code}): {'; '.join(one.said) or home.home / 'logs'}"


def _to_do(here: House, code: str, home: Settings | None) -> Iterator[str]:
    if home is None:
        if _has_exports(here, code):
            yield "has exports that were not taken yet: sihe run"
        return
    if failed := _failed(home):
        yield failed
    try:
        yield from inspection.status(installation.of(home)).to_do
    except (lock.Busy, *_UNUSABLE) as error:
        yield str(error).splitlines()[0]

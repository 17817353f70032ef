"""`sihe status` and `sihe doctor`: how an installation is, of a district or of a city.

Belongs here: arguments, output, exit codes. Does not belong here: looking (`status`, `city`).
"""

import json
import sys
from pathlib import Path

import click

from pipelines.commands import city
from pipelines.commands import status as inspection
from pipelines.commands.preparing import existing_home_option, inbox_option, prepare_existing
from pipelines.delivery.signs import in_one_line
from pipelines.installation import House
from pipelines.warehouse import lock


@click.command()
@existing_home_option
@inbox_option
@click.option("--json", "as_json", is_flag=True, help="Everything, for programs.")
@click.option("--night", "is_night", is_flag=True, help="Only the last night's page, in Chinese.")
def status(home: Path | None, inbox: Path | None, as_json: bool, is_night: bool) -> None:
    """Show what is published and pending, which feeds are late or held, which rows were rejected and why."""
    here = prepare_existing(home, inbox)
    if here.settings.city_file.exists():
        _city(here, as_json=as_json, is_night=is_night)
        return
    try:
        found = inspection.status(here)
    except lock.Busy as busy:
        told = inspection.meanwhile(here, str(busy))
        click.echo(json.dumps(told, ensure_ascii=False, indent=2) if as_json else inspection.as_lines(told))
        return
    if as_json:
        click.echo(json.dumps(found.as_dict(), ensure_ascii=False, indent=2, default=str))
        return
    if is_night:
        click.echo(found.night)
        return
    mark = "  演示数据 demo data" if found.is_demo else ""
    click.echo(f"home        {found.home}{mark}\ninbox       {found.inbox}")
    click.echo(f"published   {inspection.as_published(found.as_dict())}")
    click.echo(f"pending     {found.pending_files} files to take, {found.unbuilt_feed_days} feed-days to build\n")
    click.echo(f"{'feed':38} {'newest':10} {'behind':>6} {'files':>6} {'held':>5} {'rejected':>8}")
    for feed in found.feeds:
        behind = "" if feed.days_behind is None else str(feed.days_behind)
        click.echo(
            f"{feed.feed:38} {feed.newest or 'never':10} {behind:>6} {feed.deliveries:>6} {feed.held or '':>5}"
            f" {feed.rejected_rows or '':>8}"
        )
    for head, lines in (
        ("to do", list(found.to_do)),
        ("late", [f"{feed} for {day}" for feed, day in found.late]),
        ("held", [f"{name}: {reason}" for name, reason in found.held]),
        (
            "rejected rows",
            [f"{count} × {feed}: {reason}, e.g. in {name}" for feed, reason, count, name in found.rejected],
        ),
        ("contracts left out", list(found.contract_errors)),
        ("KPIs left out", list(found.kpi_errors)),
    ):
        if lines:
            click.echo(f"\n{head}")
            for line in lines:
                click.echo(f"  {in_one_line(line)}")


@click.command()
@existing_home_option
@inbox_option
@click.option("--only-looks", is_flag=True, help="Mend nothing, and let no table follow this version's contracts.")
def doctor(home: Path | None, inbox: Path | None, *, only_looks: bool) -> None:
    """Check versions, folders, disk, contracts, KPIs, key, lock, accounts, publication; exit 1 if a check fails."""
    here = prepare_existing(home, inbox)
    examine = city.examine if here.settings.city_file.exists() else inspection.examine
    findings = list(examine(here, only_looks=only_looks))
    for finding in findings:
        click.echo(f"{finding.state:5} {finding.what:16} {finding.text}")
    if any(finding.state == inspection.FAIL for finding in findings):
        sys.exit(1)


def _city(here: House, *, as_json: bool, is_night: bool) -> None:
    if is_night:
        raise click.UsageError("a city has no page of the night: give the --home of one of its districts")
    found = city.status(here)
    click.echo(json.dumps(found, ensure_ascii=False, indent=2, default=str) if as_json else city.as_lines(found))

"""`sihe check`: files before they are delivered, with the contracts of this installation or the packaged ones.

Belongs here: arguments, output, exit code, finding the last accepted file of an installation. Does not belong here: the
check itself (`pipelines.checking`).
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from importlib import metadata
from pathlib import Path

import click
import duckdb

from pipelines import settings
from pipelines.checking import report, workbook
from pipelines.checking.comparison import Change, compare
from pipelines.checking.examination import CLEAN, Verdict, examine, examine_as
from pipelines.checking.findings import Told
from pipelines.commands.preparing import home_option
from pipelines.contracts.compiler import load_contracts
from pipelines.contracts.model import Feed
from pipelines.delivery import landing
from pipelines.delivery.text_table import Held
from pipelines.documents import nearest
from pipelines.publication import query
from pipelines.reasons import Language
from pipelines.registry import loading
from pipelines.settings import Settings

# Where a day comes in several files, the last one of a street may be some days old.
_DAYS_OF_PARTS = 31
_out = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--feed", "feed_id", metavar="PLATFORM.FEED", help="What the files are, if their names do not say it.")
@click.option("--html", "page", type=_out, help="Also write a report to forward.")
@click.option("--rejected", type=_out, help="Also write the rejected rows as a workbook (xlsx), masked.")
@click.option("--contact", default="", help="Who answers questions, for the end of the report.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@home_option
def check(
    files: tuple[Path, ...],
    feed_id: str | None,
    page: Path | None,
    rejected: Path | None,
    contact: str,
    as_json: bool,
    lang: Language,
    home: Path | None,
) -> None:
    """Say what the intake would do with files; no installation is needed, and nothing is stored.

    If there is an installation, its own contracts count, and the files are compared with the last accepted ones.

    Exit code: 0 clean, 1 with findings, 2 unusable or wrong usage.
    """
    here = settings.load(home)
    contracts, errors = load_contracts(here.contracts, *here.contract_folders)
    for error in errors:
        click.echo(f"contract left out: {error}", err=True)
    feeds = [feed for contract in contracts for feed in contract.feeds]
    wanted = next((feed for feed in feeds if feed.id == feed_id), None)
    if feed_id and wanted is None:
        raise click.UsageError(f"no contract has the feed {feed_id}{nearest(feed_id, [feed.id for feed in feeds])}")
    verdicts = examine(files, feeds, here.clock().date(), wanted)
    stored = {feed.id: [column.name for column in feed.table_columns] for feed in feeds}
    told = [Told(one, _kpis(one.feed), _change(here, one), _readers(one, stored)) for one in verdicts]
    try:
        if page is not None:
            version = metadata.version("sihe")
            page.write_text(report.as_html(told, lang, version=version, contact=contact), encoding="utf-8")
        if rejected is not None:
            workbook.write(verdicts, rejected, lang)
    except OSError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps([report.as_dict(one, lang) for one in told], ensure_ascii=False, indent=2))
    else:
        for one in told:
            click.echo(report.as_text(one, lang))
    sys.exit(max((one.exit_code for one in verdicts), default=CLEAN))


def _kpis(feed: Feed | None) -> list[tuple[str, str]]:
    """Chinese and English name of each KPI that reads the feed's rows."""
    return [(one.kpi.zh, one.kpi.en) for one in loading.load().standing_on(feed.id)] if feed is not None else []


def _readers(one: Verdict, stored: Mapping[str, Sequence[str]]) -> dict[str, list[tuple[str, str]]]:
    """Column of the feed → the names of the KPIs that read it; nothing where nothing is wrong: it takes 0.5 s."""
    if one.feed is None or not (one.problems or any(seen.is_missing for seen in one.columns)):
        return {}
    from pipelines.registry import columns_read  # noqa: PLC0415

    found = columns_read.readers(loading.load(), one.feed.id, stored)
    return {column: [(kpi.kpi.zh, kpi.kpi.en) for kpi in kpis] for column, kpis in found.items()}


def _change(here: Settings, one: Verdict) -> Change | None:
    """Against the newest accepted file of the feed before the file's own day; None if there is none, if this account
    may not read the archive, or if its copy is damaged."""
    if one.feed is None:
        return None
    part = landing.part_of(one.feed, one.file.name)
    for name, day, sha256 in _accepted(here, one.feed, one.business_date):
        if landing.part_of(one.feed, name) != part:
            continue
        archived = landing.archived(here.archive, sha256)
        try:
            before = examine_as(archived, one.feed, day)
        except (OSError, Held):
            return None
        return compare(one, replace(before, file=Path(name), sha256=sha256), day)
    return None


def _accepted(here: Settings, feed: Feed, before: date | None) -> Sequence[tuple[str, date, str]]:
    """File name, business date and hash of the last files in force, as published, the newest first: one, or some of a
    feed that comes in several a day; none if nothing is published."""
    # Safe: names in a contract are letters, digits and underscores.
    limit = f"and business_date < date '{before}'" if before else ""
    question = (
        "select file_name, business_date, sha256 from meta.delivery where state = 'loaded'"
        f" and platform = '{feed.platform}' and feed = '{feed.name}' {limit} order by business_date desc, file_name"
        f" limit {_DAYS_OF_PARTS * len(feed.parts) or 1}"
    )
    try:
        rows = query.ask(here.published, question).rows
    except (query.NothingPublished, duckdb.Error):
        return []
    return [(str(name), day, str(sha256)) for name, day, sha256 in rows if isinstance(day, date)]

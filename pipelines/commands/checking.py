"""`sihe check`: files before they are delivered, with the contracts of this installation or the packaged ones.

Belongs here: arguments, output, exit code. Does not belong here: the check itself (`pipelines.checking`).
"""

import json
import sys
from pathlib import Path

import click

from pipelines import settings
from pipelines.checking import report
from pipelines.checking.examination import CLEAN, examine
from pipelines.contracts.compiler import load_contracts
from pipelines.contracts.model import Feed
from pipelines.documents import nearest
from pipelines.reasons import Language
from pipelines.registry import loading


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--feed", "feed_id", metavar="PLATFORM.FEED", help="What the files are, if their names do not say it.")
@click.option("--html", "page", type=click.Path(path_type=Path, dir_okay=False), help="Also write a report to forward.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
def check(files: tuple[Path, ...], feed_id: str | None, page: Path | None, as_json: bool, lang: Language) -> None:
    """Say what the intake would do with files, without an installation; nothing is stored.

    Exit code: 0 clean, 1 with findings, 2 unusable or wrong usage.
    """
    here = settings.load()
    contracts, errors = load_contracts(here.contracts, here.own_contracts)
    for error in errors:
        click.echo(f"contract left out: {error}", err=True)
    feeds = [feed for contract in contracts for feed in contract.feeds]
    wanted = next((feed for feed in feeds if feed.id == feed_id), None)
    if feed_id and wanted is None:
        raise click.UsageError(f"no contract has the feed {feed_id}{nearest(feed_id, [feed.id for feed in feeds])}")
    verdicts = [(one, _kpis(one.feed)) for one in examine(files, feeds, here.clock().date(), wanted)]
    if page is not None:
        page.write_text(report.as_html(verdicts, lang), encoding="utf-8")
    if as_json:
        click.echo(json.dumps([report.as_dict(*one) for one in verdicts], ensure_ascii=False, indent=2))
    else:
        for one, _ in verdicts:
            click.echo(report.as_text(one, lang))
    sys.exit(max((one.exit_code for one, _ in verdicts), default=CLEAN))


def _kpis(feed: Feed | None) -> list[tuple[str, str]]:
    """Chinese and English name of each KPI that reads the feed's rows."""
    return [(one.kpi.zh, one.kpi.en) for one in loading.load().standing_on(feed.id)] if feed is not None else []

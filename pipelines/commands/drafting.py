"""`sihe draft`: a contract from sample files, for a new platform or for another vendor's form of a known feed.

Belongs here: arguments, output, exit code, writing the file. Does not belong here: the draft itself
(`pipelines.drafting`).
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from pipelines import settings
from pipelines.contracts.compiler import load_contracts
from pipelines.contracts.model import Feed
from pipelines.documents import DocumentError, nearest
from pipelines.drafting import adopting, matching, parts, samples, tables, vocabulary, writing
from pipelines.drafting.samples import Sample
from pipelines.drafting.vocabulary import Vocabulary

_NAME = re.compile(r"([a-z][a-z0-9_]*)\.odcs\.yaml")


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--out", metavar="PLATFORM.odcs.yaml", type=click.Path(path_type=Path, dir_okay=False), required=True,
    help="The contract to write; it must not exist. Its name is the platform's id.",
)  # fmt: skip
@click.option("--feed", "feed_id", metavar="PLATFORM.FEED", help="A known feed, of which the files are another form.")
@click.option(
    "--column", "told", metavar="HEADER=COLUMN", multiple=True,
    help="With --feed: which column of the contract a header is; may be repeated.",
)  # fmt: skip
def draft(files: tuple[Path, ...], out: Path, feed_id: str | None, told: tuple[str, ...]) -> None:
    """Draft a contract from sample files of one platform; files of several days say more.

    Above each line a comment gives the evidence. Unknown columns are personal until a person says otherwise. With
    --feed the files are another vendor's export of a known feed: its contract is written with their headers and words,
    as far as these are clear; the others are asked.
    """
    named = _NAME.fullmatch(out.name)
    if named is None:
        raise click.UsageError(f"{out.name}: a contract is named like its platform, snap_report.odcs.yaml")
    if out.exists() or out.is_symlink():
        raise click.UsageError(f"{out} exists: it is never overwritten")
    if told and feed_id is None:
        raise click.UsageError("--column needs --feed")
    feed = _feed(feed_id, named[1]) if feed_id is not None else None
    said = _told(told, feed) if feed is not None else {}
    words = _vocabulary()
    found = _samples(files, named[1])
    if feed is None:
        drafts = [tables.draft(group, words) for group in samples.by_feed(found)]
        document = writing.of_drafts(named[1], drafts, ())
    else:
        document = _adopted(feed, found, words, said)
    _write(out, document)
    click.echo(f"written  {out}: read every line before it is used")
    for question in document.questions:
        click.echo(f"ask      {question}")


def _feed(feed_id: str, platform: str) -> Feed:
    here = settings.load()
    contracts, errors = load_contracts(here.contracts, *here.contract_folders)
    for error in errors:
        click.echo(f"contract left out: {error}", err=True)
    feeds = {feed.id: feed for contract in contracts for feed in contract.feeds}
    if feed_id not in feeds:
        raise click.UsageError(f"no contract has the feed {feed_id}{nearest(feed_id, feeds)}")
    if feeds[feed_id].platform != platform:
        raise click.UsageError(f"the feed {feed_id} is in {feeds[feed_id].platform}.odcs.yaml: name the contract so")
    return feeds[feed_id]


def _told(told: Sequence[str], feed: Feed) -> dict[str, str]:
    """Header → column, as a person says it."""
    said: dict[str, str] = {}
    names = [column.name for column in feed.columns]
    for one in told:
        header, _, name = one.rpartition("=")
        if name not in names:
            raise click.UsageError(f"{one}: no column of {feed.id} is called {name!r}{nearest(name, names)}")
        if name in said.values() or header in said:
            raise click.UsageError(f"{one}: each header and each column once")
        said[header] = name
    return said


def _samples(files: Sequence[Path], platform: str) -> list[Sample]:
    try:
        found, left_out = samples.read_samples(files)
        samples.refuse_mixed(found, platform)
    except (samples.Mixed, OSError) as error:
        raise click.ClickException(str(error)) from error
    for reason in left_out:
        click.echo(f"left out {reason}", err=True)
    if not found:
        raise click.ClickException("nothing can be drafted: none of the files can be read")
    return parts.joined(found)


def _adopted(feed: Feed, found: Sequence[Sample], words: Vocabulary, said: Mapping[str, str]) -> writing.Document:
    """The feed's contract in the form of the samples: of the sheet, or of the files named alike, that fits best."""
    groups = [
        (group, matching.match(tables.guesses(group, words), feed, words, said)) for group in samples.by_feed(found)
    ]
    group, best = max(groups, key=lambda one: sum(pair.score for pair in one[1].matches))
    headers = {header for one in group for header in one.headers}
    if unknown := [header for header in said if header not in headers]:
        raise click.UsageError(f"no column of the samples is called {unknown[0]!r}{nearest(unknown[0], headers)}")
    try:
        here = settings.load()
        source = adopting.contract_of(feed, here.contract_folders if feed.own_contract else [here.contracts])
    except DocumentError as error:
        raise click.ClickException(str(error)) from error
    return adopting.of_matching(source, feed, group, best, words)


def _vocabulary() -> Vocabulary:
    try:
        return vocabulary.load(settings.load().home / vocabulary.SHIPPED.name)
    except DocumentError as error:
        raise click.ClickException(str(error)) from error


def _write(out: Path, document: writing.Document) -> None:
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(writing.text_of(document))
    except OSError as error:
        raise click.ClickException(str(error)) from error

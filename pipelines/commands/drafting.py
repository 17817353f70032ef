"""`sihe draft`: a contract from sample files, for a new platform or for another vendor's form of a known feed.

Belongs here: arguments, output, exit code, writing the file. Does not belong here: the draft itself
(`pipelines.drafting`).
"""

import re
from pathlib import Path

import click

from pipelines import settings
from pipelines.documents import DocumentError
from pipelines.drafting import samples, tables, vocabulary, writing
from pipelines.drafting.vocabulary import Vocabulary

_NAME = re.compile(r"([a-z][a-z0-9_]*)\.odcs\.yaml")


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--out", metavar="PLATFORM.odcs.yaml", type=click.Path(path_type=Path, dir_okay=False), required=True,
    help="The contract to write; it must not exist. Its name is the platform's id.",
)  # fmt: skip
def draft(files: tuple[Path, ...], out: Path) -> None:
    """Draft a contract from sample files of one platform; files of several days say more.

    Above each line a comment gives the evidence. Unknown columns are personal until a person says otherwise.
    """
    named = _NAME.fullmatch(out.name)
    if named is None:
        raise click.UsageError(f"{out.name}: a contract is named like its platform, snap_report.odcs.yaml")
    _refuse_existing(out)
    words = _vocabulary()
    try:
        found, left_out = samples.read_samples(files)
        samples.refuse_mixed(found, named[1])
    except (samples.Mixed, OSError) as error:
        raise click.ClickException(str(error)) from error
    for reason in left_out:
        click.echo(f"left out {reason}", err=True)
    if not found:
        raise click.ClickException("nothing can be drafted: none of the files can be read")
    drafts = [tables.draft(group, words) for group in samples.by_feed(found)]
    document = writing.of_drafts(named[1], drafts, left_out)
    _write(out, document)
    columns = sum(len(one.columns) for one in drafts)
    click.echo(f"written  {out}: {len(drafts)} feeds, {columns} columns; read every line before it is used")
    _ask(document)


def _vocabulary() -> Vocabulary:
    try:
        return vocabulary.load(settings.load().home / vocabulary.SHIPPED.name)
    except DocumentError as error:
        raise click.ClickException(str(error)) from error


def _refuse_existing(out: Path) -> None:
    if out.exists() or out.is_symlink():
        raise click.UsageError(f"{out} exists: it is never overwritten")


def _write(out: Path, document: writing.Document) -> None:
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(writing.text_of(document))
    except OSError as error:
        raise click.ClickException(str(error)) from error


def _ask(document: writing.Document) -> None:
    for question in document.questions:
        click.echo(f"ask      {question}")

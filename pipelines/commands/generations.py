"""`sihe generations`: which publications are kept, pinning one, the name to cite.

Belongs here: arguments and output. Does not belong here: the rule of keeping (`publication.generations`).
"""

from pathlib import Path

import click

from pipelines import settings
from pipelines.commands.preparing import existing_home_option
from pipelines.documents import nearest
from pipelines.publication import generations as kept
from pipelines.publication import publish


@click.command()
@existing_home_option
@click.option("--pin", "pinned", metavar="GENERATION", help="Keep it for ever.")
@click.option("--unpin", "unpinned", metavar="GENERATION", help="Keep it as long as others.")
@click.option("--note", default="pinned", show_default=True, help="Why it is pinned.")
def generations(home: Path | None, pinned: str | None, unpinned: str | None, note: str) -> None:
    """List the published generations that are kept, newest first, each with the name under which it is cited."""
    published = settings.load(home).published
    for name, said in ((pinned, note), (unpinned, None)):
        if name is not None:
            try:
                kept.pin(published, name, said)
            except KeyError as error:
                known = [one.name for one in kept.listed(published)]
                raise click.UsageError(f"there is no generation {name}{nearest(name, known)}") from error
    now = (publish.current(published) or {}).get("generation")
    listed = kept.listed(published)
    if not listed:
        click.echo("nothing is published yet: sihe run", err=True)
    for one in listed:
        marks = ["published"] if one.name == now else []
        marks += [f"pinned: {one.note}"] if one.note is not None else []
        name = kept.cited(one) or "cannot be read"
        click.echo(f"{one.name:18} {one.size / 1024**2:>9,.1f} MiB  {name}  {', '.join(marks)}".rstrip())

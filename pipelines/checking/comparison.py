"""A file against the last one of its feed that an installation accepted: what is new, gone, more or less.

Belongs here: what changed. Does not belong here: finding that file (`commands`), words and layout (`report`).
"""

from dataclasses import dataclass
from datetime import date

from pipelines.checking.examination import Verdict


@dataclass(frozen=True)
class Change:
    """since: the business date of the accepted file. Headers are as the files have them; communities are codes."""

    file_name: str
    since: date
    rows_before: int
    rows_now: int
    rejected_before: int
    rejected_now: int
    new_headers: tuple[str, ...]
    gone_headers: tuple[str, ...]
    new_communities: tuple[str, ...]
    gone_communities: tuple[str, ...]
    is_same: bool
    """The same bytes: it would be a duplicate."""


def compare(now: Verdict, before: Verdict, since: date) -> Change | None:
    """None if one of the files cannot be read: there is nothing to compare."""
    if now.held_because is not None or before.held_because is not None:
        return None
    mine, theirs = _headers(now), _headers(before)
    here, there = ({code for code, _ in one.rows_by_community} for one in (now, before))
    return Change(
        before.file.name,
        since,
        before.row_count,
        now.row_count,
        before.rejected,
        now.rejected,
        tuple(name for name in mine if name not in theirs),
        tuple(name for name in theirs if name not in mine),
        tuple(sorted(here - there)),
        tuple(sorted(there - here)),
        now.sha256 == before.sha256,
    )


def _headers(one: Verdict) -> list[str]:
    return [name for seen in one.columns if (name := seen.found or seen.guessed) is not None]

"""Which delivery of a feed and business date is in force, for any order of arrival.

Belongs here: the states of deliveries, the order of receipt and of precedence. Does not belong here: files, rows,
databases. The decision uses all deliveries of the feed-day ever received, so any order of arrival gives the same ledger
and the same rows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from pipelines.warehouse.ledger import Line

LOADED, SUPERSEDED, DUPLICATE, HELD, REJECTED = "loaded", "superseded", "duplicate", "held", "rejected"


def order_of_receipt(line: Line) -> tuple[object, ...]:
    return (line.received_at, line.revision, line.file_name, line.folder, line.sha256)


def order_of_precedence(line: Line) -> tuple[object, ...]:
    return (line.revision, line.received_at, line.file_name, line.folder, line.sha256)


def one_part(_: Line) -> str:
    """The part that a file is where a day comes in one file."""
    return ""


def originals(lines: Iterable[Line], part_of: Callable[[Line], str] = one_part) -> dict[tuple[str, str], Line]:
    """(part, sha256) → the ledger line that was received first with those bytes; the others change nothing. Two streets
    with nothing to report have the same bytes, and both have delivered."""
    first: dict[tuple[str, str], Line] = {}
    for line in sorted(lines, key=order_of_receipt):
        first.setdefault((part_of(line), line.sha256), line)
    return first


def settle_states(
    lines: Sequence[Line], held: Mapping[str, str], part_of: Callable[[Line], str] = one_part
) -> list[Line]:
    """The state of every delivery of one feed-day; `held` gives the reasons by sha256 for those that are unusable.

    The highest revision, and within it the newest received, is in force among the usable ones: one of each part, where
    the day comes in several files. Replaced deliveries keep the outcomes of their rows. Duplicates and held files count
    no rows.
    """
    first = originals(lines, part_of)
    newest: dict[str, Line] = {}
    for line in sorted((one for one in first.values() if one.sha256 not in held), key=order_of_precedence):
        newest[part_of(line)] = line
    in_force = list(newest.values())
    settled = []
    for line in lines:
        original = first[part_of(line), line.sha256]
        if line is not original:
            settled.append(line.with_no_rows(DUPLICATE, f"the same bytes as {original.file_name}"))
        elif line.sha256 in held:
            settled.append(line.with_no_rows(HELD, held[line.sha256]))
        else:
            settled.append(replace(line, state=LOADED if any(line is one for one in in_force) else SUPERSEDED))
    return settled

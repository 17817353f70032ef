"""Many small csv with one header, parsed at once: a parser costs 2 ms even for few records.

Belongs here: which files may be parsed together, and each file's records. Does not belong here: the rules of a csv
(`csv_reading`). Every file is checked by itself first; one that has anything unusual, or the mark of an erased person,
is read by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
import polars as pl

from pipelines.contracts.model import Feed
from pipelines.delivery.csv_reading import read_records, structure_of
from pipelines.delivery.decoding import refuse_disguise, to_utf8
from pipelines.delivery.text_table import ROW_NUMBER, Held, TextTable
from pipelines.delivery.tombstones import MARK

MOST_BYTES = 1 << 20
"""Larger files gain nothing."""

Name = TypeVar("Name")


def read_together(files: Mapping[Name, bytes], feed: Feed) -> dict[Name, TextTable]:
    """The records of the files that could be read together; the others must be read each by itself."""
    groups: dict[bytes, list[tuple[Name, bytes, int, int]]] = {}
    for name, data in files.items():
        if (found := _plain(data, feed)) is not None:
            text, header, records = found
            groups.setdefault(header, []).append((name, text, records, text.count(b"\n") - 1))
    read: dict[Name, TextTable] = {}
    for header, group in groups.items():
        if len(group) > 1 and (frame := _frame(header, [text for _, text, _, _ in group], feed)) is not None:
            _divide(frame, group, read)
    return read


def _plain(data: bytes, feed: Feed) -> tuple[bytes, bytes, int] | None:
    """A file's text, its header line and the number of its records, if it is a correct csv without anything
    unusual; else null."""
    try:
        refuse_disguise(data, feed)
        text = to_utf8(data, feed.encoding)
    except Held:
        return None
    end = text.find(b"\n") + 1
    if MARK.encode() in text:
        return None
    header, delimiter = text[:end], feed.delimiter.encode()
    width = header.count(delimiter) + 1
    if width < 2 or b'"' in header or b"\r" in text or b"\0" in text or b"\n\n" in text or not text.endswith(b"\n"):
        return None
    found = structure_of(text, delimiter)
    is_even = found.fault is None and found.delimiters == (width - 1) * found.line_ends
    return (text, header, found.line_ends - 1) if is_even else None


def _frame(header: bytes, texts: Sequence[bytes], feed: Feed) -> pl.DataFrame | None:
    """The records of all texts; null if one of them has something unusual after all."""
    try:
        table, blank = read_records(
            b"".join([header, *(text[len(header) :] for text in texts)]), replace(feed, encoding="utf-8")
        )
    except (Held, pl.exceptions.PolarsError):
        return None
    return None if blank or table.frame.height != table.row_count else table.frame


def _divide(frame: pl.DataFrame, group: Sequence[tuple[Name, bytes, int, int]], read: dict[Name, TextTable]) -> None:
    """Each file's records, with the lines that they have in it."""
    heights = [records for _, _, records, _ in group]
    if sum(heights) != frame.height:
        return
    lines_before = np.cumsum([0, *(lines for _, _, _, lines in group[:-1])])
    moved = pl.Series(ROW_NUMBER, frame[ROW_NUMBER].to_numpy() - np.repeat(lines_before, heights))
    frame = frame.with_columns(moved)
    at = 0
    for (name, _, _, _), height in zip(group, heights, strict=True):
        read[name] = TextTable(frame[at : at + height], height)
        at += height

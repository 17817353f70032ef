"""Why a row was rejected or a file could not be used, in the reader's language. The intake gives the reason as an
English text, which is unchanged in the tables for download.

Belongs here: recognising the intake's reasons by the published catalogue (meta.reason). Does not belong here: the
words, which reports and alerts share (pipelines/reasons.py), what was rejected (screens/data/).
"""

import re
from collections.abc import Mapping, Sequence

from figures import published
from figures.published import Publication, Row
from language.words import Speaker


def known(publication: Publication) -> Sequence[Row]:
    """The catalogue; empty if the generation is older than it."""
    return published.ask_if_there(publication, "reasons")


def of_row(reason: str, catalogue: Sequence[Row], columns: Mapping[str, str], t: Speaker) -> str:
    """`field: rule` in words; `columns`: the feed's fields by their Chinese names. English keeps the intake's text."""
    field, _, rule = reason.partition(": ")
    said = _said(rule, "row", catalogue, t)
    return columns.get(field, field) + t("colon") + said if said else reason


def of_file(reason: str | None, catalogue: Sequence[Row], t: Speaker) -> str:
    """Why a file could not be used, in words; English keeps the intake's text."""
    return _said(reason or "", "file", catalogue, t) or reason or ""


def _said(text: str, kind: str, catalogue: Sequence[Row], t: Speaker) -> str:
    if t.lang == "en" or not text:
        return ""
    for row in catalogue:
        found = re.fullmatch(row["pattern"], text, re.DOTALL) if row["kind"] == kind else None
        if found:
            return str(row["zh"]).format(**found.groupdict())
    return t("file_reason.other") if kind == "file" else ""

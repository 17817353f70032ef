"""Why a row was rejected or a file could not be used, in the reader's language. The intake gives the reason as an
English code, which is unchanged in the tables for download.

Belongs here: recognising the intake's reasons. Does not belong here: the words (language/words/), what was rejected
(screens/data/).
"""

import re
from collections.abc import Mapping

from language.words import Speaker

ROW = (
    (r"required", "reason.required"),
    (r"enum", "reason.enum"),
    (r"type (\w+)", "reason.type"),
    (r"pattern .*", "reason.pattern"),
    (r"(minimum|maximum|exclusive|minLength|maxLength|length).*", "reason.limits"),
    (r"(unique|duplicate|primary ?[kK]ey).*", "reason.key"),
)
FILE = (
    (r"line (?P<a>\d+): (?P<b>\d+) fields, the header has (?P<c>\d+)", "file_reason.fields"),
    (r"no feed has files of this name", "file_reason.foreign"),
    (r"the same bytes as (?P<a>.+)", "file_reason.same"),
    (r"unknown columns, not loaded: (?P<a>.+)", "file_reason.unknown"),
    (r"required columns are missing: (?P<a>.+)", "file_reason.missing"),
    (r"the total row says .*", "file_reason.total"),
    (r".*(cut off|incomplete).*", "file_reason.cut"),
    (r".*(decoded|UTF-16|half of a character|NUL byte).*", "file_reason.encoding"),
    (r".*(is empty|no header|header cannot).*", "file_reason.empty"),
)
TYPES = ("timestamp", "date", "integer", "number", "boolean", "string")


def of_row(reason: str, columns: Mapping[str, str], t: Speaker) -> str:
    """`field: rule` in words; `columns`: the feed's fields by their Chinese names. English keeps the intake's text."""
    field, _, rule = reason.partition(": ")
    if t.lang == "en" or not rule:
        return reason
    for pattern, key in ROW:
        found = re.fullmatch(pattern, rule)
        if found:
            kind = found[1] if key == "reason.type" and found[1] in TYPES else "string"
            said = t(key, type=t("type." + kind)) if key == "reason.type" else t(key)
            return columns.get(field, field) + t("colon") + said
    return columns.get(field, field) + t("colon") + t("reason.other")


def of_file(reason: str | None, t: Speaker) -> str:
    """Why a file could not be used, in words; English keeps the intake's text."""
    if t.lang == "en" or not reason:
        return reason or ""
    for pattern, key in FILE:
        found = re.fullmatch(pattern, reason)
        if found:
            return t(key, **found.groupdict())
    return t("file_reason.other")

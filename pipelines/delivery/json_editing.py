"""Replaces keys and values in a JSON text, and leaves every other character as it is.

Belongs here: where keys, values and rows stand in a text that was read as JSON before. Does not belong here: reading
JSON (`json_reading`), what is replaced and why (`tombstones`).

Decoding and encoding a text again would change what stands beside a replaced value: `2.50` would become 2.5, a key that
appears twice would appear once, half of a character would become bytes that are not UTF-8.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from pipelines.delivery.signs import without_halves

Change = Callable[[str | None, str], str]
"""The new text of a value. Of one that stands directly in a row, its key comes first; of any other, and of a key, null
does."""

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)
_WHOLE_NUMBER = re.compile(r"(-?[0-9]+)\.0+")
_HALF = re.compile("[\ud800-\udfff]")
_NO_TEXT = ("true", "false", "null")


@dataclass
class _Open:
    """An object or a list that has begun. begins: the number of pieces before it. row: its number, if it is a row.
    key: that of the value which comes next. names: of each key, what is written in its place."""

    is_object: bool
    begins: int
    row: int
    awaits_key: bool
    key: str | None = None
    names: dict[str, str] = field(default_factory=dict)


def edited(text: str, change: Change, erased: Collection[int], mark: str, *, rows: str | None = None) -> str:
    """The text with changed keys and values. In rows whose number, from 1, is in `erased`, every value is the mark.
    rows: the key of the document under which the list of rows stands; null if the whole text is a row."""
    pieces: list[str] = []
    around: list[_Open] = []
    at = count = 0
    for token in _TOKEN.finditer(text):
        pieces.append(text[at : token.start()])
        sign, at = token[0], token.end()
        if sign in ("{", "["):
            is_row = sign == "{" and _is_place_of_row(around, rows)
            count += is_row
            around.append(_Open(sign == "{", len(pieces), count if is_row else 0, awaits_key=sign == "{"))
        elif sign in ("}", "]"):
            ended = around.pop()
            if ended.row and ended.row in erased:
                del pieces[ended.begins :]
                sign = _marked(ended.names.values(), mark)
        elif sign == ",":
            around[-1].awaits_key = around[-1].is_object
        elif sign != ":" and around:
            sign = _new_key(sign, around[-1], change) if around[-1].awaits_key else _new_value(sign, around[-1], change)
        pieces.append(sign)
    return "".join([*pieces, text[at:]])


def _is_place_of_row(around: list[_Open], rows: str | None) -> bool:
    if rows is None:
        return not around
    return len(around) == 2 and around[0].is_object and around[0].key == rows and not around[1].is_object


def _new_key(token: str, of: _Open, change: Change) -> str:
    of.awaits_key = False
    of.key = key = json.loads(token)
    if key not in of.names:
        name, number = (changed := _changed(change, None, key)), 2
        # Two keys of an object that were different stay different.
        while name in of.names.values():
            name, number = f"{changed} {number}", number + 1
        of.names[key] = name
    return token if of.names[key] == key else _spelled(of.names[key])


def _new_value(token: str, of: _Open, change: Change) -> str:
    if token in _NO_TEXT:
        return token
    whole = _WHOLE_NUMBER.fullmatch(token)
    text = json.loads(token) if token.startswith('"') else whole[1] if whole else token
    changed = _changed(change, of.key if of.row else None, text)
    return token if changed == text else _spelled(changed)


def _changed(change: Change, key: str | None, text: str) -> str:
    """The changed text. Half of a character is read as '?', and stays as it is if nothing else changes."""
    readable = without_halves(text)
    changed = change(key, readable)
    return text if changed == readable else changed


def _marked(names: Iterable[str], mark: str) -> str:
    return "{" + ", ".join(f"{_spelled(name)}: {_spelled(mark)}" for name in names) + "}"


def _spelled(text: str) -> str:
    return json.dumps(text, ensure_ascii=_HALF.search(text) is not None)

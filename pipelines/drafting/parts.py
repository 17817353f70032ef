"""Samples of a feed whose day comes in several files, one a street: their common name, and the words that differ.

Belongs here: recognising them by names and headers. Does not belong here: reading files (`samples`), what a contract
says of them (`writing`, `adopting`).
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from pipelines.drafting.samples import Sample

# Separators stay, so that the name can be put together again.
_WORDS = re.compile(r"([_.\-])")
_PART = re.compile(r"[A-Za-z0-9-]+")
_DATE = "{yyyymmdd}"
ASKED = "one file for each of these; are they all?"


def joined(samples: Sequence[Sample]) -> list[Sample]:
    """The samples, those with equal headers whose names differ in one word under one name with `{part}`.

    A register and its history would have other headers; files that only differ in a word and hold the same columns are
    one table in pieces.
    """
    found = list(samples)
    names = dict.fromkeys(one.template for one in samples)
    for template in names:
        for place in range(len(_WORDS.split(template))):
            same = [one for one in samples if _with_part(one.template, place) == _with_part(template, place)]
            parts = tuple(sorted({_WORDS.split(one.template)[place] for one in same}))
            is_one_table = len({(frozenset(one.headers), one.form.format, one.form.sheet) for one in same}) == 1
            if len(parts) < 2 or not is_one_table or not all(map(_PART.fullmatch, parts)):
                continue
            name, files = _with_part(template, place), {one.file for one in same}
            found = [replace(one, template=name, parts=parts) if one.file in files else one for one in found]
    return found


def _with_part(template: str, place: int) -> str:
    words = _WORDS.split(template)
    if place >= len(words) or words[place] == _DATE:
        return template
    return "".join([*words[:place], "{part}", *words[place + 1 :]])

"""The words of a vendor's codes → the codes of a contract.

Belongs here: which word is which code. A code is taken only for a word that is the same, or a known synonym: 不满意 is
spelled nearly as 满意. Does not belong here: columns (`matching`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.contracts.model import Column, Kind
from pipelines.drafting.columns import TRUTHS, Guess
from pipelines.drafting.vocabulary import Vocabulary, normal

_AFFIXES = re.compile("^已(?=..)|(?<=..)[类型级]$")
_NUMBER = re.compile(r"^\d{1,4}\s*[-_.:：、·—]\s*(?=.*[^\W\d])")
_FEW_ROWS = 50


@dataclass(frozen=True)
class Codes:
    """known: the vendor's word → code. asked: words of which nobody knows the code."""

    known: Mapping[str, str]
    asked: tuple[str, ...]


def map_codes(one: Guess, column: Column, words: Vocabulary) -> Codes | None:
    """The vendor's words for the codes of a column; null if the column has none. A code has one word at most."""
    if column.codes is None and column.kind is not Kind.BOOLEAN:
        return None
    present = one.text.drop_nulls()
    counts = dict(present.alias("word").value_counts(sort=True, name="times").iter_rows())
    known: dict[str, str] = {}
    for word in counts:
        code = code_of(word, column, words)
        if code is not None and code not in known.values():
            known[word] = code
    # A word that occurs once among many is rather a fault.
    asked = [word for word, times in counts.items() if word not in known and (times > 1 or present.len() < _FEW_ROWS)]
    return Codes(known, tuple(asked))


def code_of(word: str, column: Column, words: Vocabulary) -> str | None:
    """The code that a word means; null if that is not known."""
    if column.kind is Kind.BOOLEAN:
        return (column.codes or {}).get(word) or TRUTHS.get(word)
    codes, labels = column.codes or {}, column.labels or {}
    exact = {**{code: code for code in labels}, **{label: code for code, label in labels.items()}, **codes}
    if word in exact:
        return exact[word]
    spoken = {_plain(said): code for said, code in exact.items()}
    for code in labels:
        spoken = {**{_plain(said): code for said in words.codes.get(code, ())}, **spoken}
    return spoken.get(_plain(word))


def _plain(word: str) -> str:
    """已办结 and 办结, 安全隐患类 and 安全隐患, 01-一般 and 一般: the same word."""
    bare = normal(_NUMBER.sub("", word))
    return _AFFIXES.sub("", bare) or bare

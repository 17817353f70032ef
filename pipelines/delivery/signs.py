"""Characters with special meaning: one list of each, used by all modules.

Belongs here: invisible characters, blanks, words for "no value" and for unreadable cells, full-width characters, the
characters of GB 18030-2022 that Python's codec does not know. Does not belong here: rules of a column (`values`), what
is personal (`privacy`). The function for one text and the function for a Series give the same result.

Importing it imports no polars: the child that reads workbooks needs none, and starts in a third of the time.
"""

import functools
import re
import string
from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

# Category Cf of Unicode (soft hyphen, zero-width characters, direction marks, BOM, tags) and the controls C0 without
# tab, LF and CR. Written out, because computing them costs 0.15 s at every start.
_RANGES = (
    (0x00, 0x08), (0x0B, 0x0C), (0x0E, 0x1F), (0xAD, 0xAD), (0x600, 0x605), (0x61C, 0x61C), (0x6DD, 0x6DD),
    (0x70F, 0x70F), (0x890, 0x891), (0x8E2, 0x8E2), (0x180E, 0x180E), (0x200B, 0x200F), (0x202A, 0x202E),
    (0x2060, 0x2064), (0x2066, 0x206F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB), (0x110BD, 0x110BD), (0x110CD, 0x110CD),
    (0x13430, 0x1343F), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0001, 0xE0001), (0xE0020, 0xE007F),
)  # fmt: skip
UNSEEN_CLASS = "".join(rf"\x{{{first:X}}}-\x{{{last:X}}}" for first, last in _RANGES)
"""The ranges as a character class for Rust's regular expressions."""
UNSEEN = f"[{UNSEEN_CLASS}]"
_UNSEEN_TEXT = re.compile("[" + "".join(rf"\U{first:08x}-\U{last:08x}" for first, last in _RANGES) + "]")
BLANK = rf"^[\s{UNSEEN_CLASS}]*$"
"""A text that shows nothing, for Rust's regular expressions."""

ASCII = string.digits + string.ascii_letters
WIDE = [chr(ord(sign) + 0xFEE0) for sign in ASCII]
_PICTURES = {code: 0x2400 + code for code in range(32)} | {0x7F: 0x2421} | dict.fromkeys((0x85, 0x2028, 0x2029), 0x2424)
_WIDE_SIGNS: Mapping[int, int | str] = {i: i - 0xFEE0 for i in range(0xFF01, 0xFF5F)} | {0x3000: " "}
_WORDS = ("", "-", "—", "无", "\\N")
_WORDS_IN_ANY_CASE = ("NULL", "N/A", "None", "NaN", "nil", "undefined")


def _spellings(word: str) -> list[str]:
    return ["".join(signs) for signs in product(*({sign.lower(), sign.upper()} for sign in word))]


# Every spelling is listed: a look-up costs less than folding the case of a million values.
NO_VALUE = (*_WORDS, *(spelling for word in _WORDS_IN_ANY_CASE for spelling in _spellings(word)))
"""What exports write if there is no value."""

NO_RESULT, PERCENTAGE = "#NO_RESULT!", "#PERCENTAGE!"
ROUNDED, NO_WHOLE_NUMBER = "#ROUNDED!", "#NO_WHOLE_NUMBER!"
"""Placeholders for cells that cannot be read reliably; their rows are rejected like those with an Excel error."""

# GB 18030-2022 assigns characters to these codes; Python's codec follows the edition of 2000 and returns private ones.
_GB18030_2022 = {
    0xE78D: "\ufe10", 0xE78E: "\ufe12", 0xE78F: "\ufe11", 0xE790: "\ufe13", 0xE791: "\ufe14", 0xE792: "\ufe15",
    0xE793: "\ufe16", 0xE794: "\ufe17", 0xE795: "\ufe18", 0xE796: "\ufe19", 0xE7C7: "\u1e3f",
    0xE816: "\U00020087", 0xE817: "\U00020089", 0xE818: "\U000200cc", 0xE831: "\U000215d7", 0xE83B: "\U0002298f",
    0xE855: "\U000241fe", 0xE81E: "\u9fb4", 0xE826: "\u9fb5", 0xE82B: "\u9fb6", 0xE82C: "\u9fb7", 0xE832: "\u9fb8",
    0xE843: "\u9fb9", 0xE854: "\u9fba", 0xE864: "\u9fbb",
}  # fmt: skip
# The first UTF-8 byte of U+E000 to U+EFFF, which are all private.
_PRIVATE = b"\xee"


def without_unseen(text: str) -> str:
    """The text without invisible characters."""
    return text if text.isascii() and text.isprintable() else _UNSEEN_TEXT.sub("", text)


def without_unseen_in(values: "pl.Series") -> "pl.Series":
    """Every value without invisible characters."""
    return values.str.replace_all(UNSEEN, "") if values.str.contains(UNSEEN).any() else values


def without_halves(text: str) -> str:
    """Half of a surrogate pair, which JSON can spell, is no character, and no library stores it: it becomes '?'."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def is_blank(text: str) -> bool:
    """Whether the text shows nothing: only blanks of any script and invisible characters."""
    return not text or not _UNSEEN_TEXT.sub("", text).strip()


def in_one_line(name: str) -> str:
    """A name as a terminal may show it: a line end in it could forge a line. Controls become their pictures."""
    return name.translate(_PICTURES)


@functools.lru_cache(4096)
def plain_header(header: str) -> str:
    """A header in the form used for comparison: no surrounding spaces, full-width characters as ASCII."""
    return header.strip().translate(_WIDE_SIGNS)


def as_of_2022(text: bytes) -> bytes:
    """Text decoded from GB18030, in UTF-8, with the characters that the edition of 2022 assigns."""
    return text.decode().translate(_GB18030_2022).encode() if _PRIVATE in text else text

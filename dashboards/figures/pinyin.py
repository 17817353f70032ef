"""Whether a name is what somebody typed: its characters, their pinyin, their initials, or a mixture of these.

Belongs here: the comparison of one name with one text. Does not belong here: what is searched (finder.py), the table of
readings (static/pinyin/, with the script that makes it).
"""

import csv
import unicodedata
from functools import cache
from pathlib import Path

READINGS = Path(__file__).resolve().parent.parent / "static" / "pinyin" / "readings.csv"
WHOLE, BEGINS, CONTAINS, SOUNDS, SOUNDS_INSIDE = range(5)
"""How well a name fits, best first: by its characters, then by their sound."""


def typed(text: str) -> str:
    """What counts of a text: lower case, full-width as ASCII, without blanks and apostrophes (xi'an)."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).lower() if not sign.isspace() and sign != "'")


def fit(name: str, wanted: str) -> int | None:
    """How well a name fits a text from `typed`, as above; None if it does not. The empty text fits nothing."""
    name = typed(name)
    if not wanted:
        return None
    if wanted in name:
        return WHOLE if name == wanted else BEGINS if name.startswith(wanted) else CONTAINS
    if not any(sign.isascii() and sign.isalpha() for sign in wanted):
        return None
    starts = [at for at in range(len(name)) if _sounds(name, at, wanted)]
    if not starts:
        return None
    # One letter is in nearly every name: it counts at the beginning only.
    return SOUNDS if starts[0] == 0 else SOUNDS_INSIDE if len(wanted) > 1 else None


def _sounds(name: str, at: int, wanted: str) -> bool:
    """Whether the text spells the name from a character on: each one whole, by its syllable, or by its initial."""
    if at == len(name):
        return False
    for spelling in (name[at], *_readings().get(name[at], ())):
        if spelling.startswith(wanted):
            return True
        # zh, ch and sh are initials of two letters.
        for part in {spelling, spelling[:1], spelling[: 1 + (spelling[1:2] == "h")]}:
            if wanted.startswith(part) and _sounds(name, at + 1, wanted[len(part) :]):
                return True
    return False


@cache
def _readings() -> dict[str, tuple[str, ...]]:
    """The syllables of every character, without tones."""
    found: dict[str, tuple[str, ...]] = {}
    with READINGS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for sign in row["characters"]:
                found[sign] = (*found.get(sign, ()), row["syllable"])
    return found

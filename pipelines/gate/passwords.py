"""Passwords: which are good enough, and checking one.

Belongs here: the rules, argon2id. Does not belong here: who may try how often (`throttle`), where hashes are kept
(`people`).

`common_passwords.txt` has the most frequent passwords of the list that the package zxcvbn (MIT) brings, taken from
published breaches: its first ten thousand, and all of at least ten signs.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pipelines.gate.rules import Profile

MOST = 128
_HERE = Path(__file__).parent
# The first choice of OWASP for argon2id: 19 MiB, two rounds, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_KINDS = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^A-Za-z0-9]")
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qazwsxedcrfvtgbyhnujmikolp",
)
_LEET = str.maketrans("@013457$", "aoieastg")
_RUN = 4


@cache
def _common() -> frozenset[str]:
    return frozenset((_HERE / "common_passwords.txt").read_text(encoding="utf-8").split())


def normal(password: str) -> str:
    """The same text however a keyboard composes it."""
    return unicodedata.normalize("NFKC", password)


def objection(password: str, demands: Profile, words: Sequence[str] = ()) -> str | None:
    """Why a password is refused, in Chinese and English, or null. words: such as the login name and the district."""
    text = normal(password)
    if len(text) < demands.least:
        return f"至少 {demands.least} 位 · at least {demands.least} signs"
    if len(text) > MOST:
        return f"至多 {MOST} 位 · at most {MOST} signs"
    if sum(bool(re.search(kind, text)) for kind in _KINDS) < demands.kinds:
        kinds = "capitals, small letters, digits, signs"
        return f"大写、小写、数字、符号至少 {demands.kinds} 种 · at least {demands.kinds} of {kinds}"
    lower = text.lower()
    if len(set(lower)) < 5 or _of_runs(lower):
        return "太有规律 · too regular"
    names = [word.lower() for word in ("sihe", "四合", *words) if len(word) > (2 if word.isascii() else 1)]
    if any(name in lower for name in names):
        return "含有登录名、系统名或辖区名 · it contains the login name, the system's or the district's name"
    if _is_common(lower):
        return "常见或已泄露的口令 · common, or known from breaches"
    return None


def _is_common(lower: str) -> bool:
    """Also with digits and signs around it, and with digits for letters."""
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", lower)
    forms = {lower, lower.translate(_LEET), core, core.translate(_LEET)}
    return any(len(form) >= 5 and form in _common() for form in forms)


def _of_runs(lower: str) -> bool:
    """Whether all but three signs are runs: of the alphabet, of digits, of a keyboard's row, of one sign."""
    rows = [*_ROWS, *(row[::-1] for row in _ROWS)]
    at = covered = 0
    while at < len(lower):
        run = next(
            (
                n
                for n in range(len(lower) - at, _RUN - 1, -1)
                if len(set(lower[at : at + n])) == 1 or any(lower[at : at + n] in row for row in rows)
            ),
            0,
        )
        covered += run
        at += run or 1
    return len(lower) - covered <= 3


def hashed(password: str) -> str:
    """About 40 ms and 19 MiB, as `is_right`."""
    return _HASHER.hash(normal(password))


@cache
def _nobodys() -> str:
    return hashed("nobody has this password")


def is_right(password: str, stored: str | None) -> bool:
    """Takes as long for somebody who does not exist, or has no password (`stored` is null)."""
    try:
        return _HASHER.verify(stored or _nobodys(), normal(password)[: MOST + 1]) and stored is not None
    except (VerificationError, InvalidHashError):
        return False

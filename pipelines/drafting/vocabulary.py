"""The words of headers: one spelling for each, their meanings, and what they say of persons.

Belongs here: `vocabulary.yaml`, an installation's additions to it, cutting a header into meanings. Does not belong
here: likeness of two headers (`likeness`), values (`columns`).
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pipelines import documents
from pipelines.contracts.model import SQL_WORDS, Treatment
from pipelines.documents import DocumentError

SHIPPED = Path(__file__).with_name("vocabulary.yaml")
OPEN = "open"
GENERIC = frozenset({"id", "time", "name", "kind", "count", "is", "status", "level", "minor"})
"""Meanings that many columns of a feed share."""
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BRACKETED = re.compile(r"[(\[{【〔<]([^()\[\]{}【】〔〕<>]*)[)\]}】〕>]")
_RUNS = re.compile(r"[\u4e00-\u9fff\U00020000-\U0002ebef]+|[a-z0-9]+")
_HAN = re.compile(r"[\u4e00-\u9fff\U00020000-\U0002ebef]")
_TOP_KEYS = ("words", "columns", "codes", "personal", "open", "no_value", "bookkeeping", "units")
_LISTS = ("open", "no_value", "bookkeeping")
_MAPPINGS = ("words", "columns", "codes", "units")
_MOST_INITIALS, _LEAST_ENGLISH, _MOST_OF_ABBREVIATION, _MOST_MEANINGS = 10, 4, 5, 6


@dataclass(frozen=True)
class Token:
    """A part of a header: what it may mean, or, if that is unknown, the text itself."""

    text: str
    meanings: frozenset[str]

    @property
    def weight(self) -> float:
        """Generic parts say little: half of what others say."""
        return 0.5 if self.meanings & GENERIC else 1.0


@dataclass(frozen=True)
class Vocabulary:
    """words: word → meanings. columns: a contract's column → whole headers, normalised. personal: (words, treatment or
    `open`), the first that fits counts. open_words: of things, not persons. codes: a contract's code → words for it."""

    words: Mapping[str, frozenset[str]]
    columns: Mapping[str, tuple[str, ...]]
    personal: tuple[tuple[tuple[str, ...], str], ...]
    qualities: frozenset[str]
    """Words of `personal` that say what somebody is, whatever the type of the values."""
    open_words: tuple[str, ...]
    no_value: frozenset[str]
    codes: Mapping[str, tuple[str, ...]]
    bookkeeping: frozenset[str] = frozenset()
    """Whole headers, normalised, that a database writes about its own rows; also in pinyin and as initials."""
    units: Mapping[str, str] = field(default_factory=dict)
    """Word → what is measured in it: 万元 and 元 are two."""

    def units_in(self, header: str) -> frozenset[str]:
        """The units that a header says: as a part of it, in brackets, or (万元, not 元) at the end of a part."""
        runs = _RUNS.findall(_CAMEL.sub(" ", unicodedata.normalize("NFKC", header)).lower())
        said = {*runs, *map("".join, itertools.pairwise(runs))}
        for run in runs:
            said.update([run[at:] for at in range(len(run) - 1) if _HAN.match(run) and run[at:] in self.units][:1])
        return frozenset(self.units[one] for one in said if one in self.units)

    @cached_property
    def by_initials(self) -> Mapping[str, frozenset[str]]:
        """Chinese words of two signs and more by the initials of their pinyin: sj is 时间, 事件, 手机."""
        found: dict[str, frozenset[str]] = {}
        for word, meanings in self.words.items():
            if len(word) > 1 and all(map(_HAN.match, word)):
                found[initials(word)] = found.get(initials(word), frozenset()) | meanings
        return found

    @cached_property
    def _english(self) -> tuple[str, ...]:
        return tuple(word for word in self.words if word.isascii() and word.isalpha())

    def readings(self, token: Token) -> list[tuple[Token, ...]]:
        """How a part of a header may be read: as it is if it is known; else as an abbreviation, or as the initials of
        one word (pq is 派遣) or of several (sbrlb is 上报人 + 类别)."""
        if token.meanings:
            return [(token,)]
        found = [(Token(token.text, meant),)] if (meant := self.abbreviated(token.text)) else []
        return [*found, *self._composed(token.text)] or [(token,)]

    def _composed(self, run: str) -> list[tuple[Token, ...]]:
        """All ways to read letters as initials of known words one after the other."""
        if not (run.isascii() and run.isalpha() and len(run) <= _MOST_INITIALS):
            return []
        ways: list[list[tuple[Token, ...]]] = [[()]]
        for end in range(1, len(run) + 1):
            ways.append(
                [
                    (*before, Token(run[start:end], meanings))
                    for start in range(end)
                    if (meanings := self.by_initials.get(run[start:end]) or self._short(run[start:end]))
                    for before in ways[start]
                ]
            )
        return ways[-1]

    def _short(self, part: str) -> frozenset[str]:
        return self.words.get(part, frozenset()) if 1 < len(part) < _LEAST_ENGLISH else frozenset()

    def abbreviated(self, run: str) -> frozenset[str]:
        """The meanings of the English words that letters may abbreviate: proc is their beginning, rpt what is left of
        report without vowels; nothing if there are too many."""
        if not (run.isascii() and run.isalpha() and 2 <= len(run) <= _MOST_OF_ABBREVIATION):
            return frozenset()
        is_skeleton = not set(run[1:]) & set("aeiou")
        meant: frozenset[str] = frozenset()
        for word in self._english:
            is_short_for = len(run) > 2 and word.startswith(run)
            is_short_for |= is_skeleton and word[0] == run[0] and _is_within(run, word)
            if len(word) > len(run) and is_short_for:
                meant |= self.words[word]
        return meant if len(meant) <= _MOST_MEANINGS else frozenset()

    @cached_property
    def in_pinyin(self) -> Mapping[str, frozenset[str]]:
        """Chinese words as they are spelled in Latin letters; several may be spelled alike."""
        found: dict[str, frozenset[str]] = {}
        for word, meanings in self.words.items():
            if len(word) > 1 and _HAN.search(word):
                found[pinyin(word)] = found.get(pinyin(word), frozenset()) | meanings
        return found

    def tokens(self, header: str) -> tuple[Token, ...]:
        """The header cut into known words, the longest first; what is unknown stays as it is."""
        found: list[Token] = []
        for run in _RUNS.findall(spaced(header)):
            if _HAN.match(run):
                found += _cut(run, self.words)
            elif run in self.words:
                found.append(Token(run, self.words[run]))
            else:
                spelled = _cut(run, self.in_pinyin)
                is_pinyin = all(one.meanings for one in spelled)
                found += spelled if is_pinyin else [Token(run, frozenset())]
        return tuple(_joined(found, self.words))

    def treatment_of(self, header: str) -> str | None:
        """How a column with this header is treated: one of the five treatments, `open`, or null if it says nothing."""
        for words, treatment in self.personal:
            if any(has(header, word) for word in words) or normal(header) in self._short_for(words):
                return treatment
        return OPEN if any(has(header, word) for word in self.open_words) else None

    def is_of_a_person(self, header: str) -> bool:
        """Whether it says what somebody is: also yes and no, and times, are personal then."""
        return any(has(header, word) for word in self.qualities) or normal(header) in self._short_for(self.qualities)

    def _short_for(self, words: Iterable[str]) -> frozenset[str]:
        """The initials of Chinese words of two signs and more: xb is 性别, if it is the whole header."""
        return frozenset(
            initials(word) for word in words if word in self.qualities and len(word) > 1 and _HAN.match(word)
        )


def has(header: str, word: str) -> bool:
    """Whether a header has a word: Chinese anywhere, English as whole parts of the name; Chinese also in pinyin. A word
    that ends with $ is a header's end."""
    if word.endswith("$"):
        return normal(header).endswith(word.removesuffix("$"))
    if _HAN.search(word):
        plain = normal(header)
        return word in plain or (plain.isascii() and len(word) > 1 and pinyin(word) in plain)
    return f"_{word}_" in f"_{'_'.join(_RUNS.findall(spaced(header)))}_"


@cache
def spaced(header: str) -> str:
    """One width, no units in brackets, lower case, `eventId` in two words."""
    plain = _BRACKETED.sub(" ", unicodedata.normalize("NFKC", header))
    return _CAMEL.sub(" ", plain).lower()


def normal(header: str) -> str:
    """Only letters, digits and characters, in one width and case, without units in brackets."""
    return "".join(_RUNS.findall(spaced(header)))


def explained(header: str) -> str:
    """The Chinese name that stands in brackets behind an English one, `secondType(二级类型)`; empty if none does."""
    found = _BRACKETED.search(unicodedata.normalize("NFKC", header))
    is_name = found is not None and normal(header).isascii() and normal(header) and len(_HAN.findall(found[1])) > 1
    return found[1] if found is not None and is_name else ""


@cache
def pinyin(text: str) -> str:
    """事件编号 → shijianbianhao; other characters stay."""
    return "".join(_readings(text))


@cache
def initials(text: str) -> str:
    """事件编号 → sjbh."""
    return "".join(
        reading[0] if _HAN.match(sign) else sign for sign, reading in zip(text, _readings(text), strict=True)
    )


def _readings(text: str) -> list[str]:
    """A reading for each character, others as they are."""
    # The readings of all phrases: half a second, which no other command needs.
    from pypinyin import lazy_pinyin  # noqa: PLC0415

    found: list[str] = []
    for run in re.findall(f"{_HAN.pattern}+|[^{_HAN.pattern[1:-1]}]+", text):
        found += lazy_pinyin(run) if _HAN.match(run) else list(run)
    return found


def snake(header: str) -> str:
    """A name for a column or feed: 事件编号 → shi_jian_bian_hao, eventId → event_id."""
    parts = [part for run in _RUNS.findall(spaced(header)) for part in (_readings(run) if _HAN.match(run) else [run])]
    name = re.sub(r"[^a-z0-9]+", "_", "_".join(parts)).strip("_")
    return name if re.match(r"[a-z]", name) and name not in SQL_WORDS else f"c_{name}".rstrip("_")


def load(local: Path | None = None) -> Vocabulary:
    """The packaged vocabulary with an installation's additions, if it has some.

    Raises DocumentError if a file has another form.
    """
    files = [SHIPPED, *([local] if local is not None and local.is_file() else [])]
    documents_read = [_checked(file) for file in files]
    words: dict[str, frozenset[str]] = {}
    columns: dict[str, tuple[str, ...]] = {}
    codes: dict[str, tuple[str, ...]] = {}
    for document in documents_read:
        for meaning, said in document.get("words", {}).items():
            for word in said:
                words[_plain(word)] = words.get(_plain(word), frozenset()) | {meaning}
        for column, said in document.get("columns", {}).items():
            columns[column] = (*columns.get(column, ()), *map(normal, said))
        for code, said in document.get("codes", {}).items():
            codes[code] = (*codes.get(code, ()), *map(str, said))
    # An installation's own rules come first.
    personal = [
        (tuple(map(str, rule["words"])), str(rule["treatment"]))
        for document in reversed(documents_read)
        for rule in document.get("personal", [])
    ]
    return Vocabulary(
        words,
        columns,
        tuple(personal),
        frozenset(
            str(word)
            for document in documents_read
            for rule in document.get("personal", [])
            if rule.get("whatever_the_type")
            for word in rule["words"]
        ),
        _all("open", documents_read),
        frozenset(_all("no_value", documents_read)),
        codes,
        frozenset(
            spelled
            for header in map(normal, _all("bookkeeping", documents_read))
            for spelled in (header, pinyin(header), initials(header))
        ),
        {
            normal(word): unit
            for document in documents_read
            for unit, said in document.get("units", {}).items()
            for word in said
        },
    )


def _checked(file: Path) -> dict[str, Any]:
    root, document = documents.read(file)

    def fail(place: Sequence[str | int], problem: str) -> DocumentError:
        return DocumentError(file, documents.spell(place), documents.line_of(root, place), problem)

    for key, value in document.items():
        if key not in _TOP_KEYS:
            raise fail([key], f"unknown key{documents.nearest(key, _TOP_KEYS)}")
        lists = value.values() if isinstance(value, dict) else [value]
        if (key in _MAPPINGS) != isinstance(value, dict) or not all(isinstance(one, list) for one in lists):
            raise fail([key], "a list of words is needed" if key in _LISTS else "lists are needed")
    for i, rule in enumerate(document.get("personal", [])):
        if not isinstance(rule, dict) or not isinstance(rule.get("words"), list):
            raise fail(["personal", i], "words and a treatment are needed")
        if rule.get("treatment") not in (*Treatment, OPEN):
            raise fail(["personal", i, "treatment"], f"one of {', '.join((*Treatment, OPEN))} is needed")
    return document


def _is_within(letters: str, word: str) -> bool:
    """Whether the letters stand in the word in this order."""
    rest = iter(word)
    return all(letter in rest for letter in letters)


def _all(key: str, documents_read: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(str(word) for document in documents_read for word in document.get(key, []))


def _plain(word: object) -> str:
    return unicodedata.normalize("NFKC", str(word)).lower()


def _cut(run: str, words: Mapping[str, frozenset[str]]) -> list[Token]:
    """The longest known words from left to right; an unknown sign is a token of its own."""
    found: list[Token] = []
    at = 0
    longest = max(map(len, words), default=1)
    while at < len(run):
        size = next((n for n in range(min(longest, len(run) - at), 0, -1) if run[at : at + n] in words), 1)
        part = run[at : at + size]
        found.append(Token(part, words.get(part, frozenset())))
        at += size
    return found


def _joined(tokens: Sequence[Token], words: Mapping[str, frozenset[str]]) -> list[Token]:
    """English words of two parts (`id_number`) as one."""
    found: list[Token] = []
    for token in tokens:
        pair = f"{found[-1].text}_{token.text}" if found else ""
        if pair in words and pair.isascii():
            found[-1] = Token(pair, words[pair])
        else:
            found.append(token)
    return found

"""How much a vendor's column is like a column of a contract, by its header and by its values.

Belongs here: scores from 0 to 1 for one pair. Does not belong here: which pairs are taken (`matching`).
"""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from rapidfuzz import fuzz

from pipelines.contracts.model import Column, Feed, Kind, Treatment
from pipelines.delivery.values import convert
from pipelines.drafting.codes import code_of
from pipelines.drafting.columns import Guess, reads, share_of
from pipelines.drafting.vocabulary import Token, Vocabulary, explained, initials, normal, pinyin

SAME, NORMALISED, IN_PINYIN, SYNONYM, INITIALS = 1.0, 0.98, 0.95, 0.93, 0.8
MEANING, _SPELLING = 0.92, 0.7
# What may be read in several ways is never enough to be taken alone (`matching`).
GUESSED = 0.59
_OF_THE_SUBJECT, _UNKNOWN = 0.25, 0.6
NEUTRAL = 0.5
CONTRADICTED = 0.3
_VALUES_LOOKED_AT, _MOST_WORDS = 1000, 60
_NUMBERED = ("_id", "_code", "_number")
_OFTEN_MISSING, _UNIQUE, _LESS = 0.2, 0.9, 0.25
_SIGN = re.compile(r"[A-Za-z]{1,3}[_.](?=.)")
_MOST_READINGS = 200
_MOST_SIGNS, _LEAST_HEADERS, _NEARLY_ALL = 4, 5, 0.8
# Of each group a header and its column cannot have two different meanings.
_APART = (frozenset({"start", "finish"}), frozenset({"of_persons", "of_households", "unit"}))
# They say which of several times or numbers is meant: a header with one that its column lacks is of another.
_QUALIFIERS = frozenset({"plan", "first", "original", "promise", "limit"})
_TIMES, _NUMBERS = (Kind.TIMESTAMP, Kind.DATE), (Kind.INTEGER, Kind.NUMBER)


@dataclass(frozen=True)
class ByName:
    """The likeness of two names. why: in words."""

    score: float
    why: str


@dataclass(frozen=True)
class Names:
    """Everything that a column of a contract may be called, prepared once for all headers."""

    column: Column
    exact: frozenset[str]
    plain: frozenset[str]
    synonyms: frozenset[str]
    spelled: frozenset[str]
    initials: frozenset[str]
    tokens: tuple[tuple[Token, ...], ...]
    units: frozenset[str]
    meanings: frozenset[str]
    """Of all parts of all its names and synonyms."""


def names_of(column: Column, words: Vocabulary) -> Names:
    own = [column.header, column.title, *column.aliases]
    plain = {normal(name) for name in own} | {normal(column.name)}
    synonyms = set(words.columns.get(column.name, ()))
    tokens = tuple(dict.fromkeys(words.tokens(name) for name in (column.header, column.title, column.name)))
    every = (*tokens, *map(words.tokens, synonyms))
    return Names(
        column,
        frozenset([column.header, *column.aliases]),
        frozenset(plain),
        frozenset(synonyms),
        frozenset(pinyin(name) for name in plain | synonyms),
        frozenset(initials(name) for name in plain | synonyms),
        tokens,
        frozenset().union(*(words.units_in(name) for name in (*own, column.name))),
        frozenset(meaning for one in every for token in one for meaning in token.meanings),
    )


@dataclass(frozen=True)
class Header:
    """A vendor's header, prepared once for all columns of the contract."""

    text: str
    plain: str
    tokens: tuple[Token, ...]
    readings: tuple[tuple[Token, ...], ...] = ()
    """Other ways to read it: as initials, or with abbreviations written out."""
    is_bookkeeping: bool = False
    units: frozenset[str] = frozenset()
    explained: "Header | None" = None
    """What it says in Chinese, in brackets behind an English name."""


def headers_of(texts: Sequence[str], words: Vocabulary) -> list[Header]:
    """All headers of a file. Databases put a sign for the type or the table before every column (`C_SJBH`, `D_SBSJ`,
    `t.name`): where nearly all headers have one of a few such signs, they mean nothing."""
    signs = [found[0] if (found := _SIGN.match(text)) else "" for text in texts]
    few = len(set(filter(None, signs))) <= _MOST_SIGNS
    are_signs = few and len(texts) >= _LEAST_HEADERS and sum(map(bool, signs)) >= _NEARLY_ALL * len(texts)
    bare = [text.removeprefix(sign) if are_signs else text for text, sign in zip(texts, signs, strict=True)]
    return [_header(text, one, words) for text, one in zip(texts, bare, strict=True)]


def _header(text: str, bare: str, words: Vocabulary) -> Header:
    tokens = words.tokens(bare)
    ways = [words.readings(token) for token in tokens]
    readings = itertools.islice(itertools.product(*ways), _MOST_READINGS)
    is_other = any(not token.meanings for token in tokens)
    read = tuple(tuple(itertools.chain(*one)) for one in readings) if is_other else ()
    plain = normal(bare)
    inner = explained(text)
    return Header(
        text,
        plain,
        tokens,
        read,
        plain in words.bookkeeping,
        words.units_in(text),
        _header(inner, inner, words) if inner else None,
    )


def by_name(header: Header, names: Names, subject: frozenset[str]) -> ByName:
    """subject: the meanings of the feed's own name, which a header may leave out or add."""
    if header.text in names.exact:
        return ByName(SAME, "the same header")
    found = _by_parts(header, names, subject)
    if header.explained is not None:
        found = max(found, _by_parts(header.explained, names, subject), key=lambda one: one.score)
    if others := header.units - names.units:
        return ByName(min(found.score, GUESSED), f"its header says another unit ({', '.join(sorted(others))})")
    return found


def _by_parts(header: Header, names: Names, subject: frozenset[str]) -> ByName:
    """As it is, or with its parts read in other ways; what a database writes about its own rows is never sure."""
    found = _by_name(header, names, subject)
    overlaps = (_overlap(way, other, subject) for way in header.readings for other in names.tokens)
    read = ByName(GUESSED * max(overlaps, default=0.0), "its header may be short for the same")
    found = max(found, read, key=lambda one: one.score)
    if header.is_bookkeeping and header.plain not in names.plain and found.score > GUESSED:
        return ByName(GUESSED, "its header may be the database's own")
    if found.score > GUESSED and _is_of_another(header, names):
        return ByName(GUESSED, "its header says which of several, another than the column")
    return found


def _is_of_another(header: Header, names: Names) -> bool:
    meant = frozenset(meaning for token in header.tokens for meaning in token.meanings)
    if names.column.kind in (*_TIMES, *_NUMBERS) and meant & _QUALIFIERS - names.meanings:
        return True
    return any(group & meant and group & names.meanings and not group & meant & names.meanings for group in _APART)


def _by_name(header: Header, names: Names, subject: frozenset[str]) -> ByName:
    plain = header.plain
    if plain in names.plain:
        return ByName(NORMALISED, "the same header but for width, case, signs or units")
    if plain in names.synonyms:
        return ByName(SYNONYM, "a synonym")
    if plain.isascii() and plain in names.spelled:
        return ByName(IN_PINYIN, "its header in pinyin")
    found = max((_overlap(header.tokens, other, subject) for other in names.tokens), default=0.0) * MEANING
    if any(not token.meanings for token in header.tokens):
        found = min(found, GUESSED)
    best = ByName(found, "its header means the same" if found > 0.8 else "its header means something alike")
    if plain.isascii() and len(plain) > 1 and plain in names.initials:
        best = max(best, ByName(INITIALS, "the initials of its header in pinyin"), key=lambda one: one.score)
    return max(best, ByName(_spelling(plain, names), "its header is spelled alike"), key=lambda one: one.score)


def _overlap(some: Sequence[Token], others: Sequence[Token], subject: frozenset[str]) -> float:
    """The shared part of two headers' meanings, weighed: 1 if all is shared."""
    left = list(others)
    shared = 0.0
    for token in some:
        found = next((one for one in left if _is_same(token, one)), None)
        if found is not None:
            left.remove(found)
            shared += _weight(token, subject) + _weight(found, subject)
    whole = sum(_weight(token, subject) for token in (*some, *others))
    return shared / whole if whole else 0.0


def _is_same(one: Token, other: Token) -> bool:
    return one.text == other.text or bool(one.meanings & other.meanings)


def _weight(token: Token, subject: frozenset[str]) -> float:
    if not token.meanings:
        return _UNKNOWN
    return _OF_THE_SUBJECT if token.meanings & subject else token.weight


def _spelling(plain: str, names: Names) -> float:
    """Likeness by letters: of Chinese with Chinese, of Latin with pinyin."""
    others = names.spelled if plain.isascii() else names.plain | names.synonyms
    return _SPELLING * max((fuzz.ratio(plain, other) for other in others), default=0.0) / 100


def subject_of(feed: Feed, words: Vocabulary) -> frozenset[str]:
    """The meanings of a feed's name and title."""
    tokens = (*words.tokens(feed.name), *words.tokens(feed.title))
    return frozenset(meaning for token in tokens for meaning in token.meanings)


# ---------------------------------------------------------------- values


@dataclass(frozen=True)
class Values:
    """A vendor's column, prepared once for all columns of the contract."""

    one: Guess
    present: pl.Series
    missing: float
    distinct: int


def values_of(one: Guess) -> Values:
    present = one.text.drop_nulls().head(_VALUES_LOOKED_AT).rechunk()
    return Values(one, present, one.text.null_count() / max(one.text.len(), 1), present.n_unique())


def by_values(values: Values, column: Column, words: Vocabulary) -> float:
    """Whether the values fit the column: 1 they are its own, NEUTRAL they say nothing, 0 they are something else."""
    if not values.present.len():
        return NEUTRAL
    score = _fit(values, column, words)
    if column.required and values.missing > _OFTEN_MISSING:
        score -= _LESS
    if column.is_key and values.distinct < _UNIQUE * values.present.len():
        score -= _LESS
    return max(score, 0.0)


def _fit(values: Values, column: Column, words: Vocabulary) -> float:
    kind = values.one.kind
    if column.codes is not None or column.kind is Kind.BOOLEAN:
        return _fit_of_codes(values, column, words)
    if column.kind in _TIMES:
        if kind not in _TIMES:
            return 0.0
        return 0.75 if kind is column.kind else (0.6 if column.kind is Kind.TIMESTAMP else 0.2)
    if column.kind in _NUMBERS:
        return _fit_of_numbers(values, column) if kind in _NUMBERS else 0.0
    if kind in (Kind.BOOLEAN, *_TIMES):
        return 0.1
    if column.pattern is not None:
        share = share_of(values.present.str.contains(column.pattern))
        return share if share > 0.9 else 0.2 * share
    return _fit_of_text(values.one, column)


def _fit_of_codes(values: Values, column: Column, words: Vocabulary) -> float:
    kind = values.one.kind
    if column.kind is Kind.BOOLEAN:
        return 0.9 if kind is Kind.BOOLEAN else 0.1 if values.distinct > 2 or kind in _TIMES else NEUTRAL
    if kind in (Kind.NUMBER, *_TIMES):
        return 0.0
    labels = column.labels or {}
    is_short = values.distinct <= _MOST_WORDS
    known = [word for word in values.present.unique() if code_of(word, column, words)] if is_short else list(labels)
    share = share_of(values.present.is_in(known))
    if share > 0.5:
        return 0.5 + share / 2
    # Another vendor may say its codes in other words, but it has about as many.
    is_list = values.one.codes is not None or (kind in (Kind.INTEGER, Kind.BOOLEAN) and values.distinct <= len(labels))
    return NEUTRAL if is_list and values.distinct <= 2 * len(labels) else 0.1


def _fit_of_numbers(values: Values, column: Column) -> float:
    if column.kind is Kind.INTEGER and values.one.kind is Kind.NUMBER and reads(Kind.INTEGER, values.present) < 0.9:
        return 0.1
    _, failures = convert(column, values.present)
    broken = sum(int(mask.sum()) for _, mask in failures)
    within = 1 - min(broken / values.present.len(), 1)
    # Degrees lie in a narrow range: that they do says much.
    is_narrow = column.minimum is not None and column.minimum > 2
    return (0.95 if is_narrow else 0.65) if within > 0.95 else 0.1


_ALIKE: Mapping[Treatment, tuple[Treatment, ...]] = {
    Treatment.DROP: (Treatment.DROP, Treatment.PSEUDONYMISE),
    Treatment.PSEUDONYMISE: (Treatment.PSEUDONYMISE, Treatment.DROP),
    Treatment.MASK: (Treatment.MASK,),
    Treatment.REDACT: (Treatment.REDACT, Treatment.DROP),
    Treatment.GENERALISE: (Treatment.GENERALISE,),
}


def _fit_of_text(one: Guess, column: Column) -> float:
    if one.kind is not Kind.STRING:
        return 0.1
    if column.privacy is None:
        is_number = one.pattern is not None and not column.name.endswith(_NUMBERED)
        return 0.2 if one.privacy is Treatment.MASK or is_number else 0.6
    if one.privacy is None:
        return NEUTRAL if column.privacy is Treatment.PSEUDONYMISE and one.pattern is not None else 0.3
    looks = re.search("look like", " ".join(one.remarks)) is not None
    return (0.85 if looks else 0.6) if one.privacy in _ALIKE[column.privacy] else 0.25 if looks else NEUTRAL

"""One column of samples → what its contract should say, each guess with its evidence.

Belongs here: type, required, codes, pattern, limits and treatment of a column, from its values and its header. Does not
belong here: keys and what a delivery is (`tables`), reading (`samples`). Values are read by the intake's own rules
(`delivery.values`). Evidence never quotes a value that may be a person's.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.contracts.model import Column, Kind, Treatment
from pipelines.delivery.privacy import numbers_in
from pipelines.delivery.signs import NO_VALUE, without_unseen_in
from pipelines.delivery.values import convert
from pipelines.drafting.vocabulary import OPEN, Vocabulary, has

# Samples have faults too: so many of a column's values may break a rule that is drafted.
_MOST_FAULTS = 0.03
_MOST_MISSING = 0.005
_ENOUGH_ROWS = 20
_MANY_ROWS = 200
_MOST_CODES, _LONGEST_CODE, _ROWS_A_CODE = 24, 24, 3
_LEAST_CODE_DIGITS, _LEAST_NAMED_DIGITS, _LEAST_MIXED = 9, 4, 6
_LOOKED_AT = 2000
_LIKE_NAMES = 0.6
_LONG_TEXT = 20
_PLAIN_SIZES = (10, 20, 40, 60, 80, 120, 200, 500, 1000, 2000, 4000, 8000)
_YES_NO: Mapping[str, str] = {
    "true": "true", "false": "false",
    "是": "true", "否": "false", "有": "true", "没有": "false", "Y": "true", "N": "false", "y": "true", "n": "false",
    "真": "true", "假": "false", "yes": "true", "no": "false", "Yes": "true", "No": "false", "YES": "true",
    "NO": "false", "T": "true", "F": "false", "TRUE": "true", "FALSE": "false", "True": "true", "False": "false",
}  # fmt: skip
_ONE_ZERO: Mapping[str, str] = {"1": "true", "0": "false"}
TRUTHS: Mapping[str, str] = {**_YES_NO, **_ONE_ZERO}
"""Words for yes and no → `true` and `false`."""
_IS_WORDS = ("是否", "有无", "is", "has", "flag")
_CODE_WORDS = ("编号", "编码", "代码", "单号", "流水", "码", "号", "id", "code", "no", "number", "sn", "key")
_TIME_WORDS = ("时间", "时刻", "时限", "at", "time", "datetime")
_DATE_WORDS = ("日期", "期限", "月份", "on", "date", "day")
_FRACTION_WORDS = ("金额", "面积", "得分", "时长", "score", "yuan", "amount", "hours", "area_km2")
_MONEY_WORDS = ("金额", "费用", "款", "预算", "yuan", "amount", "money", "fee")
_COUNT_WORDS = ("数", "次数", "人数", "count", "num", "qty")
_FRACTION_UNITS = ("元", "万元", "平方米", "平方公里", "小时", "公里", "米")
_MONEY_UNITS = ("元",)
_CATEGORY_WORDS = (
    "类", "类型", "类别", "状态", "等级", "级别", "层级", "程度", "方式", "渠道", "方向", "来源", "动作", "环节",
    "科目", "段", "status", "type", "category", "level", "kind", "channel", "source", "action",
)  # fmt: skip
_FORM = "of one form"
# Epoch seconds or milliseconds, and Excel's count of days: the intake reads none of them.
_EPOCH = r"^1[0-9]{9}(?:[0-9]{3})?$"
_PLAUSIBLE_YEAR = r"^(?:19|20)[0-9]{2}"
_BEGINS_A_NUMBER = r"^[-+.0-9０-９]"
_CLOCK = r"[0-9]{1,2}[:时点][0-9]{0,2}|T[0-9]{2}|^[0-9]{14}$"
_IN_BRACKETS = re.compile(r"[(\[【〔]([^)\]】〕]*)[)\]】〕]")
_DIGITS = r"^[0-9]+$"
_ID_NUMBER = r"^[1-9][0-9]{5}(?:18|19|20)[0-9]{9}[0-9Xx]$"
_PHONE = r"^(?:\+?86[- ]?)?1[3-9][0-9](?:[- ]?[0-9]{4}){2}$|^0[0-9]{2,3}-?[2-9][0-9]{6,7}$"
_OPEN_ID = r"^o[A-Za-z0-9_-]{25,30}$"
# The most frequent surnames: nine of ten people.
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆"
    "汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜"
)
_NAME = rf"^[{_SURNAMES}](?:[\x{{4e00}}-\x{{9fff}}]{{1,2}}|[*＊某]{{1,2}}|[*＊][\x{{4e00}}-\x{{9fff}}])$"

_NUMBERS_OF_PERSONS = (
    (_ID_NUMBER, Treatment.PSEUDONYMISE, "ID numbers"),
    (_PHONE, Treatment.DROP, "telephone numbers"),
    (_OPEN_ID, Treatment.PSEUDONYMISE, "open ids"),
)
_FLAT = r"[0-9一二三四五六七八九十]+(?:号?楼|栋|幢|单元|室|户)"
_NESTED = r"^\s*[\[{]"
# As a phone writes its place: five decimals are a metre.
_DEGREES = r"^(?:[3-9]|[1-9][0-9]|1[0-2][0-9]|13[0-5])\.[0-9]{5,}$"

_OF_PERSONS: Mapping[Kind, tuple[tuple[str, Treatment, str], ...]] = {
    Kind.STRING: _NUMBERS_OF_PERSONS,
    Kind.INTEGER: _NUMBERS_OF_PERSONS,
    Kind.NUMBER: ((_DEGREES, Treatment.GENERALISE, "coordinates"),),
}


@dataclass(frozen=True)
class Guess:
    """What the contract of a column should say. codes: word in the export → stored code. remarks: the evidence;
    questions: what a person has to say. text: its values in all samples, cleaned, null where there is none."""

    header: str
    kind: Kind
    required: bool
    text: pl.Series
    codes: Mapping[str, str] | None = None
    pattern: str | None = None
    options: tuple[tuple[str, float], ...] = ()
    privacy: Treatment | None = None
    remarks: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()

    @property
    def is_code(self) -> bool:
        """Whether it may identify something: a text of fixed form, or one that is kept as a token."""
        return self.kind is Kind.STRING and self.codes is None


def guess(header: str, values: pl.Series, words: Vocabulary) -> Guess:
    """values: the column's texts in all samples."""
    text, remarks, questions = _without_no_value(header, values, words)
    present = text.drop_nulls()
    missing = text.len() - present.len()
    kind, why = _kind(header, present)
    remarks.append(why)
    if missing:
        remarks.append(f"no value in {missing:,} of {text.len():,} rows")
    if kind is Kind.STRING and present.len() and present.str.contains(_EPOCH).all() and _is_any(header, _TIME_WORDS):
        questions.append(
            "looks like seconds or milliseconds since 1970, which the intake does not read: ask for a date"
        )
    share = missing / text.len() if text.len() else 1.0
    required = text.len() >= _ENOUGH_ROWS and (not missing or (share < _MOST_MISSING and text.len() >= _MANY_ROWS))
    privacy, personal = _treatment(header, kind, present, words)
    codes: Mapping[str, str] | None = None
    pattern: str | None = None
    options: list[tuple[str, float]] = []
    if kind is Kind.BOOLEAN:
        codes = _truths(present)
    elif kind is Kind.STRING and privacy is None:
        codes = _codes(header, present, words)
        pattern = _pattern(present) if codes is None else None
        if codes is not None:
            counts = Counter(present.to_list())
            remarks.append("codes: " + ", ".join(f"{word} {counts[word]:,}" for word in codes))
        elif pattern is not None:
            remarks.append(f"{_all_but(share_of(present.str.contains(pattern)), present)}{_FORM}")
    if kind is Kind.STRING and privacy is None and codes is None and pattern is None:
        treatment, personal = _treatment_of_text(header, present, words)
        privacy = treatment
    elif kind is Kind.STRING and privacy is None and pattern is not None and not _is_any(header, _CODE_WORDS):
        privacy = Treatment.PSEUDONYMISE
        personal = "a number of something unknown: personal until a person says otherwise"
    if personal:
        remarks.append(personal)
    if kind is Kind.STRING and codes is None and pattern is None and privacy in (None, Treatment.REDACT):
        options += _longest(present, remarks)
    if kind in (Kind.INTEGER, Kind.NUMBER):
        options += _limits(header, kind, present, remarks)
    if privacy is Treatment.GENERALISE and kind is not Kind.NUMBER:
        privacy = Treatment.DROP
    return Guess(
        header, kind, required, text, codes, pattern, tuple(options), privacy, tuple(remarks), tuple(questions)
    )


def as_column(one: Guess, name: str = "") -> Column:
    """The guess as the intake's rules want it."""
    options = dict(one.options)
    return Column(
        name=name or one.header, header=one.header, aliases=(), kind=one.kind, title=one.header, required=one.required,
        is_key=False, pattern=one.pattern, codes=one.codes, labels=None, minimum=options.get("minimum"),
        maximum=options.get("maximum"), decimals=None, min_length=None, max_length=None, privacy=one.privacy,
        references=None,
    )  # fmt: skip


def reads(kind: Kind, values: pl.Series) -> float:
    """The share of values that the intake reads as this kind; 0 if there are none."""
    if not values.len():
        return 0.0
    trial = Column("c", "c", (), kind, "c", False, False, None, None, None, None, None, None, None, None, None, None)
    typed, _ = convert(trial, values)
    return 1 - typed.null_count() / values.len()


def _is_any(header: str, words: Sequence[str]) -> bool:
    return any(has(header, word) for word in words)


def _unit(header: str) -> str:
    """金额（元） → 元."""
    found = _IN_BRACKETS.search(unicodedata.normalize("NFKC", header))
    return found[1].strip() if found else ""


def _has_fractions(header: str) -> bool:
    return _unit(header) in _FRACTION_UNITS or _is_any(header, _FRACTION_WORDS)


def _without_no_value(header: str, values: pl.Series, words: Vocabulary) -> tuple[pl.Series, list[str], list[str]]:
    """The values without words for none. Words that the intake does not know are a question; a word for none that is
    frequent among codes (无 of a hazard's levels) is a code."""
    text = without_unseen_in(values).str.strip_chars().alias("v")
    known = text.is_in([word for word in NO_VALUE if word]).fill_null(value=False)
    if _is_any(header, _CATEGORY_WORDS):
        frequent = {
            word for word, count in Counter(text.filter(known).to_list()).items() if count > _MOST_FAULTS * text.len()
        }
        known &= ~text.is_in(sorted(frequent)).fill_null(value=False)
    others = text.is_in(sorted(words.no_value)).fill_null(value=False)
    remarks, questions = [], []
    if known.any():
        counts = Counter(text.filter(known).to_list())
        remarks.append("read as no value: " + ", ".join(f"{word!r} {count:,}" for word, count in counts.items()))
    if others.any():
        counts = Counter(text.filter(others).to_list())
        said = ", ".join(f"{word!r} {count:,}" for word, count in counts.items())
        questions.append(f"means no value? {said}: the intake rejects these rows, or takes the word for a text")
    left = text.set(known | others | (text == "").fill_null(value=False), None)
    return left, remarks, questions


# ---------------------------------------------------------------- types


def _kind(header: str, present: pl.Series) -> tuple[Kind, str]:
    if not present.len():
        return _kind_by_name(header)
    for truths in (_YES_NO, _ONE_ZERO):
        share = share_of(present.is_in(list(truths)))
        if share >= 1 - _MOST_FAULTS and (truths is _YES_NO or _is_any(header, _IS_WORDS)):
            said = ", ".join(sorted(set(present.unique().to_list()) & set(truths)))
            return Kind.BOOLEAN, f"{present.len():,} values, {_all_but(share, present)}of {said}"
    if (found := _time_kind(present)) is not None:
        return found
    if _is_code_of_digits(header, present):
        return Kind.STRING, f"{present.len():,} values, digits that are a code: of one length, or named so"
    is_number = share_of(present.str.contains(_BEGINS_A_NUMBER)) >= 1 - _MOST_FAULTS
    for kind, said in ((Kind.INTEGER, "whole numbers"), (Kind.NUMBER, "numbers")) if is_number else ():
        share = reads(kind, present)
        if share < 1 - _MOST_FAULTS:
            continue
        if kind is Kind.INTEGER and _has_fractions(header):
            continue
        return kind, f"{present.len():,} values, {_all_but(share, present)}{said}"
    return Kind.STRING, f"{present.len():,} values, {present.n_unique():,} different"


def _kind_by_name(header: str) -> tuple[Kind, str]:
    why = "no value in any sample: its name alone says the type"
    if _is_any(header, _TIME_WORDS):
        return Kind.TIMESTAMP, why
    if _is_any(header, _DATE_WORDS):
        return Kind.DATE, why
    if _is_any(header, _CODE_WORDS):
        return Kind.STRING, why
    if _has_fractions(header):
        return Kind.NUMBER, why
    return (Kind.INTEGER if _is_any(header, _COUNT_WORDS) else Kind.STRING), why


def _all_but(share: float, present: pl.Series) -> str:
    faults = round((1 - share) * present.len())
    return f"all but {faults:,} " if faults else "all "


def _time_kind(present: pl.Series) -> tuple[Kind, str] | None:
    # Cheap, and enough for most columns.
    if share_of(present.str.contains(_PLAUSIBLE_YEAR)) < 1 - _MOST_FAULTS:
        return None
    # Numbers of eight or fourteen digits may be dates; others are none.
    digits = present.str.contains(_DIGITS)
    if digits.any() and not present.filter(digits).str.contains(_PLAUSIBLE_YEAR).all():
        return None
    share = reads(Kind.TIMESTAMP, present)
    if share < 1 - _MOST_FAULTS:
        return None
    has_clock = present.str.contains(_CLOCK)
    at_midnight = reads(Kind.DATE, present)
    if at_midnight >= 1 - _MOST_FAULTS:
        seen = "dates at midnight" if has_clock.any() else "dates"
        return Kind.DATE, f"{present.len():,} values, {_all_but(at_midnight, present)}{seen}"
    return Kind.TIMESTAMP, f"{present.len():,} values, {_all_but(share, present)}times"


def _is_code_of_digits(header: str, present: pl.Series) -> bool:
    digits = present.filter(present.str.contains(_DIGITS))
    if digits.len() < (1 - _MOST_FAULTS) * present.len():
        return False
    (size, count), *_ = Counter(digits.str.len_chars().to_list()).most_common(1)
    is_of_one_size = count >= (1 - _MOST_FAULTS) * present.len()
    if size >= _LEAST_CODE_DIGITS and is_of_one_size:
        return True
    is_long = size >= _LEAST_NAMED_DIGITS and is_of_one_size
    return _is_any(header, _CODE_WORDS) and (is_long or _has_leading_zero(present))


def _has_leading_zero(present: pl.Series) -> bool:
    return bool(present.str.contains("^0[0-9]").any())


# ---------------------------------------------------------------- codes, patterns, limits


def _truths(present: pl.Series) -> Mapping[str, str] | None:
    words = _ONE_ZERO if present.is_in(list(_ONE_ZERO)).any() else _YES_NO
    distinct = set(present.unique().to_list()) & set(words)
    if distinct <= {"true", "false"}:
        return None
    found = {word: words[word] for word in sorted(distinct)}
    # The other word of a pair, if the samples have only one.
    pairs = list(words.items())
    for i in range(0, len(pairs), 2):
        (yes, _), (no, _) = pairs[i], pairs[i + 1]
        if set(found) in ({yes}, {no}):
            return {yes: "true", no: "false"}
    return found if len(set(found.values())) == len(found) else None


def _codes(header: str, present: pl.Series, words: Vocabulary) -> Mapping[str, str] | None:
    """Few short words that recur. Names of things are none: tomorrow there may be another."""
    if words.treatment_of(header) == OPEN and not _is_any(header, _CATEGORY_WORDS):
        return None
    counts = Counter(present.to_list())
    common = {word: count for word, count in counts.items() if count > len(present) * _MOST_FAULTS / 10 or count > 2}
    if not common or len(common) > _MOST_CODES or sum(common.values()) < len(present) * (1 - _MOST_FAULTS):
        return None
    if max(map(len, common)) > _LONGEST_CODE or len(present) < _ROWS_A_CODE * len(common):
        return None
    if _pattern(present) is not None or not _is_closed(header, common, present):
        return None
    if not _is_any(header, _CATEGORY_WORDS) and share_of(pl.Series(list(common)).str.contains(_NAME)) >= _LIKE_NAMES:
        return None
    return dict.fromkeys(sorted(common, key=lambda word: (-common[word], word)), "")


def _is_closed(header: str, common: Mapping[str, int], present: pl.Series) -> bool:
    """Whether the words are a list of codes: named so, or each of them is frequent."""
    return _is_any(header, _CATEGORY_WORDS) or min(common.values()) * 200 >= len(present)


def _pattern(present: pl.Series) -> str | None:
    r"""`^SJ\d{14}$` if values have that form: digits of one length, with the same letters before or between them; or
    `^[0-9A-Z]{18}$`."""
    if present.n_unique() < 2:
        return None
    enough = (1 - _MOST_FAULTS) * present.len()
    shape, count = _most_common(present.str.replace_all("[0-9]", "0"))
    if count >= enough and re.fullmatch("(?:[A-Za-z_-]*0+)+", shape):
        parts = [rf"\d{{{len(part)}}}" if part.startswith("0") else part for part in re.findall("0+|[^0]+", shape)]
        return "^" + "".join(parts) + "$"
    size, count = _most_common(present.str.len_chars().cast(pl.String))
    form = f"^[0-9A-Z]{{{size}}}$"
    fits = present.str.contains(form) & present.str.contains("[0-9]")
    return form if int(size) >= _LEAST_MIXED and fits.sum() >= enough else None


def _most_common(values: pl.Series) -> tuple[str, int]:
    value, count = values.alias("v").value_counts(sort=True).row(0)
    return str(value), int(count)


def _longest(present: pl.Series, remarks: list[str]) -> list[tuple[str, float]]:
    longest = max(present.str.len_chars().to_list(), default=0)
    size = next((one for one in _PLAIN_SIZES if one >= 2 * longest), None)
    remarks.append(f"the longest has {longest:,} characters")
    return [("maxLength", size)] if size and longest else []


def _limits(header: str, kind: Kind, present: pl.Series, remarks: list[str]) -> list[tuple[str, float]]:
    numbers = present.cast(pl.Float64, strict=False).drop_nulls()
    if not numbers.len():
        return []
    least, most = float(numbers.min()), float(numbers.max())  # type: ignore[arg-type]
    remarks.append(f"from {least:g} to {most:g}")
    if _is_any(header, ("经度", "longitude", "lng", "lon")):
        return [("minimum", 73.0), ("maximum", 136.0)]
    if _is_any(header, ("纬度", "latitude", "lat")):
        return [("minimum", 3.0), ("maximum", 54.0)]
    options: list[tuple[str, float]] = [("minimum", 0)] if least >= 0 else []
    cents = (numbers * 100 - (numbers * 100).round()).abs().max()
    is_money = kind is Kind.NUMBER and (_unit(header) in _MONEY_UNITS or _is_any(header, _MONEY_WORDS))
    if is_money and isinstance(cents, float) and math.isclose(cents, 0, abs_tol=1e-6):
        options.append(("multipleOf", 0.01))
    return options


# ---------------------------------------------------------------- persons


def _treatment(header: str, kind: Kind, present: pl.Series, words: Vocabulary) -> tuple[Treatment | None, str]:
    """The treatment that values or name ask for whatever the type is; null if neither does."""
    if (by_value := _treatment_by_value(kind, present)) is not None:
        return by_value
    said = words.treatment_of(header)
    if said is None or said == OPEN:
        return None, ""
    treatment = Treatment(said)
    if treatment is Treatment.GENERALISE:
        return treatment if kind is Kind.NUMBER else Treatment.DROP, "personal by its name: where someone was"
    if kind is not Kind.STRING and treatment in (Treatment.MASK, Treatment.REDACT):
        return None, ""
    if words.is_of_a_person(header):
        return treatment, "personal by its name: what somebody is"
    if kind in (Kind.BOOLEAN, Kind.TIMESTAMP) or (kind is Kind.DATE and treatment is not Treatment.DROP):
        return None, ""
    is_list = _is_any(header, _CATEGORY_WORDS) and _codes(header, present, words) is not None
    if treatment in (Treatment.MASK, Treatment.REDACT) and is_list:
        return None, ""
    if treatment is Treatment.MASK and _pattern(present) is not None:
        # Of a number only its first sign would be left, the same for all.
        return Treatment.PSEUDONYMISE, "personal by its name; its values are numbers, not names"
    return treatment, "personal by its name"


def _treatment_by_value(kind: Kind, present: pl.Series) -> tuple[Treatment, str] | None:
    distinct = present.unique().head(_LOOKED_AT)
    for pattern, treatment, what in _OF_PERSONS.get(kind, ()) if distinct.len() else ():
        if (share := share_of(distinct.str.contains(pattern))) >= _LIKE_NAMES:
            return treatment, f"personal: {share:.0%} of its values look like {what}"
    return None


def _treatment_of_text(header: str, present: pl.Series, words: Vocabulary) -> tuple[Treatment | None, str]:
    """A text without codes or pattern: personal until a person says otherwise, except names of things. Redaction takes
    numbers of persons out of sentences; it leaves an address, an object of JSON and a number of another kind."""
    distinct = present.unique().head(_LOOKED_AT)
    for pattern, treatment, what in (
        (_NAME, Treatment.MASK, "names"),
        (_FLAT, Treatment.DROP, "addresses of flats"),
        (_NESTED, Treatment.DROP, "objects or lists of JSON"),
    ):
        if (share := share_of(distinct.str.contains(pattern))) >= _LIKE_NAMES:
            return treatment, f"personal: {share:.0%} of its values look like {what}"
    with_numbers = sum(1 for value in distinct.to_list() if numbers_in(value))
    said = f"personal: {with_numbers:,} of {distinct.len():,} values have numbers of persons in them"
    if words.treatment_of(header) == OPEN and present.len():
        if with_numbers:
            return Treatment.REDACT, said
        return None, "of things by its name, and its values look like no persons"
    if distinct.len() and float(distinct.str.len_chars().mean() or 0) > _LONG_TEXT:  # type: ignore[arg-type]
        return Treatment.REDACT, said if with_numbers else "free text: personal until a person says otherwise"
    return Treatment.DROP, "unknown: personal until a person says otherwise"


def share_of(found: pl.Series) -> float:
    """How many of the values are true, from 0 to 1; 0 if there are none."""
    return float(found.mean() or 0)  # type: ignore[arg-type]

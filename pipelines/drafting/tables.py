"""The samples of one feed → its columns, key, times and kind of delivery, each with its evidence.

Belongs here: what needs several columns or several files. Does not belong here: a single column (`columns`), the
document (`writing`).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations, pairwise

import polars as pl

from pipelines.contracts.model import Delivery, Kind, Treatment
from pipelines.delivery.text_table import ROW_NUMBER
from pipelines.drafting.columns import Guess, guess
from pipelines.drafting.samples import CHECK, Sample
from pipelines.drafting.vocabulary import Vocabulary, has

_UNIQUE = 0.97
_KEY_WORDS = ("编号", "编码", "代码", "单号", "流水", "id", "code", "no", "sn", "key")
_UPDATE_WORDS = ("更新", "修改", "变更", "update", "updated", "modify", "modified")
_LIMIT_WORDS = (
    "期限", "时限", "截止", "到期", "承诺", "计划", "预计", "due", "deadline", "limit", "plan", "planned", "promised",
)  # fmt: skip
_REGISTER_STAYS = 0.9
_KEYS_TRIED = 8
_SAME_DAY, _MOST_MISSING = 0.5, 0.01
_TIMES = (Kind.TIMESTAMP, Kind.DATE)


@dataclass(frozen=True)
class Draft:
    """What the contract of a feed should say; columns in the order of the files. remarks: evidence by property."""

    samples: tuple[Sample, ...]
    columns: tuple[Guess, ...]
    key: tuple[str, ...]
    updated_by: str | None
    event_time: str | None
    delivery: Delivery
    remarks: dict[str, list[str]]

    @property
    def first(self) -> Sample:
        return self.samples[0]


def draft(samples: Sequence[Sample], words: Vocabulary) -> Draft:
    """samples: of one feed, at least one."""
    columns = guesses(samples, words)
    headers = [one.header for one in columns]
    remarks: dict[str, list[str]] = {}
    sizes = [one.rows.height for one in samples]
    frame = pl.DataFrame([one.text.alias(one.header) for one in columns]).with_columns(
        pl.Series("_file", [i for i, size in enumerate(sizes) for _ in range(size)], dtype=pl.Int64)
    )
    key, why = _key(columns, frame)
    remarks["key"] = [why]
    columns = tuple(_as_key(one) if one.header in key else one for one in columns)
    updated_by = _updated_by(columns)
    delivery, reasons = _delivery(samples, frame, key, updated_by)
    remarks["delivery"] = reasons
    event_time = _event_time(columns, delivery, updated_by, remarks)
    if delivery is not Delivery.CHANGES:
        updated_by = None
    elif updated_by is not None:
        remarks["updatedBy"] = [f"{updated_by} is named so"]
    lacking = [one.file.name for one in samples if len(one.headers) < len(headers)]
    if lacking:
        remarks["columns"] = [f"not every file has every column: {', '.join(lacking)}"]
    if left := nested(samples):
        question = f"{CHECK}{', '.join(left)}: lists or objects, which are not loaded: ask for plain values"
        remarks["columns"] = [*remarks.get("columns", []), question]
    return Draft(tuple(samples), columns, key, updated_by, event_time, delivery, remarks)


def guesses(samples: Sequence[Sample], words: Vocabulary) -> tuple[Guess, ...]:
    """The columns of one feed's samples, each by itself."""
    headers = list(dict.fromkeys(header for one in samples for header in one.headers))
    together = pl.concat([one.rows for one in samples], how="diagonal").select(headers)
    left = nested(samples)
    return tuple(guess(header, together[header], words) for header in headers if header not in left)


def nested(samples: Sequence[Sample]) -> list[str]:
    """The keys of JSON under which a list or an object stands somewhere: the intake rejects such a row if the contract
    has the key, and leaves the key alone if it does not."""
    found: dict[str, None] = {}
    for one in samples:
        if one.form.format in ("json", "ndjson"):
            found |= dict.fromkeys(name for name in one.headers if any(map(_is_nested, one.rows[name].drop_nulls())))
    return list(found)


def _is_nested(text: str) -> bool:
    if not text.startswith(("[", "{")):
        return False
    try:
        return isinstance(json.loads(text), list | dict)
    except (ValueError, RecursionError):
        return False


def _key(columns: Sequence[Guess], frame: pl.DataFrame) -> tuple[tuple[str, ...], str]:
    """The column, or the fewest columns, that tell the rows of every file apart."""
    rows = frame.unique(maintain_order=True)
    files = rows["_file"].n_unique()

    def tells_apart(names: Sequence[str]) -> bool:
        whole = rows.drop_nulls(names)
        return whole.height >= _UNIQUE * rows.height > 0 and (
            whole.select(*names, "_file").n_unique() >= _UNIQUE * whole.height
        )

    able = [one for one in columns if _can_be_key(one)]
    named = sorted(
        (one for one in able if tells_apart([one.header])),
        key=lambda one: (not any(has(one.header, word) for word in _KEY_WORDS), one.pattern is None),
    )
    # Of several that tell the rows of a file apart, the key also has the most values over all files.
    if named:
        most = max(rows[one.header].n_unique() for one in named)
        full = [one for one in named if rows[one.header].n_unique() >= _UNIQUE * most]
        return (full[0].header,), f"{rows[full[0].header].n_unique():,} different values, in each of {files} files once"
    candidates = [one.header for one in columns if _can_be_key(one) or one.kind is Kind.DATE or one.codes is not None]
    for size in (2, 3):
        for names in combinations(candidates[:_KEYS_TRIED], size):
            if tells_apart(names):
                return names, "no single column tells the rows apart; these do together"
    first = next((one for one in able if any(has(one.header, word) for word in _KEY_WORDS)), columns[0])
    return (first.header,), f"{CHECK}no columns tell the rows of the samples apart; say which are the key"


def _can_be_key(one: Guess) -> bool:
    if one.privacy in (Treatment.MASK, Treatment.REDACT):
        return False
    return one.is_code or (one.kind is Kind.INTEGER and any(has(one.header, word) for word in _KEY_WORDS))


def _as_key(one: Guess) -> Guess:
    """A key cannot be dropped: two persons' rows would be one."""
    return replace(one, privacy=Treatment.PSEUDONYMISE) if one.privacy is Treatment.DROP else one


def _updated_by(columns: Sequence[Guess]) -> str | None:
    times = [one for one in columns if one.kind is Kind.TIMESTAMP]
    return next((one.header for one in times if any(has(one.header, word) for word in _UPDATE_WORDS)), None)


def _delivery(
    samples: Sequence[Sample], frame: pl.DataFrame, key: Sequence[str], updated_by: str | None
) -> tuple[Delivery, list[str]]:
    days = {one.business_date for one in samples}
    keys = [frame.filter(pl.col("_file") == i).select(key).drop_nulls().unique() for i in range(len(samples))]
    stays = [
        (before.join(after, on=list(key), how="semi").height / before.height, before.height)
        for before, after in pairwise(keys)
        if before.height
    ]
    if len(samples) > 1 and stays and len(days) > 1:
        share = sum(part * size for part, size in stays) / sum(size for _, size in stays)
        said = f"{share:.0%} of a day's keys are in the next file, in {len(samples)} files"
        if share >= _REGISTER_STAYS:
            return Delivery.SNAPSHOT, [f"{said}: the whole register every day"]
        if updated_by is not None:
            return Delivery.CHANGES, [f"{said}, and {updated_by} says when a row changed"]
        if not share:
            return Delivery.APPEND, [f"{said}: the records of each day"]
        return Delivery.APPEND, [f"{said}, and no column says when a row changed", f"{CHECK}may rows change later?"]
    if updated_by is not None:
        return Delivery.CHANGES, [
            f"one day only; {updated_by} says when a row changed",
            f"{CHECK}give files of more days",
        ]
    if _is_of_the_day(samples, frame):
        return Delivery.APPEND, ["one day only; a time is of its business date in most rows", f"{CHECK}give more days"]
    return Delivery.SNAPSHOT, ["one day only; no time is of its business date", f"{CHECK}give files of more days"]


def _is_of_the_day(samples: Sequence[Sample], frame: pl.DataFrame) -> bool:
    day = samples[0].business_date
    if day is None or not frame.height:
        return False
    written = [
        f"{day:%Y-%m-%d}",
        f"{day:%Y/%m/%d}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day:%Y年%m月%d日}",
        f"{day:%Y%m%d}",
    ]
    shares = [
        sum(1 for text in frame[name].drop_nulls().to_list() if any(text.startswith(one) for one in written))
        / frame.height
        for name in frame.columns
        if name != "_file"
    ]
    return max(shares, default=0) >= _SAME_DAY


def _event_time(
    columns: Sequence[Guess], delivery: Delivery, updated_by: str | None, remarks: dict[str, list[str]]
) -> str | None:
    """The time of what a row reports: the first that every row has and that is no limit and no plan."""
    if delivery is Delivery.SNAPSHOT:
        return None
    times = [one for one in columns if one.kind in _TIMES and one.header != updated_by]

    def rank(one: Guess) -> tuple[bool, bool, int]:
        missing = one.text.null_count() / max(one.text.len(), 1)
        return missing > _MOST_MISSING, any(has(one.header, word) for word in _LIMIT_WORDS), columns.index(one)

    best = min(times, key=rank, default=None)
    if best is None:
        return None
    remarks["eventTime"] = ["the first time that most rows have and that is neither a limit nor a plan"]
    return best.header


def span(samples: Sequence[Sample]) -> tuple[date | None, date | None]:
    """First and last business date of the samples' names."""
    days = sorted(one.business_date for one in samples if one.business_date is not None)
    return (days[0], days[-1]) if days else (None, None)


def row_count(samples: Sequence[Sample]) -> int:
    """The rows of all samples."""
    return sum(one.table.frame[ROW_NUMBER].len() for one in samples)

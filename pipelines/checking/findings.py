"""All that is wrong with a checked file, in one order, each with its severity and the KPIs that it costs.

Belongs here: how grave a problem is, and which KPIs read its column. Does not belong here: finding problems
(`examination`), words (`wording`), layout (`report`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipelines.checking import wording
from pipelines.checking.columns import Seen
from pipelines.checking.comparison import Change
from pipelines.checking.examination import UNUSABLE, Problem, Sample, Verdict
from pipelines.reasons import Language

Names = tuple[str, str]
"""Of a KPI: Chinese and English."""


class Severity(StrEnum):
    """The gravest first.

    critical: nothing of the file is loaded. major: so many rows are rejected for it that the intake would raise an
    alert (the contract's `mostRejectedPercent`). minor: fewer rows. note: everything is loaded.
    """

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"
    NOTE = "note"


@dataclass(frozen=True)
class Told:
    """A verdict with what is said beside it. kpis: those that stand on the feed. readers: column → those of them that
    read it. change: against the last accepted file, if there is one."""

    verdict: Verdict
    kpis: Sequence[Names] = ()
    change: Change | None = None
    readers: Mapping[str, Sequence[Names]] | None = None


@dataclass(frozen=True)
class Finding:
    """One thing to correct. column: as the export calls it, and the contract; empty if it is the file. code: as in
    `meta.rejected_row`, or the kind of the problem. row_count: rows that it concerns; null if it is not about rows."""

    severity: Severity
    column: str
    name: str
    code: str
    means: str
    mend: str
    row_count: int | None
    samples: tuple[Sample, ...]
    kpis: tuple[Names, ...]


def of(told: Told, lang: Language) -> list[Finding]:
    """By severity, then by the number of rows."""
    one = told.verdict
    found = [_of_rows(problem, told, lang) for problem in one.problems]
    lacking = [seen for seen in one.columns if seen.is_missing]
    if one.exit_code == UNUSABLE:
        found += _of_file(told, [seen for seen in lacking if seen.column and seen.column.required], lang)
    found += [_of_column(seen, told, lang) for seen in lacking if seen.column and not seen.column.required]
    order = list(Severity)
    return sorted(found, key=lambda each: (order.index(each.severity), -(each.row_count or 0), each.name, each.code))


def _of_rows(problem: Problem, told: Told, lang: Language) -> Finding:
    one = told.verdict
    means, mend = wording.rule(problem, lang)
    most = one.feed.most_rejected_percent if one.feed is not None else 0.0
    severity = Severity.MAJOR if 100 * problem.row_count > most * one.row_count else Severity.MINOR
    kpis = _read_by(told, problem.column)
    return Finding(
        severity, problem.header, problem.column, problem.rule, means, mend, problem.row_count, problem.samples, kpis
    )


def _of_file(told: Told, lacking: Sequence[Seen], lang: Language) -> list[Finding]:
    """Why nothing can be loaded: the required columns that are missing, or the file as a whole."""
    because = told.verdict.held_because or ""
    if lacking and because.startswith("required columns are missing"):
        return [_of_column(seen, told, lang) for seen in lacking]
    said = wording.verdict(told.verdict, lang)
    return [Finding(Severity.CRITICAL, "", "", "held", said, "", None, (), tuple(told.kpis))]


def _of_column(seen: Seen, told: Told, lang: Language) -> Finding:
    assert seen.column is not None
    column = seen.column
    severity = Severity.CRITICAL if column.required else Severity.NOTE
    means, mend = wording.missing(seen, lang)
    kpis = _read_by(told, column.name)
    return Finding(severity, column.header, column.name, "missing column", means, mend, None, (), kpis)


def _read_by(told: Told, column: str) -> tuple[Names, ...]:
    return tuple((told.readers or {}).get(column, ()))

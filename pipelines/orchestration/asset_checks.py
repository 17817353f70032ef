"""The checks that Dagster shows for the assets: row accounts, held files, whether the publication is readable.

Belongs here: check specs and how a result follows from ledger lines. Does not belong here: tests of the models (dbt's,
which appear as checks automatically). Checks of the data warn, and judge the days that are still open; a violated
guarantee of Sihe fails. A result's description says why in words.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from pipelines.contracts.model import Feed
from pipelines.delivery import landing
from pipelines.documents import DocumentError
from pipelines.intake import feed_checks as judging
from pipelines.intake.precedence import HELD, LOADED
from pipelines.publication import publish
from pipelines.warehouse.database_file import offline_config
from pipelines.warehouse.ledger import Line

_ACCOUNTING, _USABLE, _ACCEPTED = "rows_accounted_for", "no_file_held", "rows_accepted"
_READABLE, _REGISTRY = "readable", "no_kpi_left_out"
DAYS_SHOWN = 20
ACCEPTED_SHARE = 0.99  # row_acceptance_rate's target in the KPI registry: below it, someone should look


def feed_checks(feed: Feed) -> list[dg.AssetCheckSpec]:
    key = dg.AssetKey([feed.platform, feed.name])
    return [
        dg.AssetCheckSpec(_ACCOUNTING, asset=key, description="每行有且只有一个去向 · counted = loaded + rejected + …"),
        dg.AssetCheckSpec(_USABLE, asset=key, description="无挂起的文件 · No file of these days is held"),
        dg.AssetCheckSpec(_ACCEPTED, asset=key, description="记录合格率 · Rows accepted"),
    ]


def feed_results(feed: Feed, lines: Sequence[Line], now: datetime) -> Iterator[dg.AssetCheckResult]:
    """The results of the checks for all ledger lines of a feed."""
    key = dg.AssetKey([feed.platform, feed.name])
    unaccounted = [
        line.file_name
        for line in lines
        if line.rows_counted != line.rows_loaded + line.rows_rejected + line.rows_duplicate + line.rows_superseded
    ]
    yield dg.AssetCheckResult(
        passed=not unaccounted,
        asset_key=key,
        check_name=_ACCOUNTING,
        description=_said(unaccounted, f"{len(lines)} 个文件账平 · files balance"),
        metadata={"files": len(lines)},
    )
    still_open = [line for line in lines if line.received_at > now - timedelta(days=judging.OPEN_DAYS)]
    held = [
        f"{line.file_name}: {line.reason}"
        for line in still_open
        if line.state == HELD
        and not any(
            later.state == LOADED
            and later.business_date == line.business_date
            and later.received_at > line.received_at
            and landing.part_of(feed, later.file_name) == landing.part_of(feed, line.file_name)
            for later in lines
        )
    ]
    yield dg.AssetCheckResult(
        passed=not held,
        asset_key=key,
        check_name=_USABLE,
        severity=dg.AssetCheckSeverity.WARN,
        description=_said(held, f"近 {judging.OPEN_DAYS} 天收到的 {len(still_open)} 个文件都可用或已补上"),
        metadata={"held": len(held)},
    )
    in_force = [line for line in still_open if line.state == LOADED]
    counted = sum(line.rows_counted for line in in_force)
    rejected = sum(line.rows_rejected for line in in_force)
    yield dg.AssetCheckResult(
        passed=rejected <= (1 - ACCEPTED_SHARE) * counted,
        asset_key=key,
        check_name=_ACCEPTED,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"近 {judging.OPEN_DAYS} 天收到 {counted:,} 行，拒收 {rejected:,} 行",
        metadata={"rows_counted": counted, "rows_rejected": rejected},
    )


def _said(problems: Sequence[str], otherwise: str) -> str:
    """The first problems, one a line, or what is well."""
    more = [f"… {len(problems) - DAYS_SHOWN}"] if len(problems) > DAYS_SHOWN else []
    return "\n".join([*problems[:DAYS_SHOWN], *more]) or otherwise


def judgement_checks(feed: Feed, judgement: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    key = dg.AssetKey([feed.platform, feed.name])
    return [
        dg.AssetCheckSpec(name, asset=key, additional_deps=[judgement], description=description)
        for name, description in (
            (judging.REFERENCES, "引用可查 · What rows refer to is known"),
            (judging.VOLUME, "数据量正常 · As many rows as on this weekday before"),
            (judging.FRESHNESS, "按时更新 · The newest business date against the clock"),
        )
    ]


def judgement_result(
    check: dg.AssetCheckKey, findings: Sequence[Mapping[str, Any]], today: date
) -> dg.AssetCheckResult:
    """findings: rows of `ledger.check_result` that do not pass, newest date first. Of findings with a business date
    only the open days count; a finding of the feed as a whole counts only if it has no dates."""
    name = tuple(check.asset_key.path)
    mine = [one for one in findings if (one["platform"], one["feed"]) == name and one["check_name"] == check.name]
    first_open = today - timedelta(days=judging.OPEN_DAYS)
    dated = [one for one in mine if one["business_date"] is not None]
    counted = [one for one in dated if one["business_date"] > first_open] if dated else mine
    shown = [_worded(check.name, one) for one in counted]
    return dg.AssetCheckResult(
        passed=not counted,
        asset_key=check.asset_key,
        check_name=check.name,
        severity=dg.AssetCheckSeverity.WARN,
        description=_said(shown, f"近 {judging.OPEN_DAYS} 天没有发现 · nothing found"),
        metadata={"findings": len(counted)},
    )


def _worded(name: str, finding: Mapping[str, Any]) -> str:
    """A finding with what its numbers count."""
    observed, expected, day = f"{finding['observed']:,g}", f"{finding['expected']:,g}", finding["business_date"]
    counted = {
        judging.REFERENCES: f"{expected} 行中 {observed} 行查不到 · {observed} of {expected} rows: ",
        judging.VOLUME: f"{observed} 行，通常 {expected} 行 · {observed} rows, usually {expected}: ",
        judging.FRESHNESS: f"晚 {observed} 天 · {observed} days late: " if day is None and finding["observed"] else "",
    }
    return f"{day} {counted[name]}{finding['detail']}" if day else f"{counted[name]}{finding['detail']}"


def publication_checks(asset: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(_READABLE, asset=asset, description="读者可打开 · Readers can open what the pointer names"),
        dg.AssetCheckSpec(_REGISTRY, asset=asset, description="无停用指标 · No KPI file is broken and left out"),
    ]


def registry_result(asset: dg.AssetKey, errors: Sequence[DocumentError]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=not errors, asset_key=asset, check_name=_REGISTRY, severity=dg.AssetCheckSeverity.WARN,
        metadata={"left_out": [str(error) for error in errors]},
    )  # fmt: skip


def publication_result(asset: dg.AssetKey, published: Path) -> dg.AssetCheckResult:
    """Follows the pointer as a reader does and asks the file for its own generation."""
    pointer = publish.current(published) or {}
    with duckdb.connect(str(published / str(pointer.get("file"))), read_only=True, config=offline_config()) as reader:
        (generation,) = reader.execute("select generation from meta.build").fetchall()[0]
    return dg.AssetCheckResult(
        passed=generation == pointer.get("generation"), asset_key=asset, check_name=_READABLE,
        metadata={"generation": generation},
    )  # fmt: skip

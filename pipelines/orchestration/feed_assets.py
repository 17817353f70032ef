"""Dagster assets: the inbox, one asset per feed made from its contract, dbt's models, the publication.

Belongs here: what Dagster needs (keys, partitions, groups, descriptions, metadata) and calls to the modules that do the
work. Does not belong here: reading, checking, storing, publishing; when anything runs (`automation`).

A feed asset records a materialisation only for partitions that it loaded: a day that did not arrive stays missing.
Therefore its output is optional and its events are logged explicitly.
"""

import json
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import duckdb

from pipelines import dbt_bridge, markdown, progress
from pipelines.contracts.model import Contract, Feed
from pipelines.delivery import landing
from pipelines.installation import House
from pipelines.intake import feed_checks, parts, precedence, retention, worklist
from pipelines.keys import Key
from pipelines.orchestration import asset_checks
from pipelines.orchestration.common import (
    INBOX,
    JUDGEMENT,
    OWNERS,
    WRITER_POOL,
    asked_days,
    retried_if_transient,
)
from pipelines.orchestration.dbt_assets import model_assets
from pipelines.orchestration.night_asset import night_asset
from pipelines.orchestration.publication_asset import publication_asset
from pipelines.publication import generation_file
from pipelines.settings import TIMEZONE
from pipelines.warehouse.ledger import Line
from pipelines.warehouse.store import Warehouse

if TYPE_CHECKING:
    import polars as pl

    from pipelines.intake import taking

# `backfill_policy` is marked beta; the version is pinned, and one warning per feed would hide important messages.
warnings.filterwarnings("ignore", category=dg.BetaWarning)
Context = dg.AssetExecutionContext | dg.OpExecutionContext
_KIND_OF_FORMAT = {"csv": "csv", "xlsx": "excel", "ndjson": "json", "json": "json"}


def inbox_asset(house: House) -> dg.AssetsDefinition:
    """Files in the inbox that no feed can load."""

    @dg.asset(
        key=INBOX,
        group_name="intake",
        description="收件箱 · The inbox: files that no feed can take are put into the ledger once and left alone.",
        kinds={"file"},
        owners=OWNERS,
        pool=WRITER_POOL,
    )
    def inbox(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        with retried_if_transient(), house.writing("inbox") as opened:
            arrivals = house.arrivals()
            folders = landing.closed_folders(house.settings.inbox)
            strays = worklist.take_strays(arrivals, opened, house.settings.clock(), folders)
            closed = worklist.closed(opened)
            expired = retention.expire(opened, house.contracts, house.settings, house.settings.clock())
        return dg.MaterializeResult(
            metadata={
                "files": len(arrivals),
                "new_strays": len(strays),
                "archived_files_expired": expired,
                "no_right_to_read": closed,
                "strays": dg.MetadataValue.md(markdown.table([_line_shown(line) for line in strays]) or "无 · none"),
            }
        )

    return inbox


def ledger_specs(house: House) -> list[dg.AssetSpec]:
    """The ledger's tables: written with every feed-day, so lineage runs from the feeds through them to schema meta."""
    taken, judged = [INBOX, *(dg.AssetKey([feed.platform, feed.name]) for feed in house.feeds)], [JUDGEMENT]
    return [
        dg.AssetSpec(
            ["ledger", table],
            deps=deps,
            group_name="intake",
            kinds={"duckdb"},
            owners=OWNERS,
            description=text,
        )
        for table, deps, text in (
            ("delivery", taken, "交付台账 · One line a file received and feed"),
            ("rejected_row", taken, "被拒记录 · Quarantine, personal data masked"),
            ("feed", taken, "数据集目录 · Every feed of every contract"),
            ("change", taken, "待构建 · Feed-days that the next build must look at"),
            (
                "snapshot_part",
                judged,
                "登记表的组成 · Of registers that come in several files a day, which files count on each day",
            ),
            (
                "split_day",
                judged,
                "分文件交付的日期 · Of feeds that come in several files a day, when all of them had come",
            ),
        )
    ]


def judgement_asset(house: House) -> dg.AssetsDefinition:
    """The checks of the feeds as a whole; every build runs them before the models, so that readers get the results."""

    @dg.asset(
        key=JUDGEMENT,
        deps=[dg.AssetKey(["ledger", "delivery"])],
        group_name="intake",
        description="数据体检 · References, volume and freshness of every feed, judged after every intake.",
        kinds={"duckdb"},
        owners=OWNERS,
        pool=WRITER_POOL,
    )
    def check_result(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        with retried_if_transient(), house.writing("judging") as opened:
            feed_checks.judge(opened, house.contracts, house.settings.clock())
            conspicuous = opened.findings()
        rows = [finding for finding in conspicuous if finding["business_date"] is None]
        return dg.MaterializeResult(
            metadata={"findings": len(conspicuous), "feeds": dg.MetadataValue.md(markdown.table(rows) or "无 · none")}
        )

    return check_result


def judgement_checks(house: House) -> dg.AssetChecksDefinition:
    """The results of these checks for each feed in Dagster's UI, by business date; always warnings."""
    specs = [spec for feed in house.feeds for spec in asset_checks.judgement_checks(feed, JUDGEMENT)]

    @dg.multi_asset_check(name="judgement_by_feed", specs=specs, can_subset=True, pool=WRITER_POOL)
    def judgement_by_feed(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        with retried_if_transient(), house.writing("judging") as opened:
            findings = opened.findings()
        for key in context.selected_asset_check_keys:
            yield asset_checks.judgement_result(key, findings, house.settings.clock().date())

    return judgement_by_feed


class TakeConfig(dg.Config):
    """first, last: business dates, if the run has no partitions of its own. For partitions Dagster plans one event per
    partition and feed in advance, which takes a minute for four months. again: also read what was read before, from the
    archive, with the current contracts."""

    first: str | None = None
    last: str | None = None
    again: bool = False


def take_config(
    house: House, feeds: Collection[str], first: date, last: date, *, again: bool = False
) -> dict[str, Any]:
    """Run configuration for loading these feeds (by id) for the business dates from first to last."""
    platforms = {feed.platform for feed in house.feeds if feed.id in feeds}
    config = {"first": first.isoformat(), "last": last.isoformat(), "again": again}
    return {"ops": {_op_name(platform): {"config": config} for platform in sorted(platforms)}}


def _days(context: dg.AssetExecutionContext, config: TakeConfig) -> list[date]:
    if config.first is None or config.last is None:
        if not (context.has_partition_key or context.has_partition_key_range):
            raise dg.Failure("choose business dates (partitions), or write first and last", allow_retries=False)
        return [date.fromisoformat(key) for key in context.partition_keys]
    return asked_days(config.first, config.last)


def _op_name(platform: str) -> str:
    return f"{platform}__files"


def feed_assets(house: House, contract: Contract, dates: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The assets of a platform's feeds: their partitions are business dates; a run loads what is pending for the
    requested ones. One step for all of them, because a step and opening the database cost 0.2 s of processor time."""
    feeds = contract.feeds
    by_key = {dg.AssetKey([feed.platform, feed.name]): feed for feed in feeds}

    @dg.multi_asset(
        name=_op_name(contract.platform),
        specs=[_feed_spec(contract, feed) for feed in feeds],
        check_specs=[spec for feed in feeds for spec in asset_checks.feed_checks(feed)],
        can_subset=len(feeds) > 1,
        partitions_def=dates,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=WRITER_POOL,
    )
    def take(context: dg.AssetExecutionContext, config: TakeConfig) -> Iterator[dg.AssetCheckResult]:
        wanted = [feed for key, feed in by_key.items() if key in context.selected_asset_keys]
        if not wanted:
            # Only checks are asked for, of no partition: their button is beside each of them.
            yield from _looked_at(house, by_key, context.selected_asset_check_keys)
            return
        days = _days(context, config)
        lines = take_days(context, house, contract, wanted, days, again=config.again)
        if context.has_partition_key and not any(
            line.business_date == days[0] for feed in wanted for line in lines[feed.id]
        ):
            names = ", ".join(feed.id for feed in wanted)
            raise dg.Failure(
                f"{names}: no file for {days[0]} has arrived in {house.settings.inbox}", allow_retries=False
            )
        for feed in wanted:
            yield from asset_checks.feed_results(feed, lines[feed.id], house.settings.clock())

    return take


def _looked_at(
    house: House, feeds: Mapping[dg.AssetKey, Feed], asked: Collection[dg.AssetCheckKey]
) -> Iterator[dg.AssetCheckResult]:
    """The results of these checks by the ledger as it is; nothing is taken."""
    keys = sorted({one.asset_key for one in asked})
    with retried_if_transient(), house.writing("judging") as opened:
        lines = {key: opened.lines(feeds[key].id) for key in keys}
    for key in keys:
        for result in asset_checks.feed_results(feeds[key], lines[key], house.settings.clock()):
            if dg.AssetCheckKey(key, str(result.check_name)) in asked:
                yield result


def take_days(
    context: Context, house: House, contract: Contract, feeds: Sequence[Feed], days: Sequence[date], *, again: bool
) -> dict[str, list[Line]]:
    """Loads what is pending of these feeds of a platform, and records it in Dagster; `again`: also everything that the
    archive has of these days. Returns all ledger lines by feed id.

    Feeds that come in one file are read together. If one file's feeds fail, the others are still loaded; then the first
    error is raised.
    """
    failed: list[Exception] = []
    with retried_if_transient(), house.writing(contract.platform) as opened:
        key = house.key(opened)
        # Once for all feeds: both take longer from day to day.
        # Of all feeds: a file of theirs may be one of these, too, and an erased person stands in each of its sheets.
        arrivals = house.arrivals(contract.feeds, (days[0], days[-1]))
        stamps = {} if again else opened.stamps([feed.id for feed in feeds])
        for together in contract.files:
            if not (wanted := [feed for feed in together if feed in feeds]):
                continue
            try:
                _take_together(context, house, opened, key, wanted, days, arrivals, stamps, again=again)
            except (OSError, duckdb.IOException, duckdb.FatalException, duckdb.OutOfMemoryException):
                raise  # the machine, not the file
            except Exception as error:
                names = ", ".join(feed.id for feed in wanted)
                context.log.exception(f"{names}: not loaded")
                failed.append(error)
        lines = {feed.id: opened.lines(feed.id) for feed in feeds}
    if failed:
        raise failed[0]
    return lines


def _take_together(
    context: Context,
    house: House,
    opened: Warehouse,
    key: Key,
    feeds: Sequence[Feed],
    days: Sequence[date],
    arrivals: Sequence[landing.Arrival],
    stamps: Mapping[tuple[str, str, str], str],
    *,
    again: bool,
) -> None:
    """Loads the feeds of one file."""
    # Only runs take files: the readers and their libraries are not loaded with the definitions.
    from pipelines.intake import taking  # noqa: PLC0415

    now = house.settings.clock()
    found = worklist.pending(arrivals, stamps, now.date(), days[0], days[-1], feeds)
    if again:
        worklist.add_known(found, feeds, opened, days)
    feed_days = sum(len(found.get(feed.id, {})) for feed in feeds)
    context.log.info(f"{feed_days} of {len(days) * len(feeds)} feed-days have something to take")
    recorded = set()
    for settled in taking.take(feeds, found, opened, house.settings, key, again=again):
        for line in settled.new:
            if line.state in (precedence.HELD, precedence.REJECTED):
                context.log.warning(f"{line.file_name}: {line.state}: {line.reason}")
        is_newest = settled.business_date == max(found[settled.feed.id])
        _record(context, settled.feed, settled.lines, settled, with_preview=is_newest)
        recorded.add((settled.feed.id, settled.business_date))
        progress.tell("files", rows=sum(line.rows_counted for line in settled.new))
    for feed in feeds:
        _record_forgotten(context, feed, days, opened.lines(feed.id, days), recorded)


def _feed_spec(contract: Contract, feed: Feed) -> dg.AssetSpec:
    return dg.AssetSpec(
        [feed.platform, feed.name],
        deps=[INBOX],
        skippable=True,
        group_name=feed.platform,
        description=_feed_description(contract, feed),
        metadata={
            "dagster/column_schema": _column_schema(feed),
            "dagster/table_name": f"raw.{feed.table}",
            "contract": f"{contract.platform} {contract.version}",
            "delivery": feed.delivery.value,
            "expected_by": f"{contract.available_at:%H:%M} {TIMEZONE}, the day after",
        },
        tags={"delivery": feed.delivery.value},
        kinds={"polars", "duckdb", _KIND_OF_FORMAT[feed.format]},
        owners=[f"team:{contract.owner}"],
        code_version=contract.version,
    )


def _record_forgotten(
    context: Context,
    feed: Feed,
    days: Sequence[date],
    lines: Sequence[Line],
    recorded: set[tuple[str, date]],
) -> None:
    """Records feed-days that are in the ledger but not in Dagster: it was killed after the commit, or its storage was
    lost. A single day requested by hand is always recorded."""
    key = dg.AssetKey([feed.platform, feed.name])
    known = set() if len(days) == 1 else context.instance.get_materialized_partitions(key)
    by_day: dict[date, list[Line]] = {}
    for line in lines:
        if line.business_date is not None:
            by_day.setdefault(line.business_date, []).append(line)
    for day in sorted(set(days) & set(by_day)):
        if (feed.id, day) not in recorded and day.isoformat() not in known:
            _record(context, feed, by_day[day])


def _record(
    context: Context,
    feed: Feed,
    lines: Sequence[Line],
    settled: "taking.Settled | None" = None,
    *,
    with_preview: bool = False,
) -> None:
    in_force = [line for line in lines if line.state == precedence.LOADED]
    if not in_force:
        return  # every file of the day is held: the check reports it, and the partition stays missing
    metadata: dict[str, Any] = {
        "dagster/partition_row_count": sum(line.rows_loaded for line in in_force),
        "rows_counted": sum(line.rows_counted for line in in_force),
        "rows_loaded": sum(line.rows_loaded for line in in_force),
        "rows_rejected": sum(line.rows_rejected for line in in_force),
        "rows_duplicate": sum(line.rows_duplicate for line in in_force),
        "rows_superseded": sum(line.rows_superseded for line in in_force),
        "file": ", ".join(line.file_name for line in in_force),
        "received_at": max(line.received_at for line in in_force).isoformat(sep=" ", timespec="seconds"),
        "ledger": dg.MetadataValue.md(markdown.table([_line_shown(line) for line in lines])),
    }
    day = in_force[0].business_date
    if day and (lacking := parts.missing(feed, day, [line.file_name for line in in_force])):
        metadata["files_missing"] = ", ".join(lacking)
    if settled is not None and settled.rejected is not None and settled.rejected.height:
        metadata["rejected_rows"] = dg.MetadataValue.md(_rejected_shown(settled.rejected))
    if with_preview and settled is not None and settled.preview is not None and settled.preview.height:
        # Personal columns are already treated; a preview still omits them.
        clear = [column.name for column in feed.table_columns if column.privacy is None]
        shown = [name for name in settled.preview.columns if name in clear]
        metadata["preview"] = dg.MetadataValue.md(markdown.table(settled.preview.select(shown).to_dicts()))
    key = dg.AssetKey([feed.platform, feed.name])
    context.log_event(dg.AssetMaterialization(asset_key=key, partition=str(day), metadata=metadata))


def _rejected_shown(rejected: "pl.DataFrame") -> str:
    return markdown.table(
        [
            {"row": number, "reasons": "; ".join(reasons), "raw (masked)": raw}
            for number, reasons, raw in rejected.select("row_number", "reasons", "raw").iter_rows()
        ]
    )


def _line_shown(line: Line) -> dict[str, object]:
    return {
        "file": line.file_name,
        "revision": line.revision,
        "state": line.state,
        "counted": line.rows_counted,
        "loaded": line.rows_loaded,
        "rejected": line.rows_rejected,
        "duplicate": line.rows_duplicate,
        "superseded": line.rows_superseded,
        "reason": line.reason or "",
        "sha256": line.sha256[:12],
    }


def _feed_description(contract: Contract, feed: Feed) -> str:
    return (
        f"# {contract.title} · {feed.title}\n\n{feed.grain}.\n\n"
        f"文件 `{feed.file_template}`，{feed.format}；次日 {contract.available_at:%H:%M} 前到达。\n\n{contract.purpose}"
    )


def _column_schema(feed: Feed) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                column.sql_type,
                description=column.header if column.header == column.title else f"{column.header} ({column.title})",
                constraints=dg.TableColumnConstraints(nullable=not column.required, unique=column.is_key),
                tags={"privacy": column.privacy.value} if column.privacy else None,
            )
            for column in feed.columns
        ]
    )


def _manifest(house: House) -> Path:
    """dbt's manifest. If dbt cannot parse the project, the last one: files are still taken in, and the build fails with
    dbt's message."""
    try:
        return dbt_bridge.ensure_manifest(house.settings, house.contracts, house.salvaged, house.registry)
    except RuntimeError as error:
        last = dbt_bridge.last_manifest(house.settings)
        if last is None:
            raise
        dg.get_dagster_logger("sihe").error(f"nothing can be built until this is mended: {error}")
        return last


def all_assets(house: House, dates: dg.PartitionsDefinition[str]) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """inbox → feeds → models → publication."""
    manifest = _manifest(house)
    models = model_assets(house, manifest)
    feeds = [feed_assets(house, contract, dates) for contract in house.contracts]
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    published = {
        node["name"] for node in nodes if node["resource_type"] == "model" and node["schema"] in generation_file.SCHEMAS
    }
    upstream = sorted(key for key in models.keys if key.path[-1] in published)
    return [
        inbox_asset(house),
        *feeds,
        *ledger_specs(house),
        judgement_asset(house),
        models,
        publication_asset(house, upstream),
        night_asset(house),
    ]

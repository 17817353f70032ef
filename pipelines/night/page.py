"""昨夜, the page of a night: what is published, what there is to do, what arrived, what is missing, what is restated.

Belongs here: reading it from ledger and publication, and its text in markdown. Does not belong here: findings and their
words, where the page is shown (`orchestration`, `commands`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from pipelines import markdown
from pipelines.installation import House
from pipelines.night import wording
from pipelines.night.findings import Finding
from pipelines.publication import query
from pipelines.warehouse.database_file import offline_config
from pipelines.warehouse.store import Warehouse

HOURS = 24
MOST_FINDINGS = 40


@dataclass(frozen=True)
class Arrived:
    """One platform's files of the last 24 hours, and their rows. held: also those that cannot be read at all."""

    platform: str
    files: int
    held: int
    duplicate: int
    rows_loaded: int
    rows_rejected: int


@dataclass(frozen=True)
class Night:
    """at: when it was looked at. minutes: from the first file to the publication. restated: KPIs, and their numbers,
    that the newest generation says otherwise than the one before; null if nothing readable is published. unreadable:
    the newest generation, if it is damaged and the named one stands in."""

    at: datetime
    generation: str | None
    unreadable: str | None
    published_at: str | None
    data_through: str | None
    minutes: float | None
    arrived: tuple[Arrived, ...]
    silent: tuple[str, ...]
    restated: tuple[int, int] | None
    findings: tuple[Finding, ...]


def look(house: House, opened: Warehouse, findings: Sequence[Finding]) -> Night:
    """The last 24 hours. silent: platforms that have delivered before, and not since then, if they are connected."""
    now = house.settings.clock()
    since = now - timedelta(hours=HOURS)
    titles = {contract.platform: contract.title for contract in house.contracts}
    rows = opened.connection.execute(
        """
        select
            platform, count(distinct file_name), count(*) filter (where state in ('held', 'rejected')),
            count(*) filter (where state = 'duplicate'), sum(rows_loaded)::bigint, sum(rows_rejected)::bigint,
            min(taken_at)
        from ledger.delivery
        where taken_at > ?
        group by platform
        order by platform
        """,
        [since],
    ).fetchall()
    ever = opened.connection.execute(
        "select distinct platform from ledger.delivery where state = 'loaded' order by 1"
    ).fetchall()
    came = {platform for platform, *_ in rows}
    came |= {one.platform for one in house.contracts if not any(feed.is_connected for feed in one.feeds)}
    read = query.in_force(house.settings.published)
    first = min((row[-1] for row in rows), default=None)
    return Night(
        now,
        read.generation,
        read.unreadable,
        read.built_at,
        read.data_through,
        _minutes(first, read.built_at),
        tuple(Arrived(titles.get(platform, platform or "无此数据集"), *counts) for platform, *counts, _ in rows),
        tuple(titles.get(platform, platform) for (platform,) in ever if platform not in came),
        _restated(read.file),
        tuple(findings),
    )


def _minutes(first: datetime | None, built_at: str | None) -> float | None:
    """Null too if the publication is older than the first file, or its pointer says no time."""
    try:
        published_at = datetime.fromisoformat(built_at or "")
    except ValueError:
        return None
    seconds = (published_at - first).total_seconds() if first is not None else -1
    return seconds / 60 if seconds >= 0 else None


def _restated(file: Path | None) -> tuple[int, int] | None:
    if file is None:
        return None
    question = (
        "select count(distinct kpi_id), count(*) from marts.kpi_restatement"
        " where generation = (select generation from meta.build)"
    )
    try:
        with duckdb.connect(str(file), read_only=True, config=offline_config()) as reader:
            kpis, numbers = reader.execute(question).fetchall()[0]
    except duckdb.Error:
        return None
    return int(kpis), int(numbers)


def text(night: Night) -> str:
    """The page; text from outside is escaped."""
    parts = [f"## 昨夜 · {night.at:%Y-%m-%d %H:%M}", _published(night), f"### 要处理的事 {len(night.findings)} 件"]
    parts += [f"- {markdown.plain(wording.line(one))}" for one in night.findings[:MOST_FINDINGS]] or ["没有。"]
    if len(night.findings) > MOST_FINDINGS:
        parts.append(f"- 还有 {len(night.findings) - MOST_FINDINGS} 件")
    parts += ["### 到了什么", _arrived(night.arrived)]
    if night.silent:
        parts += ["### 这 24 小时没有文件的平台", "、".join(map(markdown.plain, night.silent))]
    return "\n\n".join(parts) + "\n"


def _published(night: Night) -> str:
    if night.generation is None:
        return f"最新发布 {night.unreadable} 无法读取，没有可用的发布。" if night.unreadable else "还没有发布。"
    if night.unreadable:
        return f"最新发布 {night.unreadable} 无法读取，读者看到的是 {night.generation}，数据截至 {night.data_through}。"
    how_long = f"，从第一个文件到发布 {night.minutes:.0f} 分钟" if night.minutes is not None else ""
    said = f"已发布 {night.generation}（{night.published_at}），数据截至 {night.data_through}{how_long}。"
    if night.restated is None:
        return said
    kpis, numbers = night.restated
    changed = f"更正了 {kpis} 个指标的 {numbers:,} 个数" if numbers else "没有更正以前的数"
    return f"{said}与上一代相比，{changed}。"


def _arrived(arrived: Sequence[Arrived]) -> str:
    return (
        markdown.table(
            [
                {
                    "平台": one.platform,
                    "文件": f"{one.files:,}",
                    "入库行数": f"{one.rows_loaded:,}",
                    "拒收行数": f"{one.rows_rejected:,}",
                    "未入库文件": one.held,
                    "重复文件": one.duplicate,
                }
                for one in arrived
            ]
        )
        or "没有。"
    )

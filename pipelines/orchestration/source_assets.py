"""One asset a source, with a job and a schedule of its own.

Belongs here: what Dagster needs for `sihe collect`. Does not belong here: fetching (`pipelines.collecting`), loading
what arrived: the inbox's sensor sees it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition as Job

from pipelines.collecting import sources
from pipelines.collecting.fetching import Collector
from pipelines.collecting.sources import CollectError, Source
from pipelines.installation import House
from pipelines.orchestration.common import MAX_RETRIES, OWNERS
from pipelines.settings import TIMEZONE

GROUP = "sources"
JOB_PREFIX = "collect_"
_RETRY_SECONDS = 60


@dataclass(frozen=True)
class Collected:
    """errors: sources that cannot be used, one line each."""

    assets: Sequence[dg.AssetsDefinition]
    jobs: Sequence[Job]
    schedules: Sequence[dg.ScheduleDefinition]
    errors: Sequence[str]


def collected(house: House) -> Collected:
    """What there is for the sources of an installation."""
    found = sources.load(house.settings.home)
    assets = {name: _asset(house, name, source) for name, source in found.named.items()}
    jobs = {name: dg.define_asset_job(f"{JOB_PREFIX}{name}", [asset]) for name, asset in assets.items()}
    schedules = [
        dg.ScheduleDefinition(
            name=f"{JOB_PREFIX}{name}",
            job=jobs[name],
            cron_schedule=[_cron(at) for at in source.at],
            execution_timezone=TIMEZONE,
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description=f"每日 {', '.join(source.at)} · {source.shown}",
        )
        for name, source in found.named.items()
    ]
    return Collected([*assets.values()], [*jobs.values()], schedules, [str(error) for error in found.errors])


def _cron(at: str) -> str:
    hour, minute = at.split(":")
    return f"{int(minute)} {int(hour)} * * *"


def _asset(house: House, name: str, source: Source) -> dg.AssetsDefinition:
    @dg.asset(
        key=[GROUP, name],
        group_name=GROUP,
        description=f"来源 · Files of {source.shown}, into the inbox's folder {name}.",
        kinds={source.kind},
        owners=OWNERS,
    )
    def fetched(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        collector = Collector(house.settings.inbox, house.feeds, house.settings.clock, tell=context.log.info)
        try:
            outcome = collector.collect(name, source)
        except CollectError as error:
            if error.is_transient:
                raise dg.RetryRequested(max_retries=MAX_RETRIES, seconds_to_wait=_RETRY_SECONDS) from error
            raise dg.Failure(f"{name}: {error}", allow_retries=False) from error
        counts = {"rows": outcome.rows} if outcome.rows is not None else {}
        return dg.MaterializeResult(
            metadata={"said": outcome.said, "files": len(outcome.fetched), "bytes": outcome.size, **counts}
        )

    return fetched

"""When things run: the jobs, the nightly schedule, the sensors.

Belongs here: what starts a run and for which business dates. The decisions are pure functions of the inbox; the sensors
only call them. Does not belong here: what a run does (`orchestration`).
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition as Job
from dagster._core.instance.ref import InstanceRef

from pipelines import alerts, dbt_bridge, machine_errors
from pipelines.delivery import landing
from pipelines.delivery.landing import Arrival
from pipelines.installation import House
from pipelines.intake import worklist
from pipelines.night import findings, telling
from pipelines.orchestration import before_runs
from pipelines.orchestration.common import INBOX, name_of
from pipelines.orchestration.feed_assets import take_config
from pipelines.orchestration.unfinished import reason_to_wait
from pipelines.publication import publish
from pipelines.settings import TIMEZONE, Settings
from pipelines.warehouse import database_file, lock

TAKE_IN, BUILD_MARTS, REBUILD_MARTS = "take_in", "build_marts", "rebuild_marts"
NOTHING_NEW = "nothing new in the inbox"
DUE = " due"
ASKED_TODAY = (
    "a build is due, but the one that was asked for has failed or was cancelled: the next is asked for when something "
    "changes, or tomorrow; the job build_marts builds now"
)
_DIED = "Run execution process for "
"""How Dagster's code server begins the event of a run whose process has ended before its run."""
QUIET_SECONDS = 30  # a file that was written to more recently may be incomplete


def what_to_take(
    arrivals: Sequence[Arrival], stamps: Mapping[tuple[str, str, str], str], now: datetime
) -> tuple[set[str], date, date] | set[str] | str:
    """The feeds and the range of business dates that a run should load, or the reason why no run is needed.

    An empty set: the inbox has no new file of a feed, but a file that the inbox asset must add to the ledger.
    """
    found = worklist.pending(arrivals, stamps, now.date())
    if not found and worklist.are_unseen(arrivals, stamps, now.date()):
        return set()
    waiting = [arrival for days in found.values() for files in days.values() for arrival in files]
    if not waiting:
        return NOTHING_NEW
    newest = max(arrival.received_at for arrival in waiting)
    if timedelta(0) <= now - newest < timedelta(seconds=QUIET_SECONDS):
        return f"a file arrived less than {QUIET_SECONDS} s ago: more may follow"
    days = [day for by_day in found.values() for day in by_day]
    return set(found), min(days), max(days)


def look_into_inbox(house: House) -> tuple[set[str], date, date] | set[str] | str:
    """`what_to_take` for the current inbox; if a writer is active, that is a reason to try later."""
    try:
        with house.writing("looking into the inbox", wait_seconds=0) as opened:
            stamps = opened.stamps()
    except lock.Busy as busy:
        return str(busy)
    return what_to_take(landing.scan(house.settings.inbox, house.feeds), stamps, house.settings.clock())


def _requests(house: House) -> dg.RunRequest | dg.SkipReason:
    answer = look_into_inbox(house)
    if isinstance(answer, str):
        return dg.SkipReason(answer)
    if isinstance(answer, set):
        return dg.RunRequest(asset_selection=[dg.AssetKey(["inbox"])])
    feeds, first, last = answer
    keys = [dg.AssetKey(feed.split(".")) for feed in sorted(feeds)]
    config = take_config(house, feeds, first, last)
    return dg.RunRequest(asset_selection=[dg.AssetKey(["inbox"]), *keys], run_config=config)


def jobs(feeds: dg.AssetSelection, models: dg.AssetSelection, dates: dg.PartitionsDefinition[str]) -> list[Job]:
    """take_in loads files of a range of business dates; build_marts builds what changed; rebuild_marts builds
    everything."""
    return [
        dg.define_asset_job(
            TAKE_IN,
            feeds,
            partitions_def=dates,
            description="接收 · Takes what is pending of a range of business dates.",
        ),
        dg.define_asset_job(BUILD_MARTS, models, description="构建并发布 · Builds what has changed and publishes."),
        dg.define_asset_job(
            REBUILD_MARTS,
            models,
            config={"ops": {"models": {"config": {"full_refresh": True}}}},
            description="全量重建并发布 · Builds every table again and publishes.",
        ),
    ]


def schedules(house: House) -> list[dg.ScheduleDefinition]:
    @dg.schedule(
        job_name=TAKE_IN,
        cron_schedule="0 6 * * *",
        execution_timezone=TIMEZONE,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="每日 06:00 · Platforms deliver by 05:00; leaders open the dashboard after 07:00.",
    )
    def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        with before_runs.look_told(house.settings, "nightly"):
            asked = _requests(house)
        # Even if nothing is pending, the inbox asset must run: it deletes files whose retention has ended.
        return asked if isinstance(asked, dg.RunRequest) else dg.RunRequest(asset_selection=[INBOX])

    return [nightly]


def sensors(house: House, build_marts: Job) -> list[dg.SensorDefinition]:
    return [*_work_sensors(house, build_marts), *_alert_sensors(house)]


def _work_sensors(house: House, build_marts: Job) -> list[dg.SensorDefinition]:
    """Sensors that load what arrives and build what was loaded."""

    @dg.sensor(
        job_name=TAKE_IN,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="收件箱 · Late and corrected files are taken when they come.",
    )
    def inbox_sensor(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        # The files of a run that waits or works are still pending: they would be asked for twice.
        if busy := reason_to_wait(house, _instance(context)):
            return dg.SkipReason(busy)
        seen = _state_of_inbox(house)
        if context.cursor == seen:
            return dg.SkipReason(NOTHING_NEW)
        asked = _requests(house)
        # Opening the database at every look was half of what an idle code server cost.
        if isinstance(asked, dg.SkipReason) and asked.skip_message == NOTHING_NEW and _state_of_inbox(house) == seen:
            context.update_cursor(seen)
        return asked

    @dg.sensor(
        job=build_marts,
        minimum_interval_seconds=15,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="有变即构建 · What was taken, or other code, is built and published; once for all that came.",
    )
    def changes_sensor(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if busy := reason_to_wait(house, _instance(context)):
            return dg.SkipReason(busy)
        if (context.cursor or "").removesuffix(DUE) == (seen := _state_of(house)):
            return dg.SkipReason(ASKED_TODAY if context.cursor != seen else "nothing has changed since the last look")
        try:
            with house.writing("looking for changes", wait_seconds=0) as opened:
                is_needed = house.needs_build(opened)
                change = opened.connection.execute("select max(change_id) from ledger.change").fetchall()[0][0]
        except lock.Busy as busy_writer:
            return dg.SkipReason(str(busy_writer))
        context.update_cursor(_state_of(house) + (DUE if is_needed else ""))
        if not is_needed:
            return dg.SkipReason("nothing has changed since the last build")
        # A build that fails is not asked for again on the same day, until something changes. After one that has
        # published, the same code may be asked for again: a target that was changed is changed back.
        version, generation = dbt_bridge.code_version(house.settings), _generation(house)
        return dg.RunRequest(run_key=f"{house.settings.clock():%Y-%m-%d} {change} {version} {generation}")

    return [inbox_sensor, changes_sensor]


def _instance(context: dg.SensorEvaluationContext) -> dg.DagsterInstance:
    """The instance, opened once in a process: the context opens another one at every look, which is two fifths of its
    cost."""
    return _opened(context.instance_ref) if context.instance_ref else context.instance


_kept: list[tuple[InstanceRef, dg.DagsterInstance]] = []


def _opened(ref: InstanceRef) -> dg.DagsterInstance:
    # A reference can be compared, but has no hash.
    if not _kept or _kept[0][0] != ref:
        _kept[:] = [(ref, dg.DagsterInstance.from_ref(ref))]
    return _kept[0][1]


def _state_of_inbox(house: House) -> str:
    """Differs if something in the inbox may have become pending; reads no database."""
    found = hashlib.blake2s(digest_size=16)
    for arrival in landing.scan(house.settings.inbox, house.feeds):
        feeds = [feed.id for feed in arrival.feeds]
        found.update(f"{arrival.folder}/{arrival.file_name} {arrival.stamp} {feeds} {arrival.business_date}\n".encode())
    return f"{house.settings.clock():%Y-%m-%d} {database_file.stamp_of(house.settings.working_db)} {found.hexdigest()}"


def _state_of(house: House) -> str:
    """Differs if the working database, the publication or the code may have changed; reads no database."""
    stamp = database_file.stamp_of(house.settings.working_db)
    return f"{stamp} {_generation(house)} {dbt_bridge.code_version(house.settings)}"


def _generation(house: House) -> object:
    return (publish.current(house.settings.published) or {}).get("generation")


def _alert_sensors(house: House) -> list[dg.SensorDefinition]:
    """Sensors that send alerts for failed runs and for findings."""

    @dg.run_failure_sensor(
        name="alert_failure",
        default_status=dg.DefaultSensorStatus.RUNNING,
        # Each look of this kind of sensor opens Dagster's records again.
        minimum_interval_seconds=60,
        description="失败告警 · A failed run is told to the alerts file and the webhook.",
    )
    def alert_failure(context: dg.RunFailureSensorContext) -> None:
        failures = [f"step {event.step_key} failed" for event in context.get_step_failure_events()]
        said = failures or [_why_it_ended(context, house.settings)]
        run, address = context.dagster_run, house.settings.address
        where = f"{address}/dagster/runs/{run.run_id}" if address else run.run_id
        alert = alerts.of_failed_run(name_of(run), said, where)
        alerts.send(house.settings, alert)

    @dg.sensor(
        name="alert_findings",
        # This sensor never requests a run, but Dagster requires a job name.
        job_name=TAKE_IN,
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=300,
        description="告警 · Held files, rejected rows, late feeds and the like: told once, and when worse or mended.",
    )
    def alert_findings(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        with before_runs.look_told(house.settings, "alert_findings"):
            try:
                with house.writing("looking for findings", wait_seconds=0) as opened:
                    found = findings.collect(house, opened)
            except lock.Busy as busy:
                return dg.SkipReason(str(busy))
            told = telling.tell(house.settings, found)
        return dg.SkipReason(f"{len(found)} findings: {len(told.new)} told now, {len(told.mended)} mended")

    return [alert_failure, alert_findings]


def _why_it_ended(context: dg.RunFailureSensorContext, settings: Settings) -> str:
    """Of a run without a failed step. If its process has died, only an event of the code server says so."""
    events = context.instance.get_records_for_run(
        context.dagster_run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT, ascending=False
    ).records
    messages = (event.event_log_entry.message for event in events)
    died = next((message for message in messages if message.startswith(_DIED)), None)
    if died is not None:
        return machine_errors.told(died, settings.home) or died
    return (context.failure_event.message or "").partition("\n")[0]

"""Runs of Dagster's jobs in this process for `sihe run` and `sihe backfill`: intake, build, publication.

Belongs here: which job runs for which feeds and days, its log, its progress on a terminal, the summary at the end. Does
not belong here: what a job does (`orchestration`), arguments and exit codes (`cli`).
"""

import contextlib
import gc
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click
import duckdb

from pipelines import alerts, machine_errors, progress
from pipelines.commands import status
from pipelines.delivery import landing
from pipelines.delivery.signs import in_one_line
from pipelines.installation import House
from pipelines.intake import precedence, recovery, retention, worklist
from pipelines.night import findings, telling
from pipelines.night.findings import Finding
from pipelines.orchestration import run_records
from pipelines.publication import publish, query
from pipelines.settings import Settings
from pipelines.warehouse import database_file, journal, store
from pipelines.warehouse.ledger import Line

_NIGHT_BYTES = 100 << 20
TAKE_IN, BUILD_MARTS = "take_in", "build_marts"
# What Dagster makes of Ctrl-C in a step.
_INTERRUPTED = "DagsterExecutionInterruptedError"
DUCKDB, SPARK = "duckdb", "spark"
# Labels of the progress bar after all models are built: what it is waiting for.
_AFTER_THE_MODELS: dict[progress.Step, str] = {
    "copying.begun": "copying what readers see",
    "copying.written": "checking the copy",
    "pointing.written": "publishing",
}


def take_build_publish(here: House, first: date | None, last: date | None, engine: str = DUCKDB) -> bool:
    """Loads everything pending for the business dates, builds what changed and publishes; returns whether all
    succeeded. engine: Spark builds everything if anything changed."""
    started = time.monotonic()
    click.echo(f"inbox    {here.settings.inbox}")
    arrivals = here.arrivals()
    if told := status.closed(here, arrivals):
        click.echo(f"left     {told}")
    elif not arrivals and (linked := landing.hard_links(here.settings.inbox)):
        click.echo(f"left     {status.linked_files(linked)}")
    with here.writing("sihe run") as opened:
        before = opened.last_line()
        now = here.settings.clock()
        found = worklist.pending(arrivals, opened.stamps(), now.date(), first, last)
        if not found:  # else the inbox asset does it
            worklist.take_strays(arrivals, opened, now, landing.closed_folders(here.settings.inbox))
            retention.expire(opened, here.contracts, here.settings, now)
    is_taken = _take(here, found, arrivals) if found else True
    return _finish(here, started, before, is_taken=is_taken, engine=engine)


def take_again(here: House, feeds: Sequence[str], days: Sequence[date]) -> bool:
    """Loads feed-days again from the archive with the current contracts, builds and publishes."""
    started = time.monotonic()
    with here.writing("sihe backfill") as opened:
        known = {line.feed_id for line in opened.lines() if line.business_date in set(days)}
    feeds = [feed for feed in feeds if feed in known]
    click.echo(f"taking again {len(feeds)} feeds, business dates {days[0]} to {days[-1]}")
    if not feeds:
        click.echo("the ledger has no delivery of them")
        return True
    is_taken = _execute(here, TAKE_IN, feeds, (days[0], days[-1]), again=True)
    return _finish(here, started, 0, is_taken=is_taken, days=days, feeds=set(feeds))


def rebuild(here: House, *, anyway: bool) -> bool:
    """Moves the working database aside, rebuilds it from archive and journal, builds and publishes.

    Raises recovery.Unrestorable, before anything is moved, if an intact database has rows that the archive cannot
    restore, unless `anyway` is set.
    """
    started = time.monotonic()
    where = here.settings
    # Deliveries of an intact database that are missing in the journal are written to it first. Without contracts: a
    # column that has another type now is a reason to rebuild.
    with store.opened(where, ()) as opened:
        because = opened.rebuilt_because
        lines = opened.lines()
    if not anyway:
        needed = recovery.in_ledger(lines) if lines else _in_journal(where)
        with bar(len(needed)):
            try:
                recovery.refuse_to_lose(needed, where.archive)
            except recovery.Unrestorable as error:
                raise recovery.Unrestorable(f"{because}\n{error}" if because else str(error)) from error
    click.echo(f"the working database is no more: {because or f'moved to {database_file.set_aside(where)}'}")
    known = journal.read(where.journal)[0]
    if not known:
        click.echo(f"{where.journal} has no delivery: sihe run takes in what lies in the inbox")
    click.echo(f"taking again {len({one.sha256 for one in known})} files from {where.archive}")
    with (
        bar(len({(one.platform, one.feed, one.business_date) for one in known if one.feed})),
        here.writing("sihe rebuild") as opened,
    ):
        lines, before = opened.lines(), opened.last_line()
    _report_intake(lines)
    return _finish(here, started, before, is_taken=True)


def _in_journal(where: Settings) -> dict[str, str]:
    """The files that a rebuild needs where the database is damaged: those in the journal. Which of them were held, the
    newest generation knows."""
    unused = "select sha256 from meta.delivery group by 1 having not bool_or(state in ('loaded', 'superseded'))"
    try:
        held = {str(sha256) for (sha256,) in query.ask(where.published, unused).rows}
    except (query.NothingPublished, duckdb.Error):
        held = set()
    return recovery.in_journal(journal.read(where.journal)[0], held)


def _finish(
    here: House,
    started: float,
    before: int,
    *,
    is_taken: bool,
    days: Collection[date] | None = None,
    feeds: set[str] | None = None,
    engine: str = DUCKDB,
) -> bool:
    with here.writing("sihe run") as opened:
        new = [line for line in opened.lines(days=days, after=before) if feeds is None or line.feed_id in feeds]
        needs_build = here.needs_build(opened)
    _report_intake(new)
    # What the other feeds have committed is published even if one of them failed.
    is_built = build(here, engine) if needs_build else True
    if not needs_build:
        say_unchanged(here)
    found = open_findings(here)
    told = telling.tell(here.settings, found)
    if found:
        click.echo(f"findings {len(found)} to do, {len(told.new)} of them new: sihe status lists them")
    click.echo(f"done in {time.monotonic() - started:.1f} s")
    return is_taken and is_built


def say_unchanged(here: House) -> None:
    """Where nothing has to be built."""
    pointer = publish.current(here.settings.published) or {}
    click.echo(f"nothing has changed: generation {pointer.get('generation')} stays published")


def open_findings(here: House) -> list[Finding]:
    """What needs a person now."""
    with here.writing("sihe run") as opened:
        return findings.collect(here, opened)


def _take(
    here: House, found: Mapping[str, Mapping[date, list[landing.Arrival]]], arrivals: Sequence[landing.Arrival]
) -> bool:
    days = sorted({day for by_day in found.values() for day in by_day})
    files = {one.place: one.size for by_day in found.values() for of_day in by_day.values() for one in of_day}
    click.echo(f"taking   {len(files)} files of {len(found)} feeds, business dates {days[0]} to {days[-1]}")
    feed_days = sum(len(by_day) for by_day in found.values())
    # What DuckDB keeps of a first intake of years is only given back when the database is closed.
    is_night = sum(files.values()) <= _NIGHT_BYTES
    with here.writing_throughout("sihe run", arrivals) if is_night else contextlib.nullcontext():
        return _execute(here, TAKE_IN, sorted(found), (days[0], days[-1]), length=feed_days)


def build(here: House, engine: str = DUCKDB) -> bool:
    """Builds what changed, on Spark everything, and publishes; returns whether both succeeded."""
    click.echo(
        "building everything on Spark and publishing" if engine == SPARK else "building what changed and publishing"
    )
    manifest = here.settings.dbt_target / "manifest.json"
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values() if manifest.exists() else []
    length = sum(node["resource_type"] in ("model", "seed", "test") for node in nodes)
    config = {"ops": {"models": {"config": {"engine": engine}}}}
    before = publish.current(here.settings.published)
    if not _execute(here, BUILD_MARTS, config=config, length=length):
        return False
    pointer = publish.current(here.settings.published) or {}
    # Dagster's run succeeds without its last steps if dbt left out a model that they need.
    if pointer == (before or {}):
        click.echo("failed   nothing was published: a model that the publication needs was left out (sihe registry)")
        return False
    click.echo(
        f"published generation {pointer.get('generation')}: "
        f"{status.days_of(pointer.get('data_from'), pointer.get('data_through'))}"
    )
    return True


def _report_intake(new: Sequence[Line]) -> None:
    counts: dict[str, int] = {}
    for line in new:
        counts[line.state] = counts.get(line.state, 0) + 1
    if new:
        states = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
        loaded, rejected = sum(line.rows_loaded for line in new), sum(line.rows_rejected for line in new)
        click.echo(f"taken    {states}; {loaded:,} rows loaded, {rejected:,} rejected")
    # A file with several feeds may be held for each of them.
    left = [
        (line.state, line.file_name, line.reason)
        for line in new
        if line.state in (precedence.HELD, precedence.REJECTED)
    ]
    for state, file_name, reason in dict.fromkeys(left):
        click.echo(f"{state:8} {in_one_line(file_name)}: {reason}")


def _execute(
    here: House,
    job: str,
    feeds: Sequence[str] = (),
    days: tuple[date, date] | None = None,
    *,
    again: bool = False,
    config: Mapping[str, Any] | None = None,
    length: int = 0,
) -> bool:
    """Runs a job in this process with its log in a file; reports what failed, and returns whether all succeeded."""
    # Importing Dagster takes two seconds: only commands that run assets should pay for it.
    with _nothing_is_garbage():
        import dagster as dg  # noqa: PLC0415

        from pipelines.orchestration import common  # noqa: PLC0415

    logs = here.settings.logs
    logs.mkdir(exist_ok=True)
    log = logs / f"{here.settings.clock():%Y%m%d-%H%M%S}-{job}.log"
    keys = [common.INBOX, *(dg.AssetKey(feed.split(".")) for feed in feeds)]

    def executed() -> Any:
        return _executed(here, job, keys, feeds, days, log, again=again, config=config, length=length)

    try:
        try:
            result = executed()
        except Exception as error:
            if not run_records.is_damaged(error):
                raise
            run_records.set_aside(here.settings)
            result = executed()
    except Exception as error:
        # Not the failure of a step: Dagster could not record its work.
        if not (hint := machine_errors.told(error, here.settings.home)):
            raise
        click.echo(f"{hint}\nthe log is in {log}", err=True)
        alerts.send(here.settings, alerts.of_failed_run(job, [hint], str(log)))
        return False
    if not result.success:
        failures = _failures(result)
        for one in failures:
            click.echo(f"failed   {one}", err=True)
        if hint := machine_errors.told("\n".join(failures), here.settings.home):
            failures.insert(0, hint)
            click.echo(hint, err=True)
        click.echo(f"the log is in {log}", err=True)
        alerts.send(here.settings, alerts.of_failed_run(job, failures, str(log)))
    return bool(result.success)


def _failures(result: Any) -> list[str]:
    """A line a failed step. Raises KeyboardInterrupt if somebody stopped the run: that is no failure."""
    failures = []
    for event in result.all_events:
        if event.is_step_failure:
            said = event.step_failure_data.error
            cause = (said.cause or said) if said else None
            if cause and _INTERRUPTED in (cause.cls_name, said.cls_name):
                raise KeyboardInterrupt
            failures.append(f"{event.step_key}: {cause.message.strip() if cause else 'unknown'}")
    return failures


def _executed(
    here: House,
    job: str,
    keys: Sequence[Any],
    feeds: Sequence[str],
    days: tuple[date, date] | None,
    log: Path,
    *,
    again: bool,
    config: Mapping[str, Any] | None,
    length: int,
) -> Any:
    """Dagster's result of the job; everything printed meanwhile goes to the log."""
    import dagster as dg  # noqa: PLC0415
    from dagster._core.storage.tags import MAX_RETRIES_TAG  # noqa: PLC0415

    from pipelines.orchestration import feed_assets  # noqa: PLC0415

    with bar(length), log.open("w", encoding="utf-8") as stream, _quiet(stream.fileno()):
        with _nothing_is_garbage():
            from pipelines import definitions  # noqa: PLC0415

            resolved = definitions.defs.resolve_job_def(job)
        with _no_signal_forgotten():
            result = resolved.execute_in_process(
                instance=dg.DagsterInstance.get(),
                asset_selection=keys if feeds else None,
                run_config=feed_assets.take_config(here, feeds, *days, again=again) if days else config,
                # The daemon does not try it again: the person who called the command sees that it failed.
                tags={MAX_RETRIES_TAG: "0"},
                raise_on_error=False,
            )
            run_records.put_on_the_timeline(result.run_id)
        return result


@contextlib.contextmanager
def _no_signal_forgotten() -> Iterator[None]:
    """Raises KeyboardInterrupt at the end if somebody stopped the job meanwhile. Dagster sets a signal aside until its
    next step, and forgets it if none follows: the next job would begin."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught, catching = os.pipe()
    os.set_blocking(caught, False)
    os.set_blocking(catching, False)
    before = signal.set_wakeup_fd(catching, warn_on_full_buffer=False)
    try:
        yield
        with contextlib.suppress(BlockingIOError):  # there was none
            if {signal.SIGINT, signal.SIGTERM} & set(os.read(caught, 1 << 10)):
                raise KeyboardInterrupt
    finally:
        signal.set_wakeup_fd(before)
        os.close(caught)
        os.close(catching)


@contextlib.contextmanager
def _nothing_is_garbage() -> Iterator[None]:
    """Loading makes objects that stay. Python would search them all again and again: 0.5 s of 2.4 s."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextlib.contextmanager
def bar(length: int) -> Iterator[None]:
    """A progress bar on a terminal: finished units, rows, remaining time. Piped output stays plain."""
    if not length or not sys.stderr.isatty():
        yield
        return
    rows = 0
    step = ""

    def so_far(_: int | None) -> str:
        return step or (f"{rows:,} rows" if rows else "")

    # A copy of standard error: while the job runs, standard error goes to its log.
    with contextlib.ExitStack() as stack:
        terminal = stack.enter_context(os.fdopen(os.dup(2), "w"))
        shown = click.progressbar(range(length), file=terminal, show_pos=True, item_show_func=so_far)
        is_begun = False

        def advance(_: str, done: int, more: int) -> None:
            nonlocal rows, is_begun
            rows += more
            if not is_begun:
                # Starts with the first unit: the seconds that Dagster takes to start would distort the remaining time.
                is_begun = True
                shown.start = shown.last_eta = time.time()
                stack.enter_context(shown)
            shown.update(done, rows)

        def name_step(reached: progress.Step) -> None:
            nonlocal step
            step = _AFTER_THE_MODELS.get(reached, step)
            if is_begun and step:
                shown.render_progress()

        with progress.listening(advance), progress.watching(name_step):
            yield


@contextlib.contextmanager
def _quiet(to: int) -> Iterator[None]:
    """Redirects the output of libraries and child processes from the terminal to the log."""
    sys.stdout.flush()
    sys.stderr.flush()
    saved = os.dup(1), os.dup(2)
    os.dup2(to, 1)
    os.dup2(to, 2)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):  # the log's disk is full
                stream.flush()
        for number, copy in zip((1, 2), saved, strict=True):
            os.dup2(copy, number)
            os.close(copy)

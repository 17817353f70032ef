"""`sihe`: the commands that people and cron call. They run the same Dagster assets as the UI does.

Belongs here: arguments, what is printed, exit codes, starting servers. Does not belong here: any work on data.

Exit codes: 0 done (files that are held are named on the way); 1 failed; 2 wrong usage; 75 busy: another process is
writing, try again later.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path

import click

from pipelines import intake, landing, publish, settings, warehouse
from pipelines.settings import Settings

EX_BUSY = 75
DASHBOARD_PORT, DAGSTER_PORT = 8501, 3000
STOP_SECONDS = 10

_day = click.DateTime(formats=["%Y-%m-%d"])
_home = click.option("--home", type=click.Path(path_type=Path), help="The installation; default $SIHE_HOME or var/.")
_inbox = click.option("--inbox", type=click.Path(path_type=Path), help="Where platforms deliver; default HOME/inbox.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def main() -> None:
    """Sihe 四合: exports of community platforms in, a district's governance KPIs out."""


def _prepare(home: Path | None, inbox: Path | None) -> Settings:
    here = settings.load(home, inbox)
    settings.apply(here)
    for folder in (here.home, here.dagster_home, here.published):
        folder.mkdir(parents=True, exist_ok=True)
    config = Path(__file__).parent / "dagster.yaml"
    if not (here.dagster_home / config.name).exists():
        shutil.copyfile(config, here.dagster_home / config.name)
    return here


@main.command()
@_home
@_inbox
@click.option("--from", "first", type=_day, help="Only business dates from this day on.")
@click.option("--to", "last", type=_day, help="Only business dates up to this day.")
def run(home: Path | None, inbox: Path | None, first: datetime | None, last: datetime | None) -> None:
    """Take in all that is pending, build, publish."""
    here = _prepare(home, inbox)
    if not here.inbox.is_dir():
        raise click.UsageError(f"the inbox {here.inbox} is no folder: name it with --inbox")
    try:
        with warehouse.exclusive(here, settings.LOCK_WAIT_SECONDS, "sihe run"):
            _run(here, first.date() if first else None, last.date() if last else None)
    except warehouse.Busy as busy:
        click.echo(f"busy: {busy}", err=True)
        sys.exit(EX_BUSY)


def _run(here: Settings, first: date | None, last: date | None) -> None:
    started = time.monotonic()
    click.echo(f"inbox   {here.inbox}")
    # Dagster takes two seconds to import: only what runs assets pays for it.
    import dagster as dg  # noqa: PLC0415

    from pipelines import assets, automation, definitions, transform  # noqa: PLC0415

    house = definitions.house()
    with house.writing("sihe run") as opened:
        before = {line.delivery_id for line in opened.lines()}
        found = intake.pending(landing.scan(here.inbox, house.feeds), opened.stamps(), first, last)
        strays = intake.take_strays(landing.scan(here.inbox, house.feeds), opened)
    days = sorted({day for by_day in found.values() for day in by_day})
    files = {arrival.path for by_day in found.values() for arrivals in by_day.values() for arrival in arrivals}
    instance = dg.DagsterInstance.get()
    loaded = definitions.defs
    if found:
        click.echo(f"taking  {len(files)} files of {len(found)} feeds, business dates {days[0]} to {days[-1]}")
        keys = [assets.INBOX, *(dg.AssetKey(feed.split(".")) for feed in sorted(found))]
        _execute(here, loaded, automation.TAKE_IN, instance, keys, automation.range_tags(days[0], days[-1]))
    with house.writing("sihe run") as opened:
        new = [line for line in opened.lines() if line.delivery_id not in before]
        changes = opened.pending_changes()
        is_current = opened.is_whole() and opened.built_version() == transform.code_version(here)
    _report_intake(new)
    pointer = publish.current(here.published)
    if not changes and is_current and pointer is not None:
        click.echo(f"nothing has changed: generation {pointer['generation']} stays published")
    else:
        click.echo(f"building {'what changed' if is_current else 'everything'} and publishing")
        _execute(here, loaded, automation.BUILD_MARTS, instance)
        pointer = publish.current(here.published) or {}
        click.echo(
            f"published generation {pointer['generation']}: data from {pointer['data_from']} "
            f"through {pointer['data_through']}"
        )
    if strays:
        click.echo(f"{len(strays)} files are of no feed or of an impossible date (see meta.delivery)")
    click.echo(f"done in {time.monotonic() - started:.1f} s")


def _report_intake(new: list[warehouse.Line]) -> None:
    counts: dict[str, int] = {}
    for line in new:
        counts[line.state] = counts.get(line.state, 0) + 1
    if new:
        rows = f"{sum(line.rows_loaded for line in new):,} rows loaded, {sum(line.rows_rejected for line in new):,} rejected"
        click.echo(f"taken   {', '.join(f'{count} {state}' for state, count in sorted(counts.items()))}; {rows}")
    for line in new:
        if line.state == intake.HELD:
            click.echo(f"held    {line.file_name}: {line.reason}")


def _execute(
    here: Settings,
    loaded: "object",
    job: str,
    instance: "object",
    selection: "list[object] | None" = None,
    tags: Mapping[str, str] | None = None,
) -> None:
    """Runs a job in this process; its log goes to a file, its failure ends the command."""
    logs = here.home / "logs"
    logs.mkdir(exist_ok=True)
    log = logs / f"{datetime.now():%Y%m%d-%H%M%S}-{job}.log"  # noqa: DTZ005
    with log.open("w", encoding="utf-8") as stream, _quiet(stream.fileno()):
        result = loaded.get_job_def(job).execute_in_process(  # type: ignore[attr-defined]
            instance=instance, asset_selection=selection, tags=tags, raise_on_error=False
        )
    if not result.success:
        failures = [event for event in result.all_events if event.is_step_failure]
        for event in failures:
            error = event.step_failure_data.error
            cause = error.cause or error if error else None
            click.echo(f"failed  {event.step_key}: {cause.message.strip() if cause else 'unknown'}", err=True)
        click.echo(f"the log is in {log}", err=True)
        sys.exit(1)


@contextlib.contextmanager
def _quiet(to: int) -> Iterator[None]:
    """Everything that libraries and child processes print goes to the log instead of the terminal."""
    sys.stdout.flush()
    sys.stderr.flush()
    saved = os.dup(1), os.dup(2)
    os.dup2(to, 1)
    os.dup2(to, 2)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, copy in zip((1, 2), saved, strict=True):
            os.dup2(copy, number)
            os.close(copy)


@main.command()
@_home
@click.option("--port", default=DASHBOARD_PORT, show_default=True)
def dashboard(home: Path | None, port: int) -> None:
    """Start the dashboard on this machine."""
    here = _prepare(home, None)
    with _servers({"dashboard": _dashboard(here, port)}) as wait:
        click.echo(f"dashboard  http://127.0.0.1:{port}\nstop with Ctrl-C")
        wait()


@main.command()
@_home
@_inbox
@click.option("--port", default=DAGSTER_PORT, show_default=True)
def dagster(home: Path | None, inbox: Path | None, port: int) -> None:
    """Start Dagster's UI and its daemon on this machine."""
    here = _prepare(home, inbox)
    with _servers(_dagster(here, port)) as wait:
        click.echo(f"Dagster  http://127.0.0.1:{port}\nstop with Ctrl-C")
        wait()


@main.command()
@_home
@click.option(
    "--inbox", type=click.Path(path_type=Path, exists=True), default=settings.SAMPLE_INBOX, help="Exports to show."
)
@click.option("--dashboard-port", default=DASHBOARD_PORT, show_default=True)
@click.option("--dagster-port", default=DAGSTER_PORT, show_default=True)
def demo(home: Path | None, inbox: Path, dashboard_port: int, dagster_port: int) -> None:
    """Take in sample exports, build, publish, and start the dashboard and Dagster's UI."""
    here = _prepare(home, inbox)
    here.demo_mark.touch()
    try:
        with warehouse.exclusive(here, settings.LOCK_WAIT_SECONDS, "sihe demo"):
            _run(here, None, None)
    except warehouse.Busy as busy:
        click.echo(f"busy: {busy}", err=True)
        sys.exit(EX_BUSY)
    servers = {"dashboard": _dashboard(here, dashboard_port), **_dagster(here, dagster_port)}
    with _servers(servers) as wait:
        _until_open({"dashboard": dashboard_port, "Dagster": dagster_port})
        click.echo(
            f"\n  大屏与驾驶舱 dashboard   http://127.0.0.1:{dashboard_port}\n"
            f"  数据管道     Dagster     http://127.0.0.1:{dagster_port}\n"
            f"  数据文件     DuckDB      {here.published / 'current.duckdb'}\n\n"
            "Ctrl-C stops all of them."
        )
        wait()


def _dashboard(here: Settings, port: int) -> tuple[list[str], Path]:
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    return command, settings.DASHBOARD_DIR


def _dagster(here: Settings, port: int) -> dict[str, tuple[list[str], Path]]:
    workspace = ["-w", str(settings.PROJECT_DIR / "workspace.yaml")]
    tool = Path(sys.executable).parent
    web = [str(tool / "dagster-webserver"), *workspace, "-h", "127.0.0.1", "-p", str(port), "--log-level", "warning"]
    daemon = [str(tool / "dagster-daemon"), "run", *workspace, "--log-level", "warning"]
    return {"Dagster's webserver": (web, here.home), "Dagster's daemon": (daemon, here.home)}


@contextlib.contextmanager
def _servers(commands: Mapping[str, tuple[list[str], Path]]) -> Iterator["object"]:
    """Starts the servers; they end, with all that they started, when this process does."""
    processes: dict[str, subprocess.Popen[bytes]] = {}

    def wait() -> None:
        while True:
            for name, process in processes.items():
                if process.poll() is not None:
                    raise click.ClickException(f"{name} ended with exit code {process.returncode}")
            time.sleep(0.5)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        for name, (command, folder) in commands.items():
            processes[name] = subprocess.Popen(command, cwd=folder, start_new_session=True)
        yield wait
    except KeyboardInterrupt:
        click.echo("\nstopping")
    finally:
        for sign in (signal.SIGINT, signal.SIGKILL):
            for process in processes.values():
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, sign)
            deadline = time.monotonic() + STOP_SECONDS
            for process in processes.values():
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.1, deadline - time.monotonic()))


def _until_open(ports: Mapping[str, int], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    for name, port in ports.items():
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if time.monotonic() > deadline:
                raise click.ClickException(f"{name} did not open port {port} within {seconds:.0f} s")
            time.sleep(0.3)

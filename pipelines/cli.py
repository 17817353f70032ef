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
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import click

from pipelines import house, intake, landing, publish, settings, warehouse
from pipelines.house import House

EX_BUSY = 75
DASHBOARD_PORT, DAGSTER_PORT = 8501, 3000

_day = click.DateTime(formats=["%Y-%m-%d"])
_home = click.option("--home", type=click.Path(path_type=Path), help="The installation; default $SIHE_HOME or var/.")
_inbox = click.option("--inbox", type=click.Path(path_type=Path), help="Where platforms deliver; default HOME/inbox.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def main() -> None:
    """Sihe 四合: exports of community platforms in, a district's governance KPIs out."""


def _prepare(home: Path | None, inbox: Path | None) -> House:
    here = house.load(home, inbox)
    where = here.settings
    for folder in (where.home, where.dagster_home, where.published):
        folder.mkdir(parents=True, exist_ok=True)
    config = Path(__file__).parent / "dagster.yaml"
    shutil.copyfile(config, where.dagster_home / config.name)
    for error in here.errors:
        click.echo(f"contract left out: {error}", err=True)
    return here


@main.command()
@_home
@_inbox
@click.option("--from", "first", type=_day, help="Only business dates from this day on.")
@click.option("--to", "last", type=_day, help="Only business dates up to this day.")
def run(home: Path | None, inbox: Path | None, first: datetime | None, last: datetime | None) -> None:
    """Take in all that is pending, build, publish."""
    here = _prepare(home, inbox)
    if not here.settings.inbox.is_dir():
        raise click.UsageError(f"the inbox {here.settings.inbox} is no folder: name it with --inbox")
    _run(here, first.date() if first else None, last.date() if last else None)


def _run(here: House, first: date | None = None, last: date | None = None) -> None:
    try:
        with warehouse.exclusive(here.settings, settings.LOCK_WAIT_SECONDS, "sihe run"):
            _take_build_publish(here, first, last)
    except warehouse.Busy as busy:
        click.echo(f"busy: {busy}", err=True)
        sys.exit(EX_BUSY)


def _take_build_publish(here: House, first: date | None, last: date | None) -> None:
    started = time.monotonic()
    click.echo(f"inbox    {here.settings.inbox}")
    arrivals = landing.scan(here.settings.inbox, here.feeds)
    with here.writing("sihe run") as opened:
        before = {line.delivery_id for line in opened.lines()}
        found = intake.pending(arrivals, opened.stamps(), first, last)
        if not found:  # else the inbox asset does it
            intake.take_strays(arrivals, opened)
    is_taken = _take(here, found) if found else True
    with here.writing("sihe run") as opened:
        new = [line for line in opened.lines() if line.delivery_id not in before]
        needs_build = here.needs_build(opened)
    _report_intake(new)
    # What the other feeds have committed is published also where one of them failed.
    is_built = _build(here) if needs_build else True
    pointer = publish.current(here.settings.published) or {}
    if not needs_build:
        click.echo(f"nothing has changed: generation {pointer.get('generation')} stays published")
    click.echo(f"done in {time.monotonic() - started:.1f} s")
    if not (is_taken and is_built):
        sys.exit(1)


def _take(here: House, found: Mapping[str, Mapping[date, list[landing.Arrival]]]) -> bool:
    days = sorted({day for by_day in found.values() for day in by_day})
    files = {arrival.path for by_day in found.values() for arrivals in by_day.values() for arrival in arrivals}
    click.echo(f"taking   {len(files)} files of {len(found)} feeds, business dates {days[0]} to {days[-1]}")
    keys = [["inbox"], *(feed.split(".") for feed in sorted(found))]
    return _execute(here, "take_in", keys, {"first": days[0].isoformat(), "last": days[-1].isoformat()})


def _build(here: House) -> bool:
    click.echo("building what changed and publishing")
    if not _execute(here, "build_marts"):
        return False
    pointer = publish.current(here.settings.published) or {}
    click.echo(
        f"published generation {pointer.get('generation')}: data from {pointer.get('data_from')} "
        f"through {pointer.get('data_through')}"
    )
    return True


def _report_intake(new: list[warehouse.Line]) -> None:
    counts: dict[str, int] = {}
    for line in new:
        counts[line.state] = counts.get(line.state, 0) + 1
    if new:
        states = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
        loaded, rejected = sum(line.rows_loaded for line in new), sum(line.rows_rejected for line in new)
        click.echo(f"taken    {states}; {loaded:,} rows loaded, {rejected:,} rejected")
    for line in new:
        if line.state in (intake.HELD, intake.REJECTED):
            click.echo(f"{line.state:8} {line.file_name}: {line.reason}")


def _execute(
    here: House, job: str, asset_keys: Sequence[Sequence[str]] | None = None, days: Mapping[str, str] | None = None
) -> bool:
    """Runs a job in this process, its log in a file; says what failed, and whether all went well."""
    # Dagster takes two seconds to import: only a command that runs assets pays for it.
    import dagster as dg  # noqa: PLC0415

    from pipelines import automation  # noqa: PLC0415

    logs = here.settings.home / "logs"
    logs.mkdir(exist_ok=True)
    log = logs / f"{settings.beijing_now():%Y%m%d-%H%M%S}-{job}.log"
    tags = automation.range_tags(days["first"], days["last"]) if days else None
    with log.open("w", encoding="utf-8") as stream, _quiet(stream.fileno()):
        from pipelines import definitions  # noqa: PLC0415

        result = definitions.defs.resolve_job_def(job).execute_in_process(
            instance=dg.DagsterInstance.get(),
            asset_selection=[dg.AssetKey(key) for key in asset_keys] if asset_keys else None,
            tags=tags,
            raise_on_error=False,
        )
    if not result.success:
        for event in result.all_events:
            if event.is_step_failure:
                error = event.step_failure_data.error
                cause = (error.cause or error) if error else None
                click.echo(f"failed   {event.step_key}: {cause.message.strip() if cause else 'unknown'}", err=True)
        click.echo(f"the log is in {log}", err=True)
    return bool(result.success)


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
    _refuse_taken({"dashboard": port})
    with _servers(here, {"dashboard": _dashboard(here, port)}) as wait:
        click.echo(f"dashboard  http://127.0.0.1:{port}\nstop with Ctrl-C")
        wait()


@main.command()
@_home
@_inbox
@click.option("--port", default=DAGSTER_PORT, show_default=True)
def dagster(home: Path | None, inbox: Path | None, port: int) -> None:
    """Start Dagster's UI and its daemon on this machine."""
    here = _prepare(home, inbox)
    _refuse_taken({"Dagster": port})
    with _servers(here, _dagster(here, port)) as wait:
        click.echo(f"Dagster  http://127.0.0.1:{port}\nstop with Ctrl-C")
        wait()


@main.command()
@_home
@click.option(
    "--inbox", type=click.Path(path_type=Path, exists=True), help="Exports to show; default: a copy of the samples."
)
@click.option("--dashboard-port", default=DASHBOARD_PORT, show_default=True)
@click.option("--dagster-port", default=DAGSTER_PORT, show_default=True)
def demo(home: Path | None, inbox: Path | None, dashboard_port: int, dagster_port: int) -> None:
    """Take in sample exports, build, publish, and start the dashboard and Dagster's UI."""
    here = _prepare(home, inbox)
    if inbox is None:
        _deliver_samples(here.settings.inbox)
    ports = {"dashboard": dashboard_port, "Dagster": dagster_port}
    _refuse_taken(ports)
    here.settings.demo_mark.touch()
    _run(here)
    servers = {"dashboard": _dashboard(here, dashboard_port), **_dagster(here, dagster_port)}
    click.echo("starting the dashboard, Dagster's webserver and daemon")
    with _servers(here, servers) as wait:
        _until_open(ports)
        click.echo(
            f"\n  大屏与驾驶舱 dashboard   http://127.0.0.1:{dashboard_port}\n"
            f"  数据管道     Dagster     http://127.0.0.1:{dagster_port}\n"
            f"  数据文件     DuckDB      {here.settings.published / 'current.duckdb'}\n"
            f"  日志         logs        {here.settings.home / 'logs'}\n\n"
            "Ctrl-C stops all of them."
        )
        wait()


def _deliver_samples(inbox: Path) -> None:
    """The samples in the installation's own inbox, each received at 03:00 on the day after its business date."""
    for sample in sorted(settings.SAMPLE_INBOX.glob("*/*")):
        file = inbox / sample.parent.name / sample.name
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(sample, file)
            at = datetime.fromisoformat(sample.parent.name).replace(tzinfo=settings.BEIJING) + timedelta(hours=27)
            os.utime(file, (at.timestamp(), at.timestamp()))


def _dashboard(here: House, port: int) -> tuple[list[str], Path]:
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    return command, settings.DASHBOARD_DIR


def _dagster(here: House, port: int) -> dict[str, tuple[list[str], Path]]:
    workspace = ["-w", str(settings.PROJECT_DIR / "workspace.yaml")]
    tool = Path(sys.executable).parent
    web = [str(tool / "dagster-webserver"), *workspace, "-h", "127.0.0.1", "-p", str(port), "--log-level", "warning"]
    daemon = [str(tool / "dagster-daemon"), "run", *workspace, "--log-level", "warning"]
    return {"dagster-webserver": (web, here.settings.home), "dagster-daemon": (daemon, here.settings.home)}


@contextlib.contextmanager
def _servers(here: House, commands: Mapping[str, tuple[list[str], Path]]) -> Iterator[Callable[[], None]]:
    """Starts the servers, their output in the logs; they end, with all that they started, when this process does."""
    processes: dict[str, subprocess.Popen[bytes]] = {}
    logs = here.settings.home / "logs"
    logs.mkdir(exist_ok=True)

    def wait() -> None:
        while True:
            for name, process in processes.items():
                if process.poll() is not None:
                    raise click.ClickException(
                        f"{name} ended with exit code {process.returncode}: see {logs / name}.log"
                    )
            time.sleep(0.5)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    # A shell that starts a command in the background has it ignore SIGINT: said here, both signals end it.
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    try:
        for name, (command, folder) in commands.items():
            with (logs / f"{name}.log").open("ab") as log:
                processes[name] = subprocess.Popen(
                    command, cwd=folder, start_new_session=True, stdout=log, stderr=subprocess.STDOUT
                )
        yield wait
    except KeyboardInterrupt:
        click.echo("\nstopping")
    finally:
        # An impatient second Ctrl-C must not leave half of them running.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        # Dagster's servers clean up on SIGINT; what is left after a while is ended, groups and all.
        for sign, seconds in ((signal.SIGINT, 4.0), (signal.SIGTERM, 3.0), (signal.SIGKILL, 2.0)):
            for process in processes.values():
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, sign)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline and any(_group_lives(process.pid) for process in processes.values()):
                for process in processes.values():
                    process.poll()
                time.sleep(0.1)


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _refuse_taken(ports: Mapping[str, int]) -> None:
    for name, port in ports.items():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            option = "--port" if len(ports) == 1 else f"--{name.lower()}-port"
            raise click.ClickException(f"port {port} is taken: give the {name} another one with {option}")


def _until_open(ports: Mapping[str, int], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    for name, port in ports.items():
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if time.monotonic() > deadline:
                raise click.ClickException(f"{name} did not open port {port} within {seconds:.0f} s")
            time.sleep(0.3)

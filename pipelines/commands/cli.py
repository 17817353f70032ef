"""`sihe`: the commands for people and cron. They run the same Dagster assets as the UI.

Belongs here: arguments, output, exit codes. Does not belong here: any work on data, running jobs (`runs`), servers
(`servers`).

Exit codes: 0 done (held files are listed in the output); 1 failed; 2 wrong usage; 3 published, with findings to do
(`sihe run --exit-code`); 75 busy: another process is writing, try again later.
"""

import contextlib
import io
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

import click
import duckdb

from pipelines import dbt_bridge, installation, settings
from pipelines.commands import (
    above,
    bundling,
    checking,
    city,
    collecting,
    demo_exports,
    drafting,
    erasure,
    fields,
    inspecting,
    people,
    runs,
    servers,
    serving,
)
from pipelines.commands import status as inspection
from pipelines.commands.alone import alone
from pipelines.commands.district_setup import init
from pipelines.commands.generations import generations
from pipelines.commands.group import Group
from pipelines.commands.preparing import (
    PORT,
    existing_home_option,
    home_option,
    inbox_option,
    prepare,
    prepare_district,
    prepare_existing,
    say_what_is_left_out,
)
from pipelines.commands.readiness import readiness
from pipelines.commands.serving import DAGSTER_PORT, DASHBOARD_PORT
from pipelines.contracts.compiler import load_contracts
from pipelines.contracts.overriding import numbers_said_twice
from pipelines.documents import nearest
from pipelines.installation import House
from pipelines.intake import precedence, recovery, worklist
from pipelines.lake import readiness as spark_readiness
from pipelines.publication import query as asking
from pipelines.registry import loading
from pipelines.warehouse import lock

EX_FINDINGS = 3
DEMO_DAYS = 120
MOST_ROWS_SHOWN = 1000

_day = click.DateTime(formats=["%Y-%m-%d"])
_DAYS = click.IntRange(1, 4000)
_engine_option = click.option(
    "--engine",
    type=click.Choice([runs.DUCKDB, runs.SPARK]),
    default=runs.DUCKDB,
    help="What computes the tables. Spark builds all of them: docs/scale.md says when.",
)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def main() -> None:
    """Sihe 四合: exports of community platforms in, a district's governance KPIs out."""


main.add_command(bundling.bundle)
main.add_command(checking.check)
main.add_command(collecting.collect)
main.add_command(drafting.draft)
main.add_command(generations)
main.add_command(above.parcel)
main.add_command(above.rollup)
main.add_command(init)
main.add_command(inspecting.doctor)
main.add_command(inspecting.status)
main.add_command(people.user)
main.add_command(readiness)
for _server in (serving.serve, serving.dashboard, serving.dagster):
    main.add_command(_server)


@main.command()
@home_option
@inbox_option
@click.option("--from", "first", type=_day, help="Only business dates from this day on.")
@click.option("--to", "last", type=_day, help="Only business dates up to this day.")
@_engine_option
@click.option("--exit-code", is_flag=True, help=f"Exit with {EX_FINDINGS} if it is published, with findings to do.")
def run(
    home: Path | None,
    inbox: Path | None,
    first: datetime | None,
    last: datetime | None,
    engine: str,
    exit_code: bool,
) -> None:
    """Load all pending files, build, publish. In a city: for each of its districts, then add them up."""
    _check_engine(engine)
    _check_days(first, last)
    where = settings.load(home, inbox)
    is_city = where.city_file.exists()
    if not is_city and not where.inbox.is_dir():
        raise click.UsageError(f"the inbox {where.inbox} is no folder: name it with --inbox")
    here = prepare(home, inbox)
    days = first.date() if first else None, last.date() if last else None
    if is_city:
        city.run(here, *days, engine, exit_code=exit_code)
        return
    _run(here, *days, engine)
    if exit_code and runs.open_findings(here):
        sys.exit(EX_FINDINGS)


def _run(here: House, first: date | None = None, last: date | None = None, engine: str = runs.DUCKDB) -> None:
    with alone(here.settings, "sihe run"):
        is_well = runs.take_build_publish(here, first, last, engine)
    if not is_well:
        sys.exit(1)


def _check_days(first: datetime | None, last: datetime | None) -> None:
    """Otherwise a mistyped day would be no days at all, and nothing to do."""
    if first and last and last < first:
        raise click.UsageError(f"--to is before --from: {last:%Y-%m-%d} is before {first:%Y-%m-%d}")


def _check_engine(engine: str) -> None:
    """Before any work: loading files takes long, and then there would be nothing to build with."""
    if engine == runs.SPARK and (absent := spark_readiness.missing()):
        raise click.ClickException(absent)


@main.command()
@existing_home_option
@_engine_option
@click.option("--force", is_flag=True, help="Publish a new generation also if nothing has changed.")
def build(home: Path | None, engine: str, force: bool) -> None:
    """Build what was loaded, and publish it, without looking into the inbox; nothing if nothing has changed."""
    _check_engine(engine)
    here = prepare_district(home)
    with alone(here.settings, "sihe build"):
        # Who names the other engine wants its tables.
        if not force and engine != runs.SPARK and not _needs_build(here):
            runs.say_unchanged(here)
            return
        is_well = runs.build(here, engine)
    if not is_well:
        sys.exit(1)


@main.command()
@existing_home_option
@click.option("--from", "first", type=_day, help="Business dates from this day on; default: the first known.")
@click.option("--to", "last", type=_day, help="Business dates up to this day; default: the newest known.")
@click.option("--feed", "feeds", multiple=True, metavar="PLATFORM.FEED", help="Only this feed; may be repeated.")
@click.option("--rejected", is_flag=True, help="Only feeds and days with rejected rows or held files.")
def backfill(
    home: Path | None, first: datetime | None, last: datetime | None, feeds: tuple[str, ...], rejected: bool
) -> None:
    """Load again from the archive with the current contracts, e.g. after a contract was corrected."""
    _check_days(first, last)
    here = prepare_district(home)
    known = {feed.id for feed in here.feeds}
    if unknown := sorted(set(feeds) - known):
        raise click.UsageError(f"no contract has the feed {unknown[0]}")
    with alone(here.settings, "sihe backfill"):
        with here.writing("sihe backfill") as opened:
            lines = [line for line in opened.lines() if line.business_date and line.feed]
        today = here.settings.clock().date()
        wanted = [
            line
            for line in lines
            if line.business_date is not None
            and line.feed_id in known
            and worklist.date_out_of_range(line.business_date, today) is None
            and (not first or line.business_date >= first.date())
            and (not last or line.business_date <= last.date())
            and (not feeds or line.feed_id in feeds)
            and (not rejected or line.rows_rejected or line.state == precedence.HELD)
        ]
        if not wanted:
            click.echo("nothing to take again: the ledger has no such delivery")
            return
        days = sorted({line.business_date for line in wanted if line.business_date})
        is_well = runs.take_again(here, sorted({line.feed_id for line in wanted}), days)
    if not is_well:
        sys.exit(1)


@main.command()
@existing_home_option
@click.option(
    "--anyway", is_flag=True, help="Also where files of the archive are missing or damaged: their rows are lost."
)
def rebuild(home: Path | None, anyway: bool) -> None:
    """Rebuild the working database from the archive and the journal, build, publish."""
    here = prepare_district(home)
    with alone(here.settings, "sihe rebuild"):
        try:
            is_well = runs.rebuild(here, anyway=anyway)
        except recovery.Unrestorable as error:
            raise click.ClickException(str(error)) from error
    if not is_well:
        sys.exit(1)


@main.command()
@existing_home_option
@inbox_option
@click.option("--id-number", "id_numbers", multiple=True, help="An ID number, of 15 or 18 signs.")
@click.option("--phone", "phones", multiple=True, help="A phone number.")
@click.option("--household", "households", multiple=True, help="A household's number, or any other that is hashed.")
def erase(
    home: Path | None, inbox: Path | None, id_numbers: Sequence[str], phones: Sequence[str], households: Sequence[str]
) -> None:
    """Erase a person everywhere, permanently: archive, databases, publications, logs. A value of - prompts for the
    number.

    Several numbers of one person may be given at once. Later deliveries of the person are left out at intake.
    """
    given = {"id_number": id_numbers, "phone": phones, "household": households}
    identities = [
        erasure.Identity(kind, click.prompt(kind, hide_input=True) if value == "-" else value)
        for kind, values in given.items()
        for value in values
    ]
    if not identities or not all(identity.value.strip() for identity in identities):
        raise click.UsageError("name the person: --id-number, --phone or --household")
    for identity in identities:
        if trouble := identity.trouble():
            raise click.UsageError(trouble)
    here = prepare_district(home, inbox)
    if not here.settings.working_db.exists():
        raise click.UsageError(f"{here.settings.home} holds no data")
    with alone(here.settings, "sihe erase"):
        try:
            report = erasure.remove(here, identities)
        except erasure.NoContract as error:
            raise click.ClickException(str(error)) from error
        if not _built(here):
            click.echo("erased, but not published: what is published still has the person; ask again", err=True)
            sys.exit(1)
        report = erasure.search(here, identities, erasure.clean_up(here, identities, report))
    for feed, count in sorted(report.rows.items()):
        click.echo(f"erased   {count} rows of {feed}")
    click.echo(
        f"erased   from {report.rewritten} archived files, {len(report.feed_days)} feed-days, "
        f"{len(report.generations)} older generations removed, {report.dagster_events} records of Dagster cleaned"
    )
    for name in report.removed:
        click.echo(f"removed  {name}: it names the person and cannot be read without them")
    for name in report.inbox:
        click.echo(f"inbox    {name} holds the person: it belongs to its platform")
    for place in report.found:
        click.echo(f"found    {place}", err=True)
    click.echo(f"report   {erasure.write_report(here.settings, report)}")
    if report.found:
        sys.exit(1)
    click.echo("searched every file, table and archive of the home: nothing is left of the person")


def _built(here: House) -> bool:
    """Builds and publishes if something changed; returns whether the publication now matches the ledger."""
    return runs.build(here) if _needs_build(here) else True


def _needs_build(here: House) -> bool:
    with here.writing("sihe build") as opened:
        return here.needs_build(opened)


@main.command("rotate-key")
@existing_home_option
def rotate_key(home: Path | None) -> None:
    """Create a new key for pseudonyms and replace every pseudonym; the older generations are deleted."""
    here = prepare_district(home)
    if not here.settings.key_file.exists():
        raise click.UsageError(f"{here.settings.key_file} is not there: the first intake makes it")
    with alone(here.settings, "sihe rotate-key"):
        try:
            key_id, count = erasure.rotate(here)
        except erasure.NoContract as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"replaced {count:,} pseudonyms; the key's id is {key_id}")
        if not _built(here):
            click.echo("what is published still has the older pseudonyms: sihe run replaces them", err=True)
            sys.exit(1)
        removed = erasure.clean_up_keys(here)
    click.echo(f"removed  {len(removed)} older generations, which had the older pseudonyms")
    click.echo(f"back up  {here.settings.key_file}: without it the same person will be another one")


@main.command()
@click.argument("sql")
@existing_home_option
@click.option(
    "--csv", "is_csv", is_flag=True, help="All rows as CSV; without it a table, on a terminal of the first thousand."
)
def query(sql: str, home: Path | None, is_csv: bool) -> None:
    """Query the published generation, e.g. sihe query "from marts.kpi_definition". It cannot be changed."""
    published = settings.load(home).published
    if is_csv:
        if isinstance(sys.stdout, io.TextIOWrapper):
            # Values are passed on as they are, or not at all.
            sys.stdout.reconfigure(errors="strict")
        with _asking():
            _say_what_stands_in(asking.stream_csv(published, sql, sys.stdout.write))
        return
    # In a pipe nothing is cut.
    is_shown = sys.stdout.isatty()
    with _asking():
        answer = asking.ask(published, sql, MOST_ROWS_SHOWN if is_shown else None)
    _say_what_stands_in(answer.stands_in)
    click.echo(asking.as_text(answer, widest=asking.WIDEST if is_shown else None))
    if answer.is_cut:
        click.echo(f"only the first {MOST_ROWS_SHOWN} rows are shown: --csv gives all", err=True)


@main.command()
@click.argument("table", required=False)
@existing_home_option
def catalog(table: str | None, home: Path | None) -> None:
    """List the published tables, or the columns of one (kpi_daily, marts.kpi_daily or its Chinese name)."""
    with _asking():
        answer = asking.catalog(settings.load(home).published, table)
    if table and not answer.rows:
        with _asking():
            known = [str(row[0]).partition(".")[2] for row in asking.catalog(settings.load(home).published, None).rows]
        raise click.UsageError(f"no published table is called {table}{nearest(table, known)}: sihe catalog lists them")
    _say_what_stands_in(answer.stands_in)
    click.echo(asking.as_text(answer))


@main.command()
@existing_home_option
@click.option("--to", "to", type=click.Path(path_type=Path), required=True, help="The folder to make the copy in.")
@click.option("--format", "form", type=click.Choice(list(asking.FORMATS)), default="parquet", show_default=True)
def export(home: Path | None, to: Path, form: str) -> None:
    """Copy the published generation: every table as Parquet or CSV, or the KPIs of the newest day as a workbook."""
    with _asking():
        try:
            click.echo(asking.export(settings.load(home).published, to, form))
        except OSError as error:
            raise click.ClickException(str(error)) from error


def _say_what_stands_in(generation: str | None) -> None:
    if generation is not None:
        click.echo(f"the newest generation cannot be read: {generation} stands in; sihe run publishes again", err=True)


@contextlib.contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except (asking.NothingPublished, asking.Incomplete) as error:
        raise click.ClickException(str(error)) from error
    except duckdb.Error as error:
        raise click.ClickException(str(error).strip()) from error


@main.command()
@existing_home_option
def docs(home: Path | None) -> None:
    """Write the documentation of all models and KPIs, with their lineage, as one page for the browser."""
    here = prepare_existing(home)
    dbt_bridge.ensure_manifest(here.settings, here.contracts, here.salvaged, here.registry)
    with alone(here.settings, "sihe docs"):
        try:
            click.echo(dbt_bridge.document(here.settings))
        except RuntimeError as error:
            raise click.ClickException(str(error)) from error


@main.command()
@existing_home_option
@click.option(
    "--fields", "only_fields", is_flag=True, help="List the fields of KPI files, facts and contracts instead."
)
def registry(home: Path | None, only_fields: bool) -> None:
    """Check every KPI file, including its SQL, and every contract, without a build; exit 1 if one is left out."""
    if only_fields:
        click.echo("\n".join((fields.kpi_fields(), fields.fact_fields(), fields.contract_fields())), nl=False)
        return
    found, here = loading.load(), settings.load(home)
    contracts, broken = load_contracts(here.contracts, *here.contract_folders)
    for error in (*found.errors, *broken):
        click.echo(str(error), err=True)
    left_out = len({error.file for error in found.errors})
    click.echo(f"{len(found.kpis)} KPIs over {len(found.facts)} facts are sound, {left_out} files are not")
    if told := inspection.own_contracts(contracts, here.contracts):
        click.echo(f"contracts of {', '.join(map(str, here.contract_folders))}: {told}")
    for warning in numbers_said_twice([feed for contract in contracts for feed in contract.feeds]):
        click.echo(warning)
    if found.errors or broken:
        sys.exit(1)


@main.command()
@click.option("--from", "first", type=_day, required=True, help="The first business date.")
@click.option("--to", "last", type=_day, required=True, help="The last business date; at first, its stories end there.")
@click.option("--inbox", type=click.Path(path_type=Path), required=True, help="Where the exports are written.")
@click.option("--seed", type=int, help="Another seed is another district.  [default: the inbox's, else 1]")
def simulate(first: datetime, last: datetime, inbox: Path, seed: int | None) -> None:
    """Write the exports of the demo district: a real register of divisions, invented people and events."""
    _check_days(first, last)
    here = installation.load()
    say_what_is_left_out(here)
    demo_exports.simulate_in(here, inbox, first.date(), last.date(), seed)


@main.command()
@home_option
@click.option("--inbox", type=click.Path(path_type=Path, exists=True), help="Exports to show; default: invented ones.")
@click.option(
    "--days", type=_DAYS, default=DEMO_DAYS, show_default=True, help="How many days of the demo district, to yesterday."
)
@click.option("--dashboard-port", type=PORT, default=DASHBOARD_PORT, show_default=True)
@click.option("--dagster-port", type=PORT, default=DAGSTER_PORT, show_default=True)
def demo(home: Path | None, inbox: Path | None, days: int, dashboard_port: int, dagster_port: int) -> None:
    """Simulate the demo district, load its exports, build, publish, start the dashboard and Dagster's UI."""
    where = settings.load(home, inbox)
    if where.working_db.exists() and not where.is_demo:
        raise click.UsageError(f"{where.home} holds data that are no demonstration: give the demo a --home")
    ports = {"dashboard": dashboard_port, "Dagster": dagster_port}
    servers.refuse_taken(ports)
    here = prepare(home, inbox)
    if inbox is None:
        demo_exports.deliver(here, days)
    else:
        here.settings.demo_mark.touch()
    _run(here)
    click.echo("starting the dashboard, Dagster's webserver and daemon")
    started = {servers.DASHBOARD: dashboard_port, servers.WEBSERVER: dagster_port, servers.DAEMON: dagster_port}
    with servers.started(here.settings, started) as wait:
        # While the servers start: dbt takes about as long.
        page = _documented(here)
        servers.until_open(ports)
        click.echo(
            f"\n  大屏与驾驶舱 dashboard   http://127.0.0.1:{dashboard_port}\n"
            f"  数据管道     Dagster     http://127.0.0.1:{dagster_port}\n"
            f"  数据文件     DuckDB      {here.settings.published / 'current.duckdb'}\n"
            f"  模型文档     dbt docs    {page}\n"
            f"  日志         logs        {here.settings.home / 'logs'}\n\n"
            "Ctrl-C stops all of them."
        )
        wait()


def _documented(here: House) -> str:
    """The path of the documentation page; if it cannot be made, the demonstration continues without it."""
    try:
        with lock.exclusive(here.settings, settings.LOCK_WAIT_SECONDS, "sihe docs"):
            return str(dbt_bridge.document(here.settings))
    except (RuntimeError, lock.Busy) as error:
        return f"not made: {str(error).splitlines()[0]}; sihe docs makes it"

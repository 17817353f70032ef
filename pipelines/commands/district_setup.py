"""`sihe init`: a district set up, from flags or answers: its home, inbox, targets, service files and first users.

Belongs here: options, questions, output, which errors are wrong usage. Does not belong here: the files of a district
(`districts.setup`), the rules of users (`gate.people`), what `sihe doctor` looks at (`status`).
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from pipelines import settings
from pipelines.commands import above, people, units
from pipelines.commands import status as inspection
from pipelines.commands.preparing import home_option, prepare
from pipelines.contracts.compiler import load_contracts
from pipelines.districts import codes, district, divisions, setup, targets
from pipelines.documents import nearest
from pipelines.gate import store as gate_store
from pipelines.gate.rules import ROLES
from pipelines.registry import loading
from pipelines.settings import Settings


@dataclass(frozen=True)
class Plan:
    """What `sihe init` was told. platforms: those (or feeds, platform.feed) that are connected; none: all. users: name
    and role."""

    code: str
    platforms: tuple[str, ...] = ()
    inbox: Path | None = None
    address: str = ""
    users: tuple[tuple[str, str], ...] = ()
    targets: Path | None = None
    is_stdin: bool = False
    overwrite: bool = False


@click.command()
@click.option("--district", "code", metavar="CODE", help="Its code of six digits, e.g. 110101; a name lists codes.")
@click.option("--city", metavar="CODE", help="In its place a city (four digits) or province (two) above districts.")
@home_option
@click.option(
    "--platform",
    "platforms",
    multiple=True,
    metavar="PLATFORM[.FEED]",
    help="Delivers; may be repeated.  [default: all]",
)
@click.option("--inbox", type=click.Path(path_type=Path), help="Where platforms deliver; default HOME/inbox.")
@click.option("--address", default="", metavar="URL", help="Where people open the dashboard.")
@click.option("--user", "users", multiple=True, metavar="NAME=ROLE", help="May sign in; the first is an admin.")
@click.option("--targets", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A kpi_override.csv.")
@click.option("--stdin", "is_stdin", is_flag=True, help="Read the users' passwords from standard input, a line each.")
@click.option("--overwrite", is_flag=True, help="Replace existing files.")
@click.option("--ask/--no-ask", default=None, help="Ask for what is not given.  [default: on a terminal]")
def init(
    code: str | None,
    city: str | None,
    home: Path | None,
    platforms: tuple[str, ...],
    inbox: Path | None,
    address: str,
    users: tuple[str, ...],
    targets: Path | None,
    is_stdin: bool,
    overwrite: bool,
    ask: bool | None,
) -> None:
    """Set up a district: names and titles from the national register, inbox, targets, service files, first users.

    It ends with sihe doctor; exit 1 if a check fails.
    """
    where = settings.load(home, inbox)
    if city is not None:
        if code is not None or platforms or users or targets:
            raise click.UsageError("a city takes no --district, --platform, --user or --targets: it has its districts'")
        above.set_up(where, city, overwrite=overwrite)
        return
    named = tuple(map(_user, users))
    plan = Plan(code or "", platforms, inbox, address, named, targets, is_stdin, overwrite)
    if ask if ask is not None else code is None and sys.stdin.isatty():
        plan = _asked(plan, where)
        where = settings.load(home, plan.inbox)
    if not plan.code:
        raise click.UsageError("give --district CODE, or --city CODE")
    set_up(where, plan)


def _user(told: str) -> tuple[str, str]:
    name, _, role = told.partition("=")
    if role not in ROLES:
        choices = ", ".join(ROLES)
        raise click.UsageError(f"--user {told}: NAME=ROLE is needed, ROLE one of {choices}{nearest(role, ROLES)}")
    return name, role


def _asked(plan: Plan, where: Settings) -> Plan:
    """The plan with answers for what it does not say."""
    code = plan.code or _code_asked()
    known = sorted({one.partition(".")[0] for one in _feed_ids(where)})
    platforms = plan.platforms
    if not platforms:
        said = click.prompt(f"platforms that deliver, of {', '.join(known)}", default="all")
        platforms = () if said == "all" else tuple(one.strip() for one in said.split(",") if one.strip())
    inbox = plan.inbox or Path(click.prompt("inbox", default=str(where.inbox)))
    address = plan.address or click.prompt("address at which people open the dashboard", default="", show_default=False)
    users = plan.users
    if not users and not gate_store.exists(where.home):
        name = click.prompt("login name of the first administrator (empty: none)", default="", show_default=False)
        users = ((name, "admin"),) if name else ()
    return replace(plan, code=code, platforms=platforms, inbox=inbox, address=address, users=users)


def _code_asked() -> str:
    while True:
        said: str = click.prompt("district: its code (a name lists the codes of those with such a name)")
        if divisions.district(said) is not None:
            return said
        click.echo(setup.unknown(said))


def _feed_ids(where: Settings) -> list[str]:
    contracts, _ = load_contracts(where.contracts, *where.contract_folders)
    return [feed.id for contract in contracts for feed in contract.feeds]


def set_up(where: Settings, plan: Plan) -> None:
    """Writes everything, says what is next, and examines the result.

    Raises click.UsageError, before anything is written, for an unknown district, platform or target, for an address
    that is none, and for existing files.
    """
    if where.city_file.exists():
        raise click.UsageError(f"{where.home} is the home of a city: a district needs a home of its own (--home)")
    _refuse_unknown(where, plan)
    try:
        given = district.targets_of(plan.targets) if plan.targets is not None else None
        if plan.targets is not None:
            known = divisions.district(plan.code)
            targets.check_file(plan.targets, loading.load().by_id(), known.code if known else None)
        setup.prepare(where, plan.code, overwrite=plan.overwrite, connected=plan.platforms, targets=given)
    except (setup.UnknownDistrict, setup.AlreadyThere, district.DistrictError) as error:
        raise click.UsageError(str(error)) from error
    _say_what_is_written(where, plan)
    where.inbox.mkdir(parents=True, exist_ok=True)
    click.echo(f"inbox    {where.inbox}")
    for line in units.write(where, plan.address):
        click.echo(line)
    _add_users(where, plan)
    # Nothing in the home remembers another inbox than its own.
    inbox = "" if settings.load(where.home).inbox == where.inbox else f" --inbox {where.inbox}"
    click.echo(
        f"\nnext     check {where.district_file.name}: titles in both languages, letter of the logo\n"
        f"         sihe check FILE… says what is wrong with a platform's files, before they are delivered\n"
        f"         put the platforms' exports into {where.inbox}\n"
        f"         sihe run --home {where.home}{inbox}\n"
        f"         sihe readiness --home {where.home}  (says how far the district is)\n"
    )
    here = prepare(where.home, where.inbox)
    findings = list(inspection.examine(here))
    for finding in findings:
        click.echo(f"{finding.state:5} {finding.what:16} {finding.text}")
    if any(finding.state == inspection.FAIL for finding in findings):
        sys.exit(1)


def _refuse_unknown(where: Settings, plan: Plan) -> None:
    feeds = _feed_ids(where)
    known = {*feeds, *(one.partition(".")[0] for one in feeds)}
    for one in plan.platforms:
        if one not in known:
            raise click.UsageError(f"--platform {one}: no contract has it{nearest(one, known)}")
    if plan.address and not plan.address.startswith(("http://", "https://")):
        raise click.UsageError(f"--address {plan.address}: an address that begins with https:// is needed")
    if plan.users and plan.users[0][1] != "admin" and not gate_store.exists(where.home):
        raise click.UsageError("--user: the first user is an admin, who can let the others in")


def _say_what_is_written(where: Settings, plan: Plan) -> None:
    named = district.load(where)
    assert named is not None
    found = divisions.district(named.code)
    known = district.known_divisions(where)
    streets = sum(len(one.code) == codes.STREET for one in known)
    given = len(district.targets_of(where.local_seeds / district.KPI_OVERRIDE))
    connected = f"; connected: {', '.join(plan.platforms)}" if plan.platforms else ""
    click.echo(
        f"written  {where.district_file}: {divisions.full_name(found) if found else named.name}{connected}\n"
        f"written  {where.local_seeds / district.DIVISION}: {streets} streets and towns,"
        f" {len(known) - streets} communities and villages (statistics of 2023)\n"
        f"written  {where.local_seeds / district.KPI_OVERRIDE}: targets of this district, {given or 'none yet'}"
    )


def _add_users(where: Settings, plan: Plan) -> None:
    there: Sequence[str] = people.names(where.home) if gate_store.exists(where.home) else ()
    for name, role in plan.users:
        if name in there:
            click.echo(f"user     {name} is there already")
            continue
        if not plan.is_stdin:
            click.echo(f"a first password for {name}, who changes it at the first sign-in")
        try:
            people.add_person(where.home, name, role, is_stdin=plan.is_stdin)
        except (click.ClickException, click.Abort) as error:
            # The same command would be refused: its files are there.
            said = error.message if isinstance(error, click.ClickException) else "stopped"
            command = f"sihe user add {name} --role {role} --home {where.home}"
            raise click.ClickException(f"{said}\nall else is set up; the user is added by {command}") from error

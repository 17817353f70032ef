"""`sihe user`: who may come in.

Belongs here: arguments, prompts, output. Does not belong here: the rules (`gate.people`).
"""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import duckdb
import segno

from pipelines import settings
from pipelines.commands.preparing import existing_home_option
from pipelines.districts import above, codes, district
from pipelines.documents import nearest
from pipelines.gate import audit, rules
from pipelines.gate import store as store_file
from pipelines.gate.people import People, Person, Refused, subject_of
from pipelines.gate.rules import ROLES
from pipelines.gate.store import Store
from pipelines.publication import query
from pipelines.settings import Settings

_role = click.option("--role", type=click.Choice(ROLES), required=True)
_org = click.option("--org", metavar="CODE", help="The area that the person sees; default the whole district.")
_only_looks = click.option("--only-looks", is_flag=True, help="An engineer who changes nothing in Dagster.")
_name = click.argument("name")
_stdin = click.option("--stdin", is_flag=True, help="Read the password from standard input.")


@click.group()
def user() -> None:
    """Who may sign in at the gate (sihe serve), and as what."""


@contextmanager
def _people(
    home: Path | None, what: str, name: str = "", *, is_first: bool = False
) -> Iterator[tuple[People, Settings]]:
    """The users; what was done is in the audit. is_first: there need not be any yet."""
    where = settings.load(home)
    if not is_first and not store_file.exists(where.home):
        raise click.ClickException(f"{where.home} has no users yet: sihe user add NAME --role admin")
    store = Store(where.home)
    try:
        yield People(store, rules.load(where.home).demands), where
        if what:
            writer = audit.Audit(store, where.clock)
            writer.write("user", who=f"{_account()} (command)", address="", did=what, user=name)
    except Refused as error:
        raise click.ClickException(str(error)) from error
    finally:
        store.close()


def _account() -> str:
    """Of the operating system."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _org_of(where: Settings, org: str | None) -> str:
    """The area of a person: the whole home, or a part of it. Raises Refused for one elsewhere: the person would see
    nothing, or what is of others."""
    code = _code_of(where)
    if org is None:
        if code is None:
            raise Refused("the home has no district.yaml that says which district it is: give its code with --org CODE")
        return code
    # What is no code at all is refused with the lengths that the role may have.
    if code is not None and org.isdecimal() and not org.startswith(code):
        raise Refused(
            f"the area {org} is not in this home, whose code is {code}: --org takes a code that begins with it;"
            " without --org the person sees the whole home"
        )
    return org


def _code_of(where: Settings) -> str | None:
    """Of the home; None if it does not say which it is."""
    if where.city_file.exists():
        return above.load(where).code
    known = district.load(where)
    return known.code if known is not None else None


def _warn_of_unknown(where: Settings, person: Person) -> None:
    """Says that the published area of a person is none. It may be new: the next register may have it."""
    # A city publishes nothing below its districts.
    org = person.org[: codes.DISTRICT] if where.city_file.exists() else person.org
    try:
        published = {str(code) for (code,) in query.ask(where.published, "select org_code from marts.dim_org").rows}
    except (query.NothingPublished, duckdb.Error):
        return
    if published and org not in published:
        click.echo(
            f"warning: what is published has no area {org}{nearest(org, published)}:"
            f" {person.name} sees nothing of it until a register has it; is the code right?",
            err=True,
        )


def _new_password(people: People, where: Settings, name: str, *, is_stdin: bool) -> None:
    password = (
        # One reader for all: where the locale says ASCII, click makes one for each call, which takes the others' lines.
        sys.stdin.readline().rstrip("\r\n")
        if is_stdin
        else click.prompt("password", hide_input=True, confirmation_prompt=True)
    )
    known = above.load(where) if where.city_file.exists() else district.load(where)
    people.set_password(name, password, [known.name, known.title.en.split(" · ")[0]] if known else [])


def _new_code(people: People, name: str) -> None:
    address = people.set_code(name)
    click.echo("Scan this with an authenticator app, for example on a phone. It is shown once.\n")
    segno.make(address, error="m").terminal(compact=True)
    click.echo(f"\n{address}")


@user.command("add")
@existing_home_option
@_name
@_role
@_org
@_only_looks
@_stdin
@click.option("--subject", help="Who this is at the identity provider (its claim sub): no password is asked for.")
def add(
    home: Path | None, name: str, role: str, org: str | None, only_looks: bool, stdin: bool, subject: str | None
) -> None:
    """Add a person; asks for a password, shows the code of the second factor."""
    add_person(home, name, role, org, only_looks=only_looks, is_stdin=stdin, subject=subject)


def names(home: Path) -> list[str]:
    """Who may sign in."""
    with _people(home, "") as (people, _):
        return [person.name for person in people.listed()]


def add_person(
    home: Path | None,
    name: str,
    role: str,
    org: str | None = None,
    *,
    only_looks: bool = False,
    is_stdin: bool = False,
    subject: str | None = None,
) -> None:
    """Adds a person with a password, asked for or from standard input, or with a subject at the identity provider."""
    where = settings.load(home)
    try:
        full, area = subject and _subject(where, subject), _org_of(where, org)
    except Refused as error:
        raise click.ClickException(str(error)) from error
    with _people(home, f"add {role}", name, is_first=True) as (people, _):
        person = people.add(name, role, area, only_looks=only_looks, subject=full)
        if subject is None:
            try:
                _new_password(people, where, name, is_stdin=is_stdin)
            except BaseException:
                people.remove(name)
                raise
            if people.needs_code(person):
                _new_code(people, name)
        click.echo(f"added  {_line(people.find(name) or person)}")
        _warn_of_unknown(where, person)


def _subject(where: Settings, subject: str) -> str:
    provider = rules.load(where.home).oidc
    if provider is None:
        raise Refused(f"{where.home / 'gate.yaml'} names no identity provider: write its key oidc first")
    return subject_of(provider.issuer, subject)


def _line(person: Person) -> str:
    marks = [
        "disabled" if person.is_disabled else "",
        "only looks" if person.only_looks else "",
        "two factors" if person.has_code else "",
        f"provider {person.subject}" if person.subject else "",
        "" if person.has_password or person.subject else "no password",
    ]
    return f"{person.name:20} {person.role:10} {person.org:13} {', '.join(mark for mark in marks if mark)}".rstrip()


@user.command("list")
@existing_home_option
def listed(home: Path | None) -> None:
    """List everybody, with role and area."""
    lines: list[str] = []
    if store_file.exists(settings.load(home).home):
        with _people(home, "") as (people, _):
            lines = [_line(person) for person in people.listed()]
    for line in lines:
        click.echo(line)
    if not lines:
        click.echo("nobody was added yet: sihe user add NAME --role admin", err=True)


@user.command("role")
@existing_home_option
@_name
@_role
@_org
@_only_looks
def role(home: Path | None, name: str, role: str, org: str | None, only_looks: bool) -> None:
    """Give a person another role or area; their sessions end."""
    with _people(home, f"role {role}", name) as (people, where):
        person = people.set_role(name, role, _org_of(where, org), only_looks=only_looks)
        click.echo(_line(person))
        _warn_of_unknown(where, person)


@user.command("disable")
@existing_home_option
@_name
def disable(home: Path | None, name: str) -> None:
    """Keep a person out; open pages close within a second."""
    with _people(home, "disable", name) as (people, _):
        click.echo(_line(people.set_disabled(name, is_disabled=True)))


@user.command("enable")
@existing_home_option
@_name
def enable(home: Path | None, name: str) -> None:
    """Let a disabled person in again."""
    with _people(home, "enable", name) as (people, _):
        click.echo(_line(people.set_disabled(name, is_disabled=False)))


@user.command("password")
@existing_home_option
@_name
@_stdin
def password(home: Path | None, name: str, stdin: bool) -> None:
    """Set a new password; the person's sessions end."""
    with _people(home, "password", name) as (people, where):
        _new_password(people, where, name, is_stdin=stdin)


@user.command("totp")
@existing_home_option
@_name
def totp(home: Path | None, name: str) -> None:
    """Show a new code for the second factor; the old one and the person's sessions end."""
    with _people(home, "second factor", name) as (people, _):
        _new_code(people, name)


@user.command("remove")
@existing_home_option
@_name
def remove(home: Path | None, name: str) -> None:
    """Remove a person; what they did stays in the audit."""
    with _people(home, "remove", name) as (people, _):
        people.remove(name)


@user.command("sign-out")
@existing_home_option
@click.argument("names", nargs=-1)
@click.option("--all", "is_everybody", is_flag=True, help="Everybody.")
def sign_out(home: Path | None, names: tuple[str, ...], is_everybody: bool) -> None:
    """End the sessions of persons; they may sign in again."""
    if bool(names) == is_everybody:
        raise click.UsageError("name the persons, or give --all")
    with _people(home, "sign out", "everybody" if is_everybody else ", ".join(names)) as (people, _):
        for name in [person.name for person in people.listed()] if is_everybody else names:
            people.sign_out(name)

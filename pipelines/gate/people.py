"""Who may come in: names, roles, areas, passwords, second factors.

Belongs here: entries, their rules, checking what a person says. Does not belong here: sessions (`sessions`), how often
somebody may try (`throttle`).
"""

import re
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyotp

from pipelines.districts import codes
from pipelines.gate import passwords
from pipelines.gate.rules import ROLES, Profile, Role
from pipelines.gate.store import Store

_NAME = re.compile(r"[a-z][a-z0-9._-]{1,31}")
_NAME_NEEDED = "2 to 32 signs are needed, first a small letter, then small letters, digits, . _ -"
# What an installation is of: a district, or the city or province above some.
_WHOLE = (codes.PROVINCE, codes.CITY, codes.DISTRICT)
_LENGTHS: dict[str, tuple[int, ...]] = {
    "street": (codes.STREET,),
    "community": (codes.COMMUNITY,),
    "analyst": (*_WHOLE, codes.STREET, codes.COMMUNITY),
}
_STEP_SECONDS = 30
_VOWELS = ("a", "e", "i", "o", "u")


class Refused(ValueError):
    """What was asked for breaks a rule; the message says which, and what to do."""


@dataclass(frozen=True)
class Person:
    """org: the code that all areas begin with that the person may see. only_looks: an engineer without changes.
    is_own_password: whether the person chose it, and nobody else knows it."""

    name: str
    role: Role
    org: str
    only_looks: bool
    is_disabled: bool
    has_password: bool
    password_at: float | None
    is_own_password: bool
    has_code: bool
    subject: str | None

    @property
    def sees_whole_district(self) -> bool:
        return len(self.org) in _WHOLE

    @property
    def sees_above_districts(self) -> bool:
        return len(self.org) < codes.DISTRICT


def _person(row: sqlite3.Row) -> Person:
    return Person(
        name=row["name"],
        role=row["role"],
        org=row["org"],
        only_looks=bool(row["only_looks"]),
        is_disabled=bool(row["is_disabled"]),
        has_password=row["password"] is not None,
        password_at=row["password_at"],
        is_own_password=bool(row["is_own_password"]),
        has_code=row["secret"] is not None,
        subject=row["subject"],
    )


def subject_of(issuer: str, subject: str) -> str:
    """How `sihe user add --subject` names a person of a provider."""
    return f"{issuer}#{subject}"


class People:
    def __init__(self, store: Store, demands: Profile, now: Callable[[], float] = time.time) -> None:
        self._store = store
        self._demands = demands
        self._now = now

    def listed(self) -> list[Person]:
        return [_person(row) for row in self._store.connection.execute("select * from person order by name")]

    def find(self, name: str) -> Person | None:
        row = self._store.connection.execute("select * from person where name = ?", [name]).fetchone()
        return _person(row) if row else None

    def by_subject(self, subject: str) -> Person | None:
        row = self._store.connection.execute("select * from person where subject = ?", [subject]).fetchone()
        return _person(row) if row else None

    def add(self, name: str, role: str, org: str, *, only_looks: bool = False, subject: str | None = None) -> Person:
        """Without password: it is set next. Raises Refused."""
        if not _NAME.fullmatch(name):
            raise Refused(f"{name!r} is no login name: {_NAME_NEEDED}")
        if self.find(name):
            raise Refused(f"there is a user {name} already")
        _check_place(role, org, only_looks=only_looks)
        if subject is not None and self.by_subject(subject):
            raise Refused(f"another user has the subject {subject}")
        self._store.connection.execute(
            "insert into person (name, role, org, only_looks, subject, created_at) values (?, ?, ?, ?, ?, ?)",
            [name, role, org, int(only_looks), subject, self._now()],
        )
        return self._known(name)

    def set_role(self, name: str, role: str, org: str, *, only_looks: bool = False) -> Person:
        _check_place(role, org, only_looks=only_looks)
        return self._set(name, {"role": role, "org": org, "only_looks": int(only_looks)})

    def set_disabled(self, name: str, *, is_disabled: bool) -> Person:
        return self._set(name, {"is_disabled": int(is_disabled)}, ends_sessions=is_disabled)

    def set_password(self, name: str, password: str, words: Sequence[str] = ()) -> Person:
        """The administrator's choice: the person changes it at once. Ends their sessions. Raises Refused if it is not
        good enough."""
        if problem := passwords.objection(password, self._demands, [name, *words]):
            raise Refused(f"this password is refused: {problem}")
        return self.keep_password(name, passwords.hashed(password), is_own=False)

    def keep_password(self, name: str, hashed: str, *, is_own: bool) -> Person:
        """As `set_password`, with the hash of a password that was found good enough."""
        return self._set(name, {"password": hashed, "password_at": self._now(), "is_own_password": int(is_own)})

    def set_code(self, name: str) -> str:
        """A new secret of the second factor, as an address that authenticator apps understand."""
        secret = pyotp.random_base32(length=32)
        self._set(name, {"secret": secret, "last_step": 0})
        return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="Sihe")

    def sign_out(self, name: str) -> None:
        """Ends all sessions of a person."""
        self._set(name, {"name": name})

    def remove(self, name: str) -> None:
        self._known(name)
        self._store.connection.execute("delete from person where name = ?", [name])

    def needs_code(self, person: Person) -> bool:
        return person.has_code or person.role in self._demands.two_factors

    def must_change(self, person: Person) -> bool:
        """Whether the password is another's choice, or too old."""
        if person.password_at is None:
            return False
        days = self._demands.password_days
        return not person.is_own_password or (days is not None and self._now() - person.password_at > days * 86400)

    def password_of(self, name: str) -> str | None:
        """Its hash, for `passwords.is_right`; null also for an unknown name."""
        row = self._store.connection.execute("select password from person where name = ?", [name]).fetchone()
        return row["password"] if row else None

    def takes_code(self, name: str, code: str) -> bool:
        """Whether it is the code of the second factor now, or half a minute ago or ahead. Each is taken once."""
        row = self._store.connection.execute("select secret from person where name = ?", [name]).fetchone()
        if row is None or row["secret"] is None or not re.fullmatch("[0-9]{6}", code):
            return False
        now = int(self._now()) // _STEP_SECONDS
        totp = pyotp.TOTP(row["secret"])
        for step in (now - 1, now, now + 1):
            if pyotp.utils.strings_equal(code, totp.at(step * _STEP_SECONDS)):
                # One that was taken later than now was taken by a clock that ran ahead: it would refuse all until then.
                changed = self._store.connection.execute(
                    "update person set last_step = ? where name = ? and (last_step < ? or last_step > ?)",
                    [step, name, step, now + 1],
                )
                return changed.rowcount == 1
        return False

    def _known(self, name: str) -> Person:
        found = self.find(name)
        if found is None:
            raise Refused(f"there is no user {name}: sihe user list")
        return found

    def _set(self, name: str, values: dict[str, Any], *, ends_sessions: bool = True) -> Person:
        """A person who is no longer the same signs in again."""
        self._known(name)
        assigned = ", ".join(f"{column} = ?" for column in values)
        with self._store.changing() as connection:
            connection.execute(f"update person set {assigned} where name = ?", [*values.values(), name])
            if ends_sessions:
                connection.execute("delete from session where name = ?", [name])
        return self._known(name)


def _check_place(role: str, org: str, *, only_looks: bool) -> None:
    if role not in ROLES:
        raise Refused(f"{role!r} is no role: one of {', '.join(ROLES)}")
    lengths = _LENGTHS.get(role, _WHOLE)
    if not (org.isascii() and org.isdecimal() and len(org) in lengths):
        who = f"{'an' if role.startswith(_VOWELS) else 'a'} {role}"
        raise Refused(f"{who} needs an area of {' or '.join(map(str, lengths))} digits, {org!r} is none: --org CODE")
    if only_looks and role != "engineer":
        raise Refused("--only-looks is for engineers: other roles change nothing")

"""Sessions on the server: the browser has a random token, the database only its hash.

Belongs here: beginning, finding and ending sessions. Does not belong here: cookies (`door`), open sockets (`sockets`).
"""

import hashlib
import secrets
import sqlite3
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from pipelines.gate.rules import Profile
from pipelines.gate.store import Store
from pipelines.machine_errors import is_full_disk

_TOKEN_BYTES = 32
_MOST_OF_ONE = 10
_SEEN_EVERY = 30
"""Seconds: a session that is in use is written this often."""
PLACES_FOR = 90 * 86400


@dataclass(frozen=True)
class Session:
    """key: the hash of the token. id: what others may know. began_at, seen_at: seconds since 1970."""

    key: str
    id: str
    name: str
    began_at: float
    seen_at: float
    address: str
    agent: str
    way: str


def _session(row: sqlite3.Row) -> Session:
    return Session(
        row["token"], row["id"], row["name"], row["began_at"], row["seen_at"], row["address"], row["agent"], row["way"]
    )


def key_of(token: str) -> str:
    """The token has 256 random bits: a fast hash is enough."""
    return hashlib.sha256(token.encode("ascii", "replace")).hexdigest()


class Sessions:
    def __init__(self, store: Store, demands: Profile, now: Callable[[], float] = time.time) -> None:
        self._store = store
        self._demands = demands
        self._now = now

    def begin(
        self, name: str, address: str, agent: str, way: str, instead_of: str | None = None
    ) -> tuple[str, Session]:
        """A new session and its token, which is kept nowhere. `instead_of`: a token that ends with it."""
        token, now = secrets.token_urlsafe(_TOKEN_BYTES), self._now()
        with self._store.changing() as connection:
            if instead_of is not None:
                connection.execute("delete from session where token = ?", [key_of(instead_of)])
            connection.execute("delete from session where seen_at < ? or began_at < ?", self._oldest())
            connection.execute(
                "insert into session values (?, ?, ?, ?, ?, ?, ?, ?)",
                [key_of(token), secrets.token_hex(8), name, now, now, address, agent[:120], way],
            )
            connection.execute(
                "delete from session where name = ? and token not in"
                " (select token from session where name = ? order by began_at desc, rowid desc limit ?)",
                [name, name, _MOST_OF_ONE],
            )
            connection.execute("insert or replace into place values (?, ?, ?)", [name, address, now])
            connection.execute("delete from place where at < ?", [now - PLACES_FOR])
        return token, self.of(token) or self._lost()

    def of(self, token: str) -> Session | None:
        """The session of a token, unless it has ended or its person is disabled."""
        row = self._store.connection.execute(
            "select s.* from session as s inner join person as p on s.name = p.name and p.is_disabled = 0"
            " where s.token = ? and s.seen_at >= ? and s.began_at >= ?",
            [key_of(token), *self._oldest()],
        ).fetchone()
        return _session(row) if row else None

    def seen(self, key: str, seen_at: float) -> float:
        """Says that the person did something; returns when that was last written. On a full disk it is not, and the
        session ends as if nobody had used it since."""
        now = self._now()
        if now - seen_at < _SEEN_EVERY:
            return seen_at
        try:
            self._store.connection.execute("update session set seen_at = ? where token = ?", [now, key])
        except sqlite3.Error as error:
            if not is_full_disk(error):
                raise
            return seen_at
        return now

    def alive(self, keys: Collection[str]) -> set[str]:
        """Those of the sessions that have not ended."""
        rows = self._store.connection.execute(
            "select s.token from session as s inner join person as p on s.name = p.name and p.is_disabled = 0"
            " where s.seen_at >= ? and s.began_at >= ?",
            self._oldest(),
        )
        return {row["token"] for row in rows} & set(keys)

    def age(self, one: Session) -> float:
        """Seconds since its sign-in."""
        return self._now() - one.began_at

    def of_person(self, name: str) -> list[Session]:
        rows = self._store.connection.execute(
            "select * from session where name = ? and seen_at >= ? and began_at >= ? order by seen_at desc",
            [name, *self._oldest()],
        )
        return [_session(row) for row in rows]

    def end(self, name: str, session_id: str) -> bool:
        """Ends one of a person's own sessions; false if there is none with this id."""
        ended = self._store.connection.execute("delete from session where name = ? and id = ?", [name, session_id])
        return ended.rowcount == 1

    def end_others(self, name: str, kept: str) -> None:
        self._store.connection.execute("delete from session where name = ? and id <> ?", [name, kept])

    def knows(self, name: str, address: str) -> bool:
        """Whether the person has signed in from there lately."""
        found = self._store.connection.execute(
            "select 1 from place where name = ? and address = ? and at >= ?", [name, address, self._now() - PLACES_FOR]
        )
        return found.fetchone() is not None

    def _oldest(self) -> list[float]:
        now = self._now()
        return [now - self._demands.idle, now - self._demands.whole]

    @staticmethod
    def _lost() -> Session:
        raise RuntimeError("the person was disabled or removed while signing in")

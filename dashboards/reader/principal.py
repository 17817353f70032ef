"""Who reads: the person that the gate has signed in, and which part of the district that person may see.

Belongs here: the identity of a request or of a session, and the scope that follows from its role. Does not belong here:
logins and sessions (the gate), what a scope may read (policy.yaml, figures/scope.py).

The gate removes these headers from every request and then sets them itself. Streamlit keeps those of the websocket's
handshake in st.user and binds the session to them, so a reader who presents another's session id gets a new session.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

import settings
from figures import codes

HEADERS = {"user": "X-Sihe-User", "role": "X-Sihe-Role", "org": "X-Sihe-Org", "session": "X-Sihe-Session"}
"""By field. `server.trustedUserHeaders` in .streamlit/config.toml names the same headers: st.user["sihe_user"] …"""
CLAIM = "sihe_"
_ORG = re.compile(r"[0-9]+")
# The lengths of the code that a role may have.
_WHOLE = frozenset((codes.PROVINCE, codes.CITY, codes.DISTRICT))
_ANY = _WHOLE | {codes.STREET, codes.COMMUNITY}
ROLES = {
    "leader": _WHOLE,
    "street": frozenset((codes.STREET,)),
    "community": frozenset((codes.COMMUNITY,)),
    "analyst": _ANY,
    "engineer": _ANY,
    "admin": _ANY,
}


@dataclass(frozen=True)
class Principal:
    """A person with one session at the gate; without a gate, anybody."""

    user: str = ""
    role: str = ""
    org: str = ""
    session: str = ""

    @property
    def scope(self) -> str:
        """The code that all codes of the area begin with; empty: no limit."""
        return self.org if len(self.org) > codes.DISTRICT else ""

    @property
    def district(self) -> str:
        """The code of the district that the area is or lies in; empty for what is above districts, or no limit."""
        return codes.district_of(self.org) if len(self.org) >= codes.DISTRICT else ""


ANYBODY = Principal()


def district_for(who: Principal, params: Mapping[str, str]) -> tuple[str, bool]:
    """Whose publication a reader gets in the home of a city, and whether the parameters name another district than
    the reader's. The code of a district that the city runs; empty: the city's own.

    A person of a district, or of a part of one, gets that district and nothing else, whatever is asked for.
    """
    if not settings.load().is_city:
        return "", False
    asked = params.get("district", "")
    if who.district:
        return who.district, asked not in ("", who.district)
    is_run = codes.is_district(asked) and settings.load().published_of(asked).is_dir()
    return asked if is_run else "", False


def of_headers(headers: Mapping[str, str]) -> Principal | None:
    """Who sends a request: ANYBODY without the gate; None if the gate names no person, or a role and an area that do
    not belong together. headers: names in any case, as Starlette's."""
    return _principal({field: headers.get(name) for field, name in HEADERS.items()})


def current() -> Principal | None:
    """Whose session the script runs for, in the same way."""
    return _principal({field: claims().get(CLAIM + field) for field in HEADERS})


def claims() -> Mapping[str, object]:
    """What Streamlit knows of the reader."""
    return st.user.to_dict()


def _principal(found: Mapping[str, object]) -> Principal | None:
    if not settings.load().is_behind_gate:
        return ANYBODY
    given = {field: value for field, value in found.items() if isinstance(value, str) and value}
    if set(given) != set(HEADERS):
        return None
    who = Principal(**given)
    if not _ORG.fullmatch(who.org) or len(who.org) not in ROLES.get(who.role, frozenset()):
        return None
    return who

"""What the gate demands: named profiles, the identity provider, both from `HOME/gate.yaml`.

Belongs here: numbers of the profiles, strict reading of the file. Does not belong here: who a person is (`people`).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipelines import documents

Role = Literal["leader", "street", "community", "analyst", "engineer", "admin"]
ROLES: tuple[Role, ...] = ("leader", "street", "community", "analyst", "engineer", "admin")
DAGSTER_ROLES: frozenset[Role] = frozenset({"engineer", "admin"})
FILE_ROLES: frozenset[Role] = frozenset({"analyst", "engineer", "admin"})
AUDIT_ROLES: frozenset[Role] = frozenset({"admin"})

AUDIT_DAYS = 180
"""The law asks for six months; the gate itself deletes nothing."""
CLOCK_SKEW_SECONDS = 90


@dataclass(frozen=True)
class Profile:
    """least: signs of a password; kinds: of small letters, capitals, digits and other signs; password_days: after which
    it must be changed, null for never; idle and whole: seconds of a session."""

    least: int
    kinds: int
    password_days: int | None
    two_factors: frozenset[Role]
    idle: int
    whole: int = 8 * 3600


PROFILES: dict[str, Profile] = {
    # NIST SP 800-63B and OWASP ASVS: long instead of complicated, no change without a reason.
    "standard": Profile(10, 1, None, DAGSTER_ROLES, 30 * 60),
    # GB/T 22239-2019, level 2: 8.1.4.1 asks for complexity and regular change.
    "mlps2": Profile(10, 3, 90, DAGSTER_ROLES, 30 * 60),
    # Level 3 asks for two factors of everybody.
    "mlps3": Profile(12, 3, 90, frozenset(ROLES), 15 * 60),
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Provider(_Strict):
    """An identity provider that speaks OpenID Connect. two_factors: whether it demands a second factor itself; without
    it, roles that need two factors sign in with their password here."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    issuer: Annotated[str, Field(pattern="^https?://")]
    client_id: Annotated[str, Field(min_length=1)]
    client_secret_file: Path
    two_factors: bool = False

    @property
    def secret(self) -> str:
        """Raises OSError if the file cannot be read."""
        return self.client_secret_file.read_text(encoding="utf-8").strip()


class Rules(_Strict):
    """`HOME/gate.yaml`; the file is optional."""

    profile: Literal["standard", "mlps2", "mlps3"] = "standard"
    oidc: Provider | None = None

    @property
    def demands(self) -> Profile:
        return PROFILES[self.profile]


def load(home: Path) -> Rules:
    """Raises DocumentError with file, line, place and what is wrong."""
    file = home / "gate.yaml"
    if not file.exists():
        return Rules()
    return documents.load(file, Rules)[1]

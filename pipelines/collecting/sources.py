"""Where files are fetched from: `HOME/sources.yaml`.

Belongs here: what the file may say, strict reading of it, secrets from files of their owner. Does not belong here:
fetching (`sftp`, `stores`, `database`, `exports`), writing into the inbox (`placing`).
"""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

import pydantic
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from pipelines import documents
from pipelines.documents import DocumentError

FILE = "sources.yaml"
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MOST_SECRET_BYTES = 64 * 1024
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


class CollectError(Exception):
    """A source that gave nothing, or not all: what, where and what to do. is_transient: a later try may succeed."""

    def __init__(self, problem: str, *, is_transient: bool = False) -> None:
        super().__init__(problem)
        self.is_transient = is_transient


class _Source(BaseModel):
    """What all kinds have. at: times of a day in Beijing, `HH:MM`. days: business dates before today that are looked
    at. most_mb: a larger file is not taken."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str
    at: tuple[str, ...] = Field(min_length=1, max_length=24)
    days: Annotated[int, Field(ge=1, le=4000)] = 31
    most_mb: Annotated[int, Field(ge=1, le=100_000)] = 1024

    @field_validator("at")
    @classmethod
    def _times(cls, at: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [one for one in at if not _TIME.fullmatch(one)]:
            raise ValueError(f"{wrong[0]!r} is no time: write it in quotes, such as '05:30'")
        return at

    @field_validator("address")
    @classmethod
    def _has_no_password(cls, address: str) -> str:
        try:
            found = urlsplit(address)
            _ = found.port
        except ValueError:
            raise ValueError("is no address, such as scheme://user@host:port/path") from None
        if found.password is not None:
            raise ValueError("a password does not belong into an address: put it into a file and name that")
        if found.query and "password" in found.query.lower():
            raise ValueError("a password does not belong into an address: put it into a file and name that")
        return address

    @property
    def url(self) -> SplitResult:
        return urlsplit(self.address)

    @property
    def most_bytes(self) -> int:
        return self.most_mb * 1024**2

    @property
    def shown(self) -> str:
        """The address as messages show it, without user and query."""
        return f"{self.url.scheme}://{self.url.hostname or ''}{self.url.path}"


def _scheme(address: str, *schemes: str) -> None:
    found = urlsplit(address)
    if found.scheme not in schemes or not found.hostname:
        raise ValueError(f"an address that begins with {' or '.join(f'{one}://' for one in schemes)} is needed")


class Sftp(_Source):
    """A folder of an SFTP server. host_key: the server's public key, `ssh-ed25519 AAAA…`; another one is refused."""

    kind: Literal["sftp"]
    host_key: Annotated[str, Field(pattern=r"^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+=*$")]
    password_file: Path | None = None
    key_file: Path | None = None

    @model_validator(mode="after")
    def _whole(self) -> "Sftp":
        _scheme(self.address, "sftp")
        if not self.url.username:
            raise ValueError("the address needs a user: sftp://user@host/folder")
        if (self.password_file is None) == (self.key_file is None):
            raise ValueError("either password_file or key_file is needed")
        return self


class Store(_Source):
    """A folder of a WebDAV server (`https://host/folder`), or of an S3-like store (`s3://bucket/folder`, with its
    endpoint). user: the access key of S3."""

    kind: Literal["webdav", "s3"]
    user: str = ""
    password_file: Path | None = None
    endpoint: str = ""

    @model_validator(mode="after")
    def _whole(self) -> "Store":
        _scheme(self.address, *(("s3",) if self.kind == "s3" else ("https", "http")))
        if (self.kind == "s3") != bool(self.endpoint):
            raise ValueError("endpoint belongs to kind s3, which needs it")
        if bool(self.user) != (self.password_file is not None):
            raise ValueError("user and password_file belong together")
        _keeps_secret(self.endpoint or self.address, self.password_file)
        return self


class _ByDay(_Source):
    """One file a business date, written or fetched again on the days after it. file: its name in the inbox."""

    file: Annotated[str, Field(pattern=r"^[^/\\.\x00-\x1f][^/\\\x00-\x1f]*$")]
    days: Annotated[int, Field(ge=1, le=4000)] = 3

    @field_validator("file")
    @classmethod
    def _has_a_date(cls, file: str) -> str:
        if file.count("{yyyymmdd}") != 1:
            raise ValueError("needs {yyyymmdd} once, as the contract's file name")
        return file

    def file_of(self, day: date) -> str:
        return self.file.replace("{yyyymmdd}", f"{day:%Y%m%d}")


class Database(_ByDay):
    """A query to a database, for each business date. `:from_on` and `:to_on` in it are the date and the next."""

    kind: Literal["mysql", "postgresql", "dameng", "kingbase"]
    query: str
    password_file: Path
    ca_file: Path | None = None

    @model_validator(mode="after")
    def _whole(self) -> "Database":
        _scheme(self.address, self.kind)
        if not self.url.username:
            raise ValueError(f"the address needs a user: {self.kind}://user@host:port/database")
        if not self.file.lower().endswith(".csv"):
            raise ValueError("file: a query writes .csv")
        text = self.query.strip().rstrip(";")
        if not re.match(r"(?i)(select|with)\b", text) or ";" in text:
            raise ValueError("query: one statement that begins with select or with")
        if not {":from_on", ":to_on"} <= set(re.findall(r":\w+", text)):
            raise ValueError("query: needs :from_on and :to_on, the business date and the next")
        return self


class Export(_ByDay):
    """An address that answers with a file of a business date. `{yyyymmdd}` and `{yyyy-mm-dd}` in it are the date.
    header: in which the token is sent; without it as `Authorization: Bearer …`."""

    kind: Literal["http"]
    token_file: Path | None = None
    header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")] | None = None
    ca_file: Path | None = None

    @model_validator(mode="after")
    def _whole(self) -> "Export":
        _scheme(self.address, "https", "http")
        if not re.search(r"\{yyyymmdd\}|\{yyyy-mm-dd\}", self.address):
            raise ValueError("address: needs {yyyymmdd} or {yyyy-mm-dd}")
        if self.header and not self.token_file:
            raise ValueError("header belongs to token_file")
        _keeps_secret(self.address, self.token_file)
        return self

    def address_of(self, day: date) -> str:
        return self.address.replace("{yyyymmdd}", f"{day:%Y%m%d}").replace("{yyyy-mm-dd}", f"{day:%Y-%m-%d}")


def _keeps_secret(address: str, secret: Path | None) -> None:
    found = urlsplit(address)
    if secret and found.scheme != "https" and found.hostname not in _LOOPBACK:
        raise ValueError("a secret is sent over https:// only")


Source = Sftp | Store | Database | Export
_KINDS: Mapping[str, type[Sftp] | type[Store] | type[Database] | type[Export]] = {
    "sftp": Sftp, "webdav": Store, "s3": Store, "mysql": Database, "postgresql": Database, "dameng": Database,
    "kingbase": Database, "http": Export,
}  # fmt: skip


@dataclass(frozen=True)
class Sources:
    """The sources by their names, which are folders in the inbox; those that cannot be used are errors."""

    named: Mapping[str, Source] = field(default_factory=dict)
    errors: tuple[DocumentError, ...] = ()


def load(home: Path) -> Sources:
    """Never raises for what the file says: a broken source is an error, and leaves out itself."""
    file = home / FILE
    if not file.exists():
        return Sources()
    try:
        root, values = documents.read(file)
        for doubled in documents.doubled_keys(root):
            raise DocumentError(file, documents.spell(doubled), documents.line_of(root, doubled), "duplicate key")
        if set(values) != {"sources"} or not isinstance(values["sources"], dict):
            raise DocumentError(file, "", 1, "has one key, sources, with a mapping of names")
    except DocumentError as error:
        return Sources(errors=(error,))
    found, errors = dict[str, Source](), list[DocumentError]()
    for name, said in values["sources"].items():
        try:
            found[name] = _source(name, said)
        except _Wrong as wrong:
            place = ("sources", name, *wrong.place)
            errors.append(DocumentError(file, documents.spell(place), documents.line_of(root, place), str(wrong)))
    return Sources(found, tuple(errors))


class _Wrong(ValueError):
    def __init__(self, problem: str, place: tuple[str | int, ...] = ()) -> None:
        super().__init__(problem)
        self.place = place


def _source(name: object, said: Any) -> Source:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise _Wrong("a name has small letters, digits and _, and begins with a letter")
    kind = said.get("kind") if isinstance(said, dict) else None
    if not isinstance(kind, str) or kind not in _KINDS:
        raise _Wrong(f"needs a kind: {', '.join(_KINDS)}{documents.nearest(str(kind), _KINDS)}", ("kind",))
    model = _KINDS[kind]
    try:
        return model.model_validate(said)
    except pydantic.ValidationError as invalid:
        place, problem = documents.first_problem(model, invalid)
        raise _Wrong(problem.removeprefix("Value error, "), tuple(place)) from None


def secret_file(path: Path) -> Path:
    """The path, if the file is the owner's alone. Raises CollectError with what to do."""
    try:
        found = path.stat()
    except OSError as error:
        raise CollectError(f"the secret {path} cannot be read: {error.strerror}") from None
    if not stat.S_ISREG(found.st_mode) or found.st_size > _MOST_SECRET_BYTES:
        raise CollectError(f"the secret {path} is no file of a secret")
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO) or found.st_uid not in (0, os.geteuid()):
        raise CollectError(f"others can read the secret {path}: chown it to the account that runs Sihe, and chmod 600")
    return path


def secret(path: Path | None) -> str:
    """The only line of a file; empty without one. Raises CollectError."""
    if path is None:
        return ""
    try:
        text = secret_file(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise CollectError(f"the secret {path} cannot be read: is it text, and of this account?") from None
    if not text or "\n" in text:
        raise CollectError(f"the secret {path} is not one line")
    return text


def unreadable(source: Source) -> list[str]:
    """What is wrong with the secrets that a source names."""
    wrong = []
    for name in ("password_file", "key_file", "token_file"):
        path = getattr(source, name, None)
        try:
            if path is not None:
                secret_file(path)
        except CollectError as error:
            wrong.append(str(error))
    return wrong

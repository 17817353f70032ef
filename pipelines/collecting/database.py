"""Rows of a query to a platform's database, as the file of a business date. Dates are Beijing's.

Belongs here: drivers, the arguments of the query, values as text. Does not belong here: which dates (`fetching`).
"""

import contextlib
import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

from pipelines.collecting.libraries import library
from pipelines.collecting.sources import CollectError, Database, secret

SECONDS = 30
_ROWS_AT_ONCE = 5_000
_REFUSED = re.compile("denied|authentication|password", re.IGNORECASE)
_CODE = re.compile("[0-9A-Z]{5}")
"""An SQLSTATE."""
_ARGUMENT = re.compile(r"(?<!:):(from_on|to_on)\b")


@dataclass
class Answer:
    """chunks: the file; rows: how many, once it was read."""

    chunks: Iterator[bytes]
    rows: int | None = None


def bound(query: str, style: str, day: date) -> tuple[str, list[str]]:
    """The query as a driver takes it, by its DB-API parameter style, and its arguments: the date and the next."""
    given = {"from_on": day.isoformat(), "to_on": (day + timedelta(days=1)).isoformat()}
    text = query.strip().rstrip(";")
    names = _ARGUMENT.findall(text)
    is_format = style in ("format", "pyformat")
    text = _ARGUMENT.sub("%s", text.replace("%", "%%")) if is_format else _ARGUMENT.sub("?", text)
    return text, [given[name] for name in names]


@contextlib.contextmanager
def opened(source: Database) -> Iterator[Callable[[date], Answer]]:
    """Asks for a business date. Raises CollectError, also while an answer is read."""
    driver, connect, cursor_of = _DRIVERS[source.kind]
    module = library(driver, source.kind)
    where = f"{source.kind}://{source.url.hostname}"
    password = secret(source.password_file)
    try:
        connection = connect(module, source, password)
    except module.Error as error:
        raise _of(module, error, f"{where}: no connection", _said(error).replace(password, "…")) from None

    def ask(day: date) -> Answer:
        answer = Answer(iter(()))
        text, arguments = bound(source.query, module.paramstyle, day)
        answer.chunks = _file(module, answer, lambda: _rows(connection, cursor_of, text, arguments), where)
        return answer

    try:
        yield ask
    finally:
        with contextlib.suppress(module.Error, OSError):
            connection.close()


def _rows(
    connection: Any, cursor_of: Callable[[Any], Any], text: str, arguments: Sequence[str]
) -> Iterator[Sequence[Any]]:
    """The names of the columns, then the rows."""
    cursor = cursor_of(connection)
    try:
        cursor.execute(text, arguments)
        yield [column[0] for column in cursor.description]
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            yield from rows
    finally:
        cursor.close()


def _file(module: Any, answer: Answer, rows: Callable[[], Iterator[Sequence[Any]]], where: str) -> Iterator[bytes]:
    count, text = -1, io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    try:
        for row in rows():
            values = [as_text(value) for value in row]
            # The writer quotes a line end, but knows only its own.
            if any("\r" in value for value in values):
                text.write(_quoted(values))
            else:
                writer.writerow(values)
            count += 1
            if text.tell() > 1 << 18:
                yield text.getvalue().encode()
                text.seek(0)
                text.truncate()
    except (module.Error, OSError) as error:
        raise _of(module, error, f"{where}: the query failed", _kind(error)) from None
    yield text.getvalue().encode()
    answer.rows = count


def _quoted(values: Sequence[str]) -> str:
    """A line with every field in quotes that needs them, a carriage return among the reasons."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(values)
    return line.getvalue().removesuffix("\r\n") + "\n"


def as_text(value: Any) -> str:
    """A value in the file. Raises CollectError for what has no text."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat(" ")
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
        case str() | int() | float() | timedelta():
            return str(value)
        case _:
            raise CollectError(f"the query gives a {type(value).__name__}, which has no text: cast it in the query")


def _of(module: Any, error: Exception, problem: str, told: str) -> CollectError:
    """A refused password is not tried again: some databases lock the user after a few."""
    may_pass = isinstance(error, module.OperationalError | OSError) and not _REFUSED.search(_said(error))
    return CollectError(f"{problem}: {told}", is_transient=may_pass)


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def _kind(error: Exception) -> str:
    """What of an error quotes no row: its type, and the database's codes for it. The text may quote a value."""
    said = [getattr(error, "sqlstate", None), getattr(error, "pgcode", None), *error.args[:1]]
    codes = [f"{one}" for one in said if isinstance(one, int) or (isinstance(one, str) and _CODE.fullmatch(one))]
    kind = " ".join([type(error).__name__, *dict.fromkeys(codes)])
    return f"{kind}; what the database says of it is not passed on, since it may quote a row: run the query by hand"


def _address(source: Database) -> dict[str, Any]:
    found: dict[str, Any] = {"host": source.url.hostname, "user": unquote(source.url.username or "")}
    return {**found, "port": source.url.port} if source.url.port else found


def _mysql(module: Any, source: Database, password: str) -> Any:
    tls = {"ssl_ca": str(source.ca_file), "ssl_verify_cert": True, "ssl_verify_identity": True}
    return module.connect(
        **_address(source), database=source.url.path.strip("/"), password=password, charset="utf8mb4",
        connect_timeout=SECONDS, read_timeout=10 * SECONDS, local_infile=False, init_command="set time_zone = '+08:00'",
        **(tls if source.ca_file else {}),
    )  # fmt: skip


def _postgresql(module: Any, source: Database, password: str) -> Any:
    """Also 人大金仓, whose driver is made of PostgreSQL's."""
    tls = {"sslmode": "verify-full", "sslrootcert": str(source.ca_file)} if source.ca_file else {}
    return module.connect(
        **_address(source), dbname=source.url.path.strip("/"), password=password, connect_timeout=SECONDS,
        options="-c default_transaction_read_only=on -c TimeZone=Asia/Shanghai"
        f" -c statement_timeout={10 * SECONDS}s", **tls,
    )  # fmt: skip


def _dameng(module: Any, source: Database, password: str) -> Any:
    found = _address(source)
    schema = source.url.path.strip("/")
    return module.connect(
        user=found["user"], password=password, server=found["host"], port=found.get("port", 5236),
        connection_timeout=SECONDS, **({"schema": schema} if schema else {}),
    )  # fmt: skip


def _on_the_server(connection: Any) -> Any:
    """Rows as they come. The others keep a day's rows in memory: PyMySQL's cursor that does not fails at a cut."""
    return connection.cursor("sihe")


def _plain(connection: Any) -> Any:
    return connection.cursor()


_DRIVERS: dict[str, tuple[str, Callable[[Any, Database, str], Any], Callable[[Any], Any]]] = {
    "mysql": ("pymysql", _mysql, _plain),
    "postgresql": ("psycopg", _postgresql, _on_the_server),
    "dameng": ("dmPython", _dameng, _plain),
    "kingbase": ("ksycopg2", _postgresql, _on_the_server),
}

"""A file a business date: a query to a database that speaks MySQL's protocol, an export over HTTP."""

import json
import sqlite3
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipelines.collecting import database
from pipelines.collecting.database import Answer, as_text, bound
from pipelines.collecting.fetching import Collector
from pipelines.collecting.sources import CollectError
from pipelines.contracts.model import Feed
from pipelines.delivery.reading import read
from tests.unit.collecting import servers
from tests.unit.collecting.conftest import Make, keep
from tests.unit.collecting.servers import PASSWORD, USER
from tests.unit.collecting.test_folders import in_inbox
from tests.unit.helpers import POINT, header_of, values_of

FILE = "home_visit_visit_{yyyymmdd}.csv"
DAYS = [date(2026, 11, day) for day in (26, 27, 28)]
NAMES = [f"home_visit_visit_202611{day:%d}.csv" for day in DAYS]
QUERY = (
    "select visit_id, name, note, started_at from visit"
    " where started_at >= :from_on and started_at < :to_on and name like '王%' order by visit_id"
)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """The platform's database: a visit of each day."""
    path = tmp_path / "platform.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table visit (visit_id int, name text, note text, started_at text)")
        rows = [(number, "王一", 'a "note", 100%\nof two lines', f"{day} 09:00:00") for number, day in enumerate(DAYS)]
        connection.executemany("insert into visit values (?, ?, ?, ?)", rows)
    connection.close()
    return path


def change(base: Path, statement: str) -> None:
    with sqlite3.connect(base) as connection:
        connection.execute(statement)
    connection.close()


@pytest.fixture
def port(base: Path) -> Iterator[int]:
    with servers.mysql(base) as found:
        yield found


def asked(source: Make, port: int, password_file: Path, **more: Any) -> Any:
    address = f"mysql://{USER}@127.0.0.1:{port}/platform"
    return source(**{
        "kind": "mysql", "address": address, "file": FILE, "query": QUERY, "password_file": password_file, **more,
    })  # fmt: skip


def test_each_day_of_the_window_is_asked_again_and_only_what_changed_is_written(
    collector: Collector, source: Make, base: Path, port: int, password_file: Path
) -> None:
    found = asked(source, port, password_file)
    outcome = collector.collect("visits", found)
    assert outcome.fetched == NAMES and outcome.rows == 3
    whole = 'visit_id,name,note,started_at\n1,王一,"a ""note"", 100%\nof two lines",2026-11-27 09:00:00\n'
    assert in_inbox(collector)[NAMES[1]].decode() == whole
    sidecar = json.loads((collector.inbox / "visits" / f".{NAMES[1]}.json").read_text(encoding="utf-8"))
    assert sidecar["rows"] == 1 and sidecar["address"] == "mysql://127.0.0.1/platform"
    change(base, "update visit set note = null where visit_id = 1")
    change(base, "delete from visit where visit_id = 2")
    again = collector.collect("visits", found)
    assert (again.fetched, again.unchanged) == (NAMES[1:], NAMES[:1])
    assert in_inbox(collector)[NAMES[1]].decode().endswith("1,王一,,2026-11-27 09:00:00\n")
    assert in_inbox(collector)[NAMES[2]].decode() == "visit_id,name,note,started_at\n"
    assert collector.collect("visits", found, days=5).fetched == [
        "home_visit_visit_20261124.csv", "home_visit_visit_20261125.csv",
    ]  # fmt: skip


@pytest.mark.parametrize("after", [40, 5_000, 300_000])
def test_a_query_that_is_cut_leaves_nothing(
    collector: Collector, source: Make, base: Path, port: int, password_file: Path, after: int
) -> None:
    long = "x" * 1000
    with sqlite3.connect(base) as connection:
        rows = [(number, "王二", long, f"{DAYS[0]} 10:00:00") for number in range(1000)]
        connection.executemany("insert into visit values (?, ?, ?, ?)", rows)
    connection.close()
    with servers.cable(port, after) as reached, pytest.raises(CollectError) as cut:
        collector.collect("visits", asked(source, reached, password_file))
    assert cut.value.is_transient and in_inbox(collector) == {} and PASSWORD not in str(cut.value)


def test_what_the_database_says_is_passed_on_without_the_password(
    collector: Collector, source: Make, port: int, password_file: Path, tmp_path: Path
) -> None:
    wrong = asked(source, port, keep(tmp_path / "wrong", "hunter2-guess"))
    with pytest.raises(CollectError, match=r"no connection: .*[Dd]enied") as refused:
        collector.collect("visits", wrong)
    assert "hunter2" not in str(refused.value) and not refused.value.is_transient
    no_table = QUERY.replace("from visit", "from visits")
    with pytest.raises(CollectError, match=r"the query failed: \w+Error [A-Z0-9 ]+; what the database says") as failed:
        collector.collect("visits", asked(source, port, password_file, query=no_table))
    assert "visits" not in str(failed.value)


def test_an_error_of_a_query_quotes_no_row() -> None:
    """PostgreSQL: a cast that fails in the middle of the rows."""

    class Refused(Exception):
        sqlstate = "22P02"

    module = SimpleNamespace(Error=Refused, OperationalError=TimeoutError)

    def rows() -> Iterator[list[object]]:
        yield ["name"]
        raise Refused('invalid input syntax for type integer: "张三丰 13912345678"')

    with pytest.raises(CollectError, match="x: the query failed: Refused 22P02; ") as failed:
        list(database._file(module, Answer(iter(())), rows, "x"))
    assert "张三丰" not in str(failed.value) and "139" not in str(failed.value)
    error = Refused("张三丰")
    error.sqlstate = "张三丰"
    assert "张" not in database._kind(error)


def test_a_carriage_return_in_a_value_is_quoted_and_read_as_it_is(feeds: dict[str, Feed], tmp_path: Path) -> None:
    feed = feeds["service_centre.service_point"]
    module = SimpleNamespace(Error=sqlite3.Error, OperationalError=sqlite3.OperationalError)
    names = ["一\r站", "一\r\n站", "一,站", "一站"]
    values = [values_of(feed, {**POINT, "point_name": name}) for name in names]
    chunks = database._file(module, Answer(iter(())), lambda: iter([header_of(feed), *values]), "x")
    (tmp_path / "file").write_bytes(b"".join(chunks))
    read_again = read(tmp_path / "file", feed).frame[feed.column("point_name").header].to_list()
    assert read_again == [name.replace("\r\n", "\n") for name in names]


def test_a_file_of_no_contract_is_not_asked_for(
    collector: Collector, source: Make, port: int, password_file: Path
) -> None:
    with pytest.raises(CollectError, match=r"other_20261126\.csv: no contract takes a file of this name"):
        collector.collect("visits", asked(source, port, password_file, file="other_{yyyymmdd}.csv"))


def test_a_missing_library_says_how_it_is_installed(collector: Collector, source: Make, password_file: Path) -> None:
    found = source(
        kind="dameng", address="dameng://export@127.0.0.1/x", file=FILE, query=QUERY, password_file=password_file
    )
    with pytest.raises(CollectError, match=r"dmPython is not installed: pip install 'sihe\[dameng\]'"):
        collector.collect("visits", found)


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("pyformat", "select '100%%', a::date where b >= %s and b < %s and c > %s"),
        ("format", "select '100%%', a::date where b >= %s and b < %s and c > %s"),
        ("qmark", "select '100%', a::date where b >= ? and b < ? and c > ?"),
    ],
)
def test_arguments_are_the_drivers(style: str, text: str) -> None:
    query = "select '100%', a::date where b >= :from_on and b < :to_on and c > :from_on;"
    assert bound(query, style, date(2026, 12, 31)) == (text, ["2026-12-31", "2027-01-01", "2026-12-31"])


def test_values_have_one_text_each() -> None:
    values = [None, True, 3, Decimal("1.50"), Decimal("1E+2"), date(2026, 1, 2), datetime(2026, 1, 2, 3, 4, 5), "a"]
    assert [as_text(one) for one in values] == [
        "", "true", "3", "1.50", "100", "2026-01-02", "2026-01-02 03:04:05", "a",
    ]  # fmt: skip
    assert as_text(timedelta(hours=1)) == "1:00:00"
    with pytest.raises(CollectError, match="bytes, which has no text: cast it"):
        as_text(b"a")


def test_every_database_has_its_driver() -> None:
    assert set(database._DRIVERS) == {"mysql", "postgresql", "dameng", "kingbase"}


# ---------------------------------------------------------------- HTTP


def answer(to: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    to.send_response(status)
    for name, value in {"Content_Type": "text/csv", "Content_Length": str(len(body)), **headers}.items():
        if value:
            to.send_header(name.replace("_", "-"), value)
    to.end_headers()
    to.wfile.write(body)


def exported(source: Make, port: int, **more: Any) -> Any:
    address = f"http://127.0.0.1:{port}/export?day={{yyyy-mm-dd}}"
    return source(kind="http", address=address, file=FILE, **more)


def test_an_export_comes_with_its_token_and_days_without_a_file_are_told(
    collector: Collector, source: Make, tmp_path: Path
) -> None:
    heard = []

    def platform(to: BaseHTTPRequestHandler) -> None:
        heard.append((to.path, to.headers["X-Token"]))
        if "26" in to.path.rpartition("-")[2]:
            answer(to, b"", 404)
        else:
            answer(to, f"visit\n{to.path}\n".encode())

    with servers.http(platform) as port:
        found = exported(source, port, token_file=keep(tmp_path / "token", "t0ken"), header="X-Token")
        outcome = collector.collect("visits", found)
        assert outcome.fetched == NAMES[1:] and outcome.absent == NAMES[:1]
        assert collector.collect("visits", found).unchanged == NAMES[1:]
    assert heard[0] == ("/export?day=2026-11-26", "t0ken")
    assert in_inbox(collector)[NAMES[2]] == b"visit\n/export?day=2026-11-28\n"


def cut_short(to: BaseHTTPRequestHandler) -> None:
    answer(to, b"half", Content_Length="8")
    to.close_connection = True


def cut_chunks(to: BaseHTTPRequestHandler) -> None:
    answer(to, b"4\r\nhalf\r\n", Content_Length="", Transfer_Encoding="chunked")
    to.close_connection = True


@pytest.mark.parametrize(
    ("platform", "said"),
    [
        (cut_short, "peer closed"),
        (cut_chunks, "peer closed"),
        (lambda to: answer(to, b"x", Content_Length=""), "does not say how long it is"),
        (lambda to: answer(to, b"<html>sign in</html>", Content_Type="text/html; charset=utf-8"), "a web page came"),
        (lambda to: answer(to, b"", 401), "answers 401: look at token_file"),
        (lambda to: answer(to, b"", 302, Location="http://127.0.0.1:1/"), "answers 302"),
        (lambda to: answer(to, b"", 503), "answers 503"),
        (lambda to: answer(to, bytes(3 * 1024**2)), "larger than 1 MB"),
    ],
)
def test_an_answer_that_is_no_file_or_not_whole_is_not_kept(
    collector: Collector, source: Make, platform: servers.Answering, said: str
) -> None:
    def once(to: BaseHTTPRequestHandler) -> None:
        platform(to)
        to.close_connection = True

    with servers.http(once) as port, pytest.raises(CollectError, match=said):
        collector.collect("visits", exported(source, port).model_copy(update={"most_mb": 1}))
    assert in_inbox(collector) == {}


def test_a_server_that_trickles_ends_with_its_time(collector: Collector, source: Make) -> None:
    with servers.http(lambda to: answer(to, b"slow")) as port:
        slow = Collector(collector.inbox, collector.feeds, collector.now, most_seconds=-1)
        with pytest.raises(CollectError, match="takes longer than"):
            slow.collect("visits", exported(source, port))
    assert in_inbox(collector) == {}

"""Every bad input of the table ends in its state with its reasons, together with all others, and nothing is lost or
stopped.

Belongs here: loading the table once by the real intake, checking ledger and rows for each line, building and publishing
everything. Does not belong here: the table (`poison`), random files (`fuzz`).
"""

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.commands.status import FAIL, examine
from pipelines.delivery.privacy import redact_name
from tests.faults.place import Place
from tests.faults.poison import CASES, FEEDS, HELD, KEY, LOADED, POINT, Case, export
from tests.unit.desk import Desk
from tests.unit.helpers import put
from tests.walk.published import ask

FIRST_DAY = date(2024, 1, 5)
# Each is the only delivery of its feed and day; as few days as possible, because the marts have a row for each.
DAYS = {
    case.name: FIRST_DAY + timedelta(days=sum(one.feed == case.feed for one in CASES[:i]))
    for i, case in enumerate(CASES)
}
RECEIVED = datetime(2025, 9, 1, 3)
UNKNOWN, FUTURE = "no feed has files of this name", "business date out of range"
REJECTED, UNSEEN = "rejected", ""
# The second part of a reason: advice, or a question that says where to look.
ADVICE = (
    r"[:(] ?(?:save|export|quote|write|deliver|delete|keep|end|name|rename|give|open it|was it|is the|is this"
    r"|each column|the file is cut)"
)

# fmt: off
# Names for a good delivery of service points: the expected state (none: ignored) and reason.
NAMES = [
    ("service_centre_service_point_20231201.csv", LOADED, None),
    ("service_centre_service_point_20231202_r2.csv", LOADED, None),
    ("SERVICE_CENTRE_SERVICE_POINT_20231203.CSV", LOADED, None),
    ("service_centre_service_point_20231204_r0.csv", REJECTED, UNKNOWN),
    ("service_centre_service_point_20231204_r01.csv", REJECTED, UNKNOWN),
    ("service_centre_service_point_20231204_r99999.csv", REJECTED, UNKNOWN),
    ("service_centre_service_point_20231204 (1).csv", REJECTED, UNKNOWN),
    ("service_centre_service_point_20231204 - 副本.csv", REJECTED, UNKNOWN),
    ("service_centre_service_point_20231204.csv.bak", REJECTED, UNKNOWN),
    ("service_centre_service_point_20231204.csv ", REJECTED, UNKNOWN),
    ("service_centre_service_point_20231204.csv\n", REJECTED, UNKNOWN),
    ("service_centre_service_point_20231204.xlsx", REJECTED, UNKNOWN),
    ("service_centre_service_point_２０２３１２０４.csv", REJECTED, UNKNOWN),
    ("service_centre_service_point_20230229.csv", REJECTED, UNKNOWN),
    ("service_centre_service_point_20231301.csv", REJECTED, UNKNOWN),
    ("service_centre_service_point_00000101.csv", REJECTED, UNKNOWN),
    ("service_centre_service_point_00250105.csv", HELD, f"{FUTURE}: 0025-01-05 is before 2015-01-01"),
    ("service_centre_service_point_20991231.csv", HELD, f"{FUTURE}: 2099-12-31 is in the future"),
    ("..service_centre_service_point_20231204.csv", UNSEEN, None),
    (".service_centre_service_point_20231204.csv", UNSEEN, None),
    ("~$service_centre_service_point_20231204.csv", UNSEEN, None),
    ("service_centre_service_point_20231204.csv.part", UNSEEN, None),
    ("service_centre_service_point_20231204.csv.TMP", UNSEEN, None),
    ("service_centre_service_point_20231204.csv.filepart", UNSEEN, None),
    ("..\\..\\service_centre_service_point_20231204.csv", UNSEEN, None),
    ("-rf", REJECTED, UNKNOWN),
    ("$(reboot).csv", REJECTED, UNKNOWN),
    ("'; drop table ledger.delivery; --.csv", REJECTED, UNKNOWN),
    ("\u202evsc.20231204_tniop_ecivres", REJECTED, UNKNOWN),
    ("<img src=x onerror=alert(1)>.csv", REJECTED, UNKNOWN),
    ("长" * 85, REJECTED, UNKNOWN),
    ("NUL", REJECTED, UNKNOWN),
    ("*", REJECTED, UNKNOWN),
]
# fmt: on


@dataclass(frozen=True)
class Ended:
    """The result of a case: as `Case` expects it, and how many rows were counted independently of the parser."""

    state: str
    fates: tuple[int, int, int, int]
    says: tuple[str, ...]
    stored: object
    counted: int


@dataclass(frozen=True)
class Taken:
    place: Place
    ended: dict[str, Ended]
    seconds: float


def name_of(case: Case, day: date) -> str:
    return FEEDS[case.feed].file_template.replace("{yyyymmdd}", f"{day:%Y%m%d}")


def ended_of(desk: Desk, case: Case) -> Ended:
    platform, feed = case.feed.split(".")
    (line,) = desk.warehouse.lines(f"{platform}.{feed}", [DAYS[case.name]])
    rejected = desk.query(f"select distinct reasons from ledger.rejected_row where delivery_id = {line.delivery_id}")
    said = (line.reason, *sorted("; ".join(reasons) for (reasons,) in rejected))  # type: ignore[arg-type]
    fates = (line.rows_loaded, line.rows_rejected, line.rows_duplicate, line.rows_superseded)
    kept: object = None
    if case.column:
        query = f"select {case.column} from raw.{FEEDS[case.feed].table} where _business_date = '{DAYS[case.name]}'"
        kept = desk.query(f"{query} order by _row_number desc limit 1")[0][0]
    return Ended(line.state, fates, tuple(filter(None, said)), kept, line.rows_counted)


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory, parsed: Path) -> Iterator[Taken]:
    """A house that loaded the whole table; the environment is restored."""
    before = dict(os.environ)
    place = Place(tmp_path_factory.mktemp("poison"), KEY, parsed)
    inbox = place.here.settings.inbox
    for case in CASES:
        data = case.data if isinstance(case.data, bytes) else case.data()
        put(inbox, str(DAYS[case.name]), name_of(case, DAYS[case.name]), data, RECEIVED)
    started = time.monotonic()
    place.take()
    seconds = time.monotonic() - started
    with place.here.writing("a test") as opened:
        desk = Desk(opened, place.here.settings, list(FEEDS.values()), KEY)
        ended = {case.name: ended_of(desk, case) for case in CASES}
    yield Taken(place, ended, seconds)
    os.environ.clear()
    os.environ.update(before)


def test_the_table_is_long_and_its_lines_have_names_of_their_own() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 150
    assert {case.state for case in CASES} == {LOADED, HELD}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bad_input_ends_in_its_state_with_its_reasons(case: Case, taken: Taken) -> None:
    ended = taken.ended[case.name]
    assert (ended.state, ended.fates) == (case.state, case.fates), ended.says
    if case.state == HELD:
        assert ended.says[0].startswith(case.says[0])
    else:
        assert ended.says == case.says
    assert ended.counted == sum(ended.fates)
    if case.column:
        assert (str(ended.stored) if isinstance(case.stored, str) else ended.stored) == case.stored


@pytest.mark.parametrize("case", [case for case in CASES if case.state == HELD], ids=lambda case: case.name)
def test_whoever_reads_why_a_file_is_held_knows_what_to_do(case: Case, taken: Taken) -> None:
    """The advice follows the fault; no reason contains an error of a library."""
    (reason,) = taken.ended[case.name].says
    assert re.search(ADVICE, reason), reason
    assert not re.search(r"[a-z]Error|Iteration|Exception", reason)


def test_the_whole_table_costs_seconds(taken: Taken) -> None:
    """A hundred thousand columns used to take two minutes."""
    assert taken.seconds < 60


@pytest.fixture(scope="module")
def named(taken: Taken) -> Taken:
    """The same house after files with strange names, links, pipes and folders were in its inbox."""
    inbox = taken.place.here.settings.inbox
    for number, (name, _, _) in enumerate(NAMES):
        put(inbox, "names", name, export(POINT, *[{}] * (number + 1)), RECEIVED)
    elsewhere = inbox.parent / "elsewhere"
    name = "service_centre_service_point_2023110{}.csv"
    secret = put(elsewhere, "", name.format(1), export(POINT, {}), RECEIVED)
    (inbox / name.format(1)).symlink_to(secret)
    os.link(secret, inbox / name.format(2))
    os.mkfifo(inbox / name.format(3))
    (inbox / name.format(4)).mkdir()
    (inbox / "2023-11-05").symlink_to(elsewhere)
    (inbox / name.format(6)).symlink_to(inbox / name.format(6))
    taken.place.take()
    return taken


@pytest.mark.parametrize(("name", "state", "reason"), NAMES, ids=[ascii(name) for name, _, _ in NAMES])
def test_a_strange_name_ends_in_its_state_or_is_not_looked_at(
    name: str, state: str, reason: str | None, named: Taken
) -> None:
    with named.place.here.writing("a test") as opened:
        found = [(line.state, line.reason) for line in opened.lines() if line.file_name == redact_name(name)]
    assert found == ([(state, reason)] if state else [])


def test_links_pipes_and_folders_are_never_followed(named: Taken) -> None:
    with named.place.here.writing("a test") as opened:
        assert [line for line in opened.lines() if "202311" in line.file_name] == []
    (finding,) = (one for one in examine(named.place.here) if one.what == "inbox")
    assert "1 files have a second name (hard links) and are not taken" in finding.text


def test_a_rerun_changes_nothing(named: Taken) -> None:
    with named.place.here.writing("a test") as opened:
        before = opened.lines()
    assert named.place.take() == 0
    with named.place.here.writing("a test") as opened:
        assert opened.lines() == before


def test_all_of_it_is_built_and_published_with_every_row_accounted_for(named: Taken) -> None:
    named.place.build()
    home = named.place.here.settings.home
    unaccounted = "rows_counted <> rows_loaded + rows_rejected + rows_duplicate + rows_superseded"
    assert ask(home, f"select file_name from meta.delivery where {unaccounted}") == []
    files = {case.name: sum(case.fates) for case in CASES}
    assert ask(home, "select sum(rows_counted) from meta.delivery where business_date >= date '2024-01-05'") == [
        (sum(files.values()),)
    ]
    assert [finding.text for finding in examine(named.place.here) if finding.state == FAIL] == []

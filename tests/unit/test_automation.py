"""What a run should take, decided from what lies in the inbox and what has been seen: a pure function, a table."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.automation import what_to_take
from pipelines.contract import Feed
from pipelines.landing import Arrival

NOW = datetime(2024, 2, 1, 6, 0, 0)
LONG_AGO = NOW - timedelta(hours=3)
EVENT, FLOW, POINT = "command_centre.event", "command_centre.event_flow", "service_centre.service_point"


def arrival(
    feeds: list[Feed], day: date | None, name: str = "a.csv", at: datetime = LONG_AGO, folder: str = "d"
) -> Arrival:
    return Arrival(Path("/inbox") / folder / name, folder, name, tuple(feeds), day, 1, at, "s1", size=1)


def day(number: int) -> date:
    return date(2024, 1, number)


Found = list[tuple[list[str], date | None, datetime]]
Seen = dict[tuple[str, str, str], str]


@pytest.mark.parametrize(
    ("found", "seen", "answer"),
    [
        pytest.param([], {}, "nothing new in the inbox", id="an empty inbox"),
        pytest.param([([EVENT], day(5), LONG_AGO)], {}, ({EVENT}, day(5), day(5)), id="one file"),
        pytest.param(
            [([EVENT], day(5), LONG_AGO)], {(EVENT, "d", "0.csv"): "s1"}, "nothing new in the inbox", id="seen"
        ),
        pytest.param(
            [([EVENT], day(5), LONG_AGO)], {(EVENT, "d", "0.csv"): "s0"}, ({EVENT}, day(5), day(5)), id="changed"
        ),
        pytest.param(
            [([EVENT], day(5), LONG_AGO)], {(EVENT, "e", "0.csv"): "s1"}, ({EVENT}, day(5), day(5)), id="other folder"
        ),
        pytest.param(
            [([EVENT], day(5), LONG_AGO), ([POINT], day(2), LONG_AGO), ([EVENT], day(9), LONG_AGO)],
            {},
            ({EVENT, POINT}, day(2), day(9)),
            id="a range of days of two feeds",
        ),
        pytest.param(
            [([EVENT, FLOW], day(5), LONG_AGO)],
            {(EVENT, "d", "0.csv"): "s1"},
            ({FLOW}, day(5), day(5)),
            id="a workbook seen by one of its feeds",
        ),
        pytest.param([([], None, LONG_AGO)], {}, set(), id="of no feed"),
        pytest.param(
            [([], None, LONG_AGO)], {("", "d", "0.csv"): "s1"}, "nothing new in the inbox", id="of no feed, but known"
        ),
        pytest.param([([EVENT], date(2099, 1, 1), LONG_AGO)], {}, set(), id="of the future"),
        pytest.param([([EVENT], date(25, 1, 1), LONG_AGO)], {}, set(), id="of the year 25"),
        pytest.param([([EVENT], day(5), NOW)], {}, "30 s", id="arrived this moment"),
        pytest.param([([EVENT], day(5), NOW - timedelta(seconds=29))], {}, "30 s", id="arrived 29 s ago"),
        pytest.param(
            [([EVENT], day(5), NOW - timedelta(seconds=30))], {}, ({EVENT}, day(5), day(5)), id="arrived 30 s ago"
        ),
        pytest.param(
            [([EVENT], day(5), NOW + timedelta(days=1))], {}, ({EVENT}, day(5), day(5)), id="a clock that runs ahead"
        ),
        pytest.param(
            [([EVENT], day(5), LONG_AGO), ([POINT], day(5), NOW)], {}, "30 s", id="more of the same upload may follow"
        ),
        pytest.param(
            [([EVENT], day(5), LONG_AGO), ([], None, NOW)], {}, ({EVENT}, day(5), day(5)), id="a stray waits for nobody"
        ),
        pytest.param(
            [([EVENT], day(5), LONG_AGO), ([POINT], day(5), NOW)],
            {(POINT, "d", "1.csv"): "s1"},
            ({EVENT}, day(5), day(5)),
            id="what was seen waits for nobody",
        ),
    ],
)
def test_what_to_take(
    feeds: dict[str, Feed], found: Found, seen: Seen, answer: tuple[set[str], date, date] | set[str] | str
) -> None:
    arrivals = [arrival([feeds[f] for f in ids], on, f"{i}.csv", at) for i, (ids, on, at) in enumerate(found)]
    decided = what_to_take(arrivals, seen, NOW)
    if isinstance(answer, str):
        assert isinstance(decided, str)
        assert answer in decided
    else:
        assert decided == answer

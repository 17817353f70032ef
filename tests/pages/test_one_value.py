"""One quantity has one value: whatever two panels or pages print of the same area and days is the same number.

Belongs here: opening the pages and comparing. Does not belong here: where a panel prints what (printed.py), lists
against KPIs (test_agreement.py).
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from figures import published
from figures.kpis import INDICES, definitions
from figures.orgs import Register

from .conftest import go, markup
from .printed import Page, facts, parsed

Opener = Callable[..., AppTest]
Printed = Mapping[tuple[str, str], Mapping[str, list[str]]]
"""By quantity and area: each number that is printed, and the page of each time."""
EVERYWHERE = ("overview", "street", "community", "definitions", "events", "data")
MORE = ("visits", "capacity", "cobuilding", "property")
RANKED = ("event_on_time_close_rate", "overdue_open_per_1k", "care_visit_on_schedule_rate")


def pages_of(level: str) -> Iterator[tuple[str, str]]:
    """Pages and what else is asked of them."""
    yield from ((page, "") for page in EVERYWHERE)
    yield from (("type", f"&type={pillar}") for pillar in INDICES)
    if level == "district":
        yield "wall", ""
    yield from (("overview", f"&kpi={kpi}") for kpi in RANKED[1:])
    yield from ((page, "") for page in MORE)


def printed(app: AppTest, period: str, orgs: Sequence[str]) -> Printed:
    publication = published.current()
    assert publication
    register, kpis = Register.read(publication), definitions(publication)
    district, ids = register.of("district")[0].code, {kpi.zh: kpi.kpi_id for kpi in kpis.values()}
    found: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for org in orgs:
        for page, asked in pages_of(register.orgs[org or district].level):
            app = go(app, f"{page}?p={period}&vs=prev&org={org}{asked}")
            assert not app.exception, (page, org)
            kpi = asked.removeprefix("&kpi=") if asked.startswith("&kpi=") else RANKED[0]
            shown = Page(page, period, district, org or district, kpi, ids, parsed(markup(app)))
            for what, where, number in facts(shown):
                found[what, where][number].append(f"{page}?org={org}{asked}")
    return found


def compare(found: Printed) -> None:
    differing = {quantity: dict(numbers) for quantity, numbers in found.items() if len(numbers) > 1}
    assert not differing


@pytest.mark.parametrize("period", ["30d", "7d", "qtd"])
def test_a_number_is_the_same_wherever_it_is_printed(
    period: str, district: tuple[Path, Path, str], opened: Opener
) -> None:
    app = opened(district[0])
    publication = published.current()
    assert publication
    register = Register.read(publication)
    street = register.of("street")[1]
    below = (street.code, register.of("community", street.code)[0].code) if period == "30d" else ()
    found = printed(app, period, ("", *below))
    compare(found)
    twice = {what for (what, _), numbers in found.items() if any(len(times) > 1 for times in numbers.values())}
    assert {"overdue", "open", "closed", "due in 72", "feeds", *RANKED} <= twice
    assert len(twice) > 100


def test_odd_deliveries_give_one_number_too(full_home: Path, opened: Opener) -> None:
    compare(printed(opened(full_home), "30d", ("",)))


def test_a_second_value_of_a_quantity_is_found() -> None:
    compare({("overdue", "a"): {"3": ["overview", "events"]}, ("overdue", "b"): {"4": ["events"]}})
    with pytest.raises(AssertionError):
        compare({("overdue", "a"): {"3": ["overview"], "4": ["events"]}})

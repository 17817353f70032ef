"""The area and the days that sentences and files state are those of their numbers.

Belongs here: pages whose numbers are of another area or of other days than the filters say. Does not belong here: the
form of a file (test_downloads.py), pages of a city (test_above.py).
"""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from language import words

from .conftest import markup

Opener = Callable[..., AppTest]


def test_the_streets_page_of_a_community_is_of_the_street_around_it(full_home: Path, opened: Opener) -> None:
    """The community stays in the filter; name, score and the area of files are the street's."""
    org = sorted(re.findall(r"org=([0-9]{12})", markup(opened(full_home, "community"))))[0]
    of_street, page = opened(full_home, "street", org=org[:9]), opened(full_home, "street", org=org)
    findings = [re.findall(r'<div class="say">.*?</div>', markup(one))[0] for one in (of_street, page)]
    assert findings[0] == findings[1]
    for key in ("data_streets", "data_side_by_side"):
        scopes = []
        for one in (of_street, page):
            one.button(key=key).click().run()
            scopes += re.findall(r'class="scope">(.*)</div>', markup(one))
        assert scopes[0] == scopes[1], key


@pytest.mark.parametrize(
    ("page", "panel", "days"),
    [
        ("overview", "trend", 84),
        ("type", "trend", 84),
        ("visits", "visit_trend", 84),
        ("community", "timeline", 90),
        ("community", "reviews", 92),
    ],
)
def test_files_of_more_days_than_the_time_range_state_their_own(
    page: str, panel: str, days: int, full_home: Path, opened: Opener
) -> None:
    orgs = sorted(set(re.findall(r"org=([0-9]{12})", markup(opened(full_home, "community")))))
    for org in orgs if page == "community" else [""]:
        app = opened(full_home, page, p="7d", org=org)
        if f"data_{panel}" in {button.key for button in app.button}:
            break
    app.button(key=f"data_{panel}").click().run()
    (scope,) = re.findall(r'class="scope">(.*)</div>', markup(app))
    found = re.search(r"([0-9-]{10}) — ([0-9-]{10})", scope)
    assert found and words.WORDS["period.7d"][0] not in scope
    first, last = map(date.fromisoformat, found.groups())
    assert (last - first).days + 1 == days

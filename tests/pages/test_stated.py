"""The area and the days that sentences and files state are those of their numbers.

Belongs here: pages whose numbers are of another area or of other days than the filters say. Does not belong here: the
form of a file (test_downloads.py), pages of a city (test_above.py).
"""

import re
from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

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

"""Every story of the demo district is within three clicks of the overview, and the page reached says it.

Belongs here: following the table in docs/demo.md on ten days of the demo district. Does not belong here: the stories'
numbers (tests/walk/test_demo.py).
"""

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from streamlit.testing.v1 import AppTest

from .conftest import go, markup
from .told import stories

MOST_CLICKS = 3
WITHIN_TEN_DAYS = {"英达路", "清姜", "姜谭路西", "张家沟", "新民路", "昌盛路", "和谐路", "滨河路"}
Opener = Callable[..., AppTest]


class Reached(NamedTuple):
    said: str
    links: list[tuple[str, str]]
    """Text and target."""


def words(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def read(app: AppTest) -> Reached:
    assert not app.exception
    text = markup(app)
    found = re.findall(r'<a [^>]*data-go="([^"]*)"[^>]*>(.*?)</a>', text, re.DOTALL)
    # A symbol before the words, such as that of a badge, is no word.
    links = [(re.sub(r"^\W+", "", words(inner)), html.unescape(target)) for target, inner in found]
    return Reached(words(text), links)


def test_every_story_is_within_three_clicks_of_the_overview(district: tuple[Path, Path, str], opened: Opener) -> None:
    told = stories()
    assert len(told) == 11
    assert all(1 <= len(story.clicks) <= MOST_CLICKS and story.said for story in told)
    walked = [story for story in told if not story.is_shown_later]
    assert {name for name in WITHIN_TEN_DAYS for story in walked if story.where.startswith(name)} == WITHIN_TEN_DAYS

    app = opened(district[0])
    first, seen = read(app), dict[str, Reached]()
    for story in walked:
        here = first
        for click in story.clicks:
            target = next((where for text, where in here.links if text.startswith(click)), "")
            assert target, f"{story.where}: no link {click}"
            if target not in seen:
                seen[target] = read(go(app, target))
            here = seen[target]
        assert [text for text in story.said if text not in here.said] == [], story.where

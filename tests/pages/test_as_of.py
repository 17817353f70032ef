"""The dashboard as it was: the generation of another time, said on every page and kept by every link.

Belongs here: choosing it by the URL. Does not belong here: which generations are kept
(unit/publication/test_generations.py).
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from figures import published
from tests.pages.conftest import asked, markup

OLD, NEW = "20260301-080000", "20260302-080000"


@pytest.fixture
def two(republished: Callable[..., Path]) -> Path:
    """A home with two generations; the older one is of the morning before."""
    republished(OLD, "update meta.build set built_at = '2026-03-01 08:00:00'")
    return republished(NEW, "update meta.build set built_at = '2026-03-02 08:00:00'")


@pytest.mark.parametrize(
    ("moment", "generation"),
    [
        ("20260301", OLD), ("20260301-080000", OLD), ("20260301-075959", None), ("20260228", None),
        ("20260302", NEW), ("20260302-075959", OLD), ("20991231", NEW),
    ],
)  # fmt: skip
def test_the_newest_generation_of_that_time_is_shown(
    two: Path, monkeypatch: pytest.MonkeyPatch, moment: str, generation: str | None
) -> None:
    monkeypatch.setenv("SIHE_HOME", str(two))
    found = published.as_of(moment)
    assert (found.generation if found else None) == generation


def test_a_page_of_another_time_says_so_and_its_links_stay_there(two: Path, opened: Callable[..., AppTest]) -> None:
    app = opened(two, as_of="20260301")
    assert not app.exception
    text = markup(app)
    assert "历史版本：以下是 2026-03-01 08:00 发布时的数据。" in text
    assert asked(app)["as_of"] == "20260301"
    links = [part.split('"')[0] for part in text.split('data-go="')[1:]]
    assert len(links) > 20
    # Only the way back to now has no time.
    assert len([where for where in links if "as_of=20260301" not in where]) == 1


def of_an_older_version(republished: Callable[..., Path], *dropped: str) -> Path:
    """A home whose older generation has not yet what these pages read."""
    stamp = "update meta.build set built_at = '2026-03-01 08:00:00'"
    republished(OLD, stamp, *(f"drop {what}" for what in dropped))
    return republished(NEW, "update meta.build set built_at = '2026-03-02 08:00:00'")


def test_a_generation_of_an_older_version_says_so_where_it_lacks_something(
    republished: Callable[..., Path], opened: Callable[..., AppTest]
) -> None:
    home = of_an_older_version(republished, "table marts.sentinel", "table meta.rejected_row")
    app = opened(home, "data", as_of="20260301")
    assert not app.exception
    text = markup(app)
    assert "由另一版本的程序发布" in text and "发布于 2026-03-01 08:00，数据截至" in text
    assert "暂时显示不了" not in text
    (back,) = re.findall(r'class="way-back"><a [^>]*data-go="([^"]*)"', text)
    assert "as_of" not in back
    assert "由另一版本的程序发布" not in markup(opened(home, "data"))
    # The other pages of that time are as they were.
    assert "由另一版本的程序发布" not in markup(opened(home, "visits", as_of="20260301"))


def test_a_mark_that_an_older_generation_cannot_give_takes_nothing_else_away(
    republished: Callable[..., Path], opened: Callable[..., AppTest]
) -> None:
    home = of_an_older_version(republished, "view marts.kpi_restated")
    for page in ("overview", "type", "events"):
        text = markup(opened(home, page, as_of="20260301"))
        assert "由另一版本的程序发布" not in text and "历史版本：以下是" in text


def test_an_upgrade_before_its_first_night_says_what_to_run(
    republished: Callable[..., Path], opened: Callable[..., AppTest]
) -> None:
    text = markup(opened(republished(NEW, "drop table marts.sentinel"), "data"))
    assert "由另一版本的程序发布" in text and "sihe run" in text and "way-back" not in text


@pytest.mark.parametrize("moment", ["20260228", "yesterday", "2026-03-01"])
def test_a_time_of_which_nothing_is_kept_is_said_and_the_newest_is_shown(
    two: Path, opened: Callable[..., AppTest], moment: str
) -> None:
    app = opened(two, as_of=moment)
    assert not app.exception
    text = markup(app)
    assert "历史版本：以下是" not in text
    assert "as_of" not in asked(app)
    notice = text.split('class="notice"')[1].split("</div>")[0]
    assert "历史版本" in notice
    assert (f"20260228 及以前没有保留的版本，最早的是 {OLD}" in notice) is (moment == "20260228")

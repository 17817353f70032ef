"""What is made before readers come: the usual pages of a generation, once, and nothing that only makes pages slow."""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import warming
from figures import published
from reader import menu
from tests.pages.conftest import DASHBOARD

Asked = list[tuple[str, str]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    """The questions that the database is asked from now on, each with its scope; nothing is known before."""
    found: Asked = []
    answer = published._asked

    def noted(identity: published.Identity, scope: str, question: str, params: dict[str, Any]) -> list[published.Row]:
        found.append((scope, question))
        return answer(identity, scope, question, params)

    monkeypatch.setattr(published, "_asked", noted)
    monkeypatch.setattr(published, "_answers", type(published._answers)())
    monkeypatch.setattr(published, "_made_of", type(published._made_of)())
    yield found


@pytest.fixture
def filtered() -> Iterator[None]:
    """What `follow` adds to a logger of Streamlit is taken away again."""
    before = list(warming._REPORTS.filters)
    yield
    warming._REPORTS.filters[:] = before


def test_a_usual_page_asks_nothing_that_was_not_asked_ahead(
    full_home: Path,
    opened: Callable[..., AppTest],
    asked: Asked,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("SIHE_HOME", str(full_home))
    publication = published.current()
    assert publication is not None
    with caplog.at_level(logging.INFO, "sihe.dashboard"):
        warming.make(publication)
    assert [record.message for record in caplog.records if record.name == "sihe.dashboard"] == []
    assert len(asked) > 50 and {scope for scope, _ in asked} == {""}
    asked.clear()
    for page in menu.PAGES:
        app = opened(full_home, page)
        assert not app.exception
    assert asked == []


def test_a_new_generation_is_made_ahead_without_a_reader(
    republished: Callable[..., Path], asked: Asked, filtered: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIHE_HOME", str(republished("20260101-000001")))
    monkeypatch.setattr(warming, "LOOK_EVERY_SECONDS", 0.05)

    def wait_for(times: int) -> None:
        until = time.monotonic() + 60
        while [question for _, question in asked].count("feeds") < times:
            assert time.monotonic() < until
            time.sleep(0.05)

    stop = threading.Event()
    follower = threading.Thread(target=warming.follow, args=(stop,))
    follower.start()
    try:
        wait_for(1)
        republished("20260101-000002")
        wait_for(2)
    finally:
        stop.set()
        follower.join(60)
    assert not follower.is_alive()
    assert [question for _, question in asked].count("feeds") == 2


def test_without_anything_published_it_waits(
    nowhere: Path, asked: Asked, filtered: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIHE_HOME", str(nowhere))
    stop = threading.Event()
    stop.set()
    warming.follow(stop)
    assert asked == []


def test_those_that_ask_the_same_at_once_wait_for_one_answer(
    home: Path, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIHE_HOME", str(home))
    publication = published.current()
    assert publication is not None
    asked.clear()
    together = threading.Barrier(8)

    def ask() -> int:
        together.wait()
        return id(published.ask(publication, "feeds"))

    with ThreadPoolExecutor(8) as pool:
        answers = [one.result() for one in [pool.submit(ask) for _ in range(8)]]
    assert asked == [("", "feeds")] and len(set(answers)) == 1
    with ThreadPoolExecutor(8) as pool:
        failed = [pool.submit(published.ask, publication, "feed_trust") for _ in range(8)]
        assert all(isinstance(one.exception(), published.Unavailable) for one in failed)
    assert published._asking == {}


def test_the_pages_load_no_library_that_they_do_not_need(full_home: Path) -> None:
    """Streamlit loads pandas, numpy and pyarrow when it is given a table or a picture: 70 MB and half a second."""
    program = (
        "import runpy, sys, warming; from figures import published; runpy.run_path('app.py');"
        "warming.load(); warming.make(published.current());"
        "print(sorted({'pandas', 'numpy', 'pyarrow', 'PIL', 'polars'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=DASHBOARD,
        env={**os.environ, "SIHE_HOME": str(full_home)},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert ran.stdout.splitlines()[-1] == "[]"

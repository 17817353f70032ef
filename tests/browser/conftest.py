"""The real app in a real browser: one server a session and one Chromium a file.

Belongs here: starting and stopping them, and opening a page that reports every request and error. Does not belong here:
what is expected of pages.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Request, sync_playwright

DASHBOARD = Path(__file__).resolve().parents[2] / "dashboards"
sys.path.insert(0, str(DASHBOARD))
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
READY = ".foot, .blank-page, .wall-foot"


@contextmanager
def serve(home: Path) -> Iterator[str]:
    """The dashboard on a free port for the duration of the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "serve.py", "--server.port", str(port)],
        cwd=DASHBOARD,
        env={**os.environ, "SIHE_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}/"
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{address}_stcore/health", timeout=2).close()
                break
            except OSError:
                time.sleep(0.25)
        else:
            raise RuntimeError("the dashboard did not start")
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture(scope="session")
def address(home: Path) -> Iterator[str]:
    with serve(home) as where:
        yield where


@pytest.fixture(scope="session")
def district_address(district: tuple[Path, Path, str]) -> Iterator[str]:
    """The dashboard of the demo district, which has data on every page."""
    with serve(district[0]) as where:
        yield where


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser a file: while it is open, its worker has a running event loop, and neither a second browser nor
    `asyncio.run` starts beside it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
        yield browser
        browser.close()


class Visit:
    """An open page and what it did: requested hosts, errors."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.hosts: set[str] = set()
        self.errors: list[str] = []
        page.on("request", self._requested)
        page.on("pageerror", self._failed)

    def _requested(self, request: Request) -> None:
        # data: and blob: have no host and send no request.
        self.hosts.update({urlsplit(request.url).hostname or ""} - {""})

    def _failed(self, error: Error) -> None:
        self.errors.append(str(error))

    def open(self, address: str) -> "Visit":
        self.page.goto(address)
        self.page.wait_for_selector(READY, timeout=120_000)
        self.settle()
        return self

    def settle(self) -> None:
        """Waits until a rerun has ended: Streamlit marks this on its root element."""
        self.page.wait_for_timeout(250)
        self.page.wait_for_selector("[data-test-script-state=notRunning]", state="attached", timeout=120_000)
        self.page.wait_for_timeout(150)

    def end(self) -> Page:
        """The page, ready for another visit."""
        self.page.remove_listener("request", self._requested)
        self.page.remove_listener("pageerror", self._failed)
        self.page.goto("about:blank")
        return self.page


class Reader:
    """A profile and its pages, shared by all visits: a new profile loads and compiles Streamlit again, and a new page
    starts two processes of the browser."""

    def __init__(self, profile: BrowserContext) -> None:
        self.profile = profile
        self.idle: list[Page] = []

    def visit(self, width: int, height: int) -> Visit:
        page = self.idle.pop() if self.idle else self.profile.new_page()
        page.set_viewport_size({"width": width, "height": height})
        return Visit(page)


@pytest.fixture(scope="module")
def readers(chromium: Browser) -> dict[bool, Reader]:
    """A light and a dark one."""
    profiles = {
        dark: chromium.new_context(color_scheme="dark" if dark else "light", locale="zh-CN", accept_downloads=True)
        for dark in (False, True)
    }
    for profile in profiles.values():
        profile.set_default_timeout(120_000)
    return {dark: Reader(profile) for dark, profile in profiles.items()}


@pytest.fixture
def visit(readers: dict[bool, Reader]) -> Iterator[Callable[..., Visit]]:
    """Open pages: `visit(width, height, dark=True)`."""
    made: list[tuple[Reader, Visit]] = []

    def make(width: int = 1366, height: int = 768, *, dark: bool = False) -> Visit:
        made.append((readers[dark], readers[dark].visit(width, height)))
        return made[-1][1]

    yield make
    for reader, ended in made:
        reader.idle.append(ended.end())

"""One measured run of the dashboard on a published home: its server, and readers with a browser or without; prints the
measurements as JSON.

Belongs here: starting the server, cold or warm, what readers open and click, stopwatches. Does not belong here: a
reader without a browser (`person`); repeating, comparing, writing down (`compare_pages`).

    python -m tests.benchmarks.pages browser HOME
    python -m tests.benchmarks.pages reruns HOME SECONDS
    python -m tests.benchmarks.pages scoped HOME STREETS
    python -m tests.benchmarks.pages people HOME SECONDS PEOPLE
"""

import asyncio
import json
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import sysconfig
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
from playwright.sync_api import Page, sync_playwright
from websockets.exceptions import WebSocketException

from tests.browser.conftest import DASHBOARD, FLAGS, READY

from . import night
from .person import Person, Shown, View

WAIT = 60
"""Seconds after which a reader gives up."""
THINKS = (5, 15)
"""Seconds between two views of one person, minimum and maximum; shorter in a run of less than four times as many."""
SEED = 20251231
CROWD = 8
"""Readers without a pause, compared with one alone."""
OF_NO_AREA = ("data", "readiness")
"""Pages that ask the same for every area: one who sees the district has their answers from the first area on."""
DISTRICT = "p=30d&vs=prev"
"""Scopes that are compared with the open pages."""

CLICKS = {
    "street": ("a.tile-street", r"/\?.*org=\d{9}(&|$)"),
    "community": ("a.rank-row", r"/\?.*org=\d{12}(&|$)"),
    "event": (".st-key-panel_evidence a.ledger-go", r"/events\?.*event="),
    "up": (".crumbs a", r"/events\?(?!.*org=)"),
}
"""The way down from the district and back: what is clicked, and the URL it leads to."""

_CLICK = """([selector, address, ready]) => new Promise((shown, failed) => {
  const root = document.querySelector('[data-test-script-state]');
  const clicked = performance.now();
  let ran = false;
  const look = () => {
    const state = root.getAttribute('data-test-script-state');
    ran ||= state === 'running';
    if (!ran || state !== 'notRunning' || !new RegExp(address).test(location.pathname + location.search)) return;
    if (!document.querySelector(ready)) return;
    watch.disconnect();
    clearInterval(clock);
    requestAnimationFrame(() => requestAnimationFrame(() => shown((performance.now() - clicked) / 1000)));
  };
  const watch = new MutationObserver(look);
  watch.observe(root, { attributes: true });
  // The address of another page may come a moment after the run has ended.
  const clock = setInterval(look, 10);
  setTimeout(() => failed(new Error(`${selector} led to ${location.href}, not to ${address}`)), 60000);
  document.querySelector(selector).click();
})"""
"""Clicks, and waits until Streamlit reports the end of the run at that URL and the browser has painted twice."""


@dataclass(frozen=True)
class Server:
    """A running dashboard: one process."""

    address: str
    pid: int
    seconds: float
    """From its start until it answered."""

    def peak_mib(self) -> float:
        """Its largest resident set so far."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024

    def processor(self) -> float:
        """Processor seconds until now, of all its threads, those that have ended too."""
        # The clock of another process, as clock_getcpuclockid(3) makes its number: /proc counts in hundredths of a
        # second, which is what a small page takes.
        return time.clock_gettime(~self.pid << 3 | 2)


@contextmanager
def serve(home: Path, gate: str = "") -> Iterator[Server]:
    """The dashboard on a free port for the duration of the block; its errors go to the terminal. gate: 1 if readers
    name themselves as a gate does."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address, started = f"http://127.0.0.1:{port}/", time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "serve.py", "--server.port", str(port), "--logger.level", "warning"],
        cwd=DASHBOARD,
        env={**os.environ, "SIHE_HOME": str(home), "SIHE_GATE": gate},
        stdout=subprocess.DEVNULL,
    )
    try:
        while True:
            try:
                urllib.request.urlopen(f"{address}_stcore/health", timeout=2).close()
                break
            except OSError:
                if server.poll() is not None or time.perf_counter() - started > WAIT:
                    raise SystemExit("the dashboard did not start") from None
                time.sleep(0.02)
        yield Server(address, server.pid, time.perf_counter() - started)
    finally:
        server.terminate()
        server.wait(timeout=WAIT)


def browser(home: Path) -> dict[str, float]:
    """The first page of a server that was just started with a cold page cache, then warm pages and the clicks down to
    an event, each once before the server has shown it and once after."""
    found: dict[str, float] = {}
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
        print(f"Chromium {chromium.version}")

        def reader() -> Page:
            """A browser with an empty cache."""
            return chromium.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN").new_page()

        def opened(page: Page, address: str) -> float:
            started = time.perf_counter()
            page.goto(address, wait_until="commit")
            page.wait_for_selector(READY, timeout=1000 * WAIT)
            seconds = time.perf_counter() - started
            page.wait_for_selector("[data-test-script-state=notRunning]", state="attached", timeout=1000 * WAIT)
            return seconds

        libraries = [Path(sysconfig.get_path(name)) for name in ("stdlib", "platlib", "purelib")]
        for place in {home / "published", DASHBOARD, *libraries}:
            night.drop_from_page_cache(place)
        with serve(home) as server:
            first = reader()
            found["start"], found["cold"] = server.seconds, opened(first, server.address)
            found["memory"] = server.peak_mib()
            found["new reader"] = opened(reader(), server.address)
            found["warm"] = opened(first, server.address)
            for turn in ("first", "again"):
                opened(first, server.address)
                for name, (selector, address) in CLICKS.items():
                    first.wait_for_selector(selector, timeout=1000 * WAIT)
                    found[f"{name} {turn}"] = first.evaluate(_CLICK, [selector, address, READY])
        chromium.close()
    return found


async def reruns(server: Server, seconds: float) -> dict[str, float]:
    """Every page of the district twice, then reruns without a pause: by one reader, and by several at once."""
    one = await Person.arrive(server.address)
    found = {"overview first": _whole(await one.show(View("", DISTRICT))).seconds}
    views = [View(page, DISTRICT) for page in one.pages]
    for turn in ("first", "again"):
        for view in views:
            shown_in = _whole(await one.show(view)).seconds
            found.setdefault(f"{view.page or 'overview'} {turn}", shown_in)
    await one.leave()
    for count in (1, CROWD):
        until = time.perf_counter() + seconds

        async def hurry(offset: int, until: float = until) -> list[Shown]:
            person = await Person.arrive(server.address)
            shown: list[Shown] = []
            await person.show(views[0])
            while not shown or time.perf_counter() < until:
                shown.append(_whole(await person.show(views[(offset + len(shown)) % len(views)])))
            await person.leave()
            return shown

        started, used = time.perf_counter(), server.processor()
        lives = await asyncio.gather(*(hurry(number) for number in range(count)))
        took, times = time.perf_counter() - started, [shown.seconds for life in lives for shown in life]
        # The view that each begins with is a run too.
        runs = len(times) + count
        found |= {f"rate {count}": runs / took, f"processor {count}": (server.processor() - used) / runs}
        found[f"p50 {count}"] = statistics.median(times)
    found["memory"] = server.peak_mib()
    return found


async def scoped(server: Server, home: Path, count: int) -> dict[str, float]:
    """Processor seconds of the pages of `count` streets, first to one who sees the district and then to one who sees
    that street alone, each time without cached answers; and what making the views of a scope takes."""

    def named(role: str, org: str) -> dict[str, str]:
        return {"X-Sihe-User": role, "X-Sihe-Role": role, "X-Sihe-Org": org, "X-Sihe-Session": f"{role}-{org}"}

    async def cost(person: Person, view: View) -> float:
        used = server.processor()
        _whole(await person.show(view))
        return server.processor() - used

    streets = sorted({code[:9] for code in _communities(home)})[:count]
    leader = await Person.arrive(server.address, named("leader", streets[0][:6]))
    await cost(leader, View("", DISTRICT))
    # The page of the data asks the same for every area: what a scope's first one takes more is the making of the views.
    plain = await cost(leader, View("data", DISTRICT))
    for page in leader.pages:
        await cost(leader, View(page, DISTRICT))
    first, opened, narrowed = list[float](), dict[str, float](), dict[str, float]()
    for street in streets:
        person = await Person.arrive(server.address, named("street", street))
        first.append(await cost(person, View("data", f"{DISTRICT}&org={street}")) - plain)
        for page in [page for page in leader.pages if page not in OF_NO_AREA]:
            view = View(page, f"{DISTRICT}&org={street}")
            for reader, found in ((leader, opened), (person, narrowed)):
                found[page] = found.get(page, 0.0) + await cost(reader, view) / len(streets)
        await person.leave()
    await leader.leave()
    return {
        "making the views": statistics.median(first),
        "open": sum(opened.values()) / len(opened),
        "scoped": sum(narrowed.values()) / len(narrowed),
        **{f"ratio {page or 'overview'}": narrowed[page] / opened[page] for page in opened},
    }


def thinks(seconds: float) -> tuple[float, float]:
    """The pauses of people who read for this many seconds in total, so that everyone reaches a second view."""
    longest = min(THINKS[1], seconds / 4)
    return longest * THINKS[0] / THINKS[1], longest


async def people(server: Server, home: Path, seconds: float, count: int) -> dict[str, float]:
    """A number of people with pauses, each with a street and a community of their own; before them one alone without
    pauses, for a sixth of the time."""
    places = _communities(home)
    one = await Person.arrive(server.address)
    await one.show(View(""))
    pages = list(one.pages)
    walk = _walk(random.Random(SEED), pages, places[0])
    alone, until = list[float](), time.perf_counter() + seconds / 6
    while not alone or time.perf_counter() < until:
        alone.append(_whole(await one.show(next(walk))).seconds)
    await one.leave()
    found = {"alone": statistics.median(alone), "memory before": server.peak_mib()}
    started, used, pauses = time.perf_counter(), server.processor(), thinks(seconds)

    async def live(number: int) -> tuple[list[Shown], list[Shown]]:
        """The pages that one person opened by URL, and those that followed."""
        luck = random.Random(SEED + number)
        walk = _walk(luck, pages, places[number % len(places)])
        person: Person | None = None
        opened: list[Shown] = []
        followed: list[Shown] = []
        pause = luck.uniform(0, pauses[1])
        # A person whose pause would last beyond the end leaves: the total time ends with the last view.
        while time.perf_counter() + pause < started + seconds:
            await asyncio.sleep(pause)
            view = View("", DISTRICT) if person is None else next(walk)
            to = opened if person is None else followed
            begun = time.perf_counter()
            try:
                async with asyncio.timeout(WAIT):
                    person = person or await Person.arrive(server.address)
                    to.append(await person.show(view))
            except (OSError, TimeoutError, WebSocketException) as reason:
                to.append(Shown(view, time.perf_counter() - begun, type(reason).__name__))
                if person:
                    await person.leave()
                person = None
            pause = luck.uniform(*pauses)
        if person:
            await person.leave()
        return opened, followed

    lives = await asyncio.gather(*(live(number) for number in range(1, count + 1)))
    took = time.perf_counter() - started
    opened = [shown for life in lives for shown in life[0]]
    followed = [shown for life in lives for shown in life[1]]
    wrong = Counter((shown.view.page or "overview", shown.error) for shown in (*opened, *followed) if shown.error)
    for (page, error), often in wrong.most_common():
        print(f"{often} × {page}: {error}", file=sys.stderr)
    times = [shown.seconds for shown in followed]
    if len(times) < 2:
        raise SystemExit(f"{seconds:.0f} s are too few for people to come to a second view")
    return {
        **found,
        "views": len(opened) + len(followed),
        "rate": (len(opened) + len(followed)) / took,
        "opening": statistics.median(shown.seconds for shown in opened),
        "p50": statistics.median(times),
        "p95": statistics.quantiles(times, n=20, method="inclusive")[18],
        "max": max(times),
        "processor": (server.processor() - used) / (len(opened) + len(followed)),
        "errors": wrong.total(),
        "cores": (server.processor() - used) / took,
        "memory": server.peak_mib(),
    }


def _walk(luck: random.Random, pages: Sequence[str], community: str) -> Iterator[View]:
    """Any page, of the district, of one street or of one community in it; usually for the default 30 days."""
    while True:
        org = luck.choice(("", community[:9], community))
        query = f"p={luck.choice(('30d', '30d', '7d'))}&vs=prev"
        yield View(luck.choice(pages), f"{query}&org={org}" if org else query)


def _communities(home: Path) -> list[str]:
    named = json.loads((home / "published" / "current.json").read_text(encoding="utf-8"))["file"]
    with duckdb.connect(str(home / "published" / named), read_only=True) as connection:
        rows = connection.execute(
            "select org_code from marts.dim_org where org_level = 'community' order by org_code"
        ).fetchall()
    found = [code for (code,) in rows if re.fullmatch(r"\d{12}", code)]
    random.Random(SEED).shuffle(found)
    return found


def _whole(shown: Shown) -> Shown:
    if shown.error:
        raise SystemExit(f"{shown.view}: {shown.error}")
    return shown


if __name__ == "__main__":
    program, place, *numbers = sys.argv[1:]
    if program == "browser":
        took = browser(Path(place))
    else:
        with serve(Path(place), "1" if program == "scoped" else "") as running:
            if program == "scoped":
                took = asyncio.run(scoped(running, Path(place), int(numbers[0])))
            elif program == "reruns":
                took = asyncio.run(reruns(running, float(numbers[0])))
            else:
                took = asyncio.run(people(running, Path(place), float(numbers[0]), int(numbers[1])))
    print(json.dumps(took))

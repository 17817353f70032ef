"""The section on pages: in a browser, without one, and with many people; and the section on scoped pages.

Belongs here: what is compared with what, the tables and their words. Does not belong here: one measured run (`pages`).
Standard library only, as `measure`.
"""

import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from . import measure
from .measure import Outcome, spread, table, verdict

Numbers = Sequence[Mapping[str, float]]

IN_BROWSER = {
    "start": "the server, from its start until it answers",
    "cold": "first page after the cold start",
    "new reader": "the same page, a reader who comes for the first time",
    "warm": "the same page again: a warm page",
    "street first": "click: district → a street",
    "community first": "click: street → a community",
    "event first": "click: community → an event's lifecycle",
    "up first": "click: back up to the district",
    "street again": "the clicks again: → the street",
    "community again": "→ the community",
    "event again": "→ the event",
    "up again": "→ back up",
}
AIM_SCOPED = 1.2
"""Times what a page costs who sees the district."""


def section(home: Path, people: int, seconds: int, runs: int) -> str:
    """The pages of a published home."""
    print(f"pages: {home}, {people} people for {seconds} s, {runs} runs", flush=True)
    where, home = measure.machine(), home.resolve()
    each = max(2, seconds // 6)
    sides: dict[str, Callable[[], Outcome]] = {
        "browser": partial(measure.python, "pages", "browser", home),
        "reruns": partial(measure.python, "pages", "reruns", home, each),
        "people": partial(measure.python, "pages", "people", home, seconds, people),
    }
    found = measure.interleaved(runs, sides)
    browser, reruns, crowd = ([outcome.numbers() for outcome in found[side]] for side in sides)
    return f"""## Pages

{where} {found["browser"][0].lines[-2][1]}.

**What.** The dashboard on a published demo district: {_published(home)}. One server process, with
the settings of `dashboards/.streamlit/config.toml`, a new one for every part of a run; the readers run on the same
machine. {runs} runs.

In a browser: headless, 1366 × 768, Chinese. A page is measured from the navigation to the mark at its end (the footer),
a click until Streamlit has ended the run at the new URL and two frames are painted. Cold: the server has just been
started, and the published files, the dashboard's code and Python's libraries were dropped from the page cache before;
Chromium is already running, with nothing of the dashboard in its cache. A reader who comes for the first time also has
an empty cache, but the server is warm. The clicks: from the overview of the district, on pages that the server has not
shown before, then the same way again.

{_in_browser(browser)}

Without a browser: a reader is a websocket that speaks Streamlit's protocol as a browser does (`person`), and a page
takes from sending the request for a rerun until its script has finished. Every page of the district, one reader: first,
before the server has shown it (the overview is its first page), and again, with cached results.

{_by_page(reruns)}

Reruns a second of one process: readers without pauses, {each} s each, all pages in turn, results cached. Processor
time is the server's, all threads.

{_throughput(reruns)}

{people} people for {seconds} s: everyone opens the overview early on, then thinks 5 – 15 s (less in a run of less than
a minute) before each next view: any page, of the district, of a street or of a community of their own, for 30 days or
7, from a seed. Before them one of them goes the same kind of way alone and without a pause. What follows the opening
makes p50 and p95. An error is an exception on the page, a page that cannot be shown or lacks its end, a lost
connection, or no end within 60 s. Memory is the server's largest resident set (`VmHWM`).

{_crowd(crowd)}
"""


def scoped_section(home: Path, streets: int, runs: int) -> str:
    """What the pages of a published home cost more for a reader of a part of the district."""
    print(f"scoped pages: {home}, {streets} streets, {runs} runs", flush=True)
    where, home = measure.machine(), home.resolve()
    found = measure.interleaved(runs, {"scoped": partial(measure.python, "pages", "scoped", home, streets)})
    return f"""## Scoped pages

{where}

**What.** The pages of {streets} streets of a published demo district ({_published(home)}), each first to a reader who
sees the district, then to one who sees that street alone, without cached answers. One server process; a page is its
processor time, all threads. The scope is made at its first page of a generation. {runs} runs.

{_scoped([outcome.numbers() for outcome in found["scoped"]])}
"""


def _published(home: Path) -> str:
    current = json.loads((home / "published" / "current.json").read_text(encoding="utf-8"))
    size = (home / "published" / current["file"]).stat().st_size
    return f"generation {current['generation']}, a file of {size / 1e6:,.0f} MB"


def _in_browser(numbers: Numbers) -> str:
    lines = []
    for name, title in IN_BROWSER.items():
        ratios = [one[name] / one["cold"] for one in numbers]
        lines.append([title, spread([one[name] for one in numbers]), "1" if name == "cold" else spread(ratios)])
    return table(["", "seconds", "÷ first page after the cold start"], lines)


def _by_page(numbers: Numbers) -> str:
    pages = [name.removesuffix(" again") for name in numbers[0] if name.endswith(" again")]
    lines = [
        [
            page,
            spread([one[f"{page} first"] for one in numbers]),
            spread([one[f"{page} again"] for one in numbers]),
            spread([one[f"{page} again"] / one[f"{page} first"] for one in numbers]),
        ]
        for page in pages
    ]
    return table(["page", "seconds, first", "seconds, again", "again ÷ first"], lines)


def _throughput(numbers: Numbers) -> str:
    counts = [name.removeprefix("rate ") for name in numbers[0] if name.startswith("rate ")]
    lines = [
        [
            count,
            spread([one[f"rate {count}"] for one in numbers], 1),
            "1" if count == "1" else spread([one[f"rate {count}"] / one["rate 1"] for one in numbers]),
            spread([one[f"p50 {count}"] for one in numbers]),
            spread([one[f"processor {count}"] for one in numbers], 3),
        ]
        for count in counts
    ]
    head = ["readers", "reruns a second", "÷ one reader", "seconds, p50", "processor seconds a rerun"]
    return table(head, lines)


def _scoped(numbers: Numbers) -> str:
    ratios = [one["scoped"] / one["open"] for one in numbers]
    by_page = {
        name.removeprefix("ratio "): [one[name] for one in numbers] for name in numbers[0] if name.startswith("ratio ")
    }
    worst = max(by_page, key=lambda page: statistics.median(by_page[page]))
    aim = f"{AIM_SCOPED:g}"
    lines = [
        ["making the views of a scope", spread([one["making the views"] for one in numbers]), "", "", ""],
        ["a page of a street, open", spread([one["open"] for one in numbers], 3), "1", "", ""],
        [
            "the same, scoped",
            spread([one["scoped"] for one in numbers], 3),
            spread(ratios),
            aim,
            verdict(ratios, AIM_SCOPED),
        ],
        [
            f"the page that costs most more: {worst}",
            "",
            spread(by_page[worst]),
            aim,
            verdict(by_page[worst], AIM_SCOPED),
        ],
    ]
    return table(["", "processor seconds", "÷ open", "aim", "where we stand"], lines)


def _crowd(numbers: Numbers) -> str:
    def of(name: str, digits: int = 2) -> str:
        return spread([one[name] for one in numbers], digits)

    def over(name: str, other: str) -> str:
        return spread([one[name] / one[other] for one in numbers])

    views, errors = (int(sum(one[name] for one in numbers)) for name in ("views", "errors"))
    more = statistics.median(one["memory"] - one["memory before"] for one in numbers)
    lines = [
        ["one alone, p50, seconds", of("alone"), "1"],
        ["opening the overview, p50, seconds", of("opening"), over("opening", "alone") + " × alone"],
        ["p50, seconds", of("p50"), over("p50", "alone") + " × alone"],
        ["p95, seconds", of("p95"), over("p95", "p50") + " × p50"],
        ["longest, seconds", of("max"), over("max", "p50") + " × p50"],
        ["views a second", of("rate", 1), ""],
        ["processor seconds a view", of("processor", 3), ""],
        ["cores that the server used", of("cores"), ""],
        ["errors, all runs", f"{errors:,}", f"{100 * errors / views:.2f} % of {views:,} views"],
        [
            "peak memory, MiB",
            of("memory", 0),
            over("memory", "memory before") + f" × after the one alone, {more:,.0f} MiB more",
        ],
    ]
    return table(["", "", "ratio"], lines)

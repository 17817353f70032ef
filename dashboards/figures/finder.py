"""What a reader searches for: streets, communities, grids, events and KPIs that fit a typed text, from the published
generation alone, and pages.

Belongs here: what is searched, and the order of the hits. Does not belong here: how a name fits (pinyin.py), the page
that a hit opens (page/search.py).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from figures import codes, pinyin, published
from figures.kpis import Kpi
from figures.orgs import Register
from figures.published import Publication, Row

Kind: TypeAlias = Literal["street", "community", "grid", "event", "page", "kpi"]
KINDS: tuple[Kind, ...] = ("street", "community", "grid", "event", "page", "kpi")
MOST = 6
"""Hits of one kind."""
LEAST_OF_NUMBER = 4
"""Characters from which a text is looked up as a part of a number."""
NUMBER = re.compile(r"[0-9a-z_-]+")


@dataclass(frozen=True)
class Hit:
    kind: Kind
    code: str
    name: str
    under: str = ""
    """Code of the place that it belongs to; for a KPI its type."""
    category: str = ""
    """Of an event."""


def find(
    publication: Publication,
    register: Register,
    kpis: Mapping[str, Kpi],
    pages: Mapping[str, tuple[str, str]],
    text: str,
    lang: str,
) -> list[Hit]:
    """At most MOST hits of each kind, in the order of KINDS, the best first. pages: titles by name, Chinese and
    English."""
    wanted = pinyin.typed(text)
    if not wanted:
        return []
    found: dict[Kind, Iterable[tuple[int, Hit]]] = {
        "street": _places(register, "street", wanted),
        "community": _places(register, "community", wanted),
        "grid": _grids(publication, wanted),
        "event": _events(publication, text.strip(), wanted),
        "page": _pages(pages, wanted, lang),
        "kpi": _kpis(kpis, wanted, lang),
    }
    return [hit for kind in KINDS for _, hit in sorted(found[kind], key=_order)[:MOST]]


def _order(scored: tuple[int, Hit]) -> tuple[int, str]:
    return scored[0], scored[1].code


def _is_number(wanted: str) -> bool:
    return len(wanted) >= LEAST_OF_NUMBER and NUMBER.fullmatch(wanted) is not None


def _places(register: Register, level: Literal["street", "community"], wanted: str) -> Iterator[tuple[int, Hit]]:
    for org in register.of(level):
        if (fits := _best((org.label, org.name), org.code, wanted)) is not None:
            yield fits, Hit(level, org.code, org.name, org.parent or "")


def _grids(publication: Publication, wanted: str) -> Iterator[tuple[int, Hit]]:
    for row in published.ask(publication, "grid_names"):
        name = row["grid_name"] or row["grid_code"]
        if (fits := _best((name, *_called(row)), row["grid_code"], wanted)) is not None:
            yield fits, Hit("grid", row["grid_code"], name, codes.community_of(row["grid_code"]))


def _called(row: Row) -> tuple[str, ...]:
    """What people call the third grid of 新建路社区: 新建路3, 新建路003网格, 新建路第3网格."""
    community, number = row["community"], row["grid_code"][codes.COMMUNITY :]
    short = number.lstrip("0") or number
    return f"{community}{short}网格", f"{community}{number}网格", f"{community}第{short}网格"


def _best(names: tuple[str, ...], code: str, wanted: str) -> int | None:
    fits = [fit for name in names if (fit := pinyin.fit(name, wanted)) is not None]
    if _is_number(wanted) and code.startswith(wanted):
        fits.append(pinyin.BEGINS)
    return min(fits, default=None)


def _events(publication: Publication, text: str, wanted: str) -> Iterator[tuple[int, Hit]]:
    """By the beginning or the end of the number: people quote its last digits."""
    if not _is_number(wanted):
        return
    for row in published.ask(publication, "event_numbers", text=text, most=MOST):
        is_whole = row["event_id"].lower() == wanted
        name = row["subcategory"] or ""
        hit = Hit("event", row["event_id"], name, row["community_code"], row["category"])
        yield (pinyin.WHOLE if is_whole else pinyin.BEGINS), hit


def _pages(pages: Mapping[str, tuple[str, str]], wanted: str, lang: str) -> Iterator[tuple[int, Hit]]:
    """By either title."""
    for name, titles in pages.items():
        fits = [fit for title in titles if (fit := pinyin.fit(title, wanted)) is not None]
        if fits:
            yield min(fits), Hit("page", name, titles[0 if lang == "zh" else 1])


def _kpis(kpis: Mapping[str, Kpi], wanted: str, lang: str) -> Iterator[tuple[int, Hit]]:
    """By either name, or by its id."""
    for kpi in kpis.values():
        fits = [fit for name in (kpi.zh, kpi.en, kpi.kpi_id) if (fit := pinyin.fit(name, wanted)) is not None]
        if fits:
            yield min(fits), Hit("kpi", kpi.kpi_id, kpi.name(lang), kpi.pillar)

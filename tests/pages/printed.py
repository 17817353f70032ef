"""The numbers that a page prints, read back from its markup: what each is about, and how it is written.

Belongs here: where each panel prints which number. Does not belong here: whether they agree (test_one_value.py).

A reader knows a panel by its classes and a number by the link around it, as a person does; it takes nothing from the
figures, and so sees what is printed.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TypeAlias

from figures import codes

VOID = {"br", "img", "hr", "input", "line", "circle"}
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?(?: 万)?%?")
BACKLOG, OVERLOADED, HEADLINE = "overdue_open_per_1k", "overloaded_worker_share", "event_on_time_close_rate"


@dataclass
class Node:
    """An element of markup; text between its children is a child without a name."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: list["Node"] = field(default_factory=list)
    own: str = ""

    @property
    def text(self) -> str:
        return self.own + "".join(child.text for child in self.children)

    def __iter__(self) -> Iterator["Node"]:
        for child in self.children:
            yield child
            yield from child

    def all(self, selector: str) -> list["Node"]:
        """What is inside: `b`, `.tile`, `.con-row b`; later parts inside the earlier ones."""
        first, _, rest = selector.partition(" ")
        found = [
            node
            for node in self
            if (first[1:] in node.attributes.get("class", "").split() if first[0] == "." else node.name == first)
        ]
        return [inner for node in found for inner in node.all(rest)] if rest else found

    def number(self, selector: str = "") -> str:
        """The first number in the first of these; empty if there is none."""
        found = self.all(selector) if selector else [self]
        return written(found[0].text) if found else ""

    @property
    def target(self) -> tuple[str, dict[str, str]]:
        """Page and parameters of a link."""
        page, _, query = self.attributes.get("data-go", "").partition("?")
        return page, dict(pair.split("=", 1) for pair in query.split("&") if pair)


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.path = [Node("page")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.path[-1].children.append(node)
        if tag not in VOID:
            self.path.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            while self.path.pop().name != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.path[-1].children.append(Node("", own=data))


def parsed(markup: str) -> Node:
    builder = _Builder()
    builder.feed(markup)
    return builder.path[0]


def written(text: str) -> str:
    """The first number of a text; a duration whole."""
    if duration := re.search(r"\d+ 天(?: \d+ 小时)?|[\d.]+ 小时", text):
        return duration.group()
    found = NUMBER.search(text)
    return found.group() if found else ""


@dataclass(frozen=True)
class Page:
    """An open page: which one, of which area and days, for which KPI."""

    name: str
    period: str
    district: str
    area: str
    kpi: str
    ids: Mapping[str, str]
    """KPI by Chinese name."""
    tree: Node

    def org(self, link: Node) -> str:
        return link.target[1].get("org", self.district)


Facts: TypeAlias = Iterator[tuple[str, str, str]]
"""What a number is about, of which area, and the number as it is written."""


def scores(page: Page) -> Facts:
    for link in page.tree.all(".card-main"):
        if link.target[0] == "type":
            yield "score " + link.target[1]["type"], page.area, link.number(".card-value")
    for link in page.tree.all(".tab"):
        yield "score " + link.target[1]["type"], page.area, link.number("b")
    for link in page.tree.all(".heat-go"):
        if link.target[0] in ("type", "overview"):
            yield "score " + link.target[1].get("type", "overall"), page.org(link), link.number("b")
    for link in page.tree.all(".cmp"):
        what = "score " + link.target[1].get("type", "overall")
        street, district = link.all(".cmp-against b")
        yield what, page.area, link.number(".cmp-value")
        yield what, page.area[: codes.STREET], written(street.text)
        yield what, page.district, written(district.text)
    for link in page.tree.all(".choice"):
        if link.target[0] == "community":
            yield "score overall", page.org(link), link.number("b")
    for said in page.tree.all(".say p"):
        for number in re.findall(r"综合得分 (\d[\d.]*)", said.text):
            yield "score overall", page.area, number


def kpis(page: Page) -> Facts:
    for link in (*page.tree.all(".card-main"), *page.tree.all(".card-line")):
        if kpi := link.target[1].get("kpi"):
            yield kpi, page.area, link.number(".card-value") or link.number("b")
    for row in page.tree.all(".con-kpis .con-row"):
        if kpi := row.target[1].get("kpi"):
            yield kpi, page.area, row.number("b")
            yield "n of " + kpi, page.area, _n(row)
    for link in page.tree.all(".stat"):
        if kpi := link.target[1].get("kpi"):
            yield kpi, page.area, link.number(".stat-value")
            yield "n of " + kpi, page.area, _n(link)
    for definition in page.tree.all(".def"):
        for now in definition.all(".def-now"):
            yield definition.all("code")[0].text, page.area, now.number("b")
            yield "n of " + definition.all("code")[0].text, page.area, _n(now)
    for total in page.tree.all(".total"):
        yield page.ids[total.children[0].text], page.area, total.number("b")
    for cell in page.tree.all(".heat td"):
        if kpi := page.ids.get(cell.attributes.get("title", "")):
            yield kpi, page.org(_row_of(page, cell)), cell.number("b")
    for kpi, listed in zip((BACKLOG, OVERLOADED), page.tree.all(".places"), strict=False):
        for link in listed.all(".place") if page.name == "street" else []:
            yield kpi, page.org(link), link.number("b")
    yield from _said(page)


def _n(node: Node) -> str:
    """n=1,268 in a text."""
    found = [re.search(r"n=([\d,]+)", inner.own) for inner in node]
    return next((one[1] for one in found if one), "")


def _row_of(page: Page, cell: Node) -> Node:
    """The link to the place of a cell's row."""
    row = next(row for row in page.tree.all("tr") if any(node is cell for node in row))
    return row.all(".heat-name")[0]


def _said(page: Page) -> Facts:
    """KPIs in sentences."""
    for said in page.tree.all(".say p") if page.name in ("overview", "wall") else []:
        for number, n in re.findall(r"网格事件按期结案率 ([\d.]+%)（n=([\d,]+)", said.text):
            yield HEADLINE, page.area, number
            yield "n of " + HEADLINE, page.area, n
    for title in page.tree.all("h2"):
        if (found := re.match(r"“(.+)”(.*)，由 .* 行支撑", title.text)) and found[1] in page.ids:
            yield page.ids[found[1]], page.area, written(found[2])
    # What needs attention is judged over 30 days.
    for link in page.tree.all(".att") if page.period == "30d" else []:
        kpi = link.target[1].get("kpi", "")
        for name in [name for name, one in page.ids.items() if one == kpi and link.target[0] == "type"]:
            for said in (*link.all("b")[:1], *link.all(".att-figure")):
                _, is_named, rest = said.text.partition(name + " ")
                if is_named:
                    yield kpi, page.org(link), written(rest)


def places(page: Page) -> Facts:
    """One KPI of many places: the ranking and the tiles."""
    for link in page.tree.all(".rank-row"):
        if link.name == "a":
            yield page.kpi, page.org(link), link.number("b")
            yield "overdue", page.org(link), link.number(".rank-over")
            yield "n of " + page.kpi, page.org(link), link.number(".rank-n")
    for link in page.tree.all(".tile"):
        yield page.kpi, page.org(link), link.number("b")
        yield "overdue", page.org(link), link.number("em") or "0"
    for link in page.tree.all(".tile-street"):
        yield page.kpi, page.org(link), link.number("small")


def beside(page: Page) -> Facts:
    """The first column of the area beside its past and others."""
    for line in page.tree.all(".ledger tr") if page.name in ("street", "community") else []:
        for link in line.all(".ledger-go"):
            where, asked = link.target
            what = asked.get("kpi", "") if where == "definitions" else "score " + asked.get("type", "overall")
            if where in ("definitions", "type", "overview"):
                yield what, page.org(link), line.number(".num")


def overdue(page: Page) -> Facts:
    for said in page.tree.all(".say p") if page.name in ("overview", "wall", "events") else []:
        for number in re.findall(r"超期未结 ([\d,]+) 件", said.text):
            yield "overdue", page.area, number
        for number in re.findall(r"在办 ([\d,]+) 件", said.text):
            yield "open", page.area, number
    for title in page.tree.all("h2"):
        for number in re.findall(r"^([\d,]+) 件超期未结", title.text):
            yield "overdue", page.area, number
    for link in page.tree.all(".heat-go"):
        if link.target[0] == "events":
            yield "overdue", page.org(link), link.number("b")
            yield BACKLOG, page.org(link), link.number("small").removesuffix("%")
    for link in page.tree.all(".att"):
        for number in re.findall(r"([\d,]+) 件超期未结", link.all("b")[0].text):
            yield "overdue", page.org(link), number
    if rows := page.tree.all(".bar-row .pill"):
        yield "overdue", page.area, str(sum(_count(pill.text) for pill in rows if not _in(page, pill, ".rank")))
    for link in page.tree.all(".stat"):
        if link.target[1].get("kpi") == BACKLOG:
            yield "overdue", page.area, link.number(".stat-under")


def _in(page: Page, node: Node, selector: str) -> bool:
    return any(inner is node for outer in page.tree.all(selector) for inner in outer)


def _count(text: str) -> int:
    return int(written(text).replace(",", "") or 0)


def flow(page: Page) -> Facts:
    """How far events get, and how old the open ones are."""
    for title in page.tree.all("h2"):
        for share, late in re.findall(r"^上报的 ([\d.]+%) 已结案；([\d,]+) 件超期", title.text):
            yield "closed", page.area, share
            yield "overdue of those reported", page.area, late
    for said in page.tree.all(".say p") if page.name == "events" else []:
        for number in re.findall(r"([\d.]+%) 已结案", said.text):
            yield "closed", page.area, number
    for names in (".funnel .bar-row", ".stacks .stack-row"):
        for row in page.tree.all(names):
            texts = row.all(".bar-text") + row.all(".stack-text")
            if page.name in ("overview", "wall", "events") and texts:
                yield "stage " + row.all("span")[0].text, page.area, written(texts[0].text.partition(" 件")[0])
    ages = [row.all(".stack-text")[0].text for row in page.tree.all(".stack-row") if "天" in row.all("span")[0].text]
    if page.name == "events" and ages:
        yield "open", page.area, f"{sum(_count(text) for text in ages):,}"
        overdue_ages = [re.search(r"超期 ([\d,]+)", text) for text in ages]
        yield "overdue", page.area, f"{sum(_count(one[1]) for one in overdue_ages if one):,}"
    for foot in page.tree.all(".rank-foot"):
        if page.name == "events" and foot.text.startswith("现在所在层级"):
            levels = re.findall(r"[\d,]+ 件", foot.text)
            yield "open", page.area, f"{sum(map(_count, levels)):,}"


def due(page: Page) -> Facts:
    for link in page.tree.all(".due-go"):
        asked = link.target[1]
        if "department" in asked or ("小时内" not in link.text and "org" not in asked):
            continue
        if "小时内" in link.text:
            yield f"due in {asked['due']}", page.area, link.number("b")
        else:
            soon, all_ = re.findall(r"[\d,]+", link.text)[-2:]
            yield "due in 24", page.org(link), soon
            yield "due in 72", page.org(link), all_
    for title in page.tree.all("h2"):
        for late, soon in re.findall(r"^72 小时内 ([\d,]+) 件到期，24 小时内 ([\d,]+) 件", title.text):
            yield "due in 72", page.area, late
            yield "due in 24", page.area, soon
    for line in page.tree.all(".ledger tr") if page.name == "events" else []:
        for link in line.all(".ledger-go"):
            if link.target[1].get("due") and "department" not in link.target[1] and "event" not in link.target[1]:
                numbers = [cell.text for cell in line.all(".num")]
                yield "due in 24", page.org(link), written(numbers[0])
                yield "due in 72", page.org(link), written(numbers[1])


def categories(page: Page) -> Facts:
    for row in page.tree.all(".cat"):
        if "bar-head" not in row.attributes["class"]:
            name, _, on_time, late = (child for child in row.children)
            yield f"{name.text} reported", page.area, row.number(".bar-cell")
            yield f"{name.text} on time", page.area, written(on_time.text)
            yield f"{name.text} overdue", page.area, written(late.text)


def feeds(page: Page) -> Facts:
    for badge in page.tree.all(".badge"):
        for number in re.findall(r"来源 (\d+/\d+) 到达", badge.text):
            yield "feeds", "", number
    for box in page.tree.all(".stat") if page.name == "data" else []:
        name, value = box.all(".stat-name")[0].text, box.all(".stat-value")[0].text
        for number in re.findall(r"^\d+/\d+", value):
            yield "feeds", "", number
        if name.endswith("挂起的文件"):
            yield "held files", "", written(value)
    for link in page.tree.all(".att"):
        for number in re.findall(r"^(\d+) 个文件无法使用", link.all("b")[0].text):
            yield "held files", "", number


READERS: tuple[Callable[[Page], Facts], ...] = (
    scores, kpis, places, beside, overdue, flow, due, categories, feeds,
)  # fmt: skip


def facts(page: Page) -> Facts:
    """Every number of a page that a reader knows, without those that are dashes or words."""
    for reader in READERS:
        for what, org, number in reader(page):
            if number:
                yield what, org, number

"""The pages for readers of a part of the district: nothing foreign is shown, offered or downloaded, whatever the
address says; what is not theirs is refused in a sentence; and no answer is shared."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from figures import published
from language.words import WORDS
from reader import menu, offers, principal
from reader.principal import Principal
from tests.pages import planted
from tests.pages.conftest import asked, markup
from tests.pages.planted import MARK

STREET, COMMUNITY = "610302001", "610302001001"
PEER, ELSEWHERE = "610302002", "610302002001"
GRID = "610302002001001"
READERS = {
    "street": Principal("zhang", "street", STREET, "s1"),
    "community": Principal("li", "community", COMMUNITY, "s2"),
    "leader": Principal("wang", "leader", "610302", "s3"),
    "analyst": Principal("zhao", "analyst", "610302", "s4"),
}
PARTS = ("street", "community")
FAILED = [text for title in ("failed.title", "older.title") for text in WORDS[title]]
REFUSED = [WORDS["access.title"][language] for language in (0, 1)]
IGNORED = WORDS["notice.ignored"][0].partition("（")[0]
CODE = re.compile(r"6103\d{5,11}")
ACCOUNT = re.compile(r'<a class="badge" href="/account".*?</a>')

Opener = Callable[..., AppTest]


@pytest.fixture(scope="module")
def home(district: tuple[Path, Path, str]) -> Path:
    return district[0]


@pytest.fixture(scope="module")
def marked(home: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """By role, a home in which all that is foreign to it is marked."""
    return {role: planted.plant(home, tmp_path_factory.mktemp(role), READERS[role].org) for role in PARTS}


@pytest.fixture
def read(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Opens a page as a reader whom the gate names: `read(READERS["street"], home, "events", org=…)`; None: nobody."""
    monkeypatch.setenv("SIHE_GATE", "1")

    def run(reader: Principal | None, home: Path, page: str = "overview", **params: str) -> AppTest:
        monkeypatch.setattr(principal, "claims", lambda: claims(reader))
        app = opened(home, page)
        return at(app, **params) if params else app

    yield run


def at(app: AppTest, **params: str) -> AppTest:
    """The same page with other parameters in its address."""
    app.query_params.clear()
    for name, value in params.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def claims(reader: Principal | None) -> Mapping[str, object]:
    return {principal.CLAIM + name: getattr(reader, name) for name in principal.HEADERS} if reader else {}


def everything(app: AppTest) -> str:
    """All that is sent to the browser: markup, choices, charts, buttons."""
    found: list[str] = []

    def walk(node: Any) -> None:
        proto = getattr(node, "proto", None)
        if proto is not None:
            found.append(planted.said(proto.SerializeToString()))
        for child in (getattr(node, "children", None) or {}).values():
            walk(child)

    walk(app._tree)
    return "\n".join(found)


def foreign_codes(text: str, scope: str) -> set[str]:
    """Codes of areas below the level of the reader's peers that are not the reader's."""
    return {code for code in CODE.findall(text) if len(code) > len(scope) and not code.startswith(scope)}


def well(app: AppTest, scope: str) -> str:
    """The markup, after checking that the page was shown and nothing in it is foreign."""
    text = markup(app)
    assert not [word for word in FAILED if word in text]
    sent = everything(app)
    assert len(sent) > len(text) > 500 and ("范围" in sent or "Scope" in sent)
    assert MARK not in sent
    assert foreign_codes(sent, scope) == set()
    return text


def event_in(home: Path, area: str) -> str:
    file = next((home / "published").glob("sihe-*.duckdb"))
    with duckdb.connect(str(file), read_only=True, config=published.OPTIONS) as connection:
        query = "select max(event_id) from marts.fct_event where starts_with(community_code, ?)"
        return str(connection.execute(query, [area]).fetchall()[0][0])


# ---------------------------------------------------------------- nothing foreign


@pytest.mark.parametrize("role", PARTS)
@pytest.mark.parametrize("page", menu.PAGES)
def test_no_page_shows_what_foreign_rows_say(
    role: str, page: str, home: Path, marked: dict[str, Path], read: Callable[..., AppTest]
) -> None:
    """The page is the same, letter for letter, when every foreign row says something else."""
    reader = READERS[role]
    plain, planted_ = (well(read(reader, where, page), reader.org) for where in (home, marked[role]))
    assert planted_ == plain
    assert "范围：" in plain


@pytest.mark.parametrize("page", ["overview", "events", "grid", "data", "wall", "cobuilding", "type", "community"])
@pytest.mark.parametrize(
    "params",
    [
        {"p": "all", "vs": "year"}, {"by": "street", "rows": "all"}, {"kpi": "visit_coverage_180d", "type": "safe"},
        {"with": PEER}, {"with": ELSEWHERE}, {"due": "72"}, {"level": "district"}, {"feeds": "types"}, {"lang": "en"},
        {"as_of": "20991231"},
    ],
)  # fmt: skip
def test_no_parameter_brings_anything_foreign(
    page: str, params: dict[str, str], marked: dict[str, Path], read: Callable[..., AppTest]
) -> None:
    well(read(READERS["street"], marked["street"], page, **params), STREET)


@pytest.mark.parametrize("role", PARTS)
@pytest.mark.parametrize("page", menu.PAGES)
def test_another_area_is_refused_in_a_sentence(
    role: str, page: str, marked: dict[str, Path], read: Callable[..., AppTest]
) -> None:
    reader = READERS[role]
    app = read(reader, marked[role], page)
    for name, code in (("org", PEER), ("org", ELSEWHERE), ("org", "610302"), ("org", "990101001"), ("grid", GRID)):
        text = well(at(app, **{name: code}), reader.org)
        assert REFUSED[0] in text
        assert IGNORED not in text, "nothing is shown in its place"
        assert not [button for button in app.button if button.key and button.key.startswith("data_")]
        assert asked(app).get("org") == reader.org
        assert "grid" not in asked(app)


@pytest.mark.parametrize("role", PARTS)
def test_the_refusal_is_said_in_english_and_leads_back(role: str, home: Path, read: Callable[..., AppTest]) -> None:
    text = well(read(READERS[role], home, "events", org=PEER, lang="en"), READERS[role].org)
    assert REFUSED[1] in text
    assert re.search(rf'class="way-back"><a[^>]*data-go="events\?[^"]*org={READERS[role].org}&', text)


def test_an_event_of_another_street_is_like_one_that_never_was(home: Path, read: Callable[..., AppTest]) -> None:
    own, other = event_in(home, STREET), event_in(home, PEER)
    shown = markup(read(READERS["street"], home, "events", event=own))
    assert WORDS["way.unknown"][0].format(event=own) not in shown and own in shown
    texts = [
        markup(read(READERS["street"], home, "events", event=event)).replace(event, "…") for event in (other, "SJ0")
    ]
    assert texts[0] == texts[1]
    assert WORDS["way.unknown"][0].format(event="…") in texts[0]


def test_the_search_finds_what_is_theirs_and_nothing_else(home: Path, read: Callable[..., AppTest]) -> None:
    own, other = event_in(home, STREET), event_in(home, PEER)
    found = {}
    for text in (own, other, GRID, "610302001001001", ELSEWHERE, COMMUNITY, PEER):
        app = read(READERS["street"], home)
        app.session_state["search_text"] = text
        app.run()
        sent = everything(app)
        found[text] = re.findall("search-hit[^>]*data-go", sent)
        assert foreign_codes(sent.replace(text, ""), STREET) == set()
    assert {text for text, hits in found.items() if hits} == {own, COMMUNITY, "610302001001001"}


@pytest.mark.parametrize("role", PARTS)
@pytest.mark.parametrize("page", menu.PAGES)
def test_no_link_leads_to_what_is_not_theirs(role: str, page: str, home: Path, read: Callable[..., AppTest]) -> None:
    scope = READERS[role].org
    links = re.findall(r'data-go="([^"]+)"', markup(read(READERS[role], home, page)))
    assert links
    for where in links:
        name, _, query = where.replace("&amp;", "&").partition("?")
        params = dict(pair.split("=") for pair in query.split("&"))
        assert params["org"].startswith(scope), where
        assert menu.PAGES[name].fits(scope), where


# ---------------------------------------------------------------- what they do see


@pytest.mark.parametrize("role", PARTS)
def test_a_reader_begins_with_the_own_area_and_the_header_says_it(
    role: str, home: Path, read: Callable[..., AppTest]
) -> None:
    app = read(READERS[role], home)
    text = markup(app)
    name = {"street": "金陵街道", "community": "新建路东段社区"}[role]
    assert asked(app)["org"] == READERS[role].org
    assert f"范围：{name}" in text and f"只看{name}" in text
    assert app.selectbox(key="w_street").options == ["金陵街道"]
    assert len(app.selectbox(key="w_community").options) == {"street": 7, "community": 1}[role]


def test_a_community_is_ranked_among_its_peers_by_numbers_alone(home: Path, read: Callable[..., AppTest]) -> None:
    text = markup(read(READERS["community"], home))
    rows = re.findall(r'<a class="rank-row[^"]*"[^>]*>.*?rank-over">(.*?)</span><span class="rank-band', text)
    assert len(rows) >= 5
    # How many events are overdue at a peer is counted from rows: a dash, not zero.
    assert sum("—" in row or "–" in row for row in rows) == len(rows) - 1


def test_what_a_street_has_is_not_called_none_to_its_communities(home: Path, read: Callable[..., AppTest]) -> None:
    none, hidden = WORDS["alliance.none"][0], WORDS["access.alliance"][0]
    street, community = (markup(read(READERS[role], home, "cobuilding")) for role in PARTS)
    assert none not in street and hidden not in street
    assert none not in community and hidden in community


def test_the_page_of_a_whole_street_is_not_for_a_community(home: Path, read: Callable[..., AppTest]) -> None:
    assert REFUSED[0] in markup(read(READERS["community"], home, "street"))
    assert REFUSED[0] not in markup(read(READERS["street"], home, "street"))


@pytest.mark.parametrize(("role", "page"), [("analyst", "data"), *(("leader", page) for page in menu.PAGES)])
def test_who_sees_the_district_sees_what_is_seen_without_a_gate(
    role: str, page: str, home: Path, read: Callable[..., AppTest], opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = markup(read(READERS[role], home, page))
    monkeypatch.setenv("SIHE_GATE", "")
    # All but the way to the person's own account, which is the gate's.
    assert ACCOUNT.sub("", shown) == markup(opened(home, page))
    assert len(ACCOUNT.findall(shown)) == 1


@pytest.mark.parametrize("page", menu.PAGES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nobody_gets_nothing(page: str, lang: str, marked: dict[str, Path], read: Callable[..., AppTest]) -> None:
    app = read(None, marked["street"], page, lang=lang, org=STREET)
    text = markup(app)
    assert WORDS["access.nobody"][lang == "en"] in text
    sent = everything(app)
    assert not CODE.findall(sent) and "渭滨" not in sent and MARK not in sent and "金陵" not in sent


# ---------------------------------------------------------------- answers and files


def test_readers_in_turn_share_no_answer(home: Path, read: Callable[..., AppTest]) -> None:
    """Every page for each of them alone, then in turns, with all that the others have left in the caches."""
    readers = [READERS["street"], READERS["leader"], Principal("qian", "street", PEER, "s5")]

    def forget() -> None:
        published._answers.clear()
        published._scoped.clear()

    alone: dict[tuple[Principal, str], str] = {}
    for reader in readers:
        forget()
        alone |= {(reader, page): markup(read(reader, home, page)) for page in menu.PAGES}
    forget()
    for page in menu.PAGES:
        for reader in (*readers, readers[0]):
            assert markup(read(reader, home, page)) == alone[reader, page], (reader, page)
    assert len({alone[reader, "events"] for reader in readers}) == 3


@pytest.mark.parametrize("role", PARTS)
@pytest.mark.parametrize("page", [name for name in menu.PAGES if name != "wall"])
def test_no_table_behind_a_panel_and_no_file_has_anything_foreign(
    role: str, page: str, marked: dict[str, Path], read: Callable[..., AppTest]
) -> None:
    reader = READERS[role]
    app = read(reader, marked[role], page, **({"org": COMMUNITY} if page == "community" else {}))
    files = 0
    for key in [button.key for button in app.button if button.key and button.key.startswith("data_")]:
        app.button(key=key).click().run()
        well(app, reader.org)
        for number in re.findall(rf'href="\./{offers.PATH}/([^"]+)"', markup(app)):
            found = offers.asked(number, reader)
            assert found and offers.asked(number, READERS["leader"]) is None
            if found.mime == "text/csv":
                text = found.make().decode("utf-8-sig")
                assert MARK not in text and foreign_codes(text, reader.org) == set()
                files += 1
        app.run()
    assert files > 0 or (role, page) == ("community", "street")

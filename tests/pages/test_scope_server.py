"""The real server behind a gate that sends its headers: an identity gets its own pages and files, another's session id
or link gets nothing, and no identity gets nothing at all."""

import re
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest
import streamlit
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from reader import offers, principal
from reader.principal import Principal
from tests.browser.conftest import serve
from tests.pages import planted
from tests.pages.planted import MARK

STREET, PEER = "610302001", "610302002"
ONE = Principal("zhang", "street", STREET, "a1b2")
OTHER = Principal("li", "street", PEER, "c3d4")
NAMES = {STREET: "范围：金陵街道", PEER: "范围：经二路街道"}


@pytest.fixture(scope="module")
def address(district: tuple[Path, Path, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the dashboard of a home with marks on all that is foreign to ONE is served."""
    home = planted.plant(district[0], tmp_path_factory.mktemp("served"), STREET)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SIHE_GATE", "1")
        with serve(home) as where:
            yield where


def headers(reader: Principal | None) -> dict[str, str]:
    return {principal.HEADERS[name]: value for name, value in asdict(reader).items()} if reader else {}


class Browser:
    """One websocket, with what the server has sent to it."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.session = ""
        self.buttons: dict[str, str] = {}
        """The ids of the buttons, by their keys."""

    def show(self, query: str = "", clicked: str = "", page: str = "") -> str:
        """All that the server sends for a rerun. clicked: the key of a button."""
        message = BackMsg()
        message.rerun_script.query_string, message.rerun_script.page_name = query, page
        if clicked:
            widget = message.rerun_script.widget_states.widgets.add()
            widget.id, widget.trigger_value = self.buttons[clicked], True
        self.connection.send(message.SerializeToString())
        sent = []
        while True:
            answer = self.connection.recv(timeout=60, decode=False)
            sent.append(planted.said(answer))
            came = ForwardMsg.FromString(answer)
            kind = came.WhichOneof("type")
            if kind == "new_session":
                self.session = came.new_session.initialize.session_id
            if kind == "delta" and came.delta.new_element.WhichOneof("type") == "button":
                named = came.delta.new_element.button.id
                self.buttons[named.rpartition("-")[2]] = named
            if kind == "script_finished" and came.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return "\n".join(sent)


@contextmanager
def browser(address: str, reader: Principal | None, session: str = "") -> Iterator[Browser]:
    """session: the id of a Streamlit session, as a browser presents it that was cut off."""
    protocols = [Subprotocol(one) for one in ("streamlit", *(("none", session) if session else ()))]
    where = f"ws://{urlsplit(address).netloc}/_stcore/stream"
    with connect(where, subprotocols=protocols, additional_headers=headers(reader), max_size=None) as connection:
        yield Browser(connection)


def fetched(address: str, path: str, reader: Principal | None) -> tuple[int, str]:
    """Status and body of a GET."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address + path, headers=headers(reader))) as answer:
            return answer.status, answer.read().decode("utf-8-sig")
    except HTTPError as error:
        return error.code, error.read().decode()


def test_every_identity_gets_its_own_pages(address: str) -> None:
    with browser(address, ONE) as one, browser(address, OTHER) as other:
        for _ in range(3):
            assert NAMES[STREET] in (sent := one.show()) and NAMES[PEER] not in sent and MARK not in sent
            assert NAMES[PEER] in (sent := other.show()) and NAMES[STREET] not in sent
            assert "不在您的范围内" in one.show(f"org={PEER}")
        assert MARK in other.show(f"org={PEER}", page="events"), "what is foreign to one is the other's own"


def test_five_hundred_reruns_of_two_people_at_once_share_no_answer(address: str) -> None:
    """They take turns on the same page with the same query, the lightest one, and overlap: an answer, a cached one or
    one in the making, that does not know whose it is would reach the other: the places, which have no parameter."""
    with browser(address, ONE) as one, browser(address, OTHER) as other, ThreadPoolExecutor(2) as both:
        for turn in range(250):
            query = f"p={('7d', '30d')[turn % 2]}"
            asked = [both.submit(reader.show, query, page="community") for reader in (one, other)]
            mine, theirs = (answer.result() for answer in asked)
            assert NAMES[STREET] in mine and f"org={STREET}0" in mine and PEER not in mine and MARK not in mine
            assert NAMES[PEER] in theirs and f"org={PEER}0" in theirs and STREET not in theirs


@pytest.mark.parametrize("is_open", [True, False])
def test_a_foreign_session_id_gets_nothing(address: str, is_open: bool) -> None:
    """With the session still connected, and after its browser was cut off."""
    with browser(address, ONE) as one:
        one.show(f"p=7d&org={STREET}001")
        theirs = one.session
        if is_open:
            with browser(address, OTHER, theirs) as other:
                sent = other.show()
                assert other.session != theirs and NAMES[PEER] in sent and NAMES[STREET] not in sent
            assert NAMES[STREET] in one.show(), "the session goes on"
    if not is_open:
        with browser(address, OTHER, theirs) as other:
            sent = other.show()
            assert other.session != theirs and NAMES[PEER] in sent and NAMES[STREET] not in sent
        with browser(address, replace(ONE, session="later"), theirs) as same:
            same.show()
            assert same.session != theirs, "after a new login nothing of the old one is left"
        with browser(address, ONE, theirs) as same:
            same.show()
            assert same.session == theirs


def test_an_identity_that_does_not_fit_its_role_gets_nothing(address: str) -> None:
    for wrong in (None, replace(ONE, org="610302"), replace(ONE, role="mayor"), replace(ONE, session="")):
        with pytest.raises(InvalidStatus) as refused, browser(address, wrong):
            pass
        assert refused.value.response.status_code == 403


def test_a_file_is_for_the_one_to_whom_it_was_offered(address: str) -> None:
    with browser(address, ONE) as one:
        one.show()
        sent = one.show(clicked="data_rank")
    files = re.findall(rf"{offers.PATH}/[\w-]{{20,}}", sent)
    assert len(files) == 2
    for _ in range(2):
        status, body = fetched(address, files[1], ONE)
        assert status == 200 and MARK not in body and STREET in body
    others = (None, OTHER, replace(ONE, session="e5"), replace(ONE, user="li"), replace(ONE, org=f"{STREET}001"))
    answers = [fetched(address, files[1], reader) for reader in others]
    answers.append(fetched(address, f"{offers.PATH}/{'x' * 32}", ONE))
    assert {status for status, _ in answers} == {404} and len({body for _, body in answers}) == 1


@pytest.mark.parametrize("path", ["media/x.csv", "media/../media/x", "_stcore/upload_file/a/b"])
def test_streamlits_own_files_are_closed(address: str, path: str) -> None:
    assert fetched(address, path, ONE) == (404, "Not Found")


def test_what_the_pages_look_like_is_open(address: str) -> None:
    """Streamlit's fonts and signs are in a folder that is called media too."""
    folder = Path(streamlit.__file__).parent / "static" / "static" / "media"
    font = next(folder.glob("*.woff2"))
    request = urllib.request.Request(f"{address}static/media/{font.name}", headers=headers(ONE))
    with urllib.request.urlopen(request) as answer:
        assert answer.read() == font.read_bytes()

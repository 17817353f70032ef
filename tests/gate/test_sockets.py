"""Open sockets: they end with their session, belong to one person, and survive what strangers send.

Belongs here: the dashboard's and Dagster's websockets with a session. Does not belong here: sockets without one
(`test_strangers`).
"""

import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import httpx2
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection
from websockets.typing import Subprotocol

from pipelines.gate.sockets import CLOSED_BY_GATE
from tests.gate.conftest import Site, until

Small = Callable[..., AbstractContextManager[Site]]


def closed_after(socket: ClientConnection, seconds: float) -> tuple[float, int]:
    """How long it took, and the code."""
    started = time.monotonic()
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            socket.recv(timeout=seconds)
    return time.monotonic() - started, closed.value.rcvd.code if closed.value.rcvd else 0


@pytest.mark.parametrize("how", ["disabled", "another role", "removed session", "signed out"])
def test_a_socket_closes_within_a_second_when_its_session_ends(small: Small, how: str) -> None:
    with (
        small() as site,
        site.signed_in("leader") as client,
        site.signed_in("street") as other,
        site.socket(client) as mine,
        site.socket(other) as theirs,
    ):
        session = site.house.sessions.of_person("leader")[0]
        ends: dict[str, Callable[[], object]] = {
            "disabled": lambda: site.house.people.set_disabled("leader", is_disabled=True),
            "another role": lambda: site.house.people.set_role("leader", "street", "990102003"),
            "removed session": lambda: site.house.sessions.end("leader", session.id),
            "signed out": lambda: client.post("/logout"),
        }
        ends[how]()
        took, code = closed_after(mine, 5)
        assert took < 1 and code == CLOSED_BY_GATE
        with pytest.raises(TimeoutError):
            theirs.recv(timeout=0.6)


def test_a_socket_of_the_real_dashboard_closes_too(site: Site) -> None:
    with site.signed_in("community") as client, site.socket(client) as socket:
        asked_for(socket)
        site.house.sessions.end("community", site.house.sessions.of_person("community")[0].id)
        took, code = closed_after(socket, 5)
        assert took < 1 and code == CLOSED_BY_GATE


def asked_for(socket: ClientConnection, page: str = "") -> str:
    """Asks for a page and returns Streamlit's session id."""
    message = BackMsg()
    message.rerun_script.page_name = page
    message.rerun_script.query_string = "p=7d&org=990102&q=王小二"
    socket.send(message.SerializeToString())
    while True:
        came = ForwardMsg.FromString(socket.recv(timeout=60, decode=False))
        if came.WhichOneof("type") == "new_session":
            return str(came.new_session.initialize.session_id)


def reconnected(site: Site, client: httpx2.Client, session_id: str) -> str:
    given = [Subprotocol("streamlit"), Subprotocol("x"), Subprotocol(session_id)]
    with site.socket(client, subprotocols=given) as socket:
        return asked_for(socket)


def test_the_session_of_another_person_is_not_taken_over(site: Site) -> None:
    """Streamlit gives a browser that reconnects its session back, if it says the id."""
    with site.signed_in("leader") as client, site.signed_in("street") as thief:
        with site.socket(client) as socket:
            mine = asked_for(socket)
        assert reconnected(site, thief, mine) != mine
        assert reconnected(site, client, mine) == mine


def test_forged_and_cut_messages_break_nothing(site: Site) -> None:
    """What Streamlit does not understand ends in its log; the next person is served."""
    rng = random.Random(5)
    whole = BackMsg()
    whole.rerun_script.query_string = "org=990102"
    text = whole.SerializeToString()
    with site.signed_in("street") as client:
        for _ in range(20):
            with site.socket(client) as socket:
                try:
                    for _ in range(100):
                        kind = rng.randrange(3)
                        socket.send(rng.randbytes(rng.randrange(200)) if kind else text[: rng.randrange(len(text))])
                except ConnectionClosed:
                    continue
        with site.socket(client) as socket:
            assert asked_for(socket)


def test_a_page_that_renews_itself_keeps_no_session_alive(small: Small) -> None:
    with small() as site, site.signed_in("leader") as client, site.socket(client) as socket:
        (session,) = site.house.sessions.of_person("leader")

        def seen_long_ago() -> float:
            site.house.store.connection.execute("update session set seen_at = seen_at - 100")
            return site.house.sessions.of_person("leader")[0].seen_at

        message = BackMsg()
        message.rerun_script.is_auto_rerun = True
        before = seen_long_ago()
        socket.send(message.SerializeToString())
        time.sleep(0.3)
        assert site.house.sessions.of_person("leader")[0].seen_at == before < session.seen_at
        client.get("/account/alive")
        assert site.house.sessions.of_person("leader")[0].seen_at == before
        client.get("/")
        assert site.house.sessions.of_person("leader")[0].seen_at > before


def test_a_page_that_is_used_keeps_its_session_alive(small: Small) -> None:
    with small() as site, site.signed_in("leader") as client:
        site.house.store.connection.execute("update session set seen_at = seen_at - 100")
        before = site.house.sessions.of_person("leader")[0].seen_at
        with site.socket(client) as socket:
            message = BackMsg()
            message.rerun_script.query_string = "p=7d"
            socket.send(message.SerializeToString())
            until(lambda: site.house.sessions.of_person("leader")[0].seen_at > before, 5)

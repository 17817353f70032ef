"""A person at the dashboard without a browser: one websocket that speaks Streamlit's protocol.

Belongs here: what a browser sends to the server to open a page, and recognising in the answers whether the page is
complete. Does not belong here: which pages, how many people, stopwatches over several (`pages`). The websocket library
is the one that Streamlit itself requires.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

KEPT_FOR = 2
"""Runs for which a browser caches a message that the server need not send again (`global.maxCachedMessageAge`)."""

WHOLE = ('<footer class="foot"', '<div class="wall-foot"')
"""How the last element of a page begins; `READY` of the browser's tests finds the same by its class. The replacement of
a failed page has a footer too, and begins with BLANK."""

BLANK = '<div class="blank-page"'


@dataclass(frozen=True)
class View:
    """A page by its URL, and the query with its parameters."""

    page: str
    query: str = ""


@dataclass(frozen=True)
class Shown:
    """One run of the page's script as its reader saw it; `error` is empty if the page was complete."""

    view: View
    seconds: float
    error: str


class Person:
    """An open connection. Raises what `websockets` raises when the server closes it."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._run = 0
        self._kept: dict[str, int] = {}
        self.pages: dict[str, str] = {}
        """Streamlit's hash of each page, by its URL, in the menu's order; known once a page was shown."""

    @classmethod
    async def arrive(cls, address: str, headers: Mapping[str, str] | None = None) -> Self:
        """headers: those that a gate adds."""
        where = f"ws://{urlsplit(address).netloc}/_stcore/stream"
        # A browser sends no pings of its own, and accepts messages of any size.
        protocols = [Subprotocol("streamlit")]
        return cls(
            await connect(where, subprotocols=protocols, additional_headers=headers, max_size=None, ping_interval=None)
        )

    async def leave(self) -> None:
        await self._connection.close()

    async def show(self, view: View) -> Shown:
        """Requests a view as a browser does for a URL, and reads until the script has finished."""
        message = BackMsg()
        asked = message.rerun_script
        asked.page_name, asked.page_script_hash = view.page, self.pages.get(view.page, "")
        asked.query_string = view.query
        asked.cached_message_hashes.extend(self._kept)
        asked.context_info.timezone, asked.context_info.locale = "Asia/Shanghai", "zh-CN"
        started = time.perf_counter()
        await self._connection.send(message.SerializeToString())
        wrong, is_whole = "", False
        while True:
            answer = await self._connection.recv(decode=False)
            came = ForwardMsg.FromString(answer)
            kind = came.WhichOneof("type")
            if came.metadata.cacheable or kind == "ref_hash":
                self._kept[came.ref_hash or came.hash] = self._run
            if kind == "navigation":
                self.pages = {page.url_pathname: page.page_script_hash for page in came.navigation.app_pages}
            elif kind == "page_not_found":
                wrong = "page not found"
            elif kind == "delta" and came.delta.WhichOneof("type") == "new_element":
                element = came.delta.new_element
                if element.WhichOneof("type") == "exception":
                    wrong = f"{element.exception.type}: {element.exception.message}"
                elif element.WhichOneof("type") == "html":
                    wrong = wrong or ("blank page" if element.html.body.startswith(BLANK) else "")
                    is_whole = is_whole or element.html.body.startswith(WHOLE)
            elif kind == "script_finished" and came.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                seconds = time.perf_counter() - started
                break
        self._run += 1
        self._kept = {name: run for name, run in self._kept.items() if self._run - run <= KEPT_FOR}
        return Shown(view, seconds, wrong or ("" if is_whole else "no footer"))

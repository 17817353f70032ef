"""What of a visit to the dashboard goes into the audit: pages with their parameters, files.

Belongs here: reading what the browser says to the dashboard over its socket, and what it is handed. Does not belong
here: the audit's file (`audit`).
"""

from collections.abc import Sequence
from urllib.parse import parse_qsl, unquote

from google.protobuf.message import DecodeError
from streamlit.proto.BackMsg_pb2 import BackMsg

from pipelines.gate import checks
from pipelines.gate.arrivals import Arrival, Known
from pipelines.gate.audit import Audit, code_of

_LONGEST_NAME = 200


def parameters(query: str) -> dict[str, str]:
    """Those of a page's address, as codes: what a person typed is not in the audit."""
    try:
        pairs = parse_qsl(query, max_num_fields=30)
    except ValueError:
        return {}
    return {code_of(name): code_of(value) for name, value in pairs}


def opened(audit: Audit, known: Known, arrival: Arrival) -> None:
    """A page that the browser has loaded. What the dashboard then shows is heard over the socket."""
    if checks.values(arrival.scope["headers"], b"sec-fetch-dest") in ([], ["document"]):
        audit.looked(
            who=known.person.name,
            address=arrival.address,
            page=code_of(arrival.path),
            asked=parameters(arrival.scope.get("query_string", b"").decode("latin-1")),
        )


def handed(audit: Audit, known: Known, arrival: Arrival, headers: Sequence[tuple[bytes, bytes]]) -> None:
    """A file of a panel that the dashboard has made. Its name is the panel's title with the area and the days."""
    for value in checks.values(headers, b"content-disposition"):
        name = unquote(value.rpartition("filename*=UTF-8''")[2])
        audit.write("download", who=known.person.name, address=arrival.address, file=name[:_LONGEST_NAME])


class Visits:
    """What one socket of the dashboard asks for."""

    def __init__(self, audit: Audit, known: Known, address: str) -> None:
        self._audit = audit
        self._known = known
        self._address = address
        self._last: tuple[str, str] | None = None

    def said(self, message: bytes) -> bool:
        """Whether a person did something: not a page that renews itself, nor what cannot be read."""
        try:
            told = BackMsg.FromString(message)
        except DecodeError:
            return False
        if told.WhichOneof("type") != "rerun_script":
            return False
        asked = told.rerun_script
        if asked.is_auto_rerun:
            return False
        view = (asked.page_name or asked.page_script_hash, asked.query_string)
        if view != self._last:
            # The first one is the page that was just loaded.
            if self._last is not None:
                self._audit.looked(
                    who=self._known.person.name,
                    address=self._address,
                    page=f"/{code_of(asked.page_name)}" if asked.page_name else code_of(asked.page_script_hash),
                    asked=parameters(asked.query_string),
                )
            self._last = view
        return True

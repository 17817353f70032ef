"""Files that a platform gives over HTTP, one a business date.

Belongs here: asking, recognising an answer that is no file or not whole. Does not belong here: which dates
(`fetching`).
"""

import contextlib
import ssl
from collections.abc import Callable, Iterator
from datetime import date

import httpx2

from pipelines.collecting.database import Answer
from pipelines.collecting.sources import CollectError, Export, secret

SECONDS = 60.0
_ABSENT = frozenset({204, 404})


@contextlib.contextmanager
def opened(source: Export) -> Iterator[Callable[[date], Answer | None]]:
    """Asks for a business date; null if the platform has no file of it. Raises CollectError, also while an answer is
    read. Proxies of the environment are not used, and no redirect is followed: it could lead the token elsewhere."""
    token = secret(source.token_file)
    headers = {source.header or "Authorization": token if source.header else f"Bearer {token}"} if token else {}
    try:
        trusted = ssl.create_default_context(cafile=str(source.ca_file) if source.ca_file else None)
    except OSError as error:
        raise CollectError(f"{source.ca_file} holds no certificates: {error.strerror or error}") from None
    with httpx2.Client(headers=headers, timeout=SECONDS, trust_env=False, verify=trusted) as client:

        def ask(day: date) -> Answer | None:
            chunks = _chunks(client, source, day, token)
            # The status comes with the first step, before a file is begun.
            return Answer(chunks) if next(chunks) else None

        yield ask


def _chunks(client: httpx2.Client, source: Export, day: date, token: str) -> Iterator[bytes]:
    """First something or nothing: whether there is a file. Then its bytes."""
    where = f"{source.shown} for {day}"
    try:
        with client.stream("GET", source.address_of(day)) as answer:
            if answer.status_code in _ABSENT:
                yield b""
                return
            _check(answer, where)
            yield b"there is a file"
            yield from answer.iter_bytes()
    except httpx2.HTTPError as error:
        said = str(error).replace(token, "…") if token else str(error)
        raise CollectError(f"{where}: {said or type(error).__name__}", is_transient=True) from None


def _check(answer: httpx2.Response, where: str) -> None:
    status, headers = answer.status_code, answer.headers
    if status in (401, 403):
        raise CollectError(f"{where}: the platform answers {status}: look at token_file in sources.yaml")
    if status != 200:
        raise CollectError(f"{where}: the platform answers {status}", is_transient=status >= 500 or status == 429)
    if headers.get("content-type", "").startswith("text/html"):
        raise CollectError(f"{where}: a web page came in place of a file: is the address right, the token in force?")
    if "content-length" not in headers and headers.get("transfer-encoding", "").lower() != "chunked":
        raise CollectError(f"{where}: the answer does not say how long it is, so that a cut would not be noticed")

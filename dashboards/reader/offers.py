"""Files that pages offer to their reader. A link names one by a number that cannot be guessed; a reader who asks for
it is compared with the reader to whom it was offered, role, area and session included.

Belongs here: what is offered, to whom, for how long, and the bound on its memory. Does not belong here: the content of
files (downloads.py), the route (serve.py).
"""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from reader.principal import Principal

SECONDS = 30 * 60
"""For how long a file can be fetched, as often as its reader wants."""
MOST_CELLS = 2_000_000
"""Of the tables behind all files that are offered, about 200 MiB: the oldest go first."""
MOST = 400
PATH = "download"
"""Below the dashboard's address."""


@dataclass(frozen=True)
class Offer:
    reader: Principal
    name: str
    mime: str
    cells: int
    """Of its table."""
    make: Callable[[], bytes]
    """Called when the file is fetched."""
    until: float
    """On the clock of time.monotonic."""


_lock = threading.Lock()
_offers: OrderedDict[str, Offer] = OrderedDict()


def offer(reader: Principal, name: str, mime: str, cells: int, make: Callable[[], bytes]) -> str:
    """Where the file is, below the dashboard's address."""
    number = secrets.token_urlsafe(24)
    with _lock:
        _offers[number] = Offer(reader, name, mime, cells, make, time.monotonic() + SECONDS)
        while len(_offers) > MOST or (len(_offers) > 1 and sum(one.cells for one in _offers.values()) > MOST_CELLS):
            _offers.popitem(last=False)
    return f"{PATH}/{number}"


def asked(number: str, reader: Principal) -> Offer | None:
    """What is offered to this reader under a number; None if it is another's, too old or nothing."""
    with _lock:
        for old in [key for key, one in _offers.items() if one.until < time.monotonic()]:
            del _offers[old]
        found = _offers.get(number)
    return found if found and found.reader == reader else None

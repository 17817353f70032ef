"""How often somebody may try to sign in. Nobody is locked out for good, and nobody by others.

Belongs here: counting attempts, saying how long to wait. Does not belong here: passwords.

Three counts: of a name from an address, of a name from everywhere, of an address for all names. The last two do not
apply to a person at an address where they have signed in before: an attacker elsewhere, or on another name, cannot keep
them out. In memory: a restart forgets them.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar

FREE = 5
"""Attempts without waiting, of a name from an address."""
LONGEST = 60.0
NAME_BURST, NAME_PER_SECOND = 60.0, 0.1
ADDRESS_BURST, ADDRESS_PER_SECOND = 30.0, 0.5
FORGOTTEN_AFTER = 3600.0
_MOST_KEPT = 20_000

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass
class _Tries:
    count: int = 0
    at: float = 0.0


@dataclass
class _Bucket:
    left: float
    at: float


class Throttle:
    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._pairs: OrderedDict[tuple[str, str], _Tries] = OrderedDict()
        self._names: OrderedDict[str, _Bucket] = OrderedDict()
        self._addresses: OrderedDict[str, _Bucket] = OrderedDict()

    def wait(self, name: str, address: str, *, is_known: bool) -> float:
        """Counts an attempt before it is checked, so that many at once do not slip through. Returns 0, or the seconds
        to wait: then nothing is checked or counted."""
        now = self._now()
        pair = self._pairs.get((name, address), _Tries())
        if now - pair.at > FORGOTTEN_AFTER:
            pair = _Tries()
        over = pair.count - FREE
        if over >= 0 and (left := pair.at + min(2.0**over, LONGEST) - now) > 0:
            return left
        if not is_known:
            for buckets, key, burst, refill in (
                (self._addresses, address, ADDRESS_BURST, ADDRESS_PER_SECOND),
                (self._names, name, NAME_BURST, NAME_PER_SECOND),
            ):
                bucket = buckets.get(key, _Bucket(burst, now))
                left = min(burst, bucket.left + (now - bucket.at) * refill)
                if left < 1:
                    return (1 - left) / refill
                _keep(buckets, key, _Bucket(left - 1, now))
        _keep(self._pairs, (name, address), _Tries(pair.count + 1, now))
        return 0.0

    def succeeded(self, name: str, address: str) -> None:
        self._pairs.pop((name, address), None)


def _keep(kept: OrderedDict[Key, Value], key: Key, value: Value) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > _MOST_KEPT:
        kept.popitem(last=False)

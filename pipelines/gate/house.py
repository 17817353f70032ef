"""What the gate's parts share in one process.

Belongs here: opening them together. Does not belong here: what they do.
"""

from dataclasses import dataclass

from pipelines.gate import rules
from pipelines.gate.audit import Audit
from pipelines.gate.checks import Place
from pipelines.gate.people import People
from pipelines.gate.rules import Rules
from pipelines.gate.sessions import Sessions
from pipelines.gate.store import Store
from pipelines.gate.throttle import Throttle
from pipelines.settings import Settings


@dataclass(frozen=True)
class Gatehouse:
    settings: Settings
    rules: Rules
    place: Place
    store: Store
    people: People
    sessions: Sessions
    audit: Audit
    throttle: Throttle
    words: tuple[str, ...] = ()
    """Names of the district: no password contains them."""
    letter: str = "四"


def opened(settings: Settings, place: Place, words: tuple[str, ...] = (), letter: str = "四") -> Gatehouse:
    """Raises DocumentError if `gate.yaml` cannot be used."""
    demanded = rules.load(settings.home)
    store = Store(settings.home)
    return Gatehouse(
        settings,
        demanded,
        place,
        store,
        People(store, demanded.demands),
        Sessions(store, demanded.demands),
        Audit(store, settings.clock),
        Throttle(),
        words,
        letter,
    )

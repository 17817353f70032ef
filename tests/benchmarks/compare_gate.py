"""The section on the gate: what a request costs more for passing it.

Belongs here: the table and its words. Does not belong here: one measured run (`gate`). Standard library only, as
`measure`.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from . import measure
from .measure import spread, table, verdict

AIM_MS = 5.0
ROWS = {
    "file p50": "a file, half of the requests",
    "file p95": "a file, 95 %",
    "page p50": "a page, with its line in the audit, half of the requests",
    "page p95": "a page, 95 %",
    "message": "a message of a socket",
}


def section(requests: int, runs: int) -> str:
    print(f"gate: {requests} requests of each kind, {runs} runs", flush=True)
    where = measure.machine()
    found = measure.interleaved(runs, {"gate": partial(measure.python, "gate", requests)})
    numbers = [outcome.numbers() for outcome in found["gate"]]
    return f"""## Gate

{where}

**What.** The gate before an app that answers at once, without a network: host, headers, session and role from its
database, origin, identity, security headers. {requests:,} requests of each kind, one after the other, {runs} runs. The
aim is the difference. Checking one password takes {spread([one["password"] for one in numbers], 0)} ms, which is its
purpose.

{_costs(numbers)}
"""


def _costs(numbers: Sequence[Mapping[str, float]]) -> str:
    lines = []
    for name, title in ROWS.items():
        kind, _, share = name.partition(" ")
        bare, gated = (f"{kind} {side} {share}".strip() for side in ("bare", "gate"))
        more = [one[gated] - one[bare] for one in numbers]
        cells = [spread([one[side] for one in numbers]) for side in (bare, gated)]
        lines.append([title, *cells, spread(more), f"{AIM_MS:g}", verdict(more, AIM_MS)])
    return table(["milliseconds", "app alone", "behind the gate", "difference", "aim", "where we stand"], lines)

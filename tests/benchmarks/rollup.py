"""One measured roll-up: `python -m tests.benchmarks.rollup PARCEL DISTRICTS`.

Belongs here: invented districts from a parcel, a home, the stages of one roll-up. Prints a line of JSON: seconds of
each stage, processor time, the size of the parcels and the rows published. dbt has parsed before, as on any day
without an upgrade.
"""

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from pipelines import dbt_bridge, installation
from pipelines.publication import publish
from pipelines.rollup import parcel, reception, rollup, sums

from . import districts

STAGES: tuple[tuple[Any, str], ...] = (
    (reception, "receive"),
    (sums, "fill"),
    (dbt_bridge, "build"),
    (sums, "add_districts"),
    (publish, "publish"),
)
PROVINCE = "99"


def main(file: Path, count: int) -> None:
    codes = [f"{PROVINCE}{1000 + number}" for number in range(count)]
    with tempfile.TemporaryDirectory(prefix="sihe-rollup-") as folder:
        home = Path(folder)
        districts.fill(home / "inbox", codes, parcel.read(file))
        (home / "city.yaml").write_text(
            yaml.safe_dump(
                {
                    "code": PROVINCE,
                    "name": "某省",
                    "title": {"zh": "某省", "en": "P"},
                    "letter": "某",
                    "districts": codes,
                }
            ),
            encoding="utf-8",
        )
        here = installation.load(home, home / "inbox")
        dbt_bridge.ensure_manifest(here.settings, here.contracts, registry=here.registry)
        seconds: dict[str, float] = {}
        for module, name in STAGES:
            setattr(module, name, _timed(seconds, name, getattr(module, name)))
        started, used = time.monotonic(), _processor()
        result = rollup.roll_up(here.settings, here.contracts, here.registry)
        seconds["all"], processor = time.monotonic() - started, _processor() - used
        assert result.publication is not None
        size = sum(one.stat().st_size for one in (home / "inbox").rglob("*.zip"))
        rows = sum(result.publication.row_counts.values())
        print(json.dumps({**seconds, "processor": processor, "parcels_mib": size / 1024**2, "rows": rows}))


def _processor() -> float:
    """Processor seconds of this process and of those that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _timed(seconds: dict[str, float], name: str, work: Callable[..., Any]) -> Callable[..., Any]:
    def timed(*given: Any, **named: Any) -> Any:
        started = time.monotonic()
        try:
            return work(*given, **named)
        finally:
            seconds[name] = time.monotonic() - started

    return timed


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

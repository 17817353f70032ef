"""The section on the level above: what it costs to add up the parcels of many districts.

Belongs here: the table and its words. Does not belong here: one measured roll-up (`rollup`). Standard library only, as
`measure`.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from . import measure
from .measure import peak, spread, table, verdict

# Seconds: a city's districts, and a province's.
AIMS = {13: 30.0, 156: 60.0}
STAGES = {
    "receive": "parcels read and verified",
    "fill": "added up",
    "build": "dbt: the whole's periods, scores and indices",
    "add_districts": "the districts' own numbers",
    "publish": "published: file, Parquet copies, workbook",
}


def section(parcel: Path, sizes: Sequence[int], runs: int) -> str:
    print(f"roll-up: {', '.join(map(str, sizes))} districts, {runs} runs", flush=True)
    where = measure.machine()
    found = measure.interleaved(
        runs, {f"{size} districts": partial(measure.python, "rollup", parcel, size) for size in sizes}
    )
    rows, stages = [], []
    for size, (_, outcomes) in zip(sizes, found.items(), strict=True):
        numbers = [one.numbers() for one in outcomes]
        seconds = [one["all"] for one in numbers]
        aim = AIMS.get(size)
        judged = (f"≤ {aim:g} s", verdict(seconds, aim)) if aim else ("", "")
        mib, published = f"{numbers[0]['parcels_mib']:,.1f} MiB", f"{numbers[0]['rows']:,.0f}"
        processor = spread([one["processor"] for one in numbers])
        rows.append([f"{size} districts", spread(seconds), *judged, processor, mib, published, peak(outcomes)])
        stages.append([spread([one[stage] for one in numbers]) for stage in STAGES])
    head = ["", "seconds", "aim", "where we stand", "processor seconds", "parcels", "rows published", "peak memory"]
    by_stage = [[title, *(column[at] for column in stages)] for at, title in enumerate(STAGES.values())]
    return f"""## Roll-up

{where}

**What.** `sihe rollup` of parcels, each of a district with its own numbers of the days of one published demo district,
from the inbox to the published generation, dbt's manifest parsed before. {runs} runs.

{table(head, rows)}

Where the time goes:

{table(["seconds", *(f"{size} districts" for size in sizes)], by_stage)}
"""

"""Whether `sihe check` judges damaged files as the intake does, and how long it takes; printed.

python -m tests.unit.checking.measure --files 1000 --rows 100000
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from pipelines.checking.examination import UNUSABLE, Verdict, examine
from pipelines.contracts.model import Feed
from pipelines.intake.precedence import DUPLICATE, HELD, SUPERSEDED
from pipelines.settings import Settings
from pipelines.warehouse.ledger import Line
from pipelines.warehouse.lock import exclusive
from pipelines.warehouse.store import opened
from tests.faults.fuzz import ALONE, made
from tests.faults.poison import CONTRACTS, FEEDS, KEY
from tests.unit.desk import Desk
from tests.unit.helpers import EVENT, csv_bytes, put

RECEIVED, TODAY = datetime(2024, 1, 6, 3), date(2024, 1, 6)


def fill(inbox: Path, feeds: Sequence[Feed], count: int, seed: int) -> None:
    """Damaged files, a folder for each round of all feeds."""
    for number in range(count):
        turn, place = divmod(number, len(feeds))
        feed = feeds[place]
        day, revision = date(2020, 1, 1 + turn % 28), 1 + turn // 28
        name = feed.file_template.replace("{yyyymmdd}", f"{day:%Y%m%d}").replace(".", f"_r{revision}.")
        put(inbox, f"{turn}", name, made(feed, random.Random(f"{seed} {feed.id} {turn}")), RECEIVED)


def contradiction(line: Line, one: Verdict) -> str:
    """How a verdict differs from the intake's ledger line; empty if it does not."""
    if (one.feed and one.feed.id, one.business_date) != (f"{line.platform}.{line.feed}", line.business_date):
        return "another feed or day"
    if line.state == HELD:
        is_same = (one.held_because, one.exit_code) == (line.reason, UNUSABLE)
        return "" if is_same else f"held: {line.reason} / {one.held_because}"
    if one.held_because is not None:
        return f"{line.state}, but held: {one.held_because}"
    said = (one.row_count, one.loaded, one.rejected, one.duplicate, one.superseded)
    counted = (line.rows_counted, line.rows_loaded, line.rows_rejected, line.rows_duplicate, line.rows_superseded)
    return "" if said == counted else f"{line.state}: {counted} / {said}"


def compared(desk: Desk, inbox: Path, feeds: Sequence[Feed]) -> tuple[Mapping[str, int], list[str]]:
    """How many files of each state were compared, and the contradictions. A file that replaced nothing, or the bytes of
    another, has no rows of its own in the ledger."""
    states: Counter[str] = Counter()
    found = []
    for line in desk.warehouse.lines():
        if line.state == DUPLICATE or (line.state == SUPERSEDED and not line.rows_counted):
            continue
        (one,) = examine([inbox / line.folder / line.file_name], feeds, TODAY)
        states[line.state] += 1
        if wrong := contradiction(line, one):
            found.append(f"{line.folder}/{line.file_name}: {wrong}")
    return states, found


def seconds_of_check(file: Path) -> tuple[float, float]:
    """Wall and processor seconds of the command with a report."""
    before, started = getrusage(RUSAGE_CHILDREN), time.perf_counter()
    command = [str(Path(sys.executable).with_name("sihe")), "check", str(file), "--html", f"{file}.html"]
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
    after = getrusage(RUSAGE_CHILDREN)
    return (
        time.perf_counter() - started,
        after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=int, default=100_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sihe-check-") as folder:
        settings = Settings(Path(folder) / "home", Path(folder) / "inbox", Path(folder))
        fill(settings.inbox, ALONE, given.files, given.seed)
        with exclusive(settings, 0, "measure"), opened(settings, CONTRACTS) as warehouse:
            desk = Desk(warehouse, settings, list(FEEDS.values()), KEY)
            desk.take()
            states, found = compared(desk, settings.inbox, list(FEEDS.values()))
        print(f"{sum(states.values())} files compared ({dict(states)}), contradictions: {len(found)}")
        print("".join(f"    {one}\n" for one in found[:20]), end="")
        feed = FEEDS["command_centre.event"]
        rows = [{**EVENT, "event_id": f"SJ20240105{n:06}"} for n in range(given.rows)]
        rows[7:9] = [{**row, "level": "镇里"} for row in rows[7:9]]
        file = put(Path(folder), ".", "command_centre_event_20240105.csv", csv_bytes(feed, rows), RECEIVED)
        for _ in range(3):
            wall, processor = seconds_of_check(file)
            print(f"{given.rows:,} rows of {len(feed.columns)} columns: {wall:.2f} s, processor {processor:.2f} s")


if __name__ == "__main__":
    main()

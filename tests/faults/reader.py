"""One reader of publications in a separate process: `python -m tests.faults.reader HOME KIND`. A line on its standard
input ends it; then it prints how much it saw, and what was wrong.

In every publication of the test all values are one number: an answer with two numbers is mixed.
"""

import json
import os
import select
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from pipelines.publication import query as asking
from pipelines.settings import DASHBOARD_DIR

QUESTION = "select count(*), min(value), max(value), (select max(rows_counted) from meta.delivery) from marts.kpi_daily"
STAYS = 20

Answers = Iterator[tuple[int, ...]]


def query(home: Path) -> Answers:
    """As `sihe query` asks."""
    while True:
        answer = asking.ask(home / "published", QUESTION)
        assert answer.stands_in is None
        yield answer.rows[0]  # type: ignore[misc]


def page(home: Path) -> Answers:
    """As a page does: several queries to one publication."""
    os.environ["SIHE_HOME"] = str(home)
    sys.path.insert(0, str(DASHBOARD_DIR))
    from figures import published

    published.QUERIES = home / "queries"
    while True:
        publication = published.current()
        assert publication
        assert not publication.stands_in
        rows, told = (published.ask(publication, question)[0] for question in ("rows", "told"))
        yield rows["count"], rows["least"], rows["most"], told["told"]


def copies(home: Path) -> Answers:
    """As an analyst's own tools do, in the folder of copies that the link points to."""
    while True:
        folder = (home / "published" / "current").resolve()
        values = pq.read_table(folder / "marts" / "kpi_daily")["value"].to_pylist()
        told = pq.read_table(folder / "meta" / "delivery.parquet")["rows_counted"].to_pylist()
        yield len(values), min(values), max(values), told[0]


def held(home: Path) -> Answers:
    """As a reader that stays on an old publication for long."""
    while True:
        with duckdb.connect(str((home / "published" / "current.duckdb").resolve()), read_only=True) as connection:
            first = connection.execute(QUESTION).fetchall()
            for _ in range(STAYS):
                assert connection.execute(QUESTION).fetchall() == first
                yield first[0]


KINDS: dict[str, Callable[[Path], Answers]] = {"query": query, "page": page, "copies": copies, "held": held}


def main(home: Path, kind: str) -> None:
    seen: set[int] = set()
    wrong: list[str] = []
    turns = 0
    answers = KINDS[kind](home)
    while not select.select([sys.stdin], [], [], 0.1)[0]:
        turns += 1
        try:
            answer = next(answers)
            seen.add(answer[0])
            # Publication n: n rows, each with the value n, and a delivery of n rows.
            if len(set(answer)) > 1:
                wrong.append(str(answer))
        except Exception as error:
            wrong.append(f"{type(error).__name__}: {error}")
            answers = KINDS[kind](home)
    print(json.dumps({"kind": kind, "turns": turns, "seen": len(seen), "wrong": wrong[:5]}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

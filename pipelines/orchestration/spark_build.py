"""A complete build of the models on Spark, in the place of DuckDB's.

Belongs here: the order of the steps, and what Dagster is told of them. DuckDB's dbt loads the seeds and lists the
pending work; the lake gets the rows; Spark's dbt builds all models; the tables come back; DuckDB's dbt makes the views
over them and runs every test on what will be published. So what is published, and the state that the next build starts
from, are those of a full refresh, whichever engine made the tables. Does not belong here: files of the lake (`lake`),
when Spark is asked (`commands`).
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import dagster as dg

from pipelines.installation import House
from pipelines.lake import bringing, readiness, writing
from pipelines.orchestration.dbt_library import DbtCliInvocation

# Views that people read, and what is made of them, are made by DuckDB. Spark would take a minute to plan the largest
# view, and nothing there reads it. In one word: dagster-dbt takes the one after `--exclude`.
_ON_SPARK = [
    *("run", "--target", "spark", "--exclude"),
    "path:models/marts,config.materialized:view config.materialized:summary",
]
_SEEDS = ["seed", "--full-refresh"]
_VIEWS_AND_TESTS = [
    *("build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "seed"),
    # `empty`: leaving out a table does not leave out its tests.
    *("--indirect-selection", "empty", "--exclude", "config.materialized:table config.materialized:incremental"),
]

Invoke = Callable[[Sequence[str], bool], DbtCliInvocation]
"""dbt with arguments, in the project of the home; whether it builds on Spark."""


def build(house: House, invoke: Invoke, streamed: Callable[[DbtCliInvocation], Iterable[Any]]) -> Iterator[Any]:
    """Yields Dagster's events. The caller holds the lock, has begun a full build and ends it."""
    if absent := readiness.missing():
        raise dg.Failure(absent, allow_retries=False)
    seen = set[str]()
    yield from _once(streamed(invoke(_SEEDS, False)), seen)
    manifest = json.loads((house.settings.dbt_target / "manifest.json").read_text(encoding="utf-8"))
    with house.writing("dbt build") as opened:
        feeds = [*house.feeds, *house.salvaged]
        written = writing.write(opened.connection, house.settings.lake, feeds, manifest)
    dg.get_dagster_logger("sihe").info(
        f"{house.settings.lake}: {written.partitions} feed-days, {written.written} written, {written.removed} removed"
    )
    yield from _once(streamed(invoke(_ON_SPARK, True)), seen)
    with house.writing("dbt build") as opened, opened.transaction():
        rows = bringing.bring(opened.connection, house.settings.lake, manifest)
    dg.get_dagster_logger("sihe").info(f"{rows:,} rows of Spark's tables are in {house.settings.working_db}")
    yield from _once(streamed(invoke(_VIEWS_AND_TESTS, False)), seen)


def _once(events: Iterable[Any], seen: set[str]) -> Iterator[Any]:
    """Staging's views are made on both engines: Dagster takes an output once."""
    for event in events:
        if isinstance(event, dg.Output):
            if event.output_name in seen:
                continue
            seen.add(event.output_name)
        yield event

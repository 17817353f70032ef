"""The publication as a Dagster asset.

Belongs here: when it is made and what Dagster records about it. Does not belong here: publishing
(`publication.publish`).
"""

from collections.abc import Iterator, Sequence

import dagster as dg

from pipelines import markdown
from pipelines.installation import House
from pipelines.orchestration import asset_checks
from pipelines.orchestration.common import OWNERS, PUBLICATION, WRITER_POOL, retried_if_transient
from pipelines.publication import publish
from pipelines.settings import LOCK_WAIT_SECONDS
from pipelines.warehouse import database_file, lock


def publication_asset(house: House, upstream: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """The published generation, which leaders and analysts read."""

    @dg.asset(
        key=PUBLICATION,
        deps=list(upstream),
        group_name="publication",
        description="发布 · The published generation: an immutable DuckDB file and the pointer that readers follow.",
        kinds={"duckdb"},
        owners=OWNERS,
        check_specs=asset_checks.publication_checks(PUBLICATION),
        pool=WRITER_POOL,
    )
    def publication(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        with retried_if_transient(), lock.exclusive(house.settings, LOCK_WAIT_SECONDS, "publish"):
            with house.writing("publish") as opened:
                if not opened.is_whole():
                    raise dg.Failure(
                        "the last build of the models did not end well, or built some of what was due: run build_marts",
                        allow_retries=False,
                    )
                # Not of the code as it is now: it may have changed since the build.
                version = opened.built_version()
            result = publish.publish(house.settings, str(version), is_demo=house.settings.is_demo)
            with house.writing("publish") as opened:
                opened.note_published(result.generation, database_file.stamp_of(result.file))
        rows = [{"table": name, "rows": count} for name, count in sorted(result.row_counts.items())]
        yield dg.MaterializeResult(
            metadata={
                "generation": result.generation,
                "data_from": str(result.data_from),
                "data_through": str(result.data_through),
                "dagster/row_count": sum(result.row_counts.values()),
                "tables": dg.MetadataValue.md(markdown.table(rows)),
                "file": dg.MetadataValue.path(str(result.file)),
            },
            check_results=[
                asset_checks.publication_result(PUBLICATION, house.settings.published),
                asset_checks.registry_result(PUBLICATION, house.registry.errors),
            ],
        )

    return publication

"""昨夜, the night's page, as a Dagster asset beside the publication.

Belongs here: when it is made. Does not belong here: what it says (`pipelines.night`).
"""

import dagster as dg

from pipelines.installation import House
from pipelines.night import findings, page
from pipelines.orchestration.common import NIGHT, OWNERS, PUBLICATION, WRITER_POOL


def night_asset(house: House) -> dg.AssetsDefinition:
    """The page as metadata of the asset, made after each publication."""

    @dg.asset(
        key=NIGHT,
        deps=[PUBLICATION],
        group_name="publication",
        description="昨夜 · What arrived, what is held, late, missing, rejected, restated; what there is to do.",
        owners=OWNERS,
        pool=WRITER_POOL,
    )
    def night(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        with house.writing("the night's page") as opened:
            found = findings.collect(house, opened)
            seen = page.look(house, opened, found)
        return dg.MaterializeResult(metadata={"昨夜": dg.MetadataValue.md(page.text(seen)), "findings": len(found)})

    return night

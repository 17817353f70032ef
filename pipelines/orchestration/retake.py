"""The job that takes days in again: after a contract was corrected, or when a person doubts what was loaded.

Belongs here: its form in Dagster's launchpad, and which files it takes. Does not belong here: taking them
(`feed_assets.take_days`), building afterwards (`changes_sensor` asks for it).
"""

import dagster as dg
from pydantic import Field

from pipelines.documents import nearest
from pipelines.installation import House
from pipelines.orchestration.common import WRITER_POOL, asked_days
from pipelines.orchestration.feed_assets import take_days

TAKE_AGAIN = "take_again"


class AgainConfig(dg.Config):
    """What the launchpad asks for."""

    first: str = Field(description="第一个业务日期 · The first business date, YYYY-MM-DD")
    last: str = Field(description="最后一个业务日期 · The last business date, YYYY-MM-DD")
    feeds: list[str] = Field(default=[], description="数据集，如 command_centre.event；空为全部 · Feeds; empty: all")


def take_again_job(house: House) -> dg.JobDefinition:
    """Reads all deliveries of these days again from the archive, with the current contracts."""

    @dg.op(name="files", pool=WRITER_POOL)
    def files(context: dg.OpExecutionContext, config: AgainConfig) -> None:
        days = asked_days(config.first, config.last)
        known = [feed.id for feed in house.feeds]
        for name in config.feeds:
            if name not in known:
                raise dg.Failure(f"feeds: no feed is named {name!r}{nearest(name, known)}", allow_retries=False)
        for contract in house.contracts:
            wanted = [feed for feed in contract.feeds if not config.feeds or feed.id in config.feeds]
            if wanted:
                take_days(context, house, contract, wanted, days, again=True)

    @dg.config_mapping
    def form(asked: AgainConfig) -> dict[str, object]:
        return {"ops": {"files": {"config": asked.model_dump()}}}

    @dg.job(
        name=TAKE_AGAIN,
        config=form,
        description="重新接收 · Reads the files of some days again, with the contracts of today.",
    )
    def take_again() -> None:
        files()

    return take_again

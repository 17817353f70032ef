"""The definitions that Dagster loads (`workspace.yaml`). This module only combines; other modules decide.

A broken contract is logged as one error and leaves out its platform; a broken KPI leaves out itself. The rest loads.
"""

import dagster as dg

from pipelines import installation
from pipelines.orchestration import automation, before_runs, common, dbt_assets, feed_assets, retake, source_assets


def definitions(of: installation.House) -> dg.Definitions:
    """Assets, jobs, schedule and sensors of one installation."""
    for error in of.errors:
        dg.get_dagster_logger("sihe").error(f"contract left out: {error}")
    for broken in of.registry.errors:
        dg.get_dagster_logger("sihe").error(f"KPI left out: {broken}")
    collected = source_assets.collected(of)
    for problem in collected.errors:
        dg.get_dagster_logger("sihe").error(f"source left out: {problem}")
    common.warn_of_two(of)
    feeds = dg.AssetSelection.assets(common.INBOX, *([feed.platform, feed.name] for feed in of.feeds))
    judged = feed_assets.judgement_checks(of)
    built = (
        dg.AssetSelection.all() - feeds - dg.AssetSelection.groups(source_assets.GROUP)
    ) | dg.AssetSelection.checks(*judged.check_keys)
    dates = common.business_dates(of)
    # The judgement follows an intake: in its job these checks would only be skipped.
    taken = feeds - dg.AssetSelection.checks(*judged.check_keys)
    jobs = automation.jobs(taken, built, dates)
    assets = feed_assets.all_assets(of, dates)
    return dg.Definitions(
        assets=[*assets, *collected.assets],
        asset_checks=[judged],
        jobs=[*jobs, retake.take_again_job(of), *collected.jobs],
        schedules=[*automation.schedules(of), *collected.schedules],
        sensors=automation.sensors(of, build_marts=jobs[1]),
        resources={"dbt": dbt_assets.dbt_resource(of.settings)},
        # The default executor starts one process per step: 189 s for a night that takes 40 s in one process.
        executor=dg.in_process_executor,
    )


with before_runs.loading_told():
    defs = definitions(installation.load())

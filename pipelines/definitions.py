"""What Dagster loads (`workspace.yaml`): everything put together, nothing decided here.

A broken contract is logged as one error and leaves its platform out; the others are there.
"""

import dagster as dg

from pipelines import assets, automation, contract, settings


def house() -> assets.House:
    """The installation that the environment names, with its contracts."""
    here = settings.load()
    settings.apply(here)
    contracts, errors = contract.load_contracts(here.contracts)
    for error in errors:
        dg.get_dagster_logger("sihe").error(f"contract left out: {error}")
    salvaged = tuple(feed for error in errors if error.file.is_file() for feed in contract.salvage(error.file))
    return assets.House(here, contracts, salvaged)


def definitions(of: assets.House) -> dg.Definitions:
    """Assets, jobs, schedule and sensors of one installation."""
    every = assets.all_assets(of)
    intake = dg.AssetSelection.assets(assets.INBOX, *([feed.platform, feed.name] for feed in of.feeds))
    jobs = automation.jobs(intake, dg.AssetSelection.all() - intake)
    return dg.Definitions(
        assets=every,
        jobs=jobs,
        schedules=automation.schedules(of),
        sensors=automation.sensors(of, build_marts=jobs[1]),
        resources={"dbt": assets.dbt_resource(of)},
        # The default executor starts a process a step: 189 s for a night that takes 40 s in one process.
        executor=dg.in_process_executor,
    )


defs = definitions(house())

"""A district with one platform connected, the files of all others on trial: loaded, in no KPI, in no build's way.

Belongs here: a complete run of such a home. Does not belong here: how `connected` is said (tests/unit/contracts), what
the pages show of it (tests/pages).
"""

import shutil
from pathlib import Path

from pipelines import settings
from pipelines.rollup import parcel
from tests.conftest import run_sihe
from tests.walk.published import ask


def test_what_is_on_trial_is_loaded_counted_in_no_kpi_and_stops_no_build(
    district: tuple[Path, Path, str], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(district[0], home, symlinks=True)
    for command in (
        ("init", "--no-ask", "--district", "610302", "--platform", "smart_community"),
        ("run", "--inbox", str(district[1])),
    ):
        ran = run_sihe(home, *command)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    loaded = "select count(distinct platform), sum(rows_loaded) > 100000 from meta.delivery where state = 'loaded'"
    assert ask(home, loaded) == [(8, True)]
    # Promises are due, centres are open, and neither has a KPI.
    for table in ("promise", "dim_service_point"):
        assert ask(home, f"select count(*) > 0 from marts.{table}") == [(True,)]
    made_of = "select kpi_id, unnest(string_split(feeds, ', ')) as feed from marts.kpi_definition"
    off = (
        f"select kpi_id from ({made_of}) where not starts_with(feed, 'smart_community.') and feed <> 'ledger.delivery'"
    )
    for table in ("kpi_daily", "kpi_period"):
        assert ask(home, f"select count(*) from marts.{table} where kpi_id in ({off})") == [(0,)]
        on = f"select count(distinct kpi_id) > 5 from marts.{table} where kpi_id not in ({off})"
        assert ask(home, on) == [(True,)]
    # Nor does a city take it for a district that has the feed.
    handed_up = parcel.read(parcel.write(settings.load(home), tmp_path / "parcels"))
    assert {feed.partition(".")[0] for feed in handed_up.feeds()} == {"smart_community"}

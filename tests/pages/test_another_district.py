"""Another district, from its first command to its pages: `sihe init`, its platforms' exports, `sihe run`, the overview.

Belongs here: that nothing depends on the demo district. Does not belong here: what init writes and refuses
(tests/unit/districts).
"""

import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from streamlit.testing.v1 import AppTest

from pipelines.contracts.compiler import load_contracts
from pipelines.districts import codes, divisions
from pipelines.settings import SHIPPED_CONTRACTS
from tests.conftest import run_sihe
from tests.unit.helpers import COMMUNITY, EVENT, export
from tests.walk.published import ask

from .conftest import markup

CODE, NAME = "610303", "金台区"
DAY, RECEIVED = date(2024, 1, 5), datetime(2024, 1, 6, 3)


def deliver(inbox: Path) -> dict[str, str]:
    """One day's register of communities and an event in each; the names of its streets by code."""
    feeds = {feed.id: feed for contract in load_contracts(SHIPPED_CONTRACTS)[0] for feed in contract.feeds}
    inside = divisions.inside(CODE)
    streets = {one.code: one.name for one in inside if len(one.code) == codes.STREET}
    places = [one for one in inside if len(one.code) == codes.COMMUNITY and not one.name.endswith("村委会")]
    communities = [
        {
            **COMMUNITY,
            "community_code": one.code,
            "community_name": one.name,
            "street_code": one.code[: codes.STREET],
            "street_name": streets[one.code[: codes.STREET]],
        }
        for one in places
    ]
    events = [{**EVENT, "event_id": f"SJ20240105{n:06}", "community_code": one.code} for n, one in enumerate(places, 1)]
    export(inbox, feeds["smart_community.community"], DAY, communities, RECEIVED)
    export(inbox, feeds["command_centre.event"], DAY, events, RECEIVED)
    return {code: name for code, name in streets.items() if any(one.code.startswith(code) for one in places)}


def test_a_district_of_the_national_register_is_set_up_and_shown(
    tmp_path: Path, parsed: Path, opened: Callable[..., AppTest]
) -> None:
    home, inbox = tmp_path / "home", tmp_path / "home" / "inbox"
    shutil.copytree(parsed / "dbt", home / "dbt")
    begun = run_sihe(home, "init", "--district", CODE)
    assert begun.returncode == 0, begun.stderr
    assert f"宝鸡市{NAME}" in begun.stdout
    target = "valid_from,kpi_id,org_code,red_line,target,stretch,band_low,band_high,weight,reason\n"
    target += f"2024-01-01,event_on_time_close_rate,{CODE},,91,,,,,district's own\n"
    (home / "seeds" / "kpi_override.csv").write_text(target, encoding="utf-8")
    streets = deliver(inbox)
    ran = run_sihe(home, "run")
    assert ran.returncode == 0, ran.stdout + ran.stderr

    orgs = ask(home, "select org_level, org_code, org_name from marts.dim_org")
    assert [row[1:] for row in orgs if row[0] == "district"] == [(CODE, NAME)]
    assert {code: name for level, code, name in orgs if level == "street"} == streets
    assert ask(home, "select district_code, title_zh, letter from meta.district") == [
        (CODE, f"{NAME}基层治理驾驶舱", "金")
    ]
    in_force = (
        "select distinct target from marts.kpi_target where kpi_id = 'event_on_time_close_rate' and valid_to is null"
    )
    assert ask(home, in_force) == [(91.0,)]
    text = markup(opened(home))
    assert f"<h1>{NAME}基层治理驾驶舱</h1>" in text
    assert '<div class="mark" aria-hidden="true">金</div>' in text
    assert all(name in text for name in streets.values())
    tables = ask(home, "select concat_ws('.', schema_name, table_name) from duckdb_tables()")
    knows = "select count(*) from {} as one where cast(one as varchar) similar to '.*(渭滨|610302).*'"
    assert [table for (table,) in tables if ask(home, knows.format(table)) != [(0,)]] == []

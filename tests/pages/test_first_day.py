"""The first day of another district, as docs/first-day.md says it: from a vendor's files to the first dashboard.

Belongs here: that the commands of that page lead there, with a month of files in another vendor's form, and that
nothing depends on the demo district. Does not belong here: what single commands write and refuse (tests/unit/).
"""

import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

from streamlit.testing.v1 import AppTest

from pipelines.contracts.compiler import load_contracts
from pipelines.contracts.model import Feed
from pipelines.districts import codes, divisions
from pipelines.settings import PROJECT_DIR, SHIPPED_CONTRACTS
from tests.conftest import SIHE
from tests.unit.helpers import COMMUNITY, EVENT, csv_bytes, export
from tests.walk.published import ask

from .conftest import markup

CODE, NAME = "610303", "金台区"
FIRST, DAYS, RECEIVED = date(2024, 1, 1), 30, datetime(2024, 1, 31, 3)
PAGE = (PROJECT_DIR / "docs" / "first-day.md").read_text(encoding="utf-8")
# What ends only when it is stopped: its tests are those of the gate.
STAYS = "sihe serve"


def commands() -> list[str]:
    """The commands of the page, for this test's district."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line.replace("110101", CODE) for line in lines if not line.startswith(("export", STAYS))]


def second_word() -> tuple[str, str]:
    """The entry of a code in the drafted contract, and the page's line with another word for it."""
    (line,) = re.findall(r"^```yaml\n(.*)\n```$", PAGE, re.MULTILINE)
    return f"{line.partition('}')[0]}}}", line


def events(feed: Feed, day: date, places: list[str]) -> bytes:
    """A day's events in the vendor's form: other headers, UTF-8, | between values, another word for a code."""
    rows = [
        {
            **EVENT, "event_id": f"SJ{day:%Y%m%d}{n:06}", "community_code": place, "reported_at": f"{day} 08:15:30",
            "updated_at": f"{day} 10:00:00", "urgency": ("一般", "紧急", "特急")[n % 3],
            **({"status": "办结", "resolved_at": f"{day} 09:40:00", "closed_at": f"{day} 09:50:00"} if n % 2 else {}),
        }
        for n, place in enumerate(places)
    ]  # fmt: skip
    text = csv_bytes(feed, rows).decode(feed.encoding).replace("事件编号", "案件号", 1)
    return text.replace("社区编码", "所属社区编码", 1).replace(",", "|").encode()


def deliver(vendor: Path) -> dict[str, str]:
    """A month of events and the register of communities; the names of its streets by code."""
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
    file = export(vendor.parent, feeds["smart_community.community"], FIRST, communities, RECEIVED)
    vendor.mkdir()
    shutil.move(file, vendor / file.name)
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        data = events(feeds["command_centre.event"], day, [one.code for one in places])
        (vendor / f"sj-{day:%Y%m%d}.csv").write_bytes(data)
    return {code: name for code, name in streets.items() if any(one.code.startswith(code) for one in places)}


def walk(folder: Path, home: Path) -> dict[str, str]:
    """The output of each command. Before the contract is bent, the check finds the files unusable, as the page says."""
    said: dict[str, str] = {}
    contract = folder / "draft" / "contracts" / "command_centre.odcs.yaml"
    for command in commands():
        ran = subprocess.run(
            ["bash", "-c", command.replace("sihe ", f"{SIHE} ", 1) if command.startswith("sihe") else command],
            cwd=folder, env={"SIHE_HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
            input="Klee-blatt-9-Wiese\n", capture_output=True, text=True, check=False, timeout=900,
        )  # fmt: skip
        is_before = command.startswith("sihe check") and not contract.exists()
        assert ran.returncode == (2 if is_before else 0), f"{command}\n{ran.stdout}{ran.stderr}"
        said[" ".join(command.split()[:2])] = ran.stdout
        if command.startswith("sihe draft"):
            assert "ask      which codes are 办结?" in ran.stdout
            text = contract.read_text(encoding="utf-8")
            entry, with_another = second_word()
            assert entry in text
            contract.write_text(text.replace(entry, with_another), encoding="utf-8")
    return said


def test_the_first_day_of_a_district_ends_with_its_dashboard(
    tmp_path: Path, parsed: Path, opened: Callable[..., AppTest]
) -> None:
    home = tmp_path / "home"
    shutil.copytree(parsed / "dbt", home / "dbt")
    streets = deliver(tmp_path / "vendor")
    said = walk(tmp_path, home)
    report = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "不可接入" in report and "区数据局" in report
    assert f"宝鸡市{NAME}" in said["sihe init"]
    assert "in place of the packaged command_centre.event" in said["sihe registry"]
    assert said["sihe check"].count("没有问题") == DAYS
    assert said["sihe readiness"].startswith("2 of 33 feeds are in use, ")
    assert "in place of the packaged command_centre.event" in said["sihe doctor"]
    loaded = "select count(*), sum(rows_counted - rows_loaded) from meta.delivery where state = 'loaded'"
    assert ask(home, loaded) == [(DAYS + 1, 0)]
    closed = "select count(*) from marts.fct_event where status = 'closed'"
    ((count,),) = ask(home, closed)
    assert count > 0

    orgs = ask(home, "select org_level, org_code, org_name from marts.dim_org")
    assert [row[1:] for row in orgs if row[0] == "district"] == [(CODE, NAME)]
    assert {code: name for level, code, name in orgs if level == "street"} == streets
    assert ask(home, "select district_code, title_zh, letter from meta.district") == [
        (CODE, f"{NAME}基层治理驾驶舱", "金")
    ]
    # Off, not zero: KPIs on feeds that are not connected have no number anywhere.
    off = "(select kpi_id from meta.readiness_kpi where not is_on)"
    assert ask(home, f"select count(*) from marts.kpi_definition where kpi_id in {off}")[0][0] > 50
    assert ask(home, f"select count(*) from marts.kpi_daily where kpi_id in {off}") == [(0,)]
    assert ask(home, f"select count(*) from marts.kpi_period where kpi_id in {off}") == [(0,)]
    on = "select distinct kpi_id from meta.readiness_kpi where is_on"
    assert ("event_on_time_close_rate",) in ask(home, on)
    expected = "select max(denominator) from marts.kpi_daily where kpi_id = 'feed_on_time_rate'"
    assert ask(home, expected) == [(2.0,)]
    text = markup(opened(home))
    assert f"<h1>{NAME}基层治理驾驶舱</h1>" in text
    assert '<div class="mark" aria-hidden="true">金</div>' in text
    assert all(name in text for name in streets.values())
    ready = markup(opened(home, "readiness"))
    assert "33 个数据集中 2 个已在用" in ready
    assert "· 未接入" in ready
    tables = ask(home, "select concat_ws('.', schema_name, table_name) from duckdb_tables()")
    knows = "select count(*) from {} as one where cast(one as varchar) similar to '.*(渭滨|610302).*'"
    assert [table for (table,) in tables if ask(home, knows.format(table)) != [(0,)]] == []

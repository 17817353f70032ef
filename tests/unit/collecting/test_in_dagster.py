"""Sources as they are used: `sihe collect`, `sihe doctor`, and Dagster with an asset, a job and a schedule a source."""

from http.server import BaseHTTPRequestHandler
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner, Result

from pipelines import definitions, installation
from pipelines.collecting import sources
from pipelines.commands import cli
from pipelines.commands.status import FAIL, OK, _sources
from pipelines.orchestration import automation, source_assets
from tests.unit.collecting import servers
from tests.unit.collecting.conftest import keep
from tests.unit.collecting.test_by_day import answer

FILE = "home_visit_visit_{yyyymmdd}.csv"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path


def write(home: Path, *said: str) -> None:
    lines = "".join(f"  {one}\n" for one in said)
    (home / sources.FILE).write_text(f"sources:\n{lines}", encoding="utf-8")


def source(name: str, port: int, token: Path | None = None) -> str:
    more = f", token_file: {token}" if token else ""
    address = f"http://127.0.0.1:{port}/{{yyyymmdd}}"
    return f"{name}: {{kind: http, address: '{address}', file: '{FILE}', at: ['05:30', '13:05']{more}}}"


def platform(to: BaseHTTPRequestHandler) -> None:
    answer(to, b"a visit\n")


def collect(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli.main, ["collect", *arguments, "--home", str(home), "--inbox", str(home / "inbox")])


def test_one_broken_source_does_not_stop_the_others(home: Path) -> None:
    assert "no sources" in collect(home).output
    with servers.http(platform) as port, servers.http(lambda to: answer(to, b"", 403)) as closed:
        write(home, source("visits", port), source("closed", closed), "broken: {kind: ftp}")
        everything, one = collect(home, "--days", "1"), collect(home, "visits")
    assert everything.exit_code == 1 and one.exit_code == 0
    assert "visits: 1 fetched (0.0 MB), 0 unchanged\n" in everything.output
    assert "closed: failed: http://127.0.0.1/" in everything.output and "answers 403" in everything.output
    assert "left out: sources.yaml:4: sources.broken.kind: needs a kind" in everything.output
    assert "visits: 2 fetched (0.0 MB), 1 unchanged\n" in one.output
    assert len(list((home / "inbox" / "visits").glob("home_visit_visit_*.csv"))) == 3


def test_a_folder_that_takes_no_file_does_not_stop_the_other_sources(home: Path) -> None:
    with servers.http(platform) as port:
        write(home, source("first", port), source("visits", port))
        collect(home, "first", "--days", "1")
        (file,) = (home / "inbox" / "first").glob("home_visit_visit_*.csv")
        file.unlink()
        file.mkdir()
        ended = collect(home, "--days", "1")
    assert ended.exit_code == 1
    assert f"first: failed: {file.parent}" in ended.output and "Is a directory" in ended.output
    assert "visits: 1 fetched (0.0 MB), 0 unchanged\n" in ended.output


def test_an_unknown_source_is_wrong_usage(home: Path) -> None:
    write(home, source("visits", 1))
    ended = collect(home, "visit")
    assert ended.exit_code == 2 and "no usable source visit; did you mean 'visits'?" in ended.output


def test_the_doctor_looks_at_the_file_and_its_secrets(home: Path) -> None:
    here = installation.load(home, home / "inbox")
    assert list(_sources(here)) == []
    token = keep(home / "token", "t0ken")
    write(home, source("visits", 1, token), "broken: {kind: ftp}")
    token.chmod(0o644)
    assert [(one.state, "chmod 600" in one.text) for one in _sources(here)] == [(FAIL, False), (FAIL, True)]
    token.chmod(0o600)
    write(home, source("visits", 1, token))
    assert [one.state for one in _sources(here)] == [OK]


def test_an_asset_fetches_by_its_own_schedule_and_says_what_came(home: Path) -> None:
    with servers.http(platform) as port:
        write(home, source("visits", port), "broken: {kind: ftp}")
        found = source_assets.collected(installation.load(home, home / "inbox"))
        (schedule,) = found.schedules
        assert schedule.cron_schedule == ["30 5 * * *", "5 13 * * *"] and schedule.job_name == "collect_visits"
        assert len(found.errors) == 1
        ran = dg.materialize([*found.assets])
    (event,) = ran.asset_materializations_for_node("sources__visits")
    assert event.asset_key == dg.AssetKey(["sources", "visits"])
    assert event.metadata["files"].value == 3 and event.metadata["bytes"].value == 24


@pytest.mark.parametrize(("status", "is_tried_again"), [(403, False), (503, True)])
def test_only_what_may_pass_is_tried_again(home: Path, status: int, is_tried_again: bool) -> None:
    with servers.http(lambda to: answer(to, b"", status)) as port:
        write(home, source("visits", port))
        (asset,) = source_assets.collected(installation.load(home, home / "inbox")).assets
        compute = asset.op.compute_fn.decorated_fn  # type: ignore[union-attr]
        with pytest.raises(dg.RetryRequested if is_tried_again else dg.Failure):
            compute(dg.build_asset_context())


def test_sources_are_in_no_other_job(parsed: Path, home: Path) -> None:
    """Building the marts must not ask the platforms."""
    write(home, source("visits", 1))
    (home / "dbt").symlink_to(parsed / "dbt")
    found = definitions.definitions(installation.load(home, home / "inbox"))
    key = dg.AssetKey(["sources", "visits"])
    jobs = {job.name: job for job in found.resolve_all_job_defs()}
    having = {name for name, job in jobs.items() if key in job.asset_layer.executable_asset_keys}
    assert having - {"__ASSET_JOB"} == {"collect_visits"}
    assert automation.BUILD_MARTS in jobs

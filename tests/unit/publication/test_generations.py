"""Which generations are kept: the rule on invented years, pins, the list of the command."""

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from pipelines.commands import cli
from pipelines.publication import generations, publish
from pipelines.publication.generations import Generation
from pipelines.settings import GENERATIONS_KEPT

NOW = datetime(2026, 11, 20, 8, 0)
ROOM = 10**9


def generation(built_at: datetime, size: int = 1, note: str | None = None) -> Generation:
    return Generation(f"{built_at:%Y%m%d-%H%M%S}", Path("x"), built_at, size, note)


def left(made: list[Generation], budget: int = ROOM) -> list[datetime]:
    """When the kept ones were built, newest first."""
    made.sort(key=lambda one: one.built_at, reverse=True)
    gone = {one.name for one in generations.superfluous(made, NOW, budget)}
    return [one.built_at for one in made if one.name not in gone]


def test_of_three_years_those_stay_that_the_rule_names() -> None:
    """Four generations a day for three years."""
    made = [generation(NOW - timedelta(hours=6 * i)) for i in range(4 * 3 * 365)]
    kept = left(made)
    two_days = [at for at in kept if NOW - at <= timedelta(hours=48)]
    assert len(two_days) == 9
    month = [at for at in kept if timedelta(hours=48) < NOW - at <= timedelta(days=30)]
    # The last of each day: 20:00; of the first day in sight only what lies within the month.
    assert {at.hour for at in month} == {20}
    assert len(month) == 28
    older = kept[len(two_days) + len(month) :]
    assert [f"{at:%Y-%m-%d %H}" for at in older[:2]] == ["2026-09-30 20", "2026-08-31 20"]
    assert len({(at.year, at.month) for at in kept}) == generations.MONTHS
    assert len(older) == generations.MONTHS - 2


def test_few_generations_are_all_kept_however_old() -> None:
    made = [generation(NOW - timedelta(days=1000 + i)) for i in range(GENERATIONS_KEPT)]
    assert len(left(made)) == GENERATIONS_KEPT


def test_a_pinned_generation_stays() -> None:
    old = NOW - timedelta(days=3000)
    made = [generation(NOW - timedelta(hours=i)) for i in range(9)] + [
        generation(old),
        generation(old.replace(year=2019)),
    ]
    assert old not in left(list(made))
    made[9] = generation(old, note="cited in a report")
    assert left(made)[-1] == old


@pytest.mark.parametrize(("budget", "count"), [(ROOM, 20), (200, 20), (199, 19), (60, 6), (0, GENERATIONS_KEPT)])
def test_beyond_the_budget_the_oldest_go_first_and_never_the_newest_few(budget: int, count: int) -> None:
    made = [generation(NOW - timedelta(hours=i), size=10) for i in range(20)]
    assert left(made, budget) == [NOW - timedelta(hours=i) for i in range(count)]


def test_a_pinned_generation_is_beyond_the_budget_too() -> None:
    pinned = generation(NOW - timedelta(hours=30), size=10, note="")
    made = [generation(NOW - timedelta(hours=i), size=10) for i in range(20)]
    assert left([*made, pinned], 0) == [NOW - timedelta(hours=i) for i in range(GENERATIONS_KEPT)] + [pinned.built_at]


# ---------------------------------------------------------------- the command


def made(published: Path, name: str) -> None:
    published.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(published / f"sihe-{name}.duckdb")) as connection:
        connection.execute(
            "create schema meta; create schema marts; create table meta.build as select 'c0de' as code_version;"
            "create table marts.dim_org as select '990101' as org_code, 'district' as org_level"
        )


def test_generations_are_listed_pinned_and_cited(tmp_path: Path) -> None:
    published = tmp_path / "published"
    for name in ("20240106-063015", "20240106-063015-2", "20240106-063015-10", "20240107-063015"):
        made(published, name)
    with duckdb.connect(str(published / "sihe-20240106-063015.duckdb")) as empty:
        empty.execute("delete from marts.dim_org")
    (published / "sihe-broken.duckdb").touch()
    (published / "sihe-20240101-000000.duckdb").write_bytes(b"damaged")
    (published / "current.json").write_text('{"generation": "20240107-063015"}')

    def run(*arguments: str) -> list[str]:
        ended = CliRunner().invoke(cli.main, ["generations", "--home", str(tmp_path), *arguments])
        assert ended.exit_code == 0, ended.output
        return ended.output.splitlines()

    lines = run()
    assert [line.split()[0] for line in lines] == [
        "20240107-063015", "20240106-063015-10", "20240106-063015-2", "20240106-063015", "20240101-000000"
    ]  # fmt: skip
    assert "sihe:990101/20240107-063015@c0de" in lines[0]
    assert "sihe:20240106-063015@c0de" in lines[3]  # published before any data
    assert lines[0].endswith("published")
    assert lines[-1].endswith("cannot be read")
    assert run("--pin", "20240106-063015", "--note", "年报")[3].endswith("pinned: 年报")
    assert generations.pins(published) == {"20240106-063015": "年报"}
    assert run("--pin", "20240107-063015", "--note", "月报")[0].endswith("published, pinned: 月报")
    assert not run("--unpin", "20240106-063015")[3].endswith("年报")
    # An erasure deletes all but the published one, also what is pinned: no pin of nothing is left.
    run("--pin", "20240106-063015-2")
    run("--pin", "20240107-063015")
    (published / "current.json").write_text('{"generation": "20240107-063015", "file": "sihe-20240107-063015.duckdb"}')
    before = run()
    wrong = CliRunner().invoke(cli.main, ["generations", "--home", str(tmp_path), "--pin", "20240106-063014"])
    assert wrong.exit_code == 2
    assert "20240106-063015" in wrong.output
    publish.remove_older(published)
    assert generations.pins(published) == {"20240107-063015": "pinned"}
    assert run() == before[:1]

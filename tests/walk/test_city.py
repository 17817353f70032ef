"""A city that runs two districts from their exports: every number of each is that of a home of its own, and the city's
are those of a roll-up of the same days.

Belongs here: the numbers, who is late or missing, a district that fails, a kill. Does not belong here: the sums
themselves (`test_rollup`), arguments and output (tests/unit/commands).
"""

import fcntl
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.rollup import parcel
from tests.conftest import SIHE, receive, run_sihe
from tests.walk.cities import CITY, DAY, LATE, LATE_DAY, NEVER, A, Homes, exports_of, new_city
from tests.walk.published import OF_THE_CLOCK

# Of the moment of a publication, of what was published before, and the content of district.yaml.
OF_THE_MOMENT = {"meta.build", "marts.kpi_restatement", "marts.kpi_restated", "meta.district"}
# When something was done, and names, of which the fingerprint of the code is also made.
OF_THE_HOME = {"received_at", "complete_at", "generation", "org_name", "district_name", "code_version"}
# A parcel's name and bytes have its generation.
OF_THE_PARCEL = {"file_name", "sha256"}


def published(home: Path) -> dict[str, pl.DataFrame]:
    folder, is_city = home / "published", (home / "city.yaml").exists()
    file = folder / json.loads((folder / "current.json").read_text(encoding="utf-8"))["file"]
    with duckdb.connect(str(file), read_only=True) as connection:
        names = connection.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
        tables = {name: connection.sql(f"from {name}").pl() for (name,) in names}
    whose, condition = OF_THE_CLOCK
    if whose in tables:
        tables[whose] = tables[whose].sql(f"select * from self where not ({condition})")
    return {
        name: rows.drop((OF_THE_HOME | (OF_THE_PARCEL if is_city else set())) & set(rows.columns))
        for name, rows in tables.items()
        if name not in OF_THE_MOMENT and rows.width
    }


def differing(first: dict[str, pl.DataFrame], second: dict[str, pl.DataFrame]) -> list[str]:
    assert set(first) == set(second)
    return [
        name
        for name in sorted(first)
        if first[name].schema != second[name].schema or as_rows(first[name]) != as_rows(second[name])
    ]


def as_rows(rows: pl.DataFrame) -> Sequence[str]:
    return sorted(map(repr, rows.rows()))


@pytest.mark.parametrize("code", [A, LATE])
def test_every_number_of_a_district_is_that_of_its_own_home(city_runs: Homes, code: str) -> None:
    ours, own = published(city_runs.city / "districts" / code), published(city_runs.alone[code])
    assert len(ours) > 50 and ours["marts.kpi_period"].height > 1000
    assert differing(ours, own) == []


def test_the_city_is_the_roll_up_of_what_they_would_hand_up(city_runs: Homes, parsed: Path, tmp_path: Path) -> None:
    """Of parcels that were made elsewhere: only names of files differ, and who made them."""
    other = tmp_path / "city"
    new_city(other, parsed)
    shutil.rmtree(other / "districts")
    for code, home in city_runs.alone.items():
        handed_up = run_sihe(home, "parcel", "--to", str(other / "inbox" / code))
        assert handed_up.returncode == 0, handed_up.stdout + handed_up.stderr
    ran = run_sihe(other, "run")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    ours, added = published(city_runs.city), published(other)
    assert ours["marts.kpi_daily"].filter(org_code=CITY).height > 500
    assert differing(ours, added) == []


def test_who_is_late_or_missing_is_said_and_is_in_no_sum(city_runs: Homes) -> None:
    found, of_a = published(city_runs.city), published(city_runs.city / "districts" / A)
    states = dict(found["meta.district_parcel"].select("district_code", "state").iter_rows())
    assert states == {A: "delivered", LATE: "late", NEVER: "missing"}
    day = found["marts.kpi_coverage"].filter(as_of=date.fromisoformat(DAY))
    before = found["marts.kpi_coverage"].filter(as_of=date.fromisoformat(LATE_DAY), districts_in=2)
    assert set(day["missing"]) <= {f"{LATE}, {NEVER}", f"{A}, {LATE}, {NEVER}"} and day["districts_in"].max() == 1
    assert set(before["missing"]) == {NEVER} and set(before["districts_expected"]) == {3}
    columns = ["kpi_id", "numerator", "denominator"]
    # The sample has one feed: a KPI that needs another is in no sum, and no district has a number of it.
    left_out = found["meta.kpi_left_out"].filter(reason="feed_never_came", district_code=A)["kpi_id"]
    additive = (
        found["marts.kpi_definition"]
        .filter("is_additive", ~pl.col("kpi_id").is_in(left_out.to_list()))["kpi_id"]
        .to_list()
    )
    assert len(left_out) > 50 and not set(left_out) & set(found["marts.kpi_daily"]["kpi_id"])
    whole, own = (
        rows["marts.kpi_daily"]
        .filter(pl.col("kpi_id").is_in(additive), org_code=code, kpi_date=date.fromisoformat(DAY))
        .select(columns)
        .sort("kpi_id")
        for rows, code in ((found, CITY), (of_a, A))
    )
    assert whole.height > 5 and whole.equals(own)
    assert NEVER not in set(found["marts.kpi_daily"]["org_code"])
    assert f"late     {LATE}" in city_runs.printed and f"missing  {NEVER}" in city_runs.printed


def test_each_district_has_a_key_and_a_ledger_of_its_own(city_runs: Homes) -> None:
    keys = [city_runs.city / "districts" / code / "keys" / "pseudonym.key" for code in (A, LATE)]
    assert keys[0].read_bytes() != keys[1].read_bytes()
    assert not (city_runs.city / "keys").exists() and not (city_runs.city / "archive").exists()


def test_a_district_that_fails_touches_its_own_alone(city_runs: Homes, tmp_path: Path) -> None:
    """Two at once; and a parcel that was sent does not count beside exports."""
    city, inbox = tmp_path / "city", tmp_path / "inbox"
    shutil.copytree(city_runs.city, city, ignore=shutil.ignore_patterns("inbox"))
    inbox.mkdir()
    (inbox / LATE).symlink_to(city_runs.city / "inbox" / LATE)
    made = next((city / "districts" / A / "parcels").glob("*.zip"))
    (inbox / A).mkdir()
    one = parcel.read(made)
    daily = one.tables["kpi_daily"].with_columns(numerator=pl.col("numerator") + 1000)
    parcel.pack(inbox / A, one.manifest, {**one.tables, "kpi_daily": daily})
    file = city / "districts" / A / "district.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("letter", "lettre"), encoding="utf-8")
    before = published(city)
    ran = run_sihe(city, "run", "--inbox", str(inbox), env={"SIHE_DISTRICTS_AT_ONCE": "2"})
    said = ran.stdout + ran.stderr
    assert ran.returncode == 1 and f"failed   {A}" in said and "lettre" in said, said
    assert f"{LATE} nothing has changed" in said and "the generation stays published" in said
    assert f"ignored  {A}: 1 parcels" in said
    assert differing(published(city), before) == []
    told = json.loads(run_sihe(city, "status", "--json", "--inbox", str(inbox)).stdout)["districts"]
    assert [(row["district"], row["from"], row["state"]) for row in told] == [
        (A, "exports", "delivered"), (LATE, "exports", "late"), (NEVER, None, "missing")
    ]  # fmt: skip
    assert "lettre" in " ".join(told[0]["to_do"]) and "lettre" not in " ".join(told[1]["to_do"])
    looked = run_sihe(city, "doctor", "--inbox", str(inbox))
    assert looked.returncode == 1 and f"fail  {A}" in looked.stdout, looked.stdout + looked.stderr


def test_a_kill_at_any_step_leaves_a_city_that_the_next_run_completes(
    city_runs: Homes, built: tuple[Path, Path, str], tmp_path: Path
) -> None:
    """The late district delivers the rest: it has the same exports as the other one then, so the city is twice it."""
    city = tmp_path / "city"
    shutil.copytree(city_runs.city, city)
    exports_of(built[1], city / "inbox" / LATE, LATE, DAY)
    receive(city / "inbox" / LATE)
    late = city / "districts" / LATE
    pointer = (late / "published" / "current.json").read_bytes()

    # While the district's process works: it ends with its parent.
    log = late / "logs" / "city-run.log"
    log.unlink()
    killed_when(city, lambda: log.exists() and "taking" in log.read_text())
    # `sihe run` writes who holds the lock; it is free when the process is gone.
    until(lambda: is_free(late / "sihe.lock"), 15)
    assert (late / "published" / "current.json").read_bytes() == pointer

    # Between the district's publication and the sums.
    killed_when(
        city,
        lambda: (late / "published" / "current.json").read_bytes() != pointer and "done in" in log.read_text(),
    )
    states = dict(published(city)["meta.district_parcel"].select("district_code", "state").iter_rows())
    assert states[LATE] == "late"

    ran = run_sihe(city, "run")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"{LATE} nothing has changed" in ran.stdout and "2 of 3 districts have delivered" in ran.stdout
    found = published(city)
    additive = found["marts.kpi_definition"].filter("is_additive")["kpi_id"].to_list()
    numbers = found["marts.kpi_daily"].filter(pl.col("kpi_id").is_in(additive))
    one, whole = (numbers.filter(org_code=code).sort("kpi_id", "kpi_date") for code in (A, CITY))
    assert one.height == whole.height > 500
    for side in ("numerator", "denominator"):
        apart = (one[side] * 2 - whole[side]).abs().max()
        assert isinstance(apart, float) and apart < 1e-6


def killed_when(city: Path, is_reached: Callable[[], bool]) -> None:
    """Runs the city in a process of its own, and kills this process, and no other, as soon as a state is reached."""
    # A fixture of the session may have left the inbox of another house in the environment.
    command = [str(SIHE), "run", "--home", str(city), "--inbox", str(city / "inbox")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            until(lambda: is_reached() or process.poll() is not None, 300)
            assert process.poll() is None, "it ended before the state was reached"
        finally:
            process.kill()


def until(is_reached: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_reached():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_free(file: Path) -> bool:
    with file.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True

"""Eight reader processes during many publications: no error, no mixed answer; nothing that is being read is deleted.

`SIHE_PUBLICATIONS=200 pytest tests/faults/test_readers.py` runs longer.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.publication import publish
from pipelines.settings import GENERATIONS_KEPT, PROJECT_DIR, Settings
from tests.faults.reader import KINDS
from tests.unit.publication.test_publish import COUNTED, WORKING, change

READERS = 8
PUBLICATIONS = int(os.environ.get("SIHE_PUBLICATIONS", "16"))
QUERIES = {
    "build": "from meta.build",
    "rows": "select count(*) as count, min(value) as least, max(value) as most from marts.kpi_daily",
    "told": "select max(rows_counted) as told from meta.delivery",
}


@pytest.fixture
def working(tmp_path: Path) -> Iterator[Settings]:
    """In memory if there is space: otherwise the disk's syncs, not the readers, take most of the test's time."""
    memory = Path("/dev/shm")
    parent = memory if memory.is_dir() and os.access(memory, os.W_OK) else tmp_path
    with tempfile.TemporaryDirectory(dir=parent) as root:
        contracts = PROJECT_DIR / "pipelines" / "contracts"
        # No room for generations: only the newest few are kept, and those that are in use.
        settings = Settings(Path(root), Path(root) / "inbox", contracts, generations_bytes=0)
        settings.working_db.parent.mkdir(parents=True)
        change(settings, WORKING)
        yield settings


def number(settings: Settings, n: int) -> None:
    """Sets all published values to n."""
    change(
        settings,
        "begin; delete from marts.kpi_daily; delete from meta.delivery;"
        f"insert into marts.kpi_daily (kpi_id, org_code, value) select 'k' || i, '990101', {n} from range({n}) t(i);"
        f"insert into meta.delivery ({COUNTED}) values ('a.csv', {n}, {n}, 0, 0, 0); commit",
    )


def started(home: Path, kind: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.faults.reader", str(home), kind],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT_DIR,
    )  # fmt: skip


def test_eight_readers_through_many_publications(working: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "GENERATION_GRACE_SECONDS", 2)
    (working.home / "queries").mkdir()
    for name, sql in QUERIES.items():
        (working.home / "queries" / f"{name}.sql").write_text(sql)
    number(working, 1)
    publish.publish(working, "v1", is_demo=False)
    readers = [started(working.home, kind) for kind in KINDS for _ in range(READERS // len(KINDS))]
    most = 0
    for n in range(2, PUBLICATIONS + 1):
        number(working, n)
        publish.publish(working, "v1", is_demo=False)
        most = max(most, len(list(working.published.glob("sihe-*.duckdb"))))
    found = [json.loads(reader.communicate("stop\n", timeout=60)[0]) for reader in readers]
    assert [one["wrong"] for one in found] == [[]] * READERS, found
    assert all(one["turns"] > 10 and one["seen"] > 1 for one in found), found
    assert most < PUBLICATIONS / 2, "old generations are not deleted"


# ---------------------------------------------------------------- which generations stay


def names(settings: Settings) -> list[str]:
    return sorted(file.name for file in settings.published.glob("sihe-*.duckdb"))


def test_a_generation_that_another_process_reads_stays_until_that_ends(
    working: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "GENERATION_GRACE_SECONDS", -1)
    first = publish.publish(working, "v1", is_demo=False).file
    code = f"import duckdb, sys; c = duckdb.connect({str(first)!r}, read_only=True); print('open', flush=True); input()"
    reader = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert reader.stdout and reader.stdout.readline() == "open\n"
    for _ in range(GENERATIONS_KEPT + 1):
        publish.publish(working, "v1", is_demo=False)
    assert first.name in names(working)
    assert first.with_suffix("").is_dir()
    assert len(names(working)) == GENERATIONS_KEPT + 1
    reader.communicate("\n", timeout=20)
    publish.publish(working, "v1", is_demo=False)
    assert first.name not in names(working)
    assert not first.with_suffix("").exists()


def test_a_generation_that_has_just_been_replaced_stays_for_those_who_are_about_to_open_it(working: Settings) -> None:
    made = [publish.publish(working, "v1", is_demo=False).file.name for _ in range(GENERATIONS_KEPT + 3)]
    assert names(working) == sorted(made)
    with duckdb.connect(str(working.published / made[0]), read_only=True) as reader:
        assert reader.execute("select count(*) from marts.kpi_daily").fetchall() == [(2,)]

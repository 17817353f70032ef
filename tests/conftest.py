"""One warehouse per session, built as an engineer builds it: `sihe run` on a copy of the sample exports.

Belongs here: fixtures shared by several folders of tests. A test that changes something uses a copy of the home.
"""

import fcntl
import hashlib
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import hypothesis
import pytest

from pipelines import dbt_bridge, settings
from pipelines.contracts.compiler import load_contracts
from pipelines.rollup import parcel
from pipelines.settings import BEIJING
from tests.benchmarks import districts
from tests.installed import Installed, install
from tests.walk.cities import LATE, LATE_DAY, Homes, exports_of, new_city
from tests.walk.cities import A as ON_TIME
from tests.walk.random_exports import write

SAMPLES = Path(__file__).parent / "samples"
SIHE = Path(sys.executable).parent / "sihe"
ODD_SEED = 45  # a seed for which every KPI has eight cells of each kind
DISTRICT_FROM, DISTRICT_TO = date(2025, 12, 5), date(2025, 12, 14)

# The slowest come first, so that they do not keep one worker busy at the end: the browser's file, then the faults,
# whose first tests need no built warehouse and run while it is built.
ORDER = ("browser", "faults", "walk", "pages", "benchmarks", "unit")

# How long an example takes says how busy the machine is: one more worker made a test of 12 ms take 320.
hypothesis.settings.register_profile("on_any_machine", deadline=None)
hypothesis.settings.load_profile("on_any_machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        folder = item.path.parent.name
        return ORDER.index(folder) if folder in ORDER else len(ORDER)

    items.sort(key=rank)


def receive(inbox: Path) -> None:
    """Sets when each file was received: 03:00 Beijing time on the day after its date. A checkout sets its own time."""
    for file in inbox.rglob("*_2*"):
        day = datetime.strptime(file.stem[-8:], "%Y%m%d")
        at = (day + timedelta(days=1, hours=3)).replace(tzinfo=BEIJING).timestamp()
        os.utime(file, (at, at))


def run_sihe(
    home: Path, *arguments: str, env: dict[str, str] | None = None, seconds: float = 900, sihe: Path = SIHE
) -> subprocess.CompletedProcess[str]:
    """The command as people call it: a separate process with piped output. Its inbox is that of the home, unless `env`
    or an argument says another: a fixture of the session may have loaded a house, and left its inbox behind."""
    inherited = {name: value for name, value in os.environ.items() if name != "SIHE_INBOX"}
    return subprocess.run(
        [str(sihe), *arguments, "--home", str(home)],
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
        env={**inherited, **(env or {})},
    )


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """Loading a house sets environment variables for libraries. They are restored, so that the next test does not see
    this one's installation."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def of_session(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder shared by the workers of one session."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def shared(of_session: Path) -> Path:
    """A folder for what is built once: shared by the workers, and if SIHE_TEST_HOMES names a folder, also by all
    sessions on the same code."""
    kept = os.environ.get("SIHE_TEST_HOMES")
    if not kept:
        return of_session
    code = hashlib.sha256()
    for folder in (settings.PROJECT_DIR / "pipelines", settings.DBT_DIR, SAMPLES, SAMPLES.parent / "walk"):
        for file in sorted(file for file in folder.rglob("*.*") if "__pycache__" not in file.parts and file.is_file()):
            code.update(str(file.relative_to(folder)).encode() + file.read_bytes())
    root = Path(kept) / code.hexdigest()[:12]
    root.mkdir(parents=True, exist_ok=True)
    return root


@contextmanager
def made_once(root: Path) -> Iterator[bool]:
    """Whether this worker has to make what belongs into the folder: the others wait for the first one."""
    root.mkdir(exist_ok=True)
    done = root / "done"
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            # What a session that was stopped has left.
            for left in root.iterdir():
                if left.is_dir():
                    shutil.rmtree(left)
        yield not done.exists()
        done.touch()


@pytest.fixture(scope="session")
def parsed(shared: Path) -> Path:
    """A home that has only dbt's manifest of this code. Its folder `dbt` saves a new home a third of its first run."""
    root = shared / "parsed"
    with made_once(root) as is_first:
        if is_first:
            here = settings.load(root / "home", root / "inbox")
            contracts, errors = load_contracts(here.contracts)
            assert not errors
            dbt_bridge.ensure_manifest(here, contracts)
    return root / "home"


def build_once(
    root: Path,
    fill: Callable[[Path], None],
    parsed: Path,
    nights: Callable[[Path, Path], Iterator[Path]] | None = None,
    sihe: Path = SIHE,
) -> tuple[Path, Path, str]:
    """(home, inbox, output of the last run): the first worker fills the inbox and builds, the others wait for it.

    nights: inboxes of one night each, made of the filled one and an empty folder.
    """
    inbox, home, printed = root / "inbox", root / "home", root / "printed"
    with made_once(root) as is_first:
        if is_first:
            fill(inbox)
            shutil.copytree(parsed / "dbt", home / "dbt")
            for arrived in nights(inbox, root / "arriving") if nights else [inbox]:
                ran = run_sihe(home, "run", "--inbox", str(arrived), sihe=sihe)
                assert ran.returncode == 0, ran.stdout + ran.stderr
            printed.write_text(ran.stdout)
            _leave_lineage(home, parsed)
    return home, inbox, printed.read_text()


def _leave_lineage(home: Path, parsed: Path) -> None:
    """Leaves what a build has found of the models' columns to later ones: three seconds of processor time each."""
    found, kept = (one / "dbt" / "target" / "column_lineage.json" for one in (home, parsed))
    if not kept.exists():
        copy = kept.with_name(f".{kept.name}.{os.getpid()}")
        shutil.copyfile(found, copy)
        copy.replace(kept)


def in_two_nights(inbox: Path, arriving: Path) -> Iterator[Path]:
    """One folder twice, first with half of the files, independent of their dates and times of receipt."""
    files = sorted(file for file in inbox.rglob("*") if file.is_file())
    random.Random(ODD_SEED).shuffle(files)
    for half in range(2):
        for file in files[half::2]:
            copy = arriving / file.relative_to(inbox)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, copy)
        yield arriving


@pytest.fixture(scope="session")
def built(shared: Path, parsed: Path) -> tuple[Path, Path, str]:
    """(home, inbox, output of the run) of a warehouse built from the whole sample. Not to be changed."""

    def sample(inbox: Path) -> None:
        shutil.copytree(SAMPLES / "real_events" / "inbox", inbox)
        receive(inbox)

    return build_once(shared / "sihe", sample, parsed)


@pytest.fixture(scope="session")
def installed(of_session: Path) -> Installed:
    """The wheel of the checkout in a separate environment: the first worker makes it, the others wait for it."""
    root = of_session / "installed"
    with made_once(root) as is_first:
        if is_first:
            install(root)
    return Installed(root)


@pytest.fixture(scope="session")
def district(shared: Path, parsed: Path, installed: Installed) -> tuple[Path, Path, str]:
    """The same for the demo district: ten days of all 33 feeds with its stories. Not to be changed.

    The installed wheel simulates, loads and builds it, so testing the wheel needs no other build.
    """

    def simulated(inbox: Path) -> None:
        days = ["--from", str(DISTRICT_FROM), "--to", str(DISTRICT_TO)]
        command = [str(installed.sihe), "simulate", *days, "--inbox", str(inbox)]
        wrote = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
        assert wrote.returncode == 0, wrote.stdout + wrote.stderr

    return build_once(shared / "district", simulated, parsed, sihe=installed.sihe)


CITY, LATE_DAYS, OTHER_FORMULA = "6103", 2, "event_on_time_close_rate"


@pytest.fixture(scope="session")
def city(shared: Path, parsed: Path, district: tuple[Path, Path, str]) -> tuple[Path, Path, str]:
    """(home, inbox, output of the roll-up) of the city above the demo district: the district's parcel, two made of it,
    a late one, a damaged one, and one that counts a KPI otherwise; the others are missing. Not to be changed."""
    root = shared / "city"
    home, inbox = root / "home", root / "inbox"
    with made_once(root) as is_first:
        if is_first:
            handed_up = run_sihe(district[0], "parcel", "--to", str(inbox / "610302"))
            assert handed_up.returncode == 0, handed_up.stdout + handed_up.stderr
            one = parcel.read(next(inbox.rglob("*.zip")))
            districts.fill(inbox, ["610303", "610304", "610323"], one)
            districts.another(one, "610324", inbox, seed=1, until=DISTRICT_TO - timedelta(days=LATE_DAYS))
            file = districts.another(one, "610326", inbox, seed=1)
            file.write_bytes(file.read_bytes()[:5000])
            districts.another(one, "610327", inbox, seed=1, other_formulas=[OTHER_FORMULA])
            shutil.copytree(parsed / "dbt", home / "dbt")
            assert run_sihe(home, "init", "--city", CITY).returncode == 0
            ran = run_sihe(home, "rollup", "--inbox", str(inbox))
            assert ran.returncode == 0, ran.stdout + ran.stderr
            (root / "printed").write_text(ran.stdout)
    return home, inbox, (root / "printed").read_text()


@pytest.fixture(scope="session")
def city_runs(shared: Path, parsed: Path, built: tuple[Path, Path, str]) -> Homes:
    """A city that runs two districts from the sample's exports: one is late, a third delivers nothing; and homes that
    have the same exports alone. Not to be changed."""
    root, sample = shared / "city_runs", built[1]
    city = root / "city"

    def late(inbox: Path) -> None:
        exports_of(sample, inbox, LATE, LATE_DAY)
        receive(inbox)

    with made_once(root) as is_first:
        if is_first:
            new_city(city, parsed)
            shutil.copytree(sample, city / "inbox" / ON_TIME)
            late(city / "inbox" / LATE)
            ran = run_sihe(city, "run")
            assert ran.returncode == 0, ran.stdout + ran.stderr
            (root / "printed").write_text(ran.stdout)
    alone, _, _ = build_once(shared / "city_runs_alone", late, parsed)
    return Homes(city, {ON_TIME: built[0], LATE: alone}, (root / "printed").read_text())


@pytest.fixture(scope="session")
def odd(shared: Path, parsed: Path) -> tuple[Path, Path, str]:
    """The same for all feeds. The exports are as unusual as the contracts allow, and arrive in two nights in random
    order. Not to be changed."""
    return build_once(shared / "odd", lambda inbox: write(inbox, ODD_SEED), parsed, in_two_nights)


@pytest.fixture(scope="session")
def home(built: tuple[Path, Path, str]) -> Path:
    """An installation with a published generation: January to mid-March 2015 of the sample. Not to be changed."""
    return built[0]


@pytest.fixture(scope="session")
def copied(
    built: tuple[Path, Path, str], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], tuple[Path, Path]]:
    """Makes a copy of the built home and its inbox that a test may change."""

    def copy(name: str) -> tuple[Path, Path]:
        root = tmp_path_factory.mktemp(name)
        shutil.copytree(built[0], root / "home", symlinks=True)
        shutil.copytree(built[1], root / "inbox")
        for file in (root / "inbox").rglob("*"):
            if file.is_file():
                original = built[1] / file.relative_to(root / "inbox")
                os.utime(file, ns=(original.stat().st_atime_ns, original.stat().st_mtime_ns))
        return root / "home", root / "inbox"

    return copy


def lines_of(file: Path) -> Sequence[str]:
    """A sample export's lines as text."""
    return file.read_bytes().decode("gb18030").splitlines()

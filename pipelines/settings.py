"""Paths and time limits: the only module that reads the environment.

Belongs here: paths under the home, limits, the clock of the district. Does not belong here: anything about a feed (its
contract), a KPI (its registry entry) or Dagster.
"""

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

# The checkout, or the folder of the installed package; it is only read.
PROJECT_DIR = Path(__file__).resolve().parent.parent
DBT_DIR = PROJECT_DIR / "dbt_project"
DASHBOARD_DIR = PROJECT_DIR / "dashboards"
DAGSTER_DIR = PROJECT_DIR / "pipelines" / "orchestration"
SHIPPED_CONTRACTS = PROJECT_DIR / "pipelines" / "contracts"
SHIPPED_SPARK_CONF = PROJECT_DIR / "pipelines" / "lake" / "spark"

# China has had one time zone and no daylight saving since 1991; a fixed offset needs no zone database and no TZ.
BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
TIMEZONE = "Asia/Shanghai"

# Partitions begin here: older business dates are held.
FIRST_BUSINESS_DATE = date(2015, 1, 1)

WEBHOOK_KINDS = ("wecom", "dingtalk")
MAIL_SCHEMES = ("smtp", "smtp+starttls", "smtps")

LOCK_WAIT_SECONDS = 600
WORKBOOK_SECONDS = 120
WORKBOOK_TRIES = 3
WORKBOOK_MEMORY_BYTES = 4 * 1024**3
# Generations to keep in any case (publication/generations.py has the rule): the newest few, and all that readers may
# use (replaced less than this time ago, or open).
GENERATIONS_KEPT = 5
GENERATION_GRACE_SECONDS = 600
SET_ASIDE_KEPT = 2

_CITY, _DISTRICTS = "city.yaml", "districts"

Clock = Callable[[], datetime]
"""Returns the time in Beijing, without a time zone, as all timestamps in the warehouse."""


def beijing_now() -> datetime:
    """The default clock; tests use another one."""
    return datetime.now(BEIJING).replace(tzinfo=None)


class SettingsError(ValueError):
    """A variable of the environment says what cannot be; the message names it and what is needed."""


@dataclass(frozen=True)
class Mail:
    """server: `smtp://host:25`, `smtp+starttls://user@host:587` or `smtps://user@host:465`. A user's password is the
    only line of `password_file`."""

    server: str
    sender: str
    to: tuple[str, ...]
    password_file: Path | None = None


@dataclass(frozen=True)
class Settings:
    """One installation: a home folder, the inbox that platforms write to, and the contracts."""

    home: Path
    inbox: Path
    contracts: Path
    webhook: str | None = None
    webhook_kind: str = "wecom"
    mail: Mail | None = None
    address: str = ""
    generations_bytes: int = 20 * 1024**3
    lake_folder: Path | None = None
    spark_conf: Path = SHIPPED_SPARK_CONF
    districts_at_once: int = 1
    clock: Clock = field(default=beijing_now, compare=False, repr=False)

    @property
    def archive(self) -> Path:
        return self.home / "archive"

    @property
    def journal(self) -> Path:
        """What was received. A backup needs only this, the archive and the key."""
        return self.home / "journal" / "deliveries.ndjson"

    @property
    def working_db(self) -> Path:
        return self.home / "warehouse" / "sihe.duckdb"

    @property
    def set_aside(self) -> Path:
        return self.home / "warehouse" / "aside"

    @property
    def published(self) -> Path:
        return self.home / "published"

    @property
    def key_file(self) -> Path:
        return self.home / "keys" / "pseudonym.key"

    @property
    def tombstones(self) -> Path:
        """The persons to erase, by their tokens; stored next to the key, because a backup needs both."""
        return self.home / "keys" / "tombstones.ndjson"

    @property
    def alerts_file(self) -> Path:
        return self.logs / "alerts.ndjson"

    @property
    def told_file(self) -> Path:
        """The findings that were told, so that each is told once."""
        return self.logs / "told.json"

    @property
    def owners_file(self) -> Path:
        """Which owner gets which mail; optional."""
        return self.home / "owners.yaml"

    @property
    def lock_file(self) -> Path:
        return self.home / "sihe.lock"

    @property
    def demo_mark(self) -> Path:
        """This file exists if the data are demo data; every screen then has a notice."""
        return self.home / "demo"

    @property
    def is_demo(self) -> bool:
        return self.demo_mark.exists()

    @property
    def own_contracts(self) -> Path:
        """The installation's own contracts, in place of packaged ones; optional."""
        return self.home / "contracts"

    @property
    def contract_folders(self) -> list[Path]:
        """All whose contracts apply, as `named` takes them: the city's, if one runs this district, then its own."""
        return self._of_city_and_home("contracts")

    @property
    def district_file(self) -> Path:
        """Name and titles of the district; optional."""
        return self.home / "district.yaml"

    @property
    def city_file(self) -> Path:
        """Name, titles and districts of a city or province, in a home that rolls up; else there is none."""
        return self.home / _CITY

    @property
    def districts(self) -> Path:
        """The homes of the districts that a city runs itself; else there is none."""
        return self.home / _DISTRICTS

    @property
    def parcels(self) -> Path:
        """Where a district's parcels are written, unless another folder is named."""
        return self.home / "parcels"

    @property
    def local_seeds(self) -> Path:
        """Names and targets that differ from the packaged ones; optional. `seed_files` are those that apply."""
        return self.home / "seeds"

    @property
    def seed_files(self) -> dict[str, Path]:
        """By file name: the city's, if one runs this district, and its own."""
        return named(self.seed_folders, "*.csv")

    @property
    def seed_folders(self) -> list[Path]:
        """All whose seeds apply, as `contract_folders`."""
        return self._of_city_and_home("seeds")

    def _of_city_and_home(self, folder: str) -> list[Path]:
        city = city_of(self.home)
        return [home / folder for home in (city, self.home) if home is not None]

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def dagster_home(self) -> Path:
        return self.home / "dagster"

    @property
    def dbt_project(self) -> Path:
        """A copy of the dbt project: its paths to database and generated files are the same in every home."""
        return self.home / "dbt" / "project"

    @property
    def dbt_target(self) -> Path:
        return self.home / "dbt" / "target"

    @property
    def dbt_generated(self) -> Path:
        """What dbt reads from contracts and the registry, generated before every parse; never in the checkout."""
        return self.home / "dbt" / "generated"

    @property
    def descriptions(self) -> Path:
        """The descriptions of dbt's models and their columns, which the publication writes as comments."""
        return self.dbt_target / "descriptions.json"

    @property
    def lake(self) -> Path:
        """Raw rows and Spark's tables as Parquet; only a build on Spark writes it. A cluster's machines all need it
        under this path."""
        return self.lake_folder or self.home / "lake"

    @property
    def spark_target(self) -> Path:
        """dbt's compiled models for Spark; `dbt_target` has DuckDB's."""
        return self.home / "dbt" / "spark"

    @property
    def dbt_logs(self) -> Path:
        return self.home / "dbt" / "logs"

    @property
    def docs(self) -> Path:
        return self.home / "docs"

    def environment(self) -> dict[str, str]:
        """The environment for child processes (dbt, Dagster's servers, the dashboard), so that all use the same
        installation."""
        return {
            "SIHE_HOME": str(self.home),
            "SIHE_INBOX": str(self.inbox),
            "SIHE_CONTRACTS": str(self.contracts),
            # Relative to `dbt_project`: if one of them changes, dbt parses everything again.
            "SIHE_WORKING_DB": "../../warehouse/sihe.duckdb",
            "SIHE_DBT_GENERATED": "../generated",
            "SIHE_LAKE": str(self.lake),
            "SPARK_CONF_DIR": str(self.spark_conf),
            "SIHE_WEBHOOK": self.webhook or "",
            "SIHE_WEBHOOK_KIND": self.webhook_kind,
            "SIHE_ADDRESS": self.address,
            "SIHE_GENERATIONS_GB": str(self.generations_bytes // 1024**3),
            "SIHE_DISTRICTS_AT_ONCE": str(self.districts_at_once),
            "DAGSTER_HOME": str(self.dagster_home),
            # Where Dagster keeps them by itself.
            "SIHE_DAGSTER_EVENTS": str(self.dagster_home / "history" / "runs"),
            "SIHE_DAGSTER_RUNS": str(self.dagster_home / "history"),
            "SIHE_DAGSTER_LOOKS": str(self.dagster_home / "schedules"),
            # What a run is going to do is recorded at once: 300 events in one transaction.
            "DAGSTER_EVENT_BATCH_SIZE": "500",
            # How soon a failed run is queued again. The library's five seconds are a sixth of what a daemon takes.
            "DAGSTER_EVENT_LOG_CONSUMER_DAEMON_INTERVAL_SECONDS": "10",
            "DAGSTER_DISABLE_TELEMETRY": "true",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DO_NOT_TRACK": "1",
        }


def default_home() -> Path:
    """`var/` of a checkout; an installed package must not write into its own folder, so it uses the user's
    data folder."""
    if (PROJECT_DIR / "pyproject.toml").is_file():
        return PROJECT_DIR / "var"
    return Path.home() / ".local" / "share" / "sihe"


def named(folders: Sequence[Path], pattern: str) -> dict[str, Path]:
    """The files of folders by name, sorted; of two with the same name that of the later folder."""
    found = {file.name: file for folder in folders for file in folder.glob(pattern)}
    return {name: found[name] for name in sorted(found)}


def city_of(home: Path) -> Path | None:
    """The home of the city that runs a district itself, by where the district's home is; else None."""
    city = home.parent.parent
    return city if home.parent.name == _DISTRICTS and (city / _CITY).exists() else None


def load(home: Path | None = None, inbox: Path | None = None) -> Settings:
    """Settings from arguments, else from SIHE_HOME, SIHE_INBOX and SIHE_CONTRACTS, else the defaults.

    Alerts go to SIHE_WEBHOOK, a robot of SIHE_WEBHOOK_KIND (wecom or dingtalk), and by mail over SIHE_MAIL_SERVER from
    SIHE_MAIL_FROM to SIHE_MAIL_TO. Builds on Spark use SIHE_LAKE and SPARK_CONF_DIR. A city runs SIHE_DISTRICTS_AT_ONCE
    of its districts at once, by default half as many as there are cores.

    Raises SettingsError if the webhook is not an http address, its kind is unknown, the mail is not complete, or a
    number is none.
    """
    home = (home or Path(os.environ.get("SIHE_HOME") or default_home())).resolve()
    inbox = inbox or _place("SIHE_INBOX", home, "inbox")
    contracts = Path(os.environ.get("SIHE_CONTRACTS") or SHIPPED_CONTRACTS)
    webhook = os.environ.get("SIHE_WEBHOOK") or None
    kind = os.environ.get("SIHE_WEBHOOK_KIND") or "wecom"
    if webhook and not webhook.startswith(("http://", "https://")):
        raise SettingsError("SIHE_WEBHOOK: an address that begins with http:// or https:// is needed")
    if kind not in WEBHOOK_KINDS:
        raise SettingsError(f"SIHE_WEBHOOK_KIND: one of {', '.join(WEBHOOK_KINDS)} is needed")
    return Settings(
        home=home,
        inbox=inbox.resolve(),
        contracts=contracts.resolve(),
        webhook=webhook,
        webhook_kind=kind,
        mail=_mail(),
        address=os.environ.get("SIHE_ADDRESS", "").rstrip("/"),
        generations_bytes=_number("SIHE_GENERATIONS_GB", 20) * 1024**3,
        lake_folder=_place("SIHE_LAKE", home, "lake").resolve(),
        spark_conf=Path(os.environ.get("SPARK_CONF_DIR") or SHIPPED_SPARK_CONF).resolve(),
        districts_at_once=max(1, _number("SIHE_DISTRICTS_AT_ONCE", (os.cpu_count() or 1) // 2)),
    )


def _number(name: str, default: int) -> int:
    told = os.environ.get(name) or str(default)
    if not told.isdecimal():
        raise SettingsError(f"{name}: a whole number is needed")
    return int(told)


def _place(name: str, home: Path, folder: str) -> Path:
    """A folder that the environment may move out of the home. What is said for a city is a folder for each of the
    districts that it runs."""
    told, city = os.environ.get(name), city_of(home)
    of_home = Path(os.environ.get("SIHE_HOME") or default_home()).resolve()
    if city is None or (told and of_home == home):
        return Path(told or home / folder)
    return _of_district(Path(told or city / folder), city, home, folder)


def _of_district(of_city: Path, city: Path, home: Path, folder: str) -> Path:
    # Platforms deliver into the city's inbox; what a district makes belongs into its own home.
    is_made_here = folder != "inbox" and of_city.resolve() == city / folder
    return home / folder if is_made_here else of_city / home.name


def of_district(city: Settings, code: str) -> Settings:
    """The settings of a district that a city runs itself."""
    home = city.districts / code
    lake = _of_district(city.lake, city.home, home, "lake")
    return replace(city, home=home, inbox=city.inbox / code, lake_folder=lake)


def _mail() -> Mail | None:
    server = os.environ.get("SIHE_MAIL_SERVER")
    if not server:
        return None
    if server.partition("://")[0] not in MAIL_SCHEMES:
        raise SettingsError(f"SIHE_MAIL_SERVER: an address that begins with one of {', '.join(MAIL_SCHEMES)} is needed")
    sender, to = os.environ.get("SIHE_MAIL_FROM", ""), os.environ.get("SIHE_MAIL_TO", "")
    receivers = tuple(one.strip() for one in to.split(",") if one.strip())
    if not sender or not receivers:
        raise SettingsError("SIHE_MAIL_SERVER: SIHE_MAIL_FROM and SIHE_MAIL_TO are needed too")
    password = os.environ.get("SIHE_MAIL_PASSWORD_FILE")
    return Mail(server, sender, receivers, Path(password) if password else None)


def dbt_log_level() -> str:
    """How much dbt writes into its log. `debug` has every statement and costs a tenth of a build."""
    return os.environ.get("DBT_LOG_LEVEL_FILE") or "info"


def java() -> str | None:
    """The Java that Spark would start: that of JAVA_HOME, else the one on the path; null if there is none."""
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=str(Path(home) / "bin") if home else None)


def command_of(module: str, *arguments: str) -> list[str]:
    """Runs a module of this installation. Without -P, a folder `pipelines` where the command was called, such as that
    of another checkout, would be run in its place."""
    return [sys.executable, "-P", "-m", module, *arguments]


def take_code_from_no_folder() -> None:
    """The same for the children of libraries: what Dagster starts."""
    os.environ["PYTHONSAFEPATH"] = "1"


def environment_of_child(settings: Settings) -> dict[str, str]:
    """The whole environment of a process that works on another installation than this one."""
    return {**os.environ, **settings.environment()}


def apply(settings: Settings) -> None:
    """Makes this process and its children use `settings`: libraries such as Dagster read only the environment."""
    os.environ.update(settings.environment())


def stand_behind_gate() -> None:
    """Says to the dashboard in this process that the gate stands before it: nobody without an identity gets data."""
    os.environ["SIHE_GATE"] = "1"

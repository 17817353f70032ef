"""dbt and Sihe: the files generated for dbt, its manifest, its documentation, the version of a build.

Belongs here: what is generated from contracts, registry and the dashboard's pages (`exposures`), `dbt parse` and `dbt
docs`, the version of the code that a build uses. Does not belong here: models and KPIs (`dbt_project/`), running a
build under Dagster (`orchestration`).
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from pipelines import documents, model_versions, reasons
from pipelines.contracts.model import Contract, Feed
from pipelines.districts import calendars, district, divisions, targets
from pipelines.exposures import exposures_document
from pipelines.registry import loading, macro
from pipelines.registry.loading import Registry
from pipelines.settings import DASHBOARD_DIR, DBT_DIR, Settings, command_of, named
from pipelines.warehouse.builds import Code

# Earlier versions wrote these into the checkout, where dbt would find each of them a second time.
_FORMER = (DBT_DIR / "models" / "staging" / "sources.yml", DBT_DIR / "models" / "exposures.yml")
# Written by a dbt that somebody started in the checkout.
_OF_DBT = {"target", "logs"}
# As `documents` reads: libyaml's is ten times as fast.
_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_YES_NO = {"true": "yes", "false": "no"}
_BUILD_INPUTS = ("*.sql", "*.yml", "*.csv")
# Whose words and names are published too, and what publishes: after an upgrade of these alone readers get its work.
SAYING = (Path(reasons.__file__), divisions.FILE, *sorted((Path(__file__).parent / "publication").glob("*.py")))


def dbt_executable() -> str:
    """The dbt of this interpreter's environment, activated or not."""
    return str(Path(sys.executable).parent / "dbt")


def dbt_command() -> list[str]:
    """The words before dbt's arguments in a build; its path is among them, by which a killed run's dbt is found."""
    return command_of("pipelines.dbt_process", dbt_executable())


def sources_document(contracts: Sequence[Contract], salvaged: Iterable[Feed] = ()) -> str:
    """`sources.yml`: one dbt source per platform, one table per feed, one column per column of the contract.

    Generated, never committed: only its contract lists a feed's columns. Tables have what the staging macro needs
    (delivery, key, updated_by) and the Dagster asset that fills them.
    """
    platforms: dict[str, tuple[str, list[Feed]]] = {
        contract.platform: (f"{contract.title} · {contract.purpose}", list(contract.feeds)) for contract in contracts
    }
    for feed in salvaged:
        platforms.setdefault(feed.platform, (f"{feed.platform}: its contract is broken", []))[1].append(feed)
    document = {
        "version": 2,
        "sources": [
            {
                "name": platform,
                "schema": "raw",
                "description": description,
                "tables": [_source_table(feed) for feed in feeds],
            }
            for platform, (description, feeds) in sorted(platforms.items())
        ],
    }
    head = "# Derived from pipelines/contracts before every parse. Change the contract, not this file.\n"
    return head + yaml.dump(document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=160)


def contract_versions(contracts: Iterable[Contract]) -> str:
    """The seed contract_version: every version of a contract that applies from a day on, by feed."""
    rows = [
        (feed.id, one.version, one.applies_from)
        for contract in contracts
        for feed in contract.feeds
        for one in (feed, *feed.earlier)
        if one.applies_from
    ]
    return district.as_csv(("feed", "version", "applies_from"), sorted(rows))


def _source_table(feed: Feed) -> dict[str, Any]:
    columns = [
        {"name": column.name, "data_type": column.sql_type, "description": column.title}
        for column in feed.table_columns
    ]
    columns += [
        {"name": "_business_date", "data_type": "DATE", "description": "业务日期 · Business date of the delivery"},
        {"name": "_file_name", "data_type": "VARCHAR", "description": "来源文件 · File that the row came in"},
        {"name": "_row_number", "data_type": "BIGINT", "description": "行号 · Line or sheet row in that file"},
    ]
    return {
        "name": feed.name,
        "identifier": feed.table,
        "description": f"{feed.title}: {feed.grain}",
        "config": {
            "meta": {
                "delivery": feed.delivery.value,
                "key": list(feed.key),
                "updated_by": feed.updated_by,
                **({"is_split": True} if feed.is_split_register else {}),
                "dagster": {"asset_key": [feed.platform, feed.name]},
            }
        },
        "columns": columns,
    }


def codes_seed(contracts: Sequence[Contract]) -> str:
    """`feed_code.csv`: one row a code of a column of a feed, with its words. A code is English: its word is the code
    with spaces. The codes of a boolean are true and false."""
    rows = [
        (feed.id, column.name, code, label, _YES_NO.get(code, code.replace("_", " ")))
        for contract in contracts
        for feed in contract.feeds
        for column in feed.columns
        for code, label in (column.labels or {}).items()
    ]
    return district.as_csv(("feed", "column_name", "code", "zh", "en"), sorted(rows))


def seeds(settings: Settings, registry: Registry) -> dict[str, str]:
    """The home's seeds for dbt by file name; raises DistrictError, also for a target that no KPI can have, and for a
    KPI that does not exist."""
    known = registry.by_id()
    targets.check(settings, known)
    calendars.check(settings, known)
    return district.seeds(settings)


def code_version(settings: Settings) -> str:
    """A fingerprint of models, registry and contracts, every word included: if it changes, the next build checks what
    it has to do."""
    everything = hashlib.sha256()
    # The order must not depend on where the folders are.
    files = [*_sources(), *district.OWN_SEEDS.values(), *SAYING, *sorted(settings.contracts.glob("*.odcs.yaml"))]
    files += named(settings.contract_folders, "*.odcs.yaml").values()
    # Names and targets of this home are seeds.
    of_home = [settings.district_file, *settings.seed_files.values()]
    everything.update(b"".join(_content(file) for file in of_home))
    for file in files:
        everything.update(file.name.encode() + b"\0" + _content(file))
    return everything.hexdigest()[:12]


def _content(file: Path) -> bytes:
    """Nothing of a file that cannot be read: a contract is then left out, and what needs another file says so."""
    try:
        return file.read_bytes()
    except OSError:
        return b""


def _sources() -> list[Path]:
    """The files of the dbt project."""
    files = [file for pattern in _BUILD_INPUTS for file in DBT_DIR.rglob(pattern)]
    files = [file for file in files if not _OF_DBT & set(file.relative_to(DBT_DIR).parts[:1])]
    return sorted(file for file in files if file not in _FORMER)


def code(settings: Settings) -> Code:
    """The code that the next build uses, as the last `ensure_manifest` found it."""
    return Code(**json.loads(_code_file(settings).read_text(encoding="utf-8")))


def _code_file(settings: Settings) -> Path:
    """Written once per parse, because a build adds values to the manifest that are not code."""
    return settings.dbt_target / "code.json"


def ensure_manifest(
    settings: Settings, contracts: Sequence[Contract], salvaged: Iterable[Feed] = (), registry: Registry | None = None
) -> Path:
    """dbt's manifest for this code, parsed if it does not exist yet; raises RuntimeError with dbt's message if parsing
    fails.

    Parsing takes 4 to 6 seconds; the first process that needs a version parses it. registry: the KPIs, if they are
    loaded already.
    """
    registry = registry or loading.load()
    version = code_version(settings)
    manifest = settings.dbt_target / "manifest.json"
    settings.dbt_target.mkdir(parents=True, exist_ok=True)
    settings.dbt_logs.mkdir(parents=True, exist_ok=True)
    stamp = settings.dbt_target / "manifest.version"
    with (settings.dbt_target / "manifest.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        generated = _generated(settings, contracts, salvaged, registry)
        written = hashlib.sha256("".join([version, *generated.values()]).encode()).hexdigest()
        for file, text in generated.items():
            if not file.exists() or file.read_text(encoding="utf-8") != text:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
        needed = (manifest, _code_file(settings), settings.descriptions, stamp)
        made = all(file.exists() for file in needed)
        made = made and stamp.read_text() == written
        if not made or not settings.dbt_project.exists():
            _copy_project(settings)
        if made:
            return manifest
        # Until everything is written, the folder is not valid for any version.
        stamp.unlink(missing_ok=True)
        _delete_former()
        _write_exposures(settings)
        _run_dbt(settings, [*dbt_command(), "--quiet", "parse", "--no-version-check"])
        variables = documents.read(DBT_DIR / "dbt_project.yml")[1].get("vars")
        read = json.loads(manifest.read_text(encoding="utf-8"))
        models = model_versions.versions(read, variables)
        _code_file(settings).write_text(json.dumps({"version": version, "models": models}), encoding="utf-8")
        said = json.dumps(descriptions(read), ensure_ascii=False)
        settings.descriptions.write_text(said, encoding="utf-8")
        stamp.write_text(written)
    return manifest


def _generated(
    settings: Settings, contracts: Sequence[Contract], salvaged: Iterable[Feed], registry: Registry
) -> dict[Path, str]:
    """The files that dbt parses beside the project's own, with their content."""
    models, macros, csv = (settings.dbt_generated / folder for folder in ("models", "macros", "seeds"))
    return {
        models / "sources.yml": sources_document(contracts, salvaged),
        macros / "registry.sql": macro.document(registry),
        csv / "feed_code.csv": codes_seed(contracts),
        csv / "contract_version.csv": contract_versions(contracts),
        csv / "reason_word.csv": district.as_csv(reasons.COLUMNS, reasons.catalogue()),
        **{csv / name: text for name, text in seeds(settings, registry).items()},
    }


def descriptions(manifest: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Schema, table, column (empty for the table itself) and description of every model and column that has one.

    Not comments of the working database: dbt would write a thousand of them after every build.
    """
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    said = [(one["schema"], one["alias"], "", one["description"]) for one in models]
    said += [
        (one["schema"], one["alias"], column["name"], column["description"])
        for one in models
        for column in one["columns"].values()
    ]
    return sorted(one for one in said if one[3])


def last_manifest(settings: Settings) -> Path | None:
    """The manifest of the last code that dbt could parse, if there is one."""
    manifest = settings.dbt_target / "manifest.json"
    return manifest if manifest.exists() and settings.dbt_project.exists() else None


def _copy_project(settings: Settings) -> None:
    """A build reads the copy: it neither notices a change of the checkout, nor writes into it.

    The folder remains, because a build may be using it.
    """
    copies = {settings.dbt_project / file.relative_to(DBT_DIR): file for file in _sources()}
    for file in [file for file in settings.dbt_project.rglob("*") if file.is_file() and file not in copies]:
        file.unlink()
    for copy, file in copies.items():
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)


def _write_exposures(settings: Settings) -> None:
    models = {file.stem for file in (DBT_DIR / "models").rglob("*.sql")}
    file = settings.dbt_generated / "models" / "exposures.yml"
    file.write_text(exposures_document(DASHBOARD_DIR, models), encoding="utf-8")


def _delete_former() -> None:
    for file in _FORMER:
        if not file.exists():
            continue  # even deleting a missing file fails in a read-only checkout
        try:
            file.unlink()
        except OSError as error:
            raise RuntimeError(f"{file} is left of an older version: delete it ({error.strerror})") from error


def build(settings: Settings, names: Sequence[str]) -> None:
    """Builds seeds and models, named as dbt selects them, without tests, outside of Dagster; raises RuntimeError with
    dbt's message if it fails. The caller holds the warehouse's lock, and the manifest is that of this code."""
    without = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
    _run_dbt(settings, [*dbt_command(), "--quiet", "build", "--no-version-check", *without, "--select", *names])


def document(settings: Settings) -> Path:
    """dbt's documentation of the built models as one page that needs no server and no internet; returns its
    path.

    The caller holds the warehouse's lock. Raises RuntimeError with dbt's message if it fails.
    """
    _write_exposures(settings)
    command = [*dbt_command(), "--quiet", "docs", "generate", "--static", "--no-compile", "--no-version-check"]
    _run_dbt(settings, command)
    page = settings.docs / "index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    temporary = page.with_suffix(".tmp")
    shutil.copyfile(settings.dbt_target / "static_index.html", temporary)
    temporary.replace(page)
    return page


def places(settings: Settings) -> list[str]:
    """The arguments with which dbt uses this home; its working directory must be `settings.dbt_project`."""
    project = str(settings.dbt_project)
    return [
        *("--project-dir", project, "--profiles-dir", project),
        *("--target-path", str(settings.dbt_target), "--log-path", str(settings.dbt_logs)),
    ]


def _run_dbt(settings: Settings, command: Sequence[str]) -> None:
    project = settings.dbt_project
    ran = subprocess.run(
        [*command, *places(settings)],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **settings.environment()},
    )
    if ran.returncode != 0:
        raise RuntimeError(f"{' '.join(command[1:])} failed in {project}:\n{ran.stdout.strip()}\n{ran.stderr.strip()}")

"""All KPI files and facts of the dbt project, and the errors of those that cannot be used.

Belongs here: which files exist, their ids and pillars, their errors by file, line and key. Does not belong here: which
keys are allowed (`model`), whether their SQL is valid (`expressions`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import pydantic
import yaml

from pipelines import documents
from pipelines.documents import DocumentError
from pipelines.registry import expressions
from pipelines.registry.model import Fact, FactEntry, Kpi, Pillar
from pipelines.settings import DBT_DIR

KPI_FOLDER = "kpis"
Model = TypeVar("Model", bound=pydantic.BaseModel)
_ID = re.compile(r"[a-z][a-z0-9_]*")
LEDGER = "ledger.delivery"
"""What a fact on the ledger has in the place of a feed."""


class RegistryError(DocumentError):
    """A KPI or fact that cannot be used."""

    @staticmethod
    def shown(file: Path) -> str:
        """The file with the folders that identify it: kpis/safe/event_on_time_close_rate.yml."""
        return "/".join(file.parts[-3:])


@dataclass(frozen=True)
class KpiFile:
    """A KPI with its file; `values` is the content of the file, which dbt gets."""

    id: str
    pillar: Pillar
    file: Path
    root: yaml.Node
    values: Mapping[str, Any]
    kpi: Kpi

    def fail(self, place: Sequence[str | int], problem: str) -> RegistryError:
        return _error(self.file, self.root, place, problem)


@dataclass(frozen=True)
class Registry:
    """Everything usable: KPIs by pillar and id, facts by name; and the errors of the rest."""

    kpis: tuple[KpiFile, ...]
    facts: tuple[FactEntry, ...]
    errors: tuple[RegistryError, ...]

    def by_id(self) -> dict[str, Kpi | None]:
        """Every KPI that has a file; None for one that is left out because its file is broken."""
        broken = {error.file.stem: None for error in self.errors if KPI_FOLDER in error.file.parts[-3:-1]}
        return broken | {one.id: one.kpi for one in self.kpis}

    def standing_on(self, feed: str) -> list[KpiFile]:
        """The KPIs that read rows of a feed (`<platform>.<feed>`)."""
        facts = {entry.name for entry in self.facts if entry.fact.feed == feed}
        return [one for one in self.kpis if facts & {rows.fact for _, rows in expressions.all_rows(one.kpi)}]

    def feeds_read(self) -> dict[str, frozenset[str]]:
        """KPI → the feeds (`<platform>.<feed>`) that it reads rows of; the ledger is no feed."""
        feed = {entry.name: entry.fact.feed for entry in self.facts if entry.fact.feed != LEDGER}
        read = {one.id: {feed.get(rows.fact) for _, rows in expressions.all_rows(one.kpi)} for one in self.kpis}
        return {kpi_id: frozenset(name for name in feeds if name) for kpi_id, feeds in read.items()}


def load(project: Path = DBT_DIR) -> Registry:
    """The registry of a dbt project; read again if a file has changed. A broken KPI leaves out only itself."""
    found = sorted([*(project / KPI_FOLDER).rglob("*"), *(project / "models").rglob("_*.yml")])
    files = [file for file in found if file.is_file()]
    return _load(project, tuple((file, file.stat().st_mtime_ns, file.stat().st_size) for file in files))


@lru_cache(maxsize=1)
def _load(project: Path, _: tuple[tuple[Path, int, int], ...]) -> Registry:
    """A command and the definitions that it runs read the same files: 0.4 s each time."""
    errors: list[RegistryError] = []
    facts = _facts(project / "models", errors)
    usable: list[KpiFile] = []
    with expressions.Binder(facts) as binder:
        for one in _kpi_files(project / KPI_FOLDER, errors):
            found = list(_unknown_facts(one.kpi, facts)) or binder.problems(one.kpi)
            errors += [one.fail(place, problem) for place, problem in found]
            if not found:
                usable.append(one)
    errors.sort(key=lambda error: (error.file, error.line or 0))
    order = list(Pillar)
    usable.sort(key=lambda one: (order.index(one.pillar), one.id))
    return Registry(tuple(usable), tuple(facts[name] for name in sorted(facts)), tuple(errors))


# ---------------------------------------------------------------- KPI files


def _kpi_files(folder: Path, errors: list[RegistryError]) -> list[KpiFile]:
    found: list[KpiFile] = []
    by_id: dict[str, list[Path]] = {}
    for file in sorted(file for file in folder.rglob("*") if file.is_file() and not file.name.startswith(".")):
        if file.suffix != ".yml" or file.parent.parent != folder:
            errors.append(RegistryError(file, "", None, "is no KPI's file: kpis/<pillar>/<kpi_id>.yml is needed"))
        else:
            by_id.setdefault(file.stem, []).append(file)
    for kpi_id, files in by_id.items():
        for file in files:
            try:
                if others := [str(other.relative_to(folder)) for other in files if other != file]:
                    raise RegistryError(file, "", None, f"{', '.join(others)} has the same id: neither is counted")
                found.append(_kpi_file(file, kpi_id))
            except RegistryError as error:
                errors.append(error)
    return found


def _kpi_file(file: Path, kpi_id: str) -> KpiFile:
    if not _ID.fullmatch(kpi_id):
        raise RegistryError(file, "", None, "an id is lower-case ASCII letters, digits and underscores, a letter first")
    pillar = file.parent.name
    if pillar not in list(Pillar):
        problem = f"the folder {pillar!r} is no pillar: {', '.join(Pillar)}{documents.nearest(pillar, Pillar)}"
        raise RegistryError(file, "", None, problem)
    root, values = _read(file)
    found = KpiFile(kpi_id, Pillar(pillar), file, root, values, _validated(Kpi, values, file, root, ()))
    if found.pillar is Pillar.CONTEXT and found.kpi.direction != "none":
        raise found.fail(
            ("direction",), "what is shown as context is never scored: direction none, no points, no weight"
        )
    return found


def _unknown_facts(kpi: Kpi, facts: Mapping[str, FactEntry]) -> Iterator[tuple[expressions.Place, str]]:
    for place, rows in expressions.all_rows(kpi):
        if rows.fact not in facts:
            yield (*place, "fact"), f"there is no fact {rows.fact!r}{documents.nearest(rows.fact, facts)}"
        elif not facts[rows.fact].is_usable:
            file = facts[rows.fact].file
            yield (*place, "fact"), f"the entry of {rows.fact!r} in {file.name} is broken"


# ---------------------------------------------------------------- facts


def _facts(models: Path, errors: list[RegistryError]) -> dict[str, FactEntry]:
    """The models with a fact's entry in their yml, by name."""
    found: dict[str, FactEntry] = {}
    places: dict[str, tuple[yaml.Node, tuple[str | int, ...]]] = {}
    for file in sorted(models.rglob("_*.yml")):
        if "fact:" not in file.read_text(encoding="utf-8", errors="replace"):
            continue
        try:
            root, values = _read(file)
        except RegistryError as error:
            errors.append(error)
            continue
        for i, model in enumerate(values.get("models") or []):
            entry = ((model.get("config") or {}).get("meta") or {}).get("fact")
            if entry is None:
                continue
            place: tuple[str | int, ...] = ("models", i, "config", "meta", "fact")
            columns = {column["name"]: column["data_type"] for column in model.get("columns") or []}
            try:
                fact, is_usable = _validated(Fact, entry, file, root, place), True
            except RegistryError as error:
                fact, is_usable = Fact(), False
                errors.append(error)
            found[model["name"]] = FactEntry(model["name"], file, entry, fact, columns, is_usable)
            places[model["name"]] = root, place
    with expressions.Binder(found) as binder:
        for name, entry in found.items():
            root, place = places[name]
            if problems := binder.problems_of_fact(entry):
                errors += [_error(entry.file, root, (*place, *key), problem) for key, problem in problems]
                found[name] = replace(entry, is_usable=False)
    return found


# ---------------------------------------------------------------- what is wrong


def _read(file: Path) -> tuple[yaml.Node, dict[str, Any]]:
    try:
        root, values = documents.read(file)
        for doubled in documents.doubled_keys(root):
            raise _error(file, root, doubled, "this key stands twice")
    except RegistryError:
        raise
    except DocumentError as error:
        raise RegistryError(error.file, error.place, error.line, error.problem) from error
    except RecursionError:
        raise RegistryError(file, "", None, "holds itself") from None
    return root, values


def _error(file: Path, root: yaml.Node, place: Sequence[str | int], problem: str) -> RegistryError:
    return RegistryError(file, documents.spell(place), documents.line_of(root, place), problem)


def _validated(model: type[Model], values: Any, file: Path, root: yaml.Node, place: Sequence[str | int]) -> Model:
    try:
        return model.model_validate(values)
    except pydantic.ValidationError as invalid:
        where, problem = documents.first_problem(model, invalid)
        raise _error(file, root, [*place, *where], problem) from None

"""dbt's models as Dagster assets.

Belongs here: translating models to assets, running dbt under Dagster, naming the KPI of a failed model. Does not belong
here: models (`dbt_project/`), the manifest (`dbt_bridge`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import dagster as dg
import duckdb
from dagster_shared import record
from packaging.version import Version

from pipelines import dbt_bridge, progress
from pipelines.installation import House
from pipelines.orchestration import spark_build
from pipelines.orchestration.common import OWNERS, WRITER_POOL, retried_if_transient
from pipelines.orchestration.dbt_library import (
    DagsterDbtCliRuntimeError,
    DagsterDbtTranslator,
    DbtCliInvocation,
    DbtCliResource,
    dbt_assets,
)
from pipelines.publication.catalog import quoted
from pipelines.settings import LOCK_WAIT_SECONDS, Settings, dbt_log_level
from pipelines.warehouse import builds, database_file, lock

if TYPE_CHECKING:
    from pipelines.registry import origins


class BuildConfig(dg.Config):
    """full_refresh: rebuild every table, even if nothing is pending. engine: `spark` rebuilds every table too."""

    full_refresh: bool = False
    engine: Literal["duckdb", "spark"] = "duckdb"


class Translator(DagsterDbtTranslator):
    """dbt's models in Dagster: staging in the group of its platform's feeds, the rest by layer."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        if dbt_resource_props["resource_type"] == "seed":
            return "seeds"
        path = dbt_resource_props["fqn"][1:]
        return str(path[1] if path[0] == "staging" and len(path) > 2 else path[0])

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: Any) -> dg.AssetSpec:
        spec = super().get_asset_spec(manifest, unique_id, project)
        return spec.replace_attributes(owners=OWNERS)

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: Any
    ) -> dg.AssetCheckSpec | None:
        """The library looks for a test's description only in its `meta`."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        return spec and record.replace(spec, description=described(manifest["nodes"][unique_id]))


def described(test: Mapping[str, Any]) -> str | None:
    """What a test of dbt asserts: its own words, or those of its kind."""
    if test.get("description"):
        return str(test["description"])
    kind = (test.get("test_metadata") or {}).get("name")
    given = (test.get("test_metadata") or {}).get("kwargs", {})
    column = test.get("column_name") or given.get("column_name")
    match kind:
        case "not_null":
            return f"不为空 · {column} is never null."
        case "unique":
            return f"唯一 · {column} is unique."
        case "accepted_values":
            return f"只有约定的值 · {column} is one of {', '.join(map(str, given['values']))}."
        case "relationships":
            return f"引用可查 · What {column} refers to is there: {given['field']} of {given['to']}."
    return None


def model_assets(house: House, manifest: Path) -> dg.AssetsDefinition:
    """Every dbt model, snapshot and seed; one invocation builds all, because starting dbt takes four seconds."""

    @dbt_assets(manifest=manifest, dagster_dbt_translator=Translator(), name="models", pool=WRITER_POOL)
    def models(context: dg.AssetExecutionContext, dbt: DbtCliResource, config: BuildConfig) -> Iterator[Any]:
        # The code may have changed since Dagster loaded it.
        dbt_bridge.ensure_manifest(house.settings, house.contracts, house.salvaged, house.registry)
        found = dbt_bridge.code(house.settings)
        # Contracts that changed after this process read them are not in this build: the next one has to look again.
        code = replace(found, version=house.version or found.version)
        is_all = not context.is_subset
        is_on_spark = config.engine == "spark"
        if is_on_spark and not is_all:
            raise dg.Failure("Spark builds all models or none: select all, or engine duckdb", allow_retries=False)

        used: list[DbtCliInvocation] = []

        def invoke(arguments: Sequence[str], to_spark: bool = False) -> DbtCliInvocation:
            target = house.settings.spark_target if to_spark else house.settings.dbt_target
            used.append(dbt.cli(arguments, context=context, target_path=target))
            return used[-1]

        with retried_if_transient(), lock.exclusive(house.settings, LOCK_WAIT_SECONDS, "dbt build"):
            with house.writing("dbt build") as opened:
                full = builds.begin(opened, code, is_all=is_all, full_refresh=config.full_refresh or is_on_spark)
            progress.reached("building.begun")
            with _naming_the_kpi(house):
                events: list[Any] = []
                # dbt's unit tests use invented rows: the test suite runs them, a nightly run does not need them.
                arguments = ["build", "--exclude-resource-type", "unit_test", *(["--full-refresh"] if full else [])]
                built = spark_build.build(house, invoke, _streamed) if is_on_spark else _streamed(invoke(arguments))
                # Only builds follow columns: sqlglot takes 30 MB, and half a second, in which dbt starts.
                from pipelines.orchestration import column_lineage  # noqa: F401, PLC0415

                try:
                    for event in built:
                        events.append(event)
                except DagsterDbtCliRuntimeError:
                    yield from events
                    raise
            progress.reached("building.ended")
            # dbt has closed the database properly: else the next opening would read every block of it.
            database_file.write_seal(house.settings)
            # Not before: while dbt runs, the database is its own.
            yield from _described(house, used[0].manifest, {} if is_on_spark else code.models, events)
            if is_all:
                with house.writing("dbt build") as opened:
                    builds.end(opened, code)

    return models


def _described(
    house: House, manifest: Mapping[str, Any], versions: Mapping[str, str], events: Iterable[Any]
) -> Iterator[Any]:
    """The events of a build; those of models and seeds with how many rows the table has and, for models with a version,
    what its columns are made of."""
    from pipelines.orchestration import column_lineage  # noqa: PLC0415

    nodes = {
        key: node
        for key, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and node["name"] in versions
    }
    with house.writing("dbt build") as opened:
        rows, columns = tables(opened.connection)
    target = house.settings.dbt_target
    kept = target / "column_lineage.json"
    origins = column_lineage.of_models(nodes, target / "compiled", versions, columns, kept) if versions else {}
    translator = Translator()
    keys = {
        (node["schema"], node.get("alias") or node["identifier"]): translator.get_asset_key(node)
        for node in (*manifest["nodes"].values(), *manifest["sources"].values())
        if node["resource_type"] in ("model", "seed", "source")
    }
    for event in events:
        node = manifest["nodes"].get(event.metadata["unique_id"].value, {}) if event.metadata else {}
        if node.get("resource_type") not in ("model", "seed"):
            yield event
            continue
        counted = rows.get((node["schema"], node["alias"]))
        made_of = {
            column: [dg.TableColumnDep(keys[where], of) for where, of in found if where in keys]
            for column, found in origins.get(node["name"], {}).items()
        }
        lineage = dg.TableColumnLineage({column: found for column, found in made_of.items() if found})
        about = {
            **({} if counted is None else {"dagster/row_count": counted}),
            **({"dagster/column_lineage": lineage} if lineage.deps_by_column else {}),
        }
        yield event.with_metadata({**event.metadata, **about})


def tables(
    connection: duckdb.DuckDBPyConnection,
) -> "tuple[dict[origins.Relation, int], origins.Columns]":
    """The rows of every table, and the columns of every relation with their types."""
    found = connection.execute("select schema_name, table_name from duckdb_tables() where not internal").fetchall()
    counts = " union all ".join(
        f"select {number}, count(*) from {quoted(schema)}.{quoted(table)}"
        for number, (schema, table) in enumerate(found)
    )
    rows = {found[number]: rows for number, rows in connection.execute(counts).fetchall()} if found else {}
    columns: dict[origins.Relation, dict[str, str]] = {}
    for schema, table, name, kind in connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() where not internal"
    ).fetchall():
        columns.setdefault((schema, table), {})[name] = kind
    return rows, columns


def _streamed(invocation: DbtCliInvocation) -> Iterator[Any]:
    """Dagster's events of a dbt process, which is gone afterwards."""
    try:
        for event in invocation.stream():
            progress.tell("models")
            progress.reached("building.within")
            yield event
    finally:
        # After an error in this process, dbt would block on a pipe that nobody reads, and keep the database open.
        invocation.process.kill()
        invocation.process.wait()


@contextmanager
def _naming_the_kpi(house: House) -> Iterator[None]:
    """If a build fails because of a KPI's SQL, raises a failure that names the KPI and the key."""
    try:
        yield
    except DagsterDbtCliRuntimeError:
        if failing := house.failing_kpis():
            # Without a cause, because Dagster shows people the cause; dbt's own message is in the log.
            raise dg.Failure(
                "\n".join([*failing, f"the log of dbt: {house.settings.dbt_logs}"]), allow_retries=False
            ) from None
        raise


class Dbt(DbtCliResource):
    """dbt as a separate process, started once per build.

    By default the library also loads an adapter for metadata that Sihe does not use, and starts dbt a second time to
    get its version. Both together take eight seconds of a nightly run.
    """

    @cached_property
    def _cli_version(self) -> Version:
        return Version(metadata.version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:
        return None


def dbt_resource(settings: Settings) -> Dbt:
    """`ensure_manifest` has copied the project into the home."""
    executable, *words = dbt_bridge.dbt_command()
    return Dbt(
        project_dir=str(settings.dbt_project),
        profiles_dir=str(settings.dbt_project),
        dbt_executable=executable,
        global_config_flags=[
            *words,
            *("--no-version-check", "--no-use-colors"),
            *("--log-level-file", dbt_log_level()),
        ],
    )

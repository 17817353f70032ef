"""Which version of its code each model's table was built with, and therefore what the next build has to rebuild.

Belongs here: the record `ledger.built_model` and when it is valid. Does not belong here: what a version is
(`model_versions`), rebuilding tables (dbt: macros/build_control.sql reads the record).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.warehouse.store import Warehouse


@dataclass(frozen=True)
class Code:
    """The code of a build.

    version: of all files. models: name → fingerprint of everything that determines the model's rows, including the
    fingerprints of all models above it.
    """

    version: str
    models: Mapping[str, str]


def begin(opened: Warehouse, code: Code, *, is_all: bool = True, full_refresh: bool = False) -> bool:
    """Call before dbt starts; returns whether dbt has to rebuild every table.

    Removes the models to rebuild from the record before their tables change. Only the end of a complete build adds
    them again, so they are rebuilt until a build succeeds, even after a crash, another change or a revert. is_all:
    whether all models are built; after only some of what is due, nothing is published before a complete build.
    """
    built = dict(opened.connection.execute("select model, version from ledger.built_model").fetchall())
    is_full = full_refresh or not built
    stale = [model for model, version in built.items() if is_full or code.models.get(model) != version]
    with opened.transaction():
        # What another engine built for a build that did not end.
        opened.connection.execute("drop table if exists work.brought")
        opened.connection.execute("delete from ledger.built_model where list_contains(?, model)", [stale])
        if not is_all and (stale or opened.pending_changes()):
            # Some tables then have what came, and others do not.
            opened.note_unbuilt()
    if is_all:
        opened.note_build(code.version, is_whole=False)
    return is_full


def end(opened: Warehouse, code: Code) -> None:
    """Call after all models were built and nothing failed."""
    with opened.transaction():
        opened.connection.execute("delete from ledger.built_model")
        opened.connection.executemany("insert into ledger.built_model values (?, ?)", list(code.models.items()))
    opened.note_build(code.version, is_whole=True)

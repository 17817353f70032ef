"""By which version of its code each model's table was built: what the next build has to make anew.

Belongs here: the record `ledger.built_model` and when it may be believed. Does not belong here: what a version is
(`model_versions`), making tables anew (dbt: macros/build_control.sql reads the record).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.warehouse.store import Warehouse


@dataclass(frozen=True)
class Code:
    """What a build is made of.

    version: of every file. models: name → fingerprint of what decides the model's rows, those of all models above it
    included.
    """

    version: str
    models: Mapping[str, str]


def begin(opened: Warehouse, code: Code, *, is_all: bool = True, full_refresh: bool = False) -> bool:
    """To be called before dbt starts; whether it is to make every table anew.

    Strikes the models that are to be made anew from the record before anything touches their tables. They come back
    only with the end of a whole build, so that whatever happens on the way, a crash, another change, the change back,
    they are made anew until one has succeeded. is_all: whether all models are built; after a part of them a whole build
    is due.
    """
    built = dict(opened.connection.execute("select model, version from ledger.built_model").fetchall())
    is_full = full_refresh or not built
    stale = [model for model, version in built.items() if is_full or code.models.get(model) != version]
    with opened.transaction():
        opened.connection.execute("delete from ledger.built_model where list_contains(?, model)", [stale])
        if not is_all and stale:
            opened.note_unbuilt()
    if is_all:
        opened.note_build(code.version, is_whole=False)
    return is_full


def end(opened: Warehouse, code: Code) -> None:
    """To be called after all models were built and nothing failed."""
    with opened.transaction():
        opened.connection.execute("delete from ledger.built_model")
        opened.connection.executemany("insert into ledger.built_model values (?, ?)", list(code.models.items()))
    opened.note_build(code.version, is_whole=True)

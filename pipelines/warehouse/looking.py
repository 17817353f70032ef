"""The working database for one look: as the contracts would make it, and left as it is.

Belongs here: opening it in a transaction that is taken back. Does not belong here: opening it to write (`store`), which
mends what is damaged and follows the contracts.
"""

import contextlib
from collections.abc import Iterator, Sequence

import duckdb

from pipelines.contracts.model import Contract, Feed
from pipelines.settings import LOCK_WAIT_SECONDS, Settings
from pipelines.warehouse.database_file import connect, damage_said, examine, is_sealed, offline_config
from pipelines.warehouse.store import Warehouse


class _Looked(Warehouse):
    """Its transactions are parts of the one that is taken back."""

    @contextlib.contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def looked_at(settings: Settings, contracts: Sequence[Contract], salvaged: Sequence[Feed] = ()) -> Iterator[Warehouse]:
    """The working database with the tables that these contracts ask for, or an empty one where there is none; nothing
    of it stays. The caller holds `exclusive`. Raises Unsound if it is damaged, OutOfStep if it does not fit."""
    with damage_said():
        if settings.working_db.exists():
            is_known = is_sealed(settings)
            connection = connect(settings.working_db, LOCK_WAIT_SECONDS)
        else:
            is_known, connection = True, duckdb.connect(config=offline_config())
    try:
        with damage_said():
            if not is_known:
                examine(connection)
            connection.execute("begin")
            warehouse = _Looked(connection, settings)
            warehouse.prepare(contracts, salvaged)
        yield warehouse
    finally:
        # After an error DuckDB may have ended the transaction already.
        with contextlib.suppress(duckdb.Error):
            connection.execute("rollback")
        connection.close()

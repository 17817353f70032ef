"""The code server: the process in which Dagster's webserver and daemon look up the definitions, one for a whole home.

Belongs here: the process, its end when code, contracts or KPIs change. Does not belong here: who starts it
(`code_keeper`), the definitions (`pipelines.definitions`).
"""

import hashlib
import os
import sys
import threading
from contextlib import suppress

from pipelines import dbt_bridge, settings
from pipelines.orchestration import memory
from pipelines.orchestration.code_keeper import LOCATION
from pipelines.settings import PROJECT_DIR, Settings

_LOOK_SECONDS = 20.0


def _code(here: Settings) -> str:
    """What the definitions are made of."""
    files = sorted((PROJECT_DIR / "pipelines").rglob("*.py"))
    stamps = "".join(f"{file}{file.stat().st_mtime_ns}" for file in files)
    return dbt_bridge.code_version(here) + hashlib.blake2s(stamps.encode()).hexdigest()


def _end_when_old(here: Settings, path: str, keeper: int) -> None:
    """Ends the server of this process, after its runs, when what it has loaded is no longer what there is, or the
    process is gone that keeps it: it may have ended before this one has started."""
    from dagster._grpc.client import DagsterGrpcClient  # noqa: PLC0415

    pause = threading.Event()
    loaded = _code(here)
    is_old = False
    while not is_old:
        # At first the server has not started.
        pause.wait(_LOOK_SECONDS)
        # A file that is being replaced is looked at again.
        with suppress(OSError):
            is_old = os.getppid() != keeper or _code(here) != loaded
    DagsterGrpcClient(socket=path).shutdown_server()


def main(path: str, keeper: int) -> None:
    """`python -m pipelines.orchestration.code_server SOCKET KEEPER`: the number of the process that keeps it."""
    from dagster._cli import cli  # noqa: PLC0415

    memory.sparing()
    here = settings.load()
    settings.apply(here)
    watch = threading.Thread(target=_end_when_old, args=(here, path, keeper), daemon=True)
    watch.start()
    # Lazy: definitions that cannot be loaded are an error on the pages, and not the end of the server.
    cli(
        [
            *("api", "grpc", "--socket", path, "--location-name", LOCATION, "--module-name", "pipelines.definitions"),
            *("--lazy-load-user-code", "--inject-env-vars-from-instance", "--log-level", "warning"),
        ],
        prog_name="dagster",
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

"""Dagster's daemon: schedules, sensors, the queue of runs, what is done about dead ones.

Belongs here: running it in this process, alone or beside the pages; opening the workspace that it and the pages look
at. Does not belong here: the pages (`webserver`), the code server (`code_keeper`), how often something is looked at
(`dagster.yaml`, `automation`).

It is that of `dagster-daemon run`, but loads the definitions when the code server is another one, as the pages do, and
not every minute again; beside the pages it shares their process, their definitions and their watch of the code server.
"""

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster._daemon.controller import DagsterDaemonController, create_daemons_from_instance
from dagster._utils.log import configure_loggers

from pipelines import settings
from pipelines.orchestration import code_keeper, memory

log = logging.getLogger("sihe")
# Dagster's pages call a daemon healthy for half an hour after its last heartbeat.
_HEARTBEAT_SECONDS = 120
_LOOK_SECONDS = 5.0


@contextmanager
def workspace(instance: DagsterInstance, version: str = "") -> Iterator[WorkspaceProcessContext]:
    """What is in the home's code server. `settings.apply` has said which home it is."""
    target = WorkspaceFileTarget([str(code_keeper.workspace(settings.load()))])
    with WorkspaceProcessContext(instance, version=version, workspace_load_target=target) as process:
        yield process


@contextmanager
def beside(process: WorkspaceProcessContext) -> Iterator[threading.Event]:
    """Runs the daemon in threads of this process until the block ends. Gives what is set when one of them has ended
    before; this process then gets SIGTERM, because a half daemon looks like a whole one."""
    configure_loggers(handler="default", log_level="WARNING")
    ended, stop = threading.Event(), threading.Event()
    with ExitStack() as opened:
        daemons = [opened.enter_context(one) for one in create_daemons_from_instance(process.instance)]
        controller = opened.enter_context(
            DagsterDaemonController(process, daemons, heartbeat_interval_seconds=_HEARTBEAT_SECONDS)
        )
        watch = threading.Thread(target=_watch, args=(controller, ended, stop), name="daemon watch", daemon=True)
        watch.start()
        try:
            yield ended
        finally:
            stop.set()


def _watch(controller: DagsterDaemonController, ended: threading.Event, stop: threading.Event) -> None:
    while not stop.wait(_LOOK_SECONDS):
        try:
            controller.check_daemon_threads()
        # The library raises nothing more specific.
        except Exception:
            log.exception("the daemon ends")
            ended.set()
            os.kill(os.getpid(), signal.SIGTERM)
            return


def main() -> None:
    """`python -m pipelines.orchestration.daemon`: the daemon alone, until a signal ends it."""
    memory.sparing()
    settings.apply(settings.load())
    stop = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: stop.set())
    with DagsterInstance.get() as instance, workspace(instance) as process, beside(process) as ended:
        stop.wait()
    sys.exit(1 if ended.is_set() else 0)


if __name__ == "__main__":
    main()

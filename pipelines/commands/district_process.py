"""`sihe run` of one district that a city runs: `python -m pipelines.commands.district_process run --home … `.

Belongs here: how such a process ends with its parent. It leads a process group, and its standard input is a pipe from
its parent: when the pipe closes, however the parent ended, the group is stopped. Does not belong here: the parent
(`district_processes`).
"""

import contextlib
import os
import signal
import threading
import time

from pipelines.commands import start
from pipelines.commands.district_processes import GRACE_SECONDS


def _end_with_parent() -> None:
    """Waits until the parent's end of the pipe closes, then stops this process group: dbt is in it too."""
    with contextlib.suppress(OSError):
        os.read(0, 1)
    os.killpg(0, signal.SIGINT)
    time.sleep(GRACE_SECONDS)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    start.main()

"""Kills a process of Sihe, as `kill -9` does, when it reaches a step. Python imports this module when it starts, if
PYTHONPATH contains this folder: in the process that a test starts, and in all child processes.

Belongs here: only the subscription. Does not belong here: choosing the step (`tests.faults.interrupted.kill_at`).
"""

import os
import signal
from itertools import count

from pipelines import progress

wanted, _, turn = os.environ["KILLED_AT"].partition(":")
reached = count(1)


def kill(step: progress.Step) -> None:
    if step == wanted and next(reached) == int(turn or 1):
        os.kill(os.getpid(), signal.SIGKILL)


# It lasts until the process ends: without the name, Python would collect and end the subscription.
subscription = progress.watching(kill)
subscription.__enter__()

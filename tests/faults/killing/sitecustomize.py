"""Ends a process of the product as `kill -9` would, when it reaches a step. Python imports this module at its start
where PYTHONPATH names this folder: in the process that a test starts, and in all that this one starts.

Belongs here: the subscription alone. Does not belong here: which step (`tests.faults.interrupted.kill_at` says it).
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


# For the life of the process: the name keeps the subscription from being collected.
subscription = progress.watching(kill)
subscription.__enter__()

"""The console script `sihe`.

Belongs here: what comes before the modules load, which takes a second or two: Ctrl-C, signs that the terminal cannot
show, where children may find code. Does not belong here: the commands (`cli`).
"""

import importlib
import io
import os
import sys


def main() -> None:
    # What Dagster starts takes no code from the folder where the command was called, as our own children (-P).
    os.environ["PYTHONSAFEPATH"] = "1"
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A locale without Chinese would end a run in the middle, at the name of a held file.
            stream.reconfigure(errors="backslashreplace")
    try:
        cli = importlib.import_module("pipelines.commands.cli")
    except KeyboardInterrupt:
        sys.exit(130)
    cli.main()

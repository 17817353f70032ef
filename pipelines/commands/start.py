"""The console script `sihe`.

Belongs here: what comes before the modules load, which takes a second or two: Ctrl-C, signs that the terminal cannot
show, where children may find code. Does not belong here: the commands (`cli`).
"""

import importlib
import io
import sys

from pipelines import settings


def main() -> None:
    settings.take_code_from_no_folder()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A locale without Chinese would end a run in the middle, at the name of a held file.
            stream.reconfigure(errors="backslashreplace")
    try:
        cli = importlib.import_module("pipelines.commands.cli")
    except KeyboardInterrupt:
        sys.exit(130)
    cli.main()

"""The console script `sihe`.

Belongs here: Ctrl-C while the modules load, which takes a second or two. Does not belong here: the commands (`cli`).
"""

import importlib
import sys


def main() -> None:
    try:
        cli = importlib.import_module("pipelines.commands.cli")
    except KeyboardInterrupt:
        sys.exit(130)
    cli.main()

"""How `sihe` ends when it does not end well: one line in place of a traceback, and the nearest command for a wrong one.

Belongs here: errors of the machine and of the home, Ctrl-C, a pipe that is closed. Does not belong here: what a command
does and its own errors (`cli`).
"""

import errno
import signal
import sys
from pathlib import Path

import click

from pipelines import keys, machine_errors, settings
from pipelines.commands.preparing import HOME
from pipelines.districts import district
from pipelines.documents import nearest
from pipelines.warehouse import journal, store

EX_INTERRUPTED = 130
# Dagster and DuckDB raise errors of their own for Ctrl-C; Dagster's is no Exception.
_INTERRUPTIONS = {"DagsterExecutionInterruptedError", "InterruptException"}


class Group(click.Group):
    """Prints one line instead of a traceback."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            raise click.UsageError(f"No such command {args[0]!r}{nearest(args[0], self.commands)}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            # Libraries replace the handler below Python's: Ctrl-C then stops no query of DuckDB.
            signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return super().invoke(ctx)
        except (keys.KeyUnusable, store.OutOfStep, journal.Unreadable, district.DistrictError) as error:
            raise click.ClickException(str(error)) from error
        except settings.SettingsError as error:
            raise click.UsageError(str(error)) from error
        except UnicodeEncodeError as error:
            if error.encoding == "utf-8":  # a fault of the work itself
                raise
            lacks = f"{error.encoding} has no {error.object[error.start]!a}: call it with LC_ALL=C.UTF-8"
            raise click.ClickException(f"the output cannot be written, its encoding {lacks}") from error
        except (click.ClickException, click.exceptions.Exit, SystemExit):
            raise
        except BaseException as error:
            if _is_interruption(error):
                click.echo("\nstopped: what was finished is kept, and the same command goes on from there", err=True)
                sys.exit(EX_INTERRUPTED)
            # The reader of a pipe has gone: click ends without a word.
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise
            # Any library may have raised it: Dagster's storage, dbt, DuckDB, the operating system.
            if isinstance(error, Exception) and (said := machine_errors.told(error, _home(ctx))):
                raise click.ClickException(f"{said}\n{error}") from error
            raise


def _home(ctx: click.Context) -> Path:
    """That of the command: its settings are not in force where it only looks."""
    return settings.load(ctx.meta.get(HOME)).home


def _is_interruption(error: BaseException) -> bool:
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return True
    return type(error).__name__ in _INTERRUPTIONS or str(error) == "Query interrupted"

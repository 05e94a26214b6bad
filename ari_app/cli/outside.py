"""
What goes wrong, as exit codes: 1 it failed, 2 it was asked wrongly.

    UsageFault    wrong input that no other layer has a name for
    Failed        done, and the answer is no

Every other exception is a bug, and shows its traceback.
"""

import sys

import typer
from typer.core import TyperGroup

FAILED, WRONG_INPUT, DEFERRED, DENIED = 1, 2, 3, 4


class UsageFault(Exception):  # noqa: N818  wrong input is no error of the program
    """What was typed cannot be meant; the message says what could."""

    exit_code = WRONG_INPUT


class Failed(Exception):  # noqa: N818
    """It was tried and did not succeed."""

    exit_code = FAILED


class Guarded(TyperGroup):
    """The root command: known errors become one line on standard error and an exit code."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]  # typer's context is click's
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, typer.TyperException):
            raise
        except BrokenPipeError:
            # The reader of our output (`head`) is gone: nothing is left to say, and nobody to say it to.
            sys.stderr.close()
            raise typer.Exit(FAILED) from None
        except Exception as failure:
            code = _exit_code(failure)
            if code is None:
                raise
            typer.echo(f"garbo: {failure}", err=True)
            raise typer.Exit(code) from failure


def _exit_code(failure: Exception) -> int | None:
    from ari_app.ports.verdicts import StoreConflict, StoreError

    if isinstance(failure, StoreConflict):
        return WRONG_INPUT
    if isinstance(failure, StoreError):
        return FAILED
    code = getattr(failure, "exit_code", None)
    return code if isinstance(code, int) else None

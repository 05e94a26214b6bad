"""`garbo key`: the secret that every number is hidden with."""

from typing import Annotated

import typer

from ari_app.cli.asked import need_yes, settings_of
from ari_app.cli.said import AsJson, document, note, say
from ari_app.cli.waiting import progress_bar

keys = typer.Typer()


@keys.callback()
def _group() -> None:
    """The secret that every number is hidden with."""


@keys.command("rotate")
def rotate(
    ctx: typer.Context,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """
    Give every number a key of a new secret, or finish a rotation that was interrupted.

    Calls are denied while it runs, and until each gate was started again with the new key file.
    """
    settings = settings_of(ctx)
    from ari_app import main

    need_yes("While the key is rotated every call is denied; then each gate has to be started again. Go on?", yes=yes)
    with progress_bar() as progress:
        done = main.rotate_key(settings, progress)
    if as_json:
        document(done)
        return
    rest = " (the rest of an interrupted rotation)" if done.finished else ""
    say(f"key {done.before} is followed by {done.key_id}: {done.rows} rows rewritten{rest}")
    note(f"Copy {settings.privacy.hash_key_file} to every gate, start the gates again, and make a new backup.")

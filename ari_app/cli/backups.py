"""`garbo backup`, `garbo restore`: the embedded database as one file, and back."""

from pathlib import Path
from typing import Annotated

import typer

from ari_app.cli.asked import need_yes, settings_of
from ari_app.cli.said import AsJson, document, note, say
from ari_app.cli.waiting import progress_bar


def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A tar; it holds the key: keep it safe.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Take the place of a file that is there.")] = False,
    registers: Annotated[bool, typer.Option("--registers", help="With the snapshots of public registers.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write database and key into one file, while the gate runs. It is checked before it is called good."""
    settings = settings_of(ctx)
    from ari_app import main

    with progress_bar() as progress:
        done = main.back_up(settings, file, force=force, registers=registers, progress=progress)
    if as_json:
        document(done)
        return
    say(f"{done.file}: {done.bytes / 1e6:.1f} MB, schema {done.schema}, key {done.key_id}")
    note("It holds the secret key and telephone numbers: for the owner alone, and away from this machine.")


def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `garbo backup` wrote.")],
    *,
    with_key: Annotated[bool, typer.Option("--with-key", help="Its key file too, if it has another key.")] = False,
    registers: Annotated[bool, typer.Option("--registers", help="Its snapshots of registers too.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """
    Put a backup back in place of what the database holds, at once or not at all.

    Opt-outs, withdrawals and erasures since the backup are kept. Calls are denied while it is written.
    """
    settings = settings_of(ctx)
    from ari_app import main

    lost = "What was recorded since is lost, but for opt-outs, withdrawals and erasures."
    need_yes(f"Put {file} in place of what the database holds? {lost}", yes=yes)
    with progress_bar() as progress:
        done = main.restore(settings, file, with_key=with_key, registers=registers, progress=progress)
    if as_json:
        document(done)
        return
    say(f"restored what was backed up at {done.made_at}, by Garbo {done.garbo}")
    if done.carried is None:
        note("WARNING: opt-outs and erasures since then could not be carried over; bring them in again before calling")
    else:
        kept = done.carried
        say(f"kept since: {kept.suppressions} opt-outs, {kept.withdrawals} withdrawals, {kept.erasures} erasures")
    if done.key_restored:
        note("The key file was restored as well: start every gate again.")

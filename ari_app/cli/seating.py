"""`garbo operator password`, `sit` and `leave`: how a person signs in, and at which phone they are."""

import sys
from typing import Annotated

import typer

from ari_app.cli.asked import phone_of, settings_of
from ari_app.cli.outside import UsageFault
from ari_app.cli.said import AsJson, document, note, say

_SAID_BY = "cli"
_LONGEST = 4096
Id = Annotated[str, typer.Argument(metavar="ID")]


def password(
    ctx: typer.Context,
    id: Id,
    *,
    stdin: Annotated[bool, typer.Option("--stdin", help="The first line of standard input is the password.")] = False,
    generate: Annotated[bool, typer.Option("--generate", help="Make one, and show it this once.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="It need not be changed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Set a password, to be changed at the next sign-in; all sessions of that operator end."""
    if stdin and generate:
        raise UsageFault("--stdin and --generate: one of them")
    if generate and keep:
        raise UsageFault("--keep: a password that was shown has to be changed")
    settings = settings_of(ctx)
    from ari_app import main

    book = main.open_logins(settings)
    if generate:
        entry, made = book.generate(id)
    else:
        entry, made = book.set_password(id, _read(id, stdin=stdin), must_change=not keep), ""
    if as_json:
        document({"id": id, "must_change": entry.must_change, **({"password": made} if made else {})})
    elif made:
        say(made)
        note(f"Password of {id}, shown this once, to be changed at first sign-in.")
    else:
        say(f"password of {id} set")


def sit(
    ctx: typer.Context,
    id: Id,
    phone: Annotated[str, typer.Argument(metavar="PHONE", help="As PJSIP/101 or Local/8600051@default.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Say that an operator sits at a phone: its calls are theirs from now on, whoever's it was."""
    from ari_app import main

    named = phone_of(phone)
    sat = main.open_phones(settings_of(ctx)).sit(id, named, said_by=_SAID_BY)
    if as_json:
        seat = {"operator": id, "phone": sat.seat.phone, "since": sat.seat.since}
        document({**seat, "instead_of": sat.instead_of or None})
        return
    say(f"{id} sits at {sat.seat.phone}")
    if sat.instead_of:
        note(f"It was the phone of {sat.instead_of} until now.")


def leave(ctx: typer.Context, id: Id, *, as_json: AsJson = False) -> None:
    """Say that an operator has left the phone where they sat; whose own it is has it again."""
    from ari_app import main

    left = main.open_phones(settings_of(ctx)).leave(id)
    if as_json:
        document({"operator": id, "left": left.phone if left else None})
    else:
        say(f"{id} left {left.phone}" if left else f"{id} sat nowhere")


def _read(id: str, *, stdin: bool) -> str:
    if stdin:
        given = sys.stdin.readline(_LONGEST).rstrip("\r\n")
        if not given:
            raise UsageFault("--stdin: the first line of standard input is empty; nothing was changed")
        return given
    if not sys.stdin.isatty():
        raise UsageFault("nobody can be asked here: --stdin reads the password, --generate makes one")
    return str(typer.prompt(f"New password of {id}", hide_input=True, confirmation_prompt=True, err=True))

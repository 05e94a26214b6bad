"""
Who asks, and what they are told when it cannot be.

    Refused    what was asked is not theirs to do, or cannot be; nothing was changed

Pages word a refusal in the person's own language by its code; its text is for the command line.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from ari_app.policy.request import Role

WRITERS = frozenset({Role.SUPERVISOR, Role.ADMIN})
"""Who writes, reviews and publishes."""
OVERSEERS = WRITERS | {Role.AUDITOR}
"""Who sees what is being written, and what others did."""


class Who(Protocol):
    """Somebody who asks for something: a person who is signed in, or whoever types a command."""

    @property
    def id(self) -> str:
        """An operator's id, or a name."""
        ...

    @property
    def role(self) -> Role:
        """What they may see and do."""
        ...


@dataclass(frozen=True, slots=True)
class AtTheServer:
    """Whoever types a command: they hold the database, so nothing is withheld from them. Implements Who."""

    id: str
    """As they name themselves."""
    role: Role = Role.ADMIN


class Refused(Exception):  # noqa: N818  a refusal is no error of the program
    """What was asked cannot be; `code` says why, and `details` of what."""

    exit_code = 2

    def __init__(self, code: str, text: str, /, **details: str) -> None:
        """`text` is a whole sentence in English."""
        super().__init__(text)
        self.code = code
        self.details = details


def need_role(who: Who, roles: Collection[Role]) -> None:
    """Raise Refused: `not_yours`."""
    if who.role not in roles:
        allowed = ", ".join(sorted(roles))
        raise Refused("not_yours", f"{who.id} is {who.role.value}; this is for: {allowed}", roles=allowed)


def need_text(text: str, field: str, *, most: int = 10_000) -> str:
    """The text without the space around it. Raises Refused: `empty`, `too_long`, `not_unicode`."""
    plain = text.replace("\r\n", "\n").strip()
    if not plain:
        raise Refused("empty", f"{field}: it is empty; write at least a word", field=field)
    if len(plain) > most:
        raise Refused("too_long", f"{field}: it is longer than {most} characters", field=field, most=str(most))
    if any("\ud800" <= sign <= "\udfff" or sign == "\0" for sign in plain):
        raise Refused("not_unicode", f"{field}: it holds a character that cannot be kept", field=field)
    return plain

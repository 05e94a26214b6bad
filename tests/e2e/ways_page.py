"""`docs/ways-out.md`, made of the table of ways: `python -m tests.e2e.ways_page > docs/ways-out.md`."""

import sys

from tests.e2e.ways import WAYS, Way

STATES = ("up", "slow", "hung", "down", "alone")
_TITLES = ("up", "slow", "hung", "down", "down, and no watch")

_HEAD = """\
# Ways out

Every way that a person or a dialer can take to a trunk, and what stops it, with the gate up, past its deadline (another
process holds the database), hung (SIGSTOP) and down (SIGKILL), while `garbo watch` runs beside it; and with neither.
This page is made of the table that `tests/e2e/test_ways_out.py` runs on a real Asterisk with a SIPp carrier, which
counts each INVITE.

"""
_TAIL = """
- **judged**: the gate gives a verdict, and without a permit nothing leaves.
- **denied**: nothing leaves. The caller has a final answer within the deadline and a second: 403 when the gate was too
  slow, 503 when it is hung or down.
- **refused**: by the dialplan, which asks nobody.
- **cut**: it leaves, goes round the gate, and the bypass watch ends it within milliseconds and records it. The watch is
  part of each gate, and `garbo watch` is one more that needs no gate.
- **out; cut later**: it leaves and stays up until a gate or a watch is back.

Emergency numbers and helplines leave in every state.

## Ways round the gate

No dialplan stops an Originate or a call file that names the trunk itself: it asks no dialplan before it dials. Asterisk
has no setting that lets one context alone use an endpoint. So such a way is closed by rights, and what is left is
watched:

- **AMI**: give `originate` (and `command`, `system`, `config`, which can do the same) to no user who does not need it.
  A user without it gets "Permission denied", also for a Local channel; tested. A dialer needs it: what it sends round
  the gate is cut, but the carrier has had the INVITE. Where it can be made to ask the API ahead, take the right away.
- **ARI**: users with `read_only = yes` are refused with 403; tested. ARI knows no finer right.
- **Call files**: whoever may write to the spool folder may call. Leave it to Asterisk's own user.
- **Dialplan**: whoever may write it may dial. `garbo doctor` looks for such lines.
- **Phones** have none of these rights: what a phone sends is only ever an extension, and a dial string in it is
  refused; tested.
- **`garbo watch`**: run it beside the gate, as a service of its own. It needs no database to cut a call.
- At the carrier: where it can, let it accept calls from the address of this PBX alone, and limit calls at once.
"""

_SAYS = {
    "gate": ("judged", "denied", "denied", "denied", "denied"),
    "dialplan": ("refused",) * 5,
    "watch": ("cut", "cut", "cut", "cut", "out; cut later"),
}


def page() -> str:
    """The whole page."""
    head = ["| way | needs | " + " | ".join(_TITLES) + " |", "|---|---|" + "---|" * len(STATES)]
    return _HEAD + "\n".join([*head, *map(_row, WAYS)]) + "\n" + _TAIL


def _row(way: Way) -> str:
    return "| " + " | ".join([way.name, way.needs or "a phone", *_SAYS[way.guard]]) + " |"


if __name__ == "__main__":
    sys.stdout.write(page())

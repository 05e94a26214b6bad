"""`docs/special-numbers.md`, made from the lists: `python -m tests.policy.special_page > docs/special-numbers.md`."""

import sys

from ari_app.policy.helplines import HELPLINES, UNCONFIRMED
from ari_app.policy.special import emergency_and_helplines

_HEAD = """\
# Numbers that are never gated

Emergency numbers and helplines go out before anything is asked: without a campaign, without a record, with every gate
dead, and on `asterisk.emergency_trunk`. The country is `gate.region`, where the phones are. Each is also known behind
your outside-line prefixes (`gate.strip_prefixes`) and is then dialled without them; one with an ordinary number also in
its international spellings. Your own extensions are `gate.internal_patterns`, further numbers are
`asterisk.exempt_numbers`.

After an update, render the dialplan again: it holds these numbers itself.

Emergency numbers are libphonenumber's. The other lists are ours, each with the page that we read it on; **not
confirmed** means that we found none. Such a number stays: holding up a call for help is worse than letting one call
through. This page is made from the program's own lists, and a test keeps it so.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(_country(region) for region in sorted(HELPLINES))])


def _country(region: str) -> str:
    listed = {helpline.number: helpline for helpline in HELPLINES[region]}
    short = [number for number in emergency_and_helplines(region) if number not in listed and len(number) <= 6]
    rows = [f"| {number} | emergency | libphonenumber |" for number in short]
    rows += [f"| {each.number} | {each.what} | {_source(each.source)} |" for each in listed.values()]
    return "\n".join([f"## {region}", "", "| number | for | read in |", "|---|---|---|", *rows, ""])


def _source(source: str) -> str:
    return "**not confirmed**" if source == UNCONFIRMED else source


if __name__ == "__main__":
    sys.stdout.write(page())

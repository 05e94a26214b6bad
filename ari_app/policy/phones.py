"""How a phone is named: as the endpoint of the channels that come from it, so that a call's channel leads to it."""

import re

_MOST_LETTERS = 80
_FORM = re.compile(rf"([A-Za-z0-9]{{1,20}})/([A-Za-z0-9_.@+-]{{1,{_MOST_LETTERS}}})")
# A Local channel's options are no part of its channels' names (chan_local: `Local/%s@%s-%08x;1`).
_WITH_OPTIONS = re.compile(r"(local/.+@.+)/[nmjb]{1,4}", re.IGNORECASE)
_TECHNOLOGIES = {
    name.casefold(): name
    for name in ("PJSIP", "SIP", "IAX2", "DAHDI", "Local", "Agent", "SCCP", "Skinny", "Motif", "WebRTC", "UniStim")
}


def read_phone(text: str) -> str | None:
    """
    The phone as Asterisk's channels name it; None: no phone is named so.

    `pjsip/101` is `PJSIP/101`, and a queue member `Local/101@from-queue/n` is `Local/101@from-queue`. Names of the
    technology's own keep their letters: to Asterisk `PJSIP/anna` and `PJSIP/Anna` are two.
    """
    plain = text.strip()
    optional = _WITH_OPTIONS.fullmatch(plain)
    named = _FORM.fullmatch(optional[1] if optional else plain)
    if named is None:
        return None
    technology, name = named.groups()
    return f"{_TECHNOLOGIES.get(technology.casefold(), technology)}/{name}"

"""
What stands in a dial string: the trunk that a channel is on, the number that is dialled on it, and all it may mean.

A carrier may want prefixes of its own before a number, or E.164 without its plus; what is dialled is compared as
numbers, never as text.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from ari_app.policy.numbers import Number, mask, only_digits, read_number

_SCHEME = re.compile(r"(?:sips?|tel):", re.IGNORECASE)
_URI = re.compile(r"<?(?:sips?|tel):([^@;>]*)", re.IGNORECASE)
_DIGITS = re.compile(r"\+?[0-9]{6,}")
_SERIAL = re.compile(r"-[0-9a-f]{4,}(?:;[12])?$|-[0-9]+$")


def trunk_of(channel: str, trunks: Iterable[str]) -> str | None:
    """
    The trunk of these that a channel is on; None: none.

    `PJSIP/trunk-0000001a` is on `PJSIP/trunk`, `DAHDI/i1/3331234567-1` on `DAHDI/i1`.
    """
    base = _SERIAL.sub("", channel)
    return next((trunk for trunk in trunks if base == trunk or base.startswith(f"{trunk}/")), None)


def dialled_in(channel: str, dial_string: str) -> str:
    """
    What stands where the number belongs, in the dial string of this channel; empty: there is none.

    A dial string comes without its technology: `N@endpoint` and `endpoint/sip:N@host` of PJSIP, `peer/N`, `g1/N`. Of
    PJSIP's `N@endpoint/sip:M@host` it is N that is dialled (res_pjsip_session.c); IAX2 has its user before the `@`.
    """
    head, slash, rest = dial_string.partition("/")
    if "@" in head and (not slash or channel.startswith("PJSIP/")):
        text = head
    elif slash and ("@" not in head or channel.startswith("IAX2/")):
        text = _SCHEME.sub("", rest, count=1) if _SCHEME.match(rest) else rest.partition("/")[0]
    else:
        return ""
    return re.split(r"[@;:,]", text, maxsplit=1)[0]


def user_of(uri: str) -> str:
    """The user part of a SIP URI, in angle brackets or not; empty: it has none."""
    found = _URI.match(uri)
    return found[1] if found and "@" in uri else ""


def bare(dialled: str, trunk_prefixes: Sequence[str]) -> tuple[str, ...]:
    """What was dialled, as it stands and without each of the carrier's prefixes."""
    short = (dialled[len(prefix) :] for prefix in trunk_prefixes if prefix and dialled.startswith(prefix))
    return tuple(dict.fromkeys((dialled, *short)))


def meanings(
    dialled: str, *, regions: Sequence[str], strip_prefixes: Sequence[str], trunk_prefixes: Sequence[str]
) -> tuple[Number, ...]:
    """
    Every number that this may be, the likeliest first.

    E.164 without its plus is tried only for what is no number as it stands: a carrier that wants it so is common, and
    else none of its calls would be found to be permitted.
    """
    return tuple(dict.fromkeys(_meanings(dialled, regions, strip_prefixes, trunk_prefixes)))


def _meanings(
    dialled: str, regions: Sequence[str], strip_prefixes: Sequence[str], trunk_prefixes: Sequence[str]
) -> Iterator[Number]:
    for text in bare(dialled, trunk_prefixes):
        for region in regions:
            known = False
            for prefixes in ((), strip_prefixes):
                callee = read_number(text, region=region, strip_prefixes=prefixes)
                if isinstance(callee, Number):
                    known = True
                    yield callee
            digits = only_digits(text)
            if not known and digits and not digits.startswith(("+", "0")):
                callee = read_number(f"+{digits}", region=region)
                if isinstance(callee, Number):
                    yield callee


def without_numbers(text: str) -> str:
    """A channel's name or an extension with every number in it masked; the serial of a channel stays."""
    serial = _SERIAL.search(text)
    head, tail = (text[: serial.start()], serial[0]) if serial else (text, "")
    return _DIGITS.sub(lambda found: mask(found[0]), head) + tail

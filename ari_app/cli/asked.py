"""What commands are given: the configuration, instants, numbers and names, checked before anything is done."""

import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ari_app.cli.outside import UsageFault

if TYPE_CHECKING:
    from ari_app.config import Settings

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_CALLER_ID = re.compile(r"\+[1-9][0-9]{2,14}")
_TRUNK = re.compile(r"(?:PJSIP/)?[A-Za-z0-9_.-]{1,80}")
_LANGUAGE = re.compile(r"[a-z]{2}")

_FIRST_YEAR, _LAST_YEAR = 1970, 2200
_ALSO_CALLED = {
    "luce": "electricity",
    "elettricita": "electricity",
    "elettricità": "electricity",
    "energia": "energy",
    "tlc": "telecom",
    "telecomunicazioni": "telecom",
    "telecoms": "telecom",
}


def settings_of(ctx: typer.Context) -> "Settings":
    """The settings that `--config` and the environment name. Raises ConfigError."""
    from ari_app.config import load_settings

    path = ctx.find_root().obj
    return load_settings(path if isinstance(path, Path) else None, os.environ)


def instant_of(text: str | None, option: str) -> datetime | None:
    """
    An instant in UTC; without an offset it is this machine's own time, as with `journalctl --since`.

    Raises UsageFault.
    """
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text.strip()).astimezone(UTC)
    except (ValueError, OverflowError) as failure:
        raise UsageFault(f"{option} {text}: not a time as 2026-12-31T10:00:00+01:00") from failure


def judged_at(text: str | None, option: str) -> datetime | None:
    """As `instant_of`, within the years that calls can be judged in. Raises UsageFault."""
    read = instant_of(text, option)
    if read is not None and not _FIRST_YEAR <= read.year <= _LAST_YEAR:
        raise UsageFault(f"{option} {text}: calls are judged in the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return read


def day_of(text: str | None, option: str) -> datetime | None:
    """As `instant_of`, but a date alone is the end of that day."""
    from datetime import timedelta

    read = instant_of(text, option)
    alone = read is not None and text is not None and re.fullmatch(r"\d{4}-?\d{2}-?\d{2}", text.strip())
    try:
        return read + timedelta(days=1) if read and alone else read
    except OverflowError as failure:
        raise UsageFault(f"{option} {text}: no calendar has a day after it") from failure


def future_of(text: str | None, option: str) -> datetime | None:
    """As `day_of`, but later than now. Raises UsageFault."""
    read = day_of(text, option)
    if read is not None and read <= datetime.now(UTC):
        raise UsageFault(f"{option} {text}: that is past; name a later time")
    return read


def words_of(text: str, option: str) -> str:
    """A text that says something, without the space around it. Raises UsageFault: it is empty."""
    if not text.strip():
        raise UsageFault(f"{option}: it is empty; write at least a word")
    return text.strip()


def need_yes(question: str, *, yes: bool) -> None:
    """Ask before what cannot be undone, unless `--yes` said so. Raises UsageFault: no, or nobody is there to ask."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageFault(f"{question} Nothing was changed: --yes goes ahead where nobody can be asked")
    if not typer.confirm(question, default=False, err=True):
        raise UsageFault("nothing was changed")


def number_of(text: str, region: str) -> str:
    """E.164 of what was typed. Raises UsageFault: it is no number."""
    from ari_app.policy.numbers import NotANumber, read_number

    read = read_number(text, region=region)
    if isinstance(read, NotANumber):
        raise UsageFault(f"{text}: not a telephone number in {region} ({read.why.replace('_', ' ')})")
    return read.e164


def id_of(text: str, what: str) -> str:
    """An id that can stand in files, URLs and the dialplan. Raises UsageFault."""
    if not _ID.fullmatch(text):
        raise UsageFault(f"{what} {text!r}: an id has letters, digits, '.', '-' and '_', at most 64, no space")
    return text


def sector_of(text: str) -> str:
    """
    The sector that is meant; one that is written in another way than packs do is told on standard error.

    A sector that no pack knows stays as it is. Raises UsageFault: it is no id.
    """
    from unicodedata import normalize

    from ari_app.cli.said import note
    from ari_app.policy.sectors import SECTORS

    plain = normalize("NFC", text.strip()).casefold()
    sector = _ALSO_CALLED.get(plain, plain)
    if sector not in SECTORS:
        return id_of(text, "--sector")
    if sector != text:
        note(f"--sector {text}: read as {sector}")
    return sector


def caller_id_of(text: str) -> str:
    """
    A caller id in E.164.

    Only its form is checked: Italy's telemarketing range 0844 is not valid to libphonenumber (PBX.md 13). Raises
    UsageFault.
    """
    plain = re.sub(r"[ .\-]", "", text)
    if not _CALLER_ID.fullmatch(plain):
        raise UsageFault(f"--caller-id {text}: write it in full with its country, as +390844123456")
    return plain


def trunk_of(text: str) -> str:
    """An endpoint, as `PJSIP/name` or `name`. Raises UsageFault."""
    if not _TRUNK.fullmatch(text):
        raise UsageFault(f"--trunk {text!r}: name the PJSIP endpoint that carries the calls, as trunk or PJSIP/trunk")
    return text


def phone_of(text: str, option: str = "") -> str:
    """A phone as Asterisk's channels name it. Raises UsageFault."""
    from ari_app.policy.phones import read_phone

    phone = read_phone(text)
    if phone is None:
        where = f"{option} {text!r}".lstrip()
        raise UsageFault(f"{where}: name the phone as Asterisk does, as PJSIP/101 or Local/8600051@default")
    return phone


def language_of(text: str, option: str = "--language") -> str:
    """A language of two letters. Raises UsageFault."""
    if not _LANGUAGE.fullmatch(text):
        raise UsageFault(f"{option} {text!r}: two letters, as it or en")
    return text


def region_of(text: str) -> str:
    """A country of ISO 3166. Raises UsageFault."""
    import phonenumbers

    if text.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise UsageFault(f"{text!r} is not a country as in ISO 3166, such as IT or FR")
    return text.upper()


def known(name: str, names: list[str], what: str, how: str) -> str:
    """A name that must exist; `how` says how to make one. Raises UsageFault."""
    if name in names:
        return name
    from difflib import get_close_matches

    near = get_close_matches(name, names, n=1)
    raise UsageFault(f"there is no {what} {name!r}; " + (f"did you mean {near[0]}?" if near else how))

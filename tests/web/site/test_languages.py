"""Each page in the language of whoever reads it, whole, and without the codes that programs use."""

import html
import re
from collections.abc import Mapping
from datetime import timedelta

import pytest

from ari_app.policy.disposition import Disposition
from ari_app.policy.events import DialStatus
from ari_app.policy.outcome import Outcome
from ari_app.web.desk.words import WORDS as DESK
from ari_app.web.sign_in.words import WORDS as SIGN_IN
from ari_app.web.words import WORDS as COMMON
from ari_app.web.writing.words import WRITING
from tests.web.site.harness import Person, WiredSite
from tests.web.site.installation import CALLEES

_BOOKS: tuple[Mapping[str, Mapping[str, str]], ...] = (COMMON, DESK, SIGN_IN, WRITING)
_DUTIES = {key.removeprefix("duty_") for key in DESK["en"] if key.startswith("duty_")}
_CODES = {each for each in (*_DUTIES, *Disposition, *Outcome) if "_" in each}
_AUTHORS = re.compile(r"<(code|textarea|script|style)\b[^>]*>.*?</\1>|<a href=\"#step-[^>]*>.*?</a>", re.DOTALL)
"""What an author wrote: steps by their ids, a script's text."""
_PAGES = (
    *("/desk", "/desk/pane", "/desk/keys", "/phone", "/password", "/scripts", "/scripts/acquisition", "/scripts/care"),
    *("/practice", "/practice?script=acquisition", "/answers", "/new-answer", "/notices", "/feedback", "/drafts/new"),
    *("/nothing", "/scripts/none", "/answers/none"),
)


def _pieces(text: str) -> list[str]:
    shown = _AUTHORS.sub("", text)
    said = re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', shown)
    return [html.unescape(each).strip() for each in (*re.split(r"<[^>]+>", shown), *said) if each.strip()]


def _foreign(language: str) -> set[str]:
    other = "en" if language == "it" else "it"
    own = {text for book in _BOOKS for text in book[language].values()}
    return {text for book in _BOOKS for text in book[other].values() if len(text) > 5} - own


async def _need(person: Person, path: str, language: str) -> None:
    text = (await person.get(path)).text
    pieces = _pieces(text)
    assert not (_foreign(language) & set(pieces)), path
    assert not [piece for piece in pieces if set(re.findall(r"[a-z_]+", piece)) & _CODES], path


@pytest.mark.parametrize(("language", "who"), [("it", ("anna", "sara", "aude")), ("en", ("bruno", "sandro"))])
async def test_no_page_mixes_languages(site: WiredSite, language: str, who: tuple[str, ...]) -> None:
    """Every page that there is to be read without a call."""
    for name in who:
        person = site.people.get(name) or await site.browser(name)
        for path in _PAGES:
            await _need(person, path, language)
    stranger = await site.browser("nobody", signed_in=False, **{"Accept-Language": language})
    for path in ("/login", "/s/nothing", "/nothing"):
        await _need(stranger, path, language)


@pytest.mark.parametrize(("language", "who", "phone"), [("it", "anna", "PJSIP/101"), ("en", "bruno", "PJSIP/102")])
async def test_no_call_mixes_languages(site: WiredSite, language: str, who: str, phone: str) -> None:
    """From its ringing to its last word, and in the story of the next one."""
    for status in (DialStatus.BUSY, DialStatus.NOANSWER, DialStatus.CONGESTION):
        call = await site.call(CALLEES[0], phone=phone)
        await _need(site.people[who], "/desk", language)
        await site.dial(call, status)
        await site.hang_up(call)
        await _need(site.people[who], "/desk", language)
        await site.people[who].send("/desk/finish", call=call)
        site.clock.pass_by(timedelta(days=40))
        site.people[who] = await site.browser(who)
    for word in ("hung_up_early", "holder_absent", "line_dropped", "never_again"):
        call = await site.talk(CALLEES[0], phone=phone)
        await _need(site.people[who], "/desk", language)
        await site.people[who].send("/desk/note", call=call, word=word)
        await site.hang_up(call)
        await _need(site.people[who], "/desk", language)
        await site.people[who].send("/desk/finish", call=call)
        site.clock.pass_by(timedelta(days=40))
        site.people[who] = await site.browser(who)
    call = await site.call(CALLEES[0], phone=phone)
    assert (await site.record(call)).verdict == "deny"
    await _need(site.people[who], "/desk", language)

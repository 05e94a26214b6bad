"""Scripts from the editor to the desk: hostile texts, other eyes, a call that goes on, and what must be read first."""

import json
import re
from datetime import timedelta
from importlib import resources

from ari_app.config import read_keyring
from tests.web.site.harness import Person, WiredSite
from tests.web.site.installation import CALLEES

SCRIPT = (resources.files("ari_app") / "scripts" / "acquisition.toml").read_text("utf-8").replace('"1"', '"9"', 1)
_ASKED = '"È un buon momento per due minuti, o preferisce che non La disturbi?"'
HTML = "<script>alert(1)</script><img src=x onerror=y>"


def saying(words: str) -> str:
    """The script with these words in one of its steps."""
    assert _ASKED in SCRIPT
    return SCRIPT.replace(_ASKED, json.dumps(words))


async def _draft(person: Person, body: str, *, action: str = "save") -> str:
    answer = await person.send("/drafts/new", body=body, script="acquisition", action=action)
    assert answer.status == 303, answer.text
    return answer.headers["Location"]


async def _publish(site: WiredSite, body: str, *, must_read: bool) -> None:
    draft, reviewer = await _draft(site.sara, body, action="submit"), await site.browser("sandro")
    seen = await _seen(reviewer, draft)
    must = {"must_read": "yes"} if must_read else {}
    done = await reviewer.send(draft, action="publish", seen=seen, remark="good", **must)
    assert done.status == 303, done.text
    await site.room.database.on_reader(site.room.scripts.refresh)


async def _seen(person: Person, draft: str) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', (await person.get(draft)).text)
    assert found is not None
    return found[1]


HOSTILE = (
    "{% for i in range(1000000000) %}x{% endfor %}",
    "{{ operator.__class__.__mro__ }}",
    "{{ operator|attr('__class__') }}",
    "{{ '{0.__class__}'.format(operator) }}",
    '{% include "desk/page.html" %}',
    '{% import "desk/page.html" as page %}',
    "{{ range(1000000000)|list }}",
    "{{ 'a' * 1000000000 }}",
    "{{ 9**9**9 }}",
    "{{ '%1000000000d' % 1 }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{" + "(" * 3000 + "1" + ")" * 3000 + "}}",
    "{{ nobody.knows }}",
    "{{",
    "Buongiorno \u202e!etattecca \u202c",
    "a\u2066b",
    "a\x07b",
)
NO_SCRIPTS = (
    ("x = 1\n" * 100_000, 422),
    ("a" + ".a" * 45_000 + " = 1", 303),
    ("x = {a" + ".a" * 45_000 + " = 1}", 303),
    ("[[" * 40_000, 303),
    ('id = "../../etc"\nversion = "1"\n', 303),
    ("x\0y", 422),
)


async def test_words_that_do_more_than_speak_are_never_served(site: WiredSite) -> None:
    """They are kept as a draft with what is wrong with them; nobody can send them to a review."""
    for words in HOSTILE:
        draft, body = await _draft(site.sara, saying(words)), saying(words)
        refused = await site.sara.send(draft, body=body, action="submit", seen=await _seen(site.sara, draft))
        assert refused.status == 422, words
        assert (await site.sara.get(f"{draft}/preview")).status == 303
        assert (await site.sara.get(f"{draft}/picture.svg")).status == 404


async def test_texts_that_are_no_script_are_looked_through_at_once(site: WiredSite) -> None:
    """Kept with their faults, or refused; none keeps the gate busy."""
    for body, status in NO_SCRIPTS:
        told = await site.sara.send("/drafts/new", body=body, script="acquisition", action="save")
        assert told.status == status, body[:20]


async def test_html_in_a_script_is_text_wherever_it_is_shown(site: WiredSite) -> None:
    """In the editor, the review, the preview, the picture, the script's page, the desk, practice, and behind a link."""
    body = saying(HTML).replace('it = """\nBuongiorno', f'it = """\n{HTML} Buongiorno', 1)
    body = body.replace('it = "Primo contatto"', f'it = "{HTML}"', 1)
    draft = await _draft(site.sara, body)
    pages = [await site.sara.get(f"{draft}{what}") for what in ("", "/preview", "/picture.svg")]
    await _publish(site, body.replace('"9"', '"10"', 1), must_read=False)
    call = await site.talk(CALLEES[0])
    keyring = read_keyring(site.settings.privacy.hash_key_file)
    link = f"/s/{keyring.link(call, site.clock.now() + timedelta(hours=1))}"
    read = ("/desk", "/desk/pane", "/scripts", "/scripts/acquisition", "/scripts/acquisition/picture.svg", link)
    written = ("/practice", "/practice?script=acquisition", "/drafts/new?script=acquisition&version=10")
    pages += [await site.anna.get(path) for path in read]
    pages += [await site.sara.get(path) for path in written]
    for page in pages:
        assert page.status == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
    assert "&lt;script&gt;alert" in pages[3].text


async def test_only_other_eyes_publish(site: WiredSite) -> None:
    """Neither whoever wrote it, nor an operator, nor an auditor; rollback is for supervisors with a reason."""
    draft = await _draft(site.sara, SCRIPT, action="submit")
    reviewer = await site.browser("sandro")
    seen = await _seen(reviewer, draft)
    for who, status in (("sara", 422), ("anna", 403), ("aude", 403)):
        told = await site.people[who].send(draft, action="publish", seen=seen, remark="good")
        assert told.status == status
    for who, why, status in (("anna", "x", 422), ("aude", "x", 403), ("sara", "", 422)):
        told = await site.people[who].send("/scripts/acquisition", action="roll_back", version="1", why=why)
        assert told.status == status
    assert (await reviewer.send(draft, action="publish", seen="other", remark="good")).status == 422
    assert (await reviewer.send(draft, action="publish", seen=seen, remark="good")).status == 303


async def test_a_call_keeps_its_script_and_the_next_waits_until_the_new_one_is_read(site: WiredSite) -> None:
    """For each operator alone."""
    call = await site.talk(CALLEES[0])
    before = re.search(r'id="words".*?</div>', (await site.anna.get("/desk")).text, re.DOTALL)
    await _publish(site, SCRIPT.replace("Buongiorno", "Salve"), must_read=True)
    after = re.search(r'id="words".*?</div>', (await site.anna.get("/desk")).text, re.DOTALL)
    assert before is not None
    assert after is not None
    assert before[0] == after[0]
    assert (await site.anna.send("/desk/walk", call=call, seq="0", move="go_on")).status == 303
    await site.hang_up(call)
    await site.anna.send("/desk/finish", call=call)
    denied = await site.record(await site.call(CALLEES[1]))
    assert [reason.code for reason in denied.reasons] == ["operator_not_allowed"]
    assert '"/scripts/acquisition"' in (await site.anna.get("/scripts")).text
    read = await site.anna.send("/scripts/acquisition", action="read", version="9")
    assert read.status == 303
    await site.room.database.on_reader(site.room.scripts.refresh)
    permitted = await site.record(await site.call(CALLEES[1]))
    assert (permitted.verdict, permitted.script and permitted.script.version) == ("permit", "9")
    colleagues = await site.record(await site.call(CALLEES[2], phone="PJSIP/102"))
    assert [reason.code for reason in colleagues.reasons] == ["operator_not_allowed"]

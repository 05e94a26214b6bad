"""Somebody else's call, campaign and words: every route of the site, with people whom they are not for."""

from pathlib import Path

import pytest

from ari_app.config import read_keyring
from ari_app.stores.dispositions import SqlDispositions
from tests.web.site.harness import wired
from tests.web.site.installation import CALLEES, PASSWORD, garbo

MARIO = CALLEES[0]
_LASTING = ("/desk/events", "/floor/events")
_ENDS = ("/logout", "/password", "/phone", "/phone/leave", "/login")
"""About oneself alone; and what ends one's session would end the walk."""


@pytest.mark.parametrize("who", ["sofia", "bruno"])
async def test_nobody_reads_or_touches_what_is_another_campaigns(folder: Path, who: str) -> None:
    """A supervisor of another campaign, and another operator: neither number nor note; nothing is written."""
    garbo(folder, "operator", "add", "sofia", "--language", "it", "--role", "supervisor", "--campaign", "autunno")
    garbo(folder, "operator", "password", "sofia", "--stdin", "--keep", said=f"{PASSWORD}\n")
    async with wired(folder) as site:
        call = await site.talk(MARIO)
        assert (await site.anna.send("/desk/note", call=call, word="interested", note="una nota di Anna")).status == 303
        await site.hang_up(call)
        assert "una nota di Anna" in (await site.sara.get(f"/floor/calls/{call}")).text  # whom it is for
        stranger = await site.browser(who)
        words = SqlDispositions(site.room.database, read_keyring(site.settings.privacy.hash_key_file))
        before = await site.room.database.on_reader(lambda: words.of_call(call))
        fields = {"call": call, "call_id": call, "campaign": "luce", "number": MARIO, "seq": "0", "move": "go_on"}
        for route in site.app.router.routes():
            path = route.resource.canonical if route.resource else ""
            if path.startswith(("/api/", "/static/")) or path in (*_LASTING, *_ENDS):
                continue
            for name, value in (("call_id", call), ("campaign", "luce"), ("token", call), ("id", "acquisition")):
                path = path.replace(f"{{{name}}}", value)
            path = path.replace("{draft}", "1")
            if route.method == "POST":
                answers = [await stranger.send(path, **fields, word=word) for word in ("sold", "never_again")]
            else:
                answers = [await stranger.ask(route.method, path, params=fields)]
            for answer in answers:
                assert answer.status < 500, (route.method, path)
                if path not in ("/floor/calls", "/desk/call"):  # these show what was typed again
                    assert MARIO not in answer.text, (route.method, path)
                assert "una nota di Anna" not in answer.text, (route.method, path)
                assert "Anna Rossi" not in answer.text or path.startswith(("/floor/operators", "/scripts")), path
        assert await site.room.database.on_reader(lambda: words.of_call(call)) == before
        assert (await site.verdict(CALLEES[1])).verdict == "permit"
        for path in (f"/floor/calls/{call}", "/floor/campaigns/luce"):
            assert (await stranger.get(path)).status in (403, 404), path

"""Desks that come and go: a shared phone, a session that ends, a stream that is open, a gate that starts again."""

import asyncio
import re
from datetime import timedelta

from tests.web.site.harness import Person, WiredSite, until, wired
from tests.web.site.installation import CALLEES, PASSWORD, PEOPLE


async def _scene(person: Person) -> str:
    found = re.search(r'data-scene="([^"]*)"', (await person.get("/desk")).text)
    assert found is not None
    return found[1]


async def test_a_phone_changes_hands_in_the_middle_of_a_call(site: WiredSite) -> None:
    """The call stays whose it was, to its last word; the next one is of who sits there now."""
    call = await site.talk(CALLEES[0])
    assert (await site.bruno.send("/phone", phone="PJSIP/101")).status == 303
    assert (await _scene(site.anna), await _scene(site.bruno)) == ("talking", "idle")
    assert (await site.anna.send("/desk/walk", call=call, seq="0", move="go_on")).status == 303
    await site.hang_up(call)
    assert (await _scene(site.anna), await _scene(site.bruno)) == ("after", "idle")
    assert (await site.anna.send("/desk/note", call=call, word="refused")).status == 303
    await site.anna.send("/desk/finish", call=call)
    following = await site.talk(CALLEES[1])
    assert (await site.record(following)).operator == "bruno"
    assert (await _scene(site.anna), await _scene(site.bruno)) == ("idle", "talking")
    assert CALLEES[1] not in (await site.anna.get("/desk")).text
    lost = await site.anna.send("/desk/call", e164=CALLEES[2], campaign="luce")
    assert (lost.status, site.switch.originated) == (422, [])


async def test_an_emergency_number_is_dialled_at_the_phone(site: WiredSite) -> None:
    """The desk begins no call that is never gated, and says in words where it is dialled; no phone rings."""
    for person, said in ((site.anna, "al telefono stesso"), (site.bruno, "at the phone itself")):
        for number in ("112", "1 1 8"):
            refused = await person.send("/desk/call", e164=number, campaign="luce")
            assert refused.status == 422
            assert said in refused.text
    assert site.switch.originated == []


async def test_every_desk_of_an_operator_shows_the_same(site: WiredSite) -> None:
    """Each goes on where the other was."""
    other, call = await site.browser("anna"), await site.talk(CALLEES[0])
    assert (await site.anna.send("/desk/walk", call=call, seq="0", move="go_on")).status == 303
    shown = [re.findall(r'name="seq" value="(\d+)"', (await each.get("/desk")).text) for each in (site.anna, other)]
    assert shown == [["1"], ["1"]]


async def test_a_session_that_ends_in_a_call_takes_nothing_and_tells_nothing(site: WiredSite) -> None:
    """The page leads to the way in, from where the call is as it was."""
    call = await site.talk(CALLEES[0])
    site.clock.pass_by(timedelta(hours=13))
    late = await site.anna.send("/desk/note", call=call, word="sold")
    assert (late.status, late.headers["Location"]) == (303, "/login")
    asked = await site.anna.ask("HEAD", "/desk")  # as `live.js` finds out
    assert (asked.status, asked.headers["Location"]) == (303, "/login?to=/desk")
    back = await site.browser("anna")
    assert await _scene(back) == "talking"
    assert (await back.send("/desk/note", call=call, word="never_again")).status == 303


async def test_streams_are_few_and_leave_nothing_behind(site: WiredSite) -> None:
    """More than enough open pages of one person are refused; closed ones are forgotten."""
    live = site.site.desk.live

    async def listen() -> int:
        async with site.bruno.client.get("/desk/events") as stream:
            if stream.status == 200:
                await stream.content.readline()
                await asyncio.Event().wait()
            return stream.status

    streams = [asyncio.create_task(listen()) for _ in range(10)]
    done, _ = await asyncio.wait(streams, return_when=asyncio.FIRST_COMPLETED)
    assert {each.result() for each in done} == {429}
    for each in streams:
        each.cancel()
    await asyncio.gather(*streams, return_exceptions=True)
    await until(lambda: not live.desks)


async def test_the_next_life_of_a_gate_shows_the_desks_as_they_were(site: WiredSite) -> None:
    """Who talks goes on in the script, who had hung up still notes."""
    call = await site.talk(CALLEES[0])
    await site.anna.send("/desk/walk", call=call, seq="0", move="go_on")
    ended = await site.talk(CALLEES[1], phone="PJSIP/102")
    await site.hang_up(ended)
    await site.site.flush()
    async with wired(site.folder, clock=site.clock, switch=site.switch) as following:
        await until(lambda: following.site.desk.desks.of("bruno") is not None)
        assert (await _scene(following.anna), await _scene(following.bruno)) == ("talking", "after")
        page = (await following.anna.get("/desk")).text
        assert re.findall(r'name="seq" value="(\d+)"', page) == ["1"]
        (answer, *_) = re.findall(r'value="(answer:[^"]*)"', page)
        assert (await following.anna.send("/desk/walk", call=call, seq="1", move=answer)).status == 303
        assert (await following.bruno.send("/desk/note", call=ended, word="refused")).status == 303


async def test_the_log_knows_nobody(site: WiredSite) -> None:
    """No number, name, password, cookie, token or link in it after a day's work with its slips."""
    call = await site.talk(CALLEES[0])
    secrets = [each.value for person in site.people.values() for each in person.client.cookie_jar]
    await site.anna.send("/desk/walk", call=call, seq="0", move="exit:never_again")
    await site.anna.send("/desk/note", call=call, word="sold", note="Carla vuole fibra", needs="fibra")
    await site.hang_up(call)
    await site.anna.send("/desk/finish", call=call)
    await site.record(await site.call(CALLEES[0], phone="PJSIP/102"))
    site.switch.phones.clear()
    await site.anna.send("/desk/call", e164=CALLEES[3], campaign="luce")
    await site.bruno.send("/phone", phone="PJSIP/101")
    stranger = await site.browser("anna", signed_in=False)
    form = re.search(r'name="form" value="([^"]*)"', (await stranger.get("/login")).text)
    assert form is not None
    await stranger.ask("POST", "/login", data={"name": "anna", "password": f"{PASSWORD}x", "form": form[1]})
    await site.anna.send("/password", old=PASSWORD, new="short", again="short")
    await site.anna.send("/logout")
    log = site.log.getvalue()
    assert "call.denied" in log
    names = [words[words.index("--name") + 1] for words in PEOPLE.values()]
    forbidden = [*CALLEES, *(each[1:] for each in CALLEES), *names, "Carla", "fibra", PASSWORD, "/s/", *secrets]
    forbidden += [person.csrf for person in site.people.values()]
    assert not [each for each in forbidden if each in log]

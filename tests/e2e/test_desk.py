"""The operator's desk with a real Asterisk, real SIP calls and a real browser."""

import re
import statistics
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from docker.lab.far_end import FarEnd
from tests.e2e.conftest import ANNA, BRUNO, Lab
from tests.web.test_browser import FLAGS

PASSWORD = "a test password, not a secret"
POPS = 10

_SEEN = """
const seen = {};
const look = () => {
  const desk = document.getElementById("desk");
  if (desk && !seen[desk.dataset.call + desk.dataset.scene])
    seen[desk.dataset.call + desk.dataset.scene] = performance.timeOrigin + performance.now();
};
new MutationObserver(look).observe(document, {subtree: true, childList: true, attributes: true});
window.seen = (scene) =>
  Math.max(...Object.keys(seen).filter((each) => each.endsWith(scene)).map((each) => seen[each]));
"""
"""Notes when the page first showed each scene of each call, by the browser's own clock."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield running
        running.close()


SignIn = Callable[[str], Page]


@pytest.fixture
def sign_in(lab: Lab, browser: Browser) -> Iterator[SignIn]:
    """Signs somebody in at a browser of their own, and shows their desk; what the page complains of fails the test."""
    faults: list[str] = []
    contexts = []

    def sign_in(who: str) -> Page:
        lab.installation.garbo("operator", "password", who, "--stdin", "--keep", said=f"{PASSWORD}\n")
        context = browser.new_context(viewport={"width": 1366, "height": 768}, timezone_id="Europe/Rome")
        contexts.append(context)
        page = context.new_page()
        page.add_init_script(_SEEN)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{lab.gate.web_url}/desk")
        page.get_by_label(re.compile("^(Name|Nome|Utente|User)")).fill(who)
        page.get_by_label(re.compile("^Password")).fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.locator("#desk")).to_have_attribute("data-settled", "yes", timeout=10_000)
        if page.locator("#desk").get_attribute("data-scene") == "refused":  # of a call that another test placed
            press(page, "Enter")
        scene(page, "idle")
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert not faults


def scene(page: Page, name: str) -> None:
    """The page is about this, soon, and has settled."""
    expect(page.locator("#desk")).to_have_attribute("data-scene", name, timeout=10_000)
    expect(page.locator("#desk")).to_have_attribute("data-settled", "yes")


def press(page: Page, *keys: str) -> None:
    """Press keys, each once the page has settled."""
    for key in keys:
        expect(page.locator("#desk")).to_have_attribute("data-settled", "yes")
        page.keyboard.press(key)


@contextmanager
def talking(lab: Lab, number: str, *, phone: str = ANNA) -> Iterator[None]:
    """A call that goes on until the end of the block, and is hung up then."""
    with lab.start(number, phone=phone):
        yield
        lab.pbx.cli("channel request hangup all")


def answered_at(far_end: FarEnd, number: str) -> datetime:
    """When the carrier sent its 200 to the INVITE for this number."""
    messages = far_end.messages()
    (call_id,) = {each.call_id for each in messages if each.method == "INVITE" and number in each.start}
    return next(
        each.at
        for each in messages
        if each.call_id == call_id and each.status == 200 and each.answers == "INVITE" and each.direction == "sent"
    )


def verdict(lab: Lab, number: str) -> dict[str, Any]:
    """The newest verdict for a number."""
    return lab.verdicts(number)[-1]


def test_an_answered_call_pops_its_script(lab: Lab, sign_in: SignIn, figures: list[str]) -> None:
    """Calls one after the other; the median from the carrier's 200 OK to the text on the screen is printed."""
    page = sign_in("anna")
    taken: list[float] = []
    for _ in range(POPS):
        number = lab.number()
        with talking(lab, number):
            scene(page, "talking")
            expect(page.locator("#words")).not_to_be_empty()
            shown = page.evaluate("window.seen('talking')") / 1000
            taken.append((shown - answered_at(lab.far_end, number).timestamp()) * 1000)
        scene(page, "after")
        press(page, "t", "Enter")
        scene(page, "idle")
    told = f"median {statistics.median(taken):.0f} ms, worst {max(taken):.0f} ms"
    figures.append(f"{POPS} screen pops, from the carrier's 200 OK to the words on the screen: {told}")
    assert lab.installation.garbo("calls", "show", verdict(lab, number)["call_id"])["outcome"] == "answered"


def test_never_again_binds_the_next_call(lab: Lab, sign_in: SignIn) -> None:
    """Said in the middle of the call, with a confirming key; a colleague's call a moment later is refused."""
    page = sign_in("anna")
    number = lab.number()
    with talking(lab, number):
        scene(page, "talking")
        press(page, "x", "x")
        expect(page.locator(".noted")).to_be_visible()
        again = lab.call(number, phone=BRUNO)
    assert again.status == 403
    assert verdict(lab, number)["reasons"][0]["code"] == "suppressed_principal"
    scene(page, "after")
    press(page, "Enter")
    scene(page, "idle")


def test_two_operators_never_see_each_others_call(lab: Lab, sign_in: SignIn) -> None:
    """Both talk at once; each page shows its own callee, before and after it is loaded anew."""
    pages = {ANNA: sign_in("anna"), BRUNO: sign_in("bruno")}
    numbers = {phone: lab.number() for phone in pages}
    with ExitStack() as calls:
        for phone, number in numbers.items():
            calls.enter_context(talking(lab, number, phone=phone))
        for again in (False, True):
            for phone, page in pages.items():
                if again:
                    page.reload()
                scene(page, "talking")
                assert page.locator("#desk").get_attribute("data-call") == verdict(lab, numbers[phone])["call_id"]
                (other,) = set(numbers.values()) - {numbers[phone]}
                assert other not in page.content()
    for page in pages.values():
        scene(page, "after")
        press(page, "t", "Enter")
        scene(page, "idle")


def test_a_reload_in_the_middle_restores_the_page(lab: Lab, sign_in: SignIn) -> None:
    """The step that was come to, the word that was noted, and a second desk of the same operator: all the same."""
    page = sign_in("anna")
    with talking(lab, lab.number()):
        scene(page, "talking")
        first = page.locator("#words").inner_text()
        press(page, "n")
        expect(page.locator("#words")).not_to_have_text(first)
        left = page.locator("#words").inner_text()
        page.reload()
        scene(page, "talking")
        assert page.locator("#words").inner_text() == left
        second = sign_in_again(page)
        scene(second, "talking")
        assert second.locator("#words").inner_text() == left
    scene(page, "after")
    press(page, "Enter", "Enter")
    scene(page, "idle")


def sign_in_again(page: Page) -> Page:
    """A second desk of the same operator, at the same browser."""
    second = page.context.new_page()
    second.goto(page.url)
    return second


def test_a_refused_call_says_why_and_when(lab: Lab, sign_in: SignIn) -> None:
    """A window that is closed: the reason in words and the first instant; a key puts it away."""
    page = sign_in("anna")
    assert lab.call(f"75{lab.number()}").status == 403
    scene(page, "refused")
    expect(page.locator(".reasons")).to_contain_text("It is not the hour to call.")
    expect(page.locator(".from time")).to_be_visible()
    press(page, "Enter")
    scene(page, "idle")


def test_the_next_contact_is_called_by_a_key(lab: Lab, sign_in: SignIn, tmp_path: Path) -> None:
    """The own phone rings with the script's address; once it is picked up the same call goes through the gate."""
    number = lab.number()
    contacts = tmp_path / "contacts.csv"
    contacts.write_text(f"number,name,list_source\n{number},Maria Invented,web form\n")
    lab.installation.garbo("import", "contacts", str(contacts), "--campaign", "autumn")
    page = sign_in("anna")
    expect(page.locator("#next .callee")).to_have_text("Maria Invented", timeout=10_000)
    with FarEnd(lab.pbx.operator_ports["101"], host=ANNA, ring=timedelta(milliseconds=100)) as phone:
        press(page, "c")
        scene(page, "talking")
        (invite,) = phone.invites()
        assert verdict(lab, number)["call_id"] == invite.headers["x-garbo-call"]
        assert invite.headers["x-garbo-script-url"].startswith(lab.gate.web_url)
        assert lab.reached(number[-10:]) == [number]
        lab.pbx.cli("channel request hangup all")
        scene(page, "after")
    assert [each["outcome"] for each in lab.verdicts(number)] == ["answered"]
    press(page, "t", "Enter")
    scene(page, "idle")

"""What must be looked up and locked before a verdict: what the packs ask for, and no more."""

from datetime import timedelta

import pytest

from ari_app.policy.needs import Needs, needs, needs_of
from ari_app.policy.request import Route
from ari_app.policy.scripts import SITUATED
from tests.policy.examples import CAMPAIGN, CORE, call, campaign, pack, rule

CAP = 'max_n = 1\nperiod = "P1D"'
ALWAYS = {"suppressions", "customer", "attempts"}


@pytest.mark.parametrize(
    ("when", "asked"),
    [
        ("", False),
        ('when = { party = "consumer" }', True),
        ('when = { list_origin = "generated" }', True),
        ('when = { line = "mobile", purpose = "marketing" }', False),
    ],
)
def test_a_condition_on_lists_needs_the_lists(when: str, asked: bool) -> None:
    """For parties and origins, of rules and of duties; whatever else a condition asks of is in the call."""
    lists = {"contacts"} if asked else set()
    assert needs_of((pack(rule("r", "valid_number", more=when)),), CAMPAIGN).facts == ALWAYS | lists
    duty = f'[[duty]]\nid = "d"\nkind = "caller_id"\n{when}\n'
    assert needs_of((pack(rule("r", "valid_number") + duty),), CAMPAIGN).facts == ALWAYS | lists


def test_what_rules_and_their_grounds_read_is_looked_up() -> None:
    """Also for what is no number; a ground that no rule names is not asked."""
    grounds = '[[ground]]\nid = "yes"\nkind = "consent"\n'
    grounds += '[[ground]]\nid = "no"\nkind = "callback_due"\nparams = { late = "PT1H" }\n'
    house = pack(rule("r", "language_spoken", more='unless = ["yes"]') + grounds)
    assert needs((house,), call("39")).facts == ALWAYS | {"flags", "consents"}
    assert needs_of((house,), CAMPAIGN).facts == ALWAYS | {"flags", "consents"}


def test_a_call_is_looked_up_whole_for_its_script_and_a_list_for_its_table() -> None:
    """What a script says hangs on more than the rules do; of a list only which script it is has to be known."""
    packs = (pack(rule("r", "valid_number")),)
    assert needs(packs, call()).facts == ALWAYS | SITUATED
    for name, read in (("party", {"contacts"}), ("last_word", {"consents"}), ("callback", {"callbacks"})):
        table = (Route(when={name: ("x",), "product": ("y",)}, script="s"),)
        assert needs_of(packs, campaign(routes=table)).facts == ALWAYS | read


def test_a_person_who_is_counted_is_looked_up_and_locked() -> None:
    """By the principal's own references, beside the number; sorted, each once, so that nobody deadlocks."""
    found = needs((pack(rule("r", "frequency_cap", CAP + '\ncounting_key = "person+principal"')),), call())
    assert found.by_person
    assert found.locks == ("attempts:acme:+393331234567",)
    assert found.locks_with("acme", ["p9", "p1", "p9"]) == (
        "attempts:acme:+393331234567",
        "attempts:acme:person:p1",
        "attempts:acme:person:p9",
    )
    assert not needs((pack(rule("r", "frequency_cap", CAP)),), call()).by_person


def test_a_campaign_that_is_counted_is_locked() -> None:
    """Beside the number, sorted; a call of which nothing is counted is not locked at all."""
    office = pack(rule("r", "office_use", "max_numbers = 3") + rule("s", "frequency_cap", CAP))
    found = needs((office,), call(campaign=campaign(purpose="office")))
    assert found.locks == ("attempts:acme:+393331234567", "campaign:autunno")
    assert needs((pack(rule("r", "office_use", "max_numbers = 3")),), call()).locks == ("campaign:autunno",)
    assert Needs(facts=SITUATED | ALWAYS) == needs((pack(rule("r", "valid_number")),), call())


def test_each_window_of_silent_calls_is_counted_once() -> None:
    """The shortest first, the whole campaign last."""
    params = 'max_ratio = 0.03\ndenominator = "answered"\n'
    windows = ("", 'window = "P30D"', 'window = "P1D"', 'window = "P30D"')
    house = pack("".join(rule(f"r{n}", "abandoned_rate_ceiling", params + text) for n, text in enumerate(windows)))
    found = needs((CORE, house), call())
    assert found.silent_windows == (timedelta(days=1), timedelta(days=30), None)
    assert "silent_calls" in found.facts
    assert needs((CORE,), call()).silent_windows == ()

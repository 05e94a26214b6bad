"""Rules on the campaign: what it sells, who speaks, and where its numbers come from."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ari_app.policy.grammar import PackError
from ari_app.policy.held import Consent, ConsentForm, Contact, Screening
from ari_app.policy.pack import Finding
from ari_app.policy.request import CallMode
from ari_app.policy.rules.call_mode_policy import ModeAllowed
from ari_app.policy.rules.number_provenance import NumberGiven
from ari_app.policy.rules.sector_ban import SectorAllowed
from ari_app.policy.sectors import SECTORS, meant_by
from tests.policy.examples import MONDAY_10, call, campaign, facts, pack, rule

NOW = MONDAY_10
TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)


def codes(findings: tuple[Finding, ...]) -> list[str]:
    """The codes; none of these rules is a matter of time."""
    assert all(finding.not_before is None for finding in findings)
    return [finding.code for finding in findings]


def why(findings: tuple[Finding, ...]) -> str:
    """In English, what is wrong; empty: nothing is."""
    if not findings:
        return ""
    words: Any = dict(findings[0].values)["why"]
    return str(words["en"])


def contact(**changes: Any) -> Contact:
    """An entry that shows where a number came from."""
    entry = Contact(list_id="l1", list_source="fair 2026", approved_by="dpo", imported_at=NOW - DAY)
    return replace(entry, **changes)


@pytest.mark.parametrize(
    ("banned", "sector", "found"),
    [
        (("electricity",), "electricity", True),
        (("electricity",), "energy", True),
        (("gas",), "energy", True),
        (("electricity",), "gas", False),
        (("energy",), "gas", True),
        (("energy",), "electricity", True),
        (("energy",), "energy_renovation", False),
        (("energy_renovation",), "energy", False),
        (("claims", "pensions"), "pensions", True),
        (("claims", "pensions"), "telecom", False),
    ],
)
def test_a_ban_catches_its_sectors(banned: tuple[str, ...], sector: str, found: bool) -> None:
    """Whoever sells electricity and gas is caught by a ban on either."""
    findings = SectorAllowed(sectors=banned).judge(call(campaign=campaign(sector=sector)), facts(), NOW)
    assert codes(findings) == (["sector_banned"] if found else [])
    assert all(dict(finding.values)["sector"] == SECTORS[sector] for finding in findings)


def test_a_call_without_a_campaign_passes() -> None:
    """It is denied for that it has none."""
    request = call(campaign=None)
    assert SectorAllowed(sectors=tuple(SECTORS)).judge(request, facts(), NOW) == ()
    assert ModeAllowed(forbidden=(CallMode.AI_VOICE,)).judge(request, facts(), NOW) == ()


@pytest.mark.parametrize("mode", CallMode)
def test_a_forbidden_mode_is_not_dialled(mode: CallMode) -> None:
    """That one and no other."""
    request = call(campaign=campaign(call_mode=mode))
    (finding,) = ModeAllowed(forbidden=(mode,)).judge(request, facts(), NOW)
    assert codes((finding,)) == ["mode_not_allowed"]
    words: Any = dict(finding.values)["mode"]
    assert set(words) == {"it", "en"}
    others = tuple(other for other in CallMode if other is not mode)
    assert ModeAllowed(forbidden=others).judge(request, facts(), NOW) == ()


@pytest.mark.parametrize(
    ("kind", "contacts", "wrong"),
    [
        (NumberGiven(), (contact(),), ""),
        (NumberGiven(), (), "in no list"),
        (NumberGiven(), (contact(imported_at=NOW),), ""),
        (NumberGiven(), (contact(imported_at=NOW + TICK),), "in no list"),
        (NumberGiven(), (contact(list_source=" "),), "where it came from"),
        (NumberGiven(), (contact(generated=True),), "by a machine"),
        (NumberGiven(), (contact(approved_by=" "),), "did not approve"),
        (NumberGiven(), (contact(agency="callfirst"),), "did not approve"),
        (NumberGiven(), (contact(generated=True), contact()), ""),
        (NumberGiven(), (contact(list_source=""), contact(generated=True)), "by a machine"),
        (NumberGiven(require_list_source=False), (contact(list_source=""),), ""),
        (NumberGiven(require_list_source=False), (), "in no list"),
        (NumberGiven(require_approval=False), (), "in no list"),
        (NumberGiven(require_approval=False), (contact(approved_by=""),), ""),
        (NumberGiven(forbid_generated=False), (contact(generated=True),), ""),
        (NumberGiven(require_list_source=False, require_approval=False), (), ""),
        (NumberGiven(require_list_source=False, require_approval=False), (contact(generated=True),), "by a machine"),
    ],
)
def test_a_number_comes_from_somewhere(kind: NumberGiven, contacts: tuple[Contact, ...], wrong: str) -> None:
    """One entry must be all that is asked for; one that comes later does not count yet."""
    findings = kind.judge(call(), facts(contacts=contacts), NOW)
    assert codes(findings) == (["number_provenance_missing"] if wrong else [])
    assert wrong in why(findings)


def test_a_list_is_approved_for_whoever_calls() -> None:
    """One for the principal's own calls, or for another agency, is not for this one."""
    request = call(campaign=campaign(agency="callfirst"))
    for agency, found in (("callfirst", 0), ("", 1), ("other", 1)):
        assert len(NumberGiven().judge(request, facts(contacts=(contact(agency=agency),)), NOW)) == found
    assert NumberGiven().judge(call(campaign=None), facts(contacts=(contact(),)), NOW) == ()


def test_only_what_matters_is_looked_up() -> None:
    """Consents and screenings where a register of numbers that changed hands is named, lists where they are asked."""
    assert NumberGiven().reads == ("contacts",)
    assert NumberGiven(reassigned_register="RND").reads == ("contacts", "consents", "screenings")


@pytest.mark.parametrize(
    ("answer", "answered_at", "valid_until", "given_at", "passes"),
    [
        ("clear", NOW - DAY, NOW + DAY, NOW - DAY, True),
        ("clear", NOW - DAY, NOW + DAY, NOW - DAY + TICK, False),
        ("listed", NOW - DAY, NOW + DAY, NOW - DAY, False),
        ("clear", NOW - DAY, NOW, NOW - DAY, False),
        ("clear", NOW + TICK, NOW + DAY, NOW - DAY, False),
        ("clear", NOW, NOW + DAY, NOW + TICK, False),
    ],
)
def test_a_number_may_have_changed_hands(
    answer: Any, answered_at: datetime, valid_until: datetime, given_at: datetime, passes: bool
) -> None:
    """Clear since a consent that stands: exactly as old passes; a copy of the register will do."""
    kind = NumberGiven(
        require_list_source=False, forbid_generated=False, require_approval=False, reassigned_register="RND"
    )
    asked = Screening(
        register="RND", answer=answer, answered_at=answered_at, valid_until=valid_until, per_controller=False
    )
    given = Consent(
        id="c", purpose="marketing", form=ConsentForm.WRITTEN, given_at=given_at, text_version="1", evidence="e"
    )
    assert kind.reads == ("consents", "screenings")
    findings = kind.judge(call(), facts(screenings=(asked,), consents=(given,)), NOW)
    assert codes(findings) == ([] if passes else ["number_provenance_missing"])
    assert ("same person" in why(findings)) is not passes
    assert len(kind.judge(call(), facts(screenings=(asked,)), NOW)) == 1
    assert len(kind.judge(call(), facts(consents=(given,)), NOW)) == 1
    assert len(NumberGiven(reassigned_register="RND").judge(call(), facts(), NOW)) == 2


def test_what_a_sector_means() -> None:
    """`energy` is both parts, each part is also meant by whoever sells both; all sectors have names."""
    assert meant_by(["gas"]) == {"gas", "energy"}
    assert meant_by(["energy"]) == {"gas", "electricity", "energy"}
    assert meant_by(["media", "claims"]) == {"media", "claims"}
    assert all(set(names) == {"it", "en"} for names in SECTORS.values())


def test_a_rule_for_one_sector_binds_campaigns_that_sell_it_among_others() -> None:
    """`when` reads sectors as a ban does."""
    when = pack(rule("r", "valid_number", more='when = { sector = ["electricity", "media"] }')).rules[0].when
    assert when.sectors == {"electricity", "energy", "media"}


@pytest.mark.parametrize(
    ("kind", "params", "more", "key", "words"),
    [
        ("sector_ban", 'sectors = ["elektricity"]', "", "params.sectors.#1", "there are telecom, electricity"),
        ("sector_ban", "sectors = []", "", "params.sectors", "at least 1"),
        ("valid_number", "", 'when = { sector = "power" }', "when.sector.#1", "there are telecom, electricity"),
        ("call_mode_policy", 'forbidden = ["robot"]', "", "params.forbidden.#1", "'ai_voice'"),
        ("call_mode_policy", "forbidden = []", "", "params.forbidden", "at least 1"),
        (
            "number_provenance",
            "require_list_source = false\nforbid_generated = false\nrequire_approval = false",
            "",
            "params",
            "asks for nothing",
        ),
    ],
)
def test_parameters_that_mean_nothing_are_refused(kind: str, params: str, more: str, key: str, words: str) -> None:
    """With the key at fault, and what would be right."""
    with pytest.raises(PackError) as refused:
        pack(rule("r", kind, params, more))
    (mistake,) = refused.value.mistakes
    assert mistake.key == f"rule.r.{key}"
    assert words in mistake.what


def test_a_single_word_stands_for_a_list() -> None:
    """As in `when`."""
    rules = rule("a", "sector_ban", 'sectors = "gas"') + rule("b", "call_mode_policy", 'forbidden = "ai_voice"')
    assert [each.kind for each in pack(rules).rules] == [
        SectorAllowed(sectors=("gas",)),
        ModeAllowed(forbidden=(CallMode.AI_VOICE,)),
    ]

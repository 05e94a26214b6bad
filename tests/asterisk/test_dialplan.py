"""The rendered dialplan: fail-closed by construction, whatever the configuration."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ari_app.asterisk.dialplan import DialplanSettings, render, trunk_name

STORED = Path(__file__).parents[2] / "dialplan" / "extensions_garbo.conf"


def rendered(**changes: Any) -> str:
    """The dialplan of a configuration."""
    settings: dict[str, Any] = {
        "apps": ("garbo-a",),
        "deadline": timedelta(milliseconds=300),
        "deny_cause": 21,
        "unavailable_cause": 34,
        "special_numbers": ("112", "1522"),
        "internal_patterns": ("_XXX",),
        "exempt_numbers": (),
        "exempt_endpoints": (),
        "strip_prefixes": (),
        "emergency_trunk": "PJSIP/trunk",
    }
    return render(DialplanSettings(**{**settings, **changes}))["extensions_garbo.conf"]


def lines(text: str) -> list[str]:
    """Without comments and blank lines."""
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith(";")]


@pytest.mark.parametrize("apps", [("garbo-a",), ("garbo-a", "garbo-b", "garbo-c")])
def test_what_follows_the_last_stasis_is_the_denial(apps: tuple[str, ...]) -> None:
    """No result word is looked at: the priority after the last `Stasis()` is `unavailable`."""
    found = lines(rendered(apps=apps))
    last = max(place for place, line in enumerate(found) if "Stasis(" in line)
    assert found[last + 1].startswith("same => n(unavailable)")
    assert not any("STASISSTATUS" in line for line in found)
    assert sum(line.startswith(("same => n,Stasis(",)) for line in found) == len(apps)


def test_each_gate_names_the_next_and_the_last_the_denial() -> None:
    """Where the absolute time-out leads to while that gate is asked."""
    names = re.findall(r"garbo_next\)=(\w+)\)", rendered(apps=("a", "b", "c")))
    assert names == ["gate2", "gate3", "unavailable"]


def test_only_allow_and_exempt_return() -> None:
    """There are two ways back to the caller's Dial, and both set the number that was judged or is exempt."""
    found = lines(rendered())
    body = found[: found.index("[garbo-special]")]
    assert [line for line in body if line.endswith("Return()")] == ["same => n(sent),Return()", "same => n,Return()"]
    exempt = next(place for place, line in enumerate(body) if line.startswith("same => n(exempt)"))
    assert body.index("same => n,Return()") > exempt


def test_the_raw_argument_stands_in_no_function_and_in_no_expression() -> None:
    """Before it is known to be harmless it is only named; a closing parenthesis in it could end the function early."""
    found = lines(rendered())
    checked = next(place for place, line in enumerate(found) if "garbo_odd:0:1" in line)
    assert not any("${ARG1}" in line for line in found[:checked])
    assert [line for line in found if "${ARG1}" in line] == ["same => n,Set(LOCAL(garbo_dialled)=${ARG1})"]
    assert not any("(${GARBO_CAMPAIGN}" in line or "(${GARBO_OPERATOR}" in line for line in found)


def test_the_time_limit_is_the_deadline_and_a_margin() -> None:
    """400 ms a gate with a deadline of 300."""
    assert "Set(TIMEOUT(absolute)=0.4)" in rendered()
    assert "Set(TIMEOUT(absolute)=1.1)" in rendered(deadline=timedelta(seconds=1))


def test_special_numbers_are_exempt_behind_an_outside_line_prefix_too() -> None:
    """0112 is 112 for somebody who dials 0 for a line."""
    text = rendered(strip_prefixes=("0",))
    exempt = text[text.index("[garbo-exempt]") : text.index("[garbo-outbound]")]
    assert "exten => 0112,1,NoOp()" in exempt
    assert "include => garbo-special" in exempt


def test_announcements_can_be_switched_off() -> None:
    """Then every refusal is immediate."""
    found = lines(rendered(announce=False))
    place = found.index('same => n,GotoIf($["${GARBO_ANNOUNCE}" = "no"]?end)')
    assert found[place + 1] == "same => n,Goto(end)"


def test_a_trunk_may_be_named_with_or_without_its_technology() -> None:
    """`PJSIP/trunk` and `trunk` are one endpoint."""
    assert trunk_name("PJSIP/trunk") == trunk_name("trunk") == "trunk"


def test_the_stored_file_is_what_the_default_configuration_renders() -> None:
    """`dialplan/extensions_garbo.conf` is never edited by hand."""
    from ari_app.config import load_settings
    from ari_app.main import render_dialplan

    settings = load_settings(None, {"GARBO_GATE__REGION": "IT"})
    assert render_dialplan(settings, "asterisk")["extensions_garbo.conf"] == STORED.read_text()


def test_the_stored_fastagi_file_is_what_the_default_configuration_renders() -> None:
    """`dialplan/extensions_garbo_fastagi.conf` is the other door of the same configuration."""
    from ari_app.config import load_settings
    from ari_app.main import render_dialplan

    settings = load_settings(None, {"GARBO_GATE__REGION": "IT"})
    stored = STORED.with_name("extensions_garbo_fastagi.conf")
    assert render_dialplan(settings, "asterisk", door="fastagi")["extensions_garbo.conf"] == stored.read_text()
    assert render_dialplan(settings, "asterisk", door="auto")["extensions_garbo.conf"] == STORED.read_text()


def test_after_each_agi_only_the_exact_token_dials_and_the_last_leads_to_the_denial() -> None:
    """No result word is looked at, and a refusal is the only other way out."""
    found = lines(rendered(door="fastagi", agi_gates=("127.0.0.1:4573", "10.0.0.7:4573")))
    places = [place for place, line in enumerate(found) if "AGI(agi://" in line and "/verdict," in line]
    assert len(places) == 2
    token = "${UNIQUEID}/${garbo_entry}/${garbo_dialled}/${GARBO_NUMBER}"
    for place in places:
        assert found[place + 1] == f'same => n,GotoIf($["${{GARBO_TOKEN}}" = "{token}"]?allow)'
        assert found[place + 2].endswith("?refuse)")
    assert found[places[-1] + 3].startswith("same => n(unavailable)")
    assert not any("AGISTATUS" in line or "Stasis(" in line for line in found)

"""How phones are named, and that a call's channel leads to them."""

import pytest

from ari_app.policy.phones import read_phone
from ari_app.ports.switch import endpoint


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("PJSIP/101", "PJSIP/101"),
        (" pjsip/101 ", "PJSIP/101"),
        ("sip/Anna", "SIP/Anna"),
        ("Local/8600051@default", "Local/8600051@default"),
        ("local/101@from-queue/n", "Local/101@from-queue"),
        ("LOCAL/101@from-queue/nj", "Local/101@from-queue"),
        ("Agent/1001", "Agent/1001"),
        ("Custom/x", "Custom/x"),
        ("PJSIP/desk-2024", "PJSIP/desk-2024"),
        ("101", None),
        ("", None),
        ("PJSIP/", None),
        ("/101", None),
        ("PJSIP/1 01", None),
        ("PJSIP/101,Local/1@x", None),
        ("PJSIP/101&PJSIP/102", None),
        ("Local/1@x/z", None),
        ("Local/1@x-0000001a;2", None),
        ("PJSIP/${EXTEN}", None),
        ("PJSIP/101\n", "PJSIP/101"),
        ("PJSIP/" + "1" * 81, None),
        ("PJSIP/\u0661", None),
    ],
)
def test_phones_are_read(text: str, phone: str | None) -> None:
    """As channels name them; a queue's options go, the technology is written as Asterisk does, nonsense is refused."""
    assert read_phone(text) == phone


@pytest.mark.parametrize(
    ("channel", "text"),
    [
        ("PJSIP/101-0000001a", "pjsip/101"),
        ("PJSIP/desk-2024-0000001a", "PJSIP/desk-2024"),
        ("Local/8600051@default-0000001a;2", "Local/8600051@default"),
        ("Local/101@from-queue-0000abcd;1", "local/101@from-queue/n"),
        ("SIP/cc101-000000ff", "SIP/cc101"),
    ],
)
def test_a_channel_leads_to_its_phone(channel: str, text: str) -> None:
    """What somebody writes down is what the gate makes of a channel's name."""
    assert endpoint(channel) == read_phone(text)

"""Calls, facts and packs that the tests of the core are made of. Every number is synthetic."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import settings

from ari_app.policy.attempts import Attempt
from ari_app.policy.facts import Facts, Known
from ari_app.policy.grammar import parse_pack
from ari_app.policy.held import Customer, CustomerStatus, Suppression, SuppressionPurpose
from ari_app.policy.numbers import read_number
from ari_app.policy.outcome import Outcome
from ari_app.policy.pack import Pack
from ari_app.policy.request import Ask, CallRequest, Campaign, Door, Operator, Purpose
from ari_app.policy.scripts import parse_script

HOME = Path(__file__).parents[2] / "ari_app"


def shipped_pack(pack_id: str) -> Pack:
    """A pack as it is shipped."""
    return parse_pack((HOME / "packs" / f"{pack_id}.toml").read_text(encoding="utf-8"), name=f"{pack_id}.toml")


def shipped_packs() -> dict[str, Pack]:
    """All that are shipped, by id."""
    return {path.stem: shipped_pack(path.stem) for path in sorted((HOME / "packs").glob("*.toml"))}


CORE = shipped_pack("core")
_ITALY = shipped_pack("it")
IT = replace(
    _ITALY, rules=tuple(rule for rule in _ITALY.rules if rule.id == "calling_hours"), grounds=(), duties=()
)  # its hours alone: what the whole pack asks for is in its own cases
COURTESY = parse_script((HOME / "scripts" / "courtesy.toml").read_text(encoding="utf-8"), name="courtesy.toml")

MONDAY_10 = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # 10:00 in Rome
MOBILE = "3331234567"

CAMPAIGN = Campaign(
    id="autunno",
    principal="acme",
    purpose=Purpose.ACQUISITION,
    sector="telecom",
    packs=(),
    trunk="PJSIP/trunk",
    caller_id="+390212345678",
    region="IT",
)
OPERATOR = Operator(id="anna", endpoint="PJSIP/101", language="it")

PROPERTY = settings(deadline=None, derandomize=True, database=None, max_examples=40)
"""The same examples each time; the machine's speed is no part of a property."""


def call(
    dialled: str = MOBILE,
    *,
    campaign: Campaign | None = CAMPAIGN,
    operator: Operator | None = OPERATOR,
    operator_id: str | None = None,
) -> CallRequest:
    """A call to a number as it was dialled."""
    return CallRequest(
        call_id="01J0000000000000000000TEST",
        ask=Ask(dialled=dialled, door=Door.STASIS),
        callee=read_number(dialled, region=campaign.region if campaign else "IT"),
        campaign_id=campaign.id if campaign else "",
        campaign=campaign,
        operator_id=operator_id if operator_id is not None else operator.id if operator else "",
        operator=operator,
        asked_at=MONDAY_10,
    )


def campaign(**changes: Any) -> Campaign:
    """The usual campaign, changed."""
    return replace(CAMPAIGN, **changes)


def facts(
    *,
    suppressions: Sequence[Suppression] = (),
    status: CustomerStatus = CustomerStatus.NONE,
    until: datetime | None = None,
    attempts: Sequence[Attempt] = (),
    **more: Any,
) -> Facts:
    """Facts that are all known; `more` are the values of others, by name."""
    return replace(
        Facts.nothing_held(MONDAY_10),
        **{name: Known(value, MONDAY_10) for name, value in more.items()},
        suppressions=Known(tuple(suppressions), MONDAY_10),
        customer=Known(Customer(status=status, until=until), MONDAY_10),
        attempts=Known(tuple(attempts), MONDAY_10),
    )


def suppression(
    scope: str = "*",
    purpose: SuppressionPurpose = SuppressionPurpose.MARKETING,
    expires_at: datetime | None = None,
) -> Suppression:
    """An entry of the do-not-call list."""
    return Suppression(
        id="s1",
        scope=scope,
        purpose=purpose,
        reason="mai più",
        source="operator",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        expires_at=expires_at,
    )


def attempt(
    at: datetime, outcome: Outcome | None = Outcome.NO_ANSWER, purpose: Purpose = Purpose.ACQUISITION
) -> Attempt:
    """An earlier call."""
    return Attempt(call_id="01J0", campaign="autunno", purpose=purpose, at=at, outcome=outcome)


def pack(rules: str, *, pack_id: str = "house", more: str = "") -> Pack:
    """A pack of one's own; `rules` are tables without the parts that every rule needs."""
    head = f'id = "{pack_id}"\njurisdiction = "any"\nversion = "1"\nstatus = "draft"\n{more}\n'
    return parse_pack(head + 'title = { it = "Prova", en = "Test" }\n' + rules, name=f"{pack_id}.toml")


def rule(rule_id: str, kind: str, params: str = "", more: str = "") -> str:
    """One rule as a table of a pack file."""
    return (
        f'[[rule]]\nid = "{rule_id}"\nkind = "{kind}"\nforce = "house"\nsource = {{ cite = "test" }}\n{more}\n'
        f'text = {{ it = "No.", en = "No." }}\n[rule.params]\n{params}\n'
    )

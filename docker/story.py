"""The demo's story: who is called, from which phone, and what must come of it. All of them are invented."""

from dataclasses import dataclass

CALLER_ID = "+390212345678"
OTHER_CALLER_ID = "+390612345678"
PEOPLE = tuple(f"+393330000{number:03}" for number in range(1, 14))
PROSPECT, CUSTOMER, SPOKEN, NEVER_AGAIN, FORMER, QUIET, *_REGISTER_AND_LISTS = PEOPLE
OPPOSED, UNSCREENED, STALE, WILLING, UNWILLING, STRANGER, RANG = _REGISTER_AND_LISTS
HOURS = "fibra-orari"
"""The campaign that keeps the hours of `it`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One call of the story, and what must come of it."""

    who: str
    dials: str
    phone: str
    verdict: str
    reason: str = ""
    reaches_trunk: str | None = None
    """What the carrier must be asked for; None: nothing may reach it."""
    script: str = ""


ANNA, BRUNO = "127.0.0.11", "127.0.0.12"

OPEN_GATE = (
    Scene(
        who="A new prospect",
        dials="333 0000001",
        phone=ANNA,
        verdict="permit",
        reaches_trunk=PROSPECT,
        script="courtesy/prospect",
    ),
    Scene(
        who="The same person, a moment later, by a colleague",
        dials="0039 333 0000001",
        phone=BRUNO,
        verdict="defer",
        reason="contacted_recently",
    ),
    Scene(
        who="Already a customer of the brand",
        dials="+39 333 0000002",
        phone=ANNA,
        verdict="deny",
        reason="already_customer",
    ),
    Scene(
        who="Called yesterday at this hour by a colleague of another agency",
        dials="333.000.0003",
        phone=BRUNO,
        verdict="defer",
        reason="contacted_recently",
    ),
    Scene(
        who="Did not answer an hour ago, when another agency rang",
        dials="333 000 0013",
        phone=ANNA,
        verdict="defer",
        reason="contacted_recently",
    ),
    Scene(
        who="Said “never again”",
        dials="3330000004",
        phone=ANNA,
        verdict="deny",
        reason="suppressed_principal",
    ),
    Scene(
        who="A former customer",
        dials="00393330000005",
        phone=BRUNO,
        verdict="permit",
        reaches_trunk=FORMER,
        script="courtesy/former_customer",
    ),
    Scene(
        who="In the public opposition register",
        dials="333 0000007",
        phone=ANNA,
        verdict="deny",
        reason="register_listed",
    ),
    Scene(
        who="The register was never asked about them",
        dials="333 0000008",
        phone=BRUNO,
        verdict="deny",
        reason="screening_missing",
    ),
    Scene(
        who="The register answered 20 days ago",
        dials="333 0000009",
        phone=ANNA,
        verdict="deny",
        reason="screening_expired",
    ),
    Scene(
        who="In no directory, and said yes on the brand's web form",
        dials="333 0000010",
        phone=BRUNO,
        verdict="permit",
        reaches_trunk=WILLING,
        script="courtesy/prospect",
    ),
    Scene(
        who="In no directory, and never said yes",
        dials="333 0000011",
        phone=ANNA,
        verdict="deny",
        reason="consent_missing",
    ),
    Scene(
        who="On no list of the campaign",
        dials="333 0000012",
        phone=BRUNO,
        verdict="deny",
        reason="number_provenance_missing",
    ),
    Scene(
        who="A slip of the finger",
        dials="333abc0006",
        phone=ANNA,
        verdict="deny",
        reason="number_invalid",
    ),
    Scene(who="The emergency number", dials="112", phone=ANNA, verdict="exempt", reaches_trunk="112"),
)
DEAD_GATE = (
    Scene(
        who="A new prospect, while the gate is dead",
        dials="333 0000006",
        phone=ANNA,
        verdict="unavailable",
        reason="facts_unavailable",
    ),
    Scene(
        who="The emergency number, while the gate is dead",
        dials="112",
        phone=BRUNO,
        verdict="exempt",
        reaches_trunk="112",
    ),
)

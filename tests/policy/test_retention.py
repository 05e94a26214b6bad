"""How long records are kept, as the packs of all campaigns of a principal say together."""

from dataclasses import replace
from datetime import date, timedelta

from ari_app.policy.duties.record_retention import RecordsKept
from ari_app.policy.pack import Duty, Pack, When
from ari_app.policy.request import Mode, Purpose
from ari_app.policy.retention import Keep, Keeping, keeping
from tests.policy.examples import MONDAY_10, campaign, shipped_packs

NOW = MONDAY_10
DAY, YEAR = timedelta(days=1), timedelta(days=365)
SHIPPED = shipped_packs()
CARE = When(purposes=frozenset({"care"}))


def duty(record: str = "verdict", **more: object) -> Duty:
    """A duty to keep records, for at most a year unless said otherwise."""
    lengths = {name: more.pop(name) for name in ("min", "max", "rolling_from") if name in more}
    kind = RecordsKept(record=record, **(lengths or {"max": YEAR}))  # type: ignore[arg-type]
    return Duty(id="kept", kind=kind, **({"when": When()} | more))  # type: ignore[arg-type]


def said(*duties: Duty, packs_mode: Mode = Mode.ENFORCE, purpose: Purpose = Purpose.ACQUISITION) -> Keeping:
    """What a campaign with a pack of these duties, and nothing else, leads to."""
    pack = Pack(
        id="house",
        version="1",
        jurisdiction="",
        status="draft",
        title={},
        sha256="",
        rules=(),
        duties=duties,
    )
    at_hand = {"house": pack, "core": replace(pack, id="core", duties=())}
    named = campaign(packs=("house",), packs_mode=packs_mode, purpose=purpose)
    return keeping([named], at_hand.get, NOW)


def test_core_keeps_verdicts_as_a_custom_and_a_country_by_law() -> None:
    """Five years each; only the law stands against an erasure."""
    core = keeping([], SHIPPED.get, NOW)
    assert core.held_by("verdict", made=NOW) == (NOW + timedelta(days=1827), "core/keep_verdicts")
    assert core.held_by("verdict", made=NOW, legal=True) is None
    american = keeping([campaign(packs=("us",))], SHIPPED.get, NOW)
    assert american.held_by("verdict", made=NOW, legal=True) == (NOW + timedelta(days=1827), "us/call_records")
    assert american.held_by("recording", made=NOW) is None


def test_no_shipped_pack_has_anything_deleted() -> None:
    """What goes by itself is the installation's own choice."""
    every = keeping([campaign(packs=tuple(SHIPPED))], SHIPPED.get, NOW)
    assert {keep.at_most for keep in every.keeps} == {None}


def test_the_longest_least_and_the_shortest_most_stand() -> None:
    """Of several that speak of one class."""
    both = said(duty(min=YEAR), duty(min=2 * YEAR, force="law"), duty(max=9 * YEAR), duty(max=8 * YEAR))
    assert both.held_by("verdict", made=NOW) == (NOW + 2 * YEAR, "house/kept")
    assert both.at_most("verdict") == 8 * YEAR


def test_a_length_from_each_use_begins_with_the_last_one() -> None:
    """With the making, if there was none since."""
    used = said(duty("consent", min=YEAR, rolling_from="used"))
    assert used.held_by("consent", made=NOW, used=NOW + DAY) == (NOW + DAY + YEAR, "house/kept")
    assert used.held_by("consent", made=NOW, used=NOW - DAY) == (NOW + YEAR, "house/kept")
    assert used.held_by("consent", made=NOW) == (NOW + YEAR, "house/kept")
    made = said(duty("consent", min=YEAR))
    assert made.held_by("consent", made=NOW, used=NOW + DAY) == (NOW + YEAR, "house/kept")


def test_only_what_surely_applies_deletes() -> None:
    """Not in shadow, not for campaigns or callees of another kind, not before its day; keeping is not so particular."""
    assert said(duty()).at_most("verdict") == YEAR
    assert said(duty(min=DAY, max=YEAR), packs_mode=Mode.SHADOW).at_most("verdict") is None
    assert said(duty(min=DAY), packs_mode=Mode.SHADOW).held_by("verdict", made=NOW) is not None
    german = said(duty(min=DAY, max=YEAR, when=When(regions=frozenset({"DE"}))))
    assert (german.at_most("verdict"), german.held_by("verdict", made=NOW)) == (None, (NOW + DAY, "house/kept"))
    assert said(duty(when=CARE)).keeps == ()
    assert said(duty(when=CARE), purpose=Purpose.CARE).at_most("verdict") == YEAR
    assert said(duty(effective_from=date(2099, 1, 1))).keeps == ()
    assert said(duty(effective_to=date(2020, 1, 1))).keeps == ()


def test_a_pack_that_is_not_at_hand_is_told() -> None:
    """And nothing is deleted then: it might ask for it to be kept."""
    missing = keeping([campaign(packs=("us", "own"))], {"core": SHIPPED["core"]}.get, NOW)
    assert missing.missing == ("us", "own")
    assert replace(missing, keeps=(Keep(record="x", said_by="y", legal=False, at_most=DAY),)).at_most("x") is None

"""A routing table as a file: what is wrong with it, what reads the same, which lines nobody comes to."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ari_app.policy.request import Campaign, Mode, Purpose, Route
from ari_app.policy.scripts.reach import customers_barred_by, unreachable
from ari_app.policy.scripts.route_file import RouteError, parse_routes, routes_toml
from tests.policy.examples import CORE, COURTESY, PROPERTY, campaign, pack, rule
from tests.policy.test_routing import tables

SCRIPTS = dict.fromkeys(("courtesy", "tv", "care"), COURTESY)

GOOD = """\
[[route]]
when = { customer = "current", products = ["fibra", "mobile"] }
script = "tv"
variant = "customer"

[[route]]
when = {}
script = "care"
"""


def parsed(text: str) -> tuple[Route, ...]:
    """The table of a file."""
    return parse_routes(text, name="routes.toml", scripts=SCRIPTS)


def test_a_table_is_read_in_its_order() -> None:
    """A word alone is a list of one; a line without conditions is for everybody."""
    assert parsed(GOOD) == (
        Route(when={"customer": ("current",), "products": ("fibra", "mobile")}, script="tv", variant="customer"),
        Route(when={}, script="care"),
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "words"),
    [
        ('"tv"', '"tvv"', 3, "route.#1.script", "did you mean tv"),
        ('"care"', '"zzz"', 8, "route.#2.script", "there are care, courtesy, tv"),
        ('"customer"\n', '"client"\n', 4, "route.#1.variant", "'prospect'"),
        ('customer = "current"', 'client = "current"', 2, "route.#1.when.client", "no condition 'client'"),
        ('"current"', '"lover"', 2, "route.#1.when.customer", "none, current, ended, unknown"),
        ('["fibra", "mobile"]', "[]", 2, "route.#1.when.products", "write a word"),
        ('["fibra", "mobile"]', '["fibra", " "]', 2, "route.#1.when.products", "write a word"),
        ('["fibra", "mobile"]', "3", 2, "route.#1.when.products", "write a word"),
        ('customer = "current"', 'language = "German"', 2, "route.#1.when.language", "two letters"),
        ('customer = "current"', 'last_word = "voicemail"', 2, "route.#1.when.last_word", "never 'voicemail'"),
        ("when = {}\n", "", 6, "route.#2.when", "missing"),
        ("when = {}", "when = 3", 7, "route.#2.when", "dict"),
        ('script = "care"', 'script = "care"\nfor = 3', 9, "route.#2.for", "unknown key"),
        ('script = "care"', 'script = "', 8, "", "no TOML"),
        (GOOD, "", 1, "route", "missing"),
        (GOOD, "route = []", 1, "route", "at least 1"),
        (GOOD, '[route]\nwhen = {}\nscript = "tv"', 1, "route", "[[route]]"),
        (GOOD, "[[routes]]", 1, "routes", "known here: route"),
    ],
)
def test_a_mistake_in_a_table_names_its_line_and_key(old: str, new: str, line: int, key: str, words: str) -> None:
    """And says what would be right."""
    with pytest.raises(RouteError) as caught:
        parsed(GOOD.replace(old, new, 1))
    found = [(mistake.line, mistake.key, mistake.what) for mistake in caught.value.mistakes]
    assert any((at, where) == (line, key) and words in what for at, where, what in found), found


@PROPERTY
@given(tables.filter(bool), st.text(min_size=1).filter(lambda text: bool(text.strip()) and text == text.strip()))
def test_what_is_written_reads_the_same(routes: tuple[Route, ...], odd: str) -> None:
    """Whatever a product is called: quotes, line breaks, signs that no screen shows."""
    whole = (*routes, Route(when={"products": (odd, "x")}, script="tv"))
    scripts = dict.fromkeys((each.script for each in whole), COURTESY)
    try:
        odd.encode()
    except UnicodeEncodeError:
        return
    assert parse_routes(routes_toml(whole), name="r.toml", scripts=scripts) == whole


# Lines that nobody comes to.


def lines(*whens: Mapping[str, tuple[str, ...]]) -> tuple[Route, ...]:
    """A table of these conditions."""
    return tuple(Route(when=when, script="tv") for when in whens)


CURRENT, ENDED, NOBODY, UNSURE = ({"customer": (word,)} for word in ("current", "ended", "none", "unknown"))


@pytest.mark.parametrize(
    ("table", "called", "left"),
    [
        (lines(CURRENT, {}), True, ()),
        (lines({}, CURRENT), True, (2,)),
        (lines(CURRENT, CURRENT), True, (2,)),
        (lines(CURRENT, {**CURRENT, "products": ("tv",)}), True, (2,)),
        (lines({**CURRENT, "products": ("tv",)}, CURRENT), True, ()),
        (lines({"products": ("TV", "mobile")}, {"products": ("tv",)}), True, (2,)),
        (lines({"products": ("tv",)}, {"products": ("tv", "mobile")}), True, ()),
        (lines({"products": ("tv",)}, {"products": ("mobile",)}, {"products": ("tv", "mobile")}), True, (3,)),
        (lines(CURRENT, ENDED, NOBODY, UNSURE, {}), True, (5,)),
        (lines(CURRENT, ENDED, NOBODY, {}), True, ()),
        (lines(CURRENT, {}), False, (1,)),
        (lines({"purpose": ("care",)}, {}), True, (1,)),
        (lines({"purpose": ("upsell",), "sector": ("telecom",)}, {}), True, (2,)),
        (lines({"last_word": ("refused",)}, {"spoken": ("yes",)}), True, ()),
        (lines({"last_word": ("refused",)}, {"last_word": ("refused",), "party": ("business",)}), True, (2,)),
        (lines({"language": ("de",)}, {"language": ("de", "fr")}, {"language": ("fr",)}), True, (3,)),
        (lines({"party": ("consumer", "business")}, {}), True, ()),
        (lines({"spoken": ("yes",)}, {"last_word": ("refused",)}), True, (2,)),
        (lines({"customer": ("none", "current", "ended")}, {"products": ("tv",)}), True, (2,)),
    ],
)
def test_lines_that_nobody_comes_to_are_known(table: tuple[Route, ...], called: bool, left: tuple[int, ...]) -> None:
    """What earlier lines take together counts, and what the campaign is."""
    assert unreachable(campaign(purpose=Purpose.UPSELL), table, customers_called=called) == left


def test_a_table_that_tells_too_many_apart_is_looked_at_line_by_line() -> None:
    """Thirty products are a thousand million kinds of customers."""
    many = lines(*({"products": (f"p{n}",)} for n in range(30)), {"products": ("p7",), "spoken": ("yes",)})
    assert unreachable(campaign(purpose=Purpose.UPSELL), many, customers_called=True) == (31,)


HOUSE = pack(rule("no", "existing_customer") + rule("tv", "existing_customer", 'of = "product"'))
LIFTED = pack(
    '[[ground]]\nid = "yes"\nkind = "consent"\n' + rule("no", "existing_customer", more='unless = ["yes"]'),
    pack_id="lifted",
)


@pytest.mark.parametrize(
    ("calling", "packs", "barred"),
    [
        (campaign(), (CORE,), "core/already_customer"),
        (campaign(purpose=Purpose.UPSELL), (CORE,), ""),
        (campaign(purpose=Purpose.UPSELL, packs=("house",)), (CORE, HOUSE), "house/no"),
        (campaign(purpose=Purpose.UPSELL, packs=("house",), packs_mode=Mode.SHADOW), (CORE, HOUSE), ""),
        (campaign(purpose=Purpose.UPSELL, packs=("lifted",)), (CORE, LIFTED), ""),
    ],
)
def test_a_rule_that_denies_every_customer_is_named(calling: Campaign, packs: tuple[object, ...], barred: str) -> None:
    """Not one that something lifts, that only notes, or that is about what they have."""
    assert customers_barred_by(packs, calling) == barred  # type: ignore[arg-type]  # packs of the tests

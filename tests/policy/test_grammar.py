"""Pack files: what is read, and how each mistake is told."""

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ari_app.policy.grammar import PackError, parse_pack, unknown_registers
from ari_app.policy.request import MARKETING
from ari_app.policy.rules.calling_window import CallingWindowKept
from ari_app.policy.rules.cool_down import CooledDown
from tests.policy.examples import CORE, HOME, IT, PROPERTY, rule, shipped_packs

GOOD = """\
id = "house"
jurisdiction = "IT"
version = "1"
status = "draft"
holidays = "IT"
title = { it = "Casa", en = "House" }

[[rule]]
id = "pause"
kind = "cool_down"
force = "house"
when = { purpose = "marketing", line = ["mobile"] }
unless = ["customer"]
effective_from = 2026-01-01
source = { cite = "our own", evidence = "P" }
params = { after_conversation = "P1DT12H" }
[rule.text]
it = "Chiamato {last_at}, fino a {not_before}."
en = '''
Called {last_at}
until {not_before}.'''

[[rule]]
id = "hours"
kind = "calling_window"
force = "code"
[rule.params.windows]
mon_fri = [
  "09:00-13:00",  # in the morning
  "14:00-20:00",
]
sat = []
sun = []
holiday = []
[rule.source]
cite = "a code"
[rule.text]
it = "Orario."
en = "Hours."

[[ground]]
id = "customer"
kind = "relationship_exemption"
params = { status = "current" }

[[duty]]
id = "cli"
kind = "caller_id"
"""


def mistakes(text: str) -> list[tuple[int, str, str]]:
    """Line, key and words of each mistake."""
    with pytest.raises(PackError) as caught:
        parse_pack(text, name="house.toml")
    return [(mistake.line, mistake.key, mistake.what) for mistake in caught.value.mistakes]


def test_a_good_file_is_read_whole() -> None:
    """Every part of it is in the pack, with the digest of the text."""
    pack = parse_pack(GOOD, name="house.toml")
    assert (pack.id, pack.jurisdiction, pack.version, pack.status) == ("house", "IT", "1", "draft")
    assert len(pack.sha256) == 64
    pause, hours = pack.rules
    assert pause.kind == CooledDown(after_conversation=timedelta(hours=36))
    assert pause.when.purposes == MARKETING
    assert pause.when.lines == {"mobile"}
    assert pause.unless == ("customer",)
    assert (pause.effective_from, pause.effective_to) == (date(2026, 1, 1), None)
    assert pause.text["en"] == "Called {last_at}\nuntil {not_before}."
    assert (pause.source.cite, pause.source.evidence) == ("our own", "P")
    assert isinstance(hours.kind, CallingWindowKept)
    assert hours.kind.holidays == "IT"
    assert [ground.id for ground in pack.grounds] == ["customer"]
    assert [duty.id for duty in pack.duties] == ["cli"]


def test_the_digest_is_that_of_the_text() -> None:
    """One more space is another file."""
    assert parse_pack(GOOD, name="a").sha256 == parse_pack(GOOD, name="b").sha256
    assert parse_pack(GOOD, name="a").sha256 != parse_pack(GOOD + " ", name="a").sha256


def test_a_reviewed_pack_says_by_whom_and_when() -> None:
    """Then it is read."""
    text = GOOD.replace('"draft"', '"reviewed"\nreviewed_by = "avv. Rossi"\nreviewed_on = 2026-11-01')
    pack = parse_pack(text, name="house.toml")
    assert (pack.status, pack.reviewed_by, pack.reviewed_on) == ("reviewed", "avv. Rossi", date(2026, 11, 1))


@pytest.mark.parametrize("pack", [CORE, IT])
def test_shipped_packs_are_drafts_with_texts(pack: object) -> None:
    """What no lawyer has read says so."""
    for shipped in (CORE, IT):
        assert shipped.status == "draft"
        assert all({"it", "en"} <= set(rule.text) for rule in shipped.rules)
    assert {path.stem for path in (HOME / "packs").glob("*.toml")} >= {"core", "it"}


MISTAKES = [
    ('id = "house"', 'id = "House!"', 1, "id", "pattern"),
    ('version = "1"', "version = 1", 3, "version", "string"),
    ('version = "1"\n', "", 1, "version", "is missing"),
    ('status = "draft"', 'status = "final"', 4, "status", "'draft' or 'reviewed'"),
    ('status = "draft"', 'status = "reviewed"', 1, "", "reviewed_by"),
    ('status = "draft"', 'status = "draft"\ncolour = "red"', 5, "colour", "known here: duty, ground, holidays, id"),
    ('holidays = "IT"', 'holidays = "ZZ"', 5, "holidays", "ISO country"),
    ('title = { it = "Casa", en = "House" }', 'title = { it = "Casa" }', 6, "title", "no text in en"),
    ('kind = "cool_down"', 'kind = "cooldown"', 10, "rule.pause.kind", "there are abandoned_rate_ceiling"),
    ('kind = "cool_down"\n', "", 8, "rule.pause.kind", "is missing"),
    ('force = "house"', 'force = "must"', 11, "rule.pause.force", "'law', 'regulator'"),
    ('purpose = "marketing"', 'purpose = "sales"', 12, "rule.pause.when.purpose.#1", "acquisition, retention"),
    ('line = ["mobile"]', 'line = ["pager"]', 12, "rule.pause.when.line.#1", "'fixed' or 'mobile'"),
    ('line = ["mobile"]', 'region = ["UK"]', 12, "rule.pause.when.region.#1", "ISO code"),
    ('unless = ["customer"]', 'unless = ["costumer"]', 13, "rule.pause.unless", "there are customer"),
    ("effective_from = 2026-01-01", 'effective_from = "soon"', 14, "rule.pause.effective_from", "date"),
    (
        "effective_from = 2026-01-01",
        "effective_from = 2026-01-01\neffective_to = 2025-01-01",
        8,
        "rule.pause",
        "lies before",
    ),
    ('evidence = "P"', 'evidence = "Q"', 15, "rule.pause.source.evidence", "'P'"),
    ('"P1DT12H"', '"36 hours"', 16, "rule.pause.params.after_conversation", "write P30D for 30 days"),
    ('"P1DT12H"', '"P1M"', 16, "rule.pause.params.after_conversation", "write P30D for 30 days"),
    ('"P1DT12H"', '"P0D"', 16, "rule.pause.params.after_conversation", "no time at all"),
    ('{ after_conversation = "P1DT12H" }', "{}", 16, "rule.pause.params", "give after_conversation"),
    ("{ after_conversation =", "{ after =", 16, "rule.pause.params.after", "known here: after_conversation"),
    ("Chiamato {last_at}", "Chiamato {last}", 18, "rule.pause.text.it", "this kind fills campaign, last_at"),
    ("Chiamato {last_at}", "Chiamato {last_at", 18, "rule.pause.text.it", "never filled"),
    ("Called {last_at}", "Called {last_at!r}", 19, "rule.pause.text.en", "{last_at!r} is never filled"),
    ('id = "hours"', 'id = "pause"', 24, "rule.pause.id", "every id is given once"),
    ("[rule.params.windows]", "[rule.params.window]", 27, "rule.hours.params.window", "holidays, local_days, windows"),
    ("mon_fri = [", "mon_fry = [", 28, "rule.hours.params.windows.mon_fry", "no such day"),
    ("mon_fri = [", "mon_mon = [", 28, "rule.hours.params.windows.mon_mon", "no such day; write one of mon, tue"),
    ("mon_fri = [", "fri_mon = [", 28, "rule.hours.params.windows.fri_mon", "no such day"),
    ('"09:00-13:00"', '"13:00-09:00"', 28, "rule.hours.params.windows.mon_fri", "ends before it starts"),
    ('"09:00-13:00"', '"09:00-09:00"', 28, "rule.hours.params.windows.mon_fri", "ends before it starts"),
    ('"09:00-13:00"', '"9-13"', 28, "rule.hours.params.windows.mon_fri", "write 09:00-20:00"),
    ('"09:00-13:00"', '"09:00-15:00"', 28, "rule.hours.params.windows.mon_fri", "overlap"),
    ('"14:00-20:00"', '"14:00-24:30"', 28, "rule.hours.params.windows.mon_fri", "past midnight"),
    ("sat = []", 'sat = "never"', 32, "rule.hours.params.windows.sat", "write a list"),
    ("sat = []", "sat = []\nfri = []", 33, "rule.hours.params.windows.fri", "given twice"),
    ("sun = []\n", "", 27, "rule.hours.params.windows", "says nothing of sun"),
    ("mon_fri = [", "wed_fri = [", 27, "rule.hours.params.windows", "nothing of mon, tue; write mon = []"),
    ("holiday = []\n", "", 27, "rule.hours.params.windows", "says nothing of holiday"),
    ('holidays = "IT"\n', "", 33, "rule.hours.params.windows.holiday", 'holidays = "IT" (an ISO'),
    ('it = "Orario."\n', "", 37, "rule.hours.text", "no text in it"),
    ('it = "Orario."', 'it = " "', 38, "rule.hours.text.it", "at least 1 character"),
    ('params = { status = "current" }', "", 41, "ground.customer.params", "ended_within"),
    ("relationship_exemption", "friendship", 43, "ground.customer.kind", "there are callback_due, consent"),
    ('kind = "caller_id"', 'kind = "caller_id"\nparams = { a = 1 }', 49, "duty.cli.params.a", "known here: none"),
    ("[[duty]]", "[duty]", 46, "duty", "write [[duty]]"),
    ("= 2026-01-01", "= 1969-12-31", 14, "rule.pause.effective_from", "does not lie in 1970 to 2200"),
    ("= 2026-01-01", "= 2201-01-01", 14, "rule.pause.effective_from", "does not lie in 1970 to 2200"),
    ("effective_from = 2026-01-01", "effective_to = 9999-12-31", 14, "rule.pause.effective_to", "leave the key out"),
    ("= 2026-01-01", "= 2026-01-01T00:00:00", 14, "rule.pause.effective_from", "without a time"),
    ("= 2026-01-01", '= "2026-01-01"', 14, "rule.pause.effective_from", "without quotes"),
    ('line = ["mobile"]', "line = []", 12, "rule.pause.when.line", "an empty list says nothing"),
    ('force = "house"', 'force = "house"\noptional = "yes"', 12, "rule.pause.optional", "boolean"),
]


@pytest.mark.parametrize(("old", "new", "line", "key", "words"), MISTAKES)
def test_a_mistake_names_its_line_and_key_and_what_is_right(
    old: str, new: str, line: int, key: str, words: str
) -> None:
    """One mistake in a good file is told as that one, in its place."""
    assert GOOD.count(old) >= 1
    found = mistakes(GOOD.replace(old, new, 1))
    assert any(at == line and where == key and words in what for at, where, what in found), found


LOOSE = [
    ('max_n = "3"', "max_n", "whole number"),
    ("max_n = true", "max_n", "whole number"),
    ("max_n = 3.0", "max_n", "whole number"),
    ('max_n = 3\ncalendar = "yes"', "calendar", "true or false"),
    ("max_n = 3\ncalendar = 1", "calendar", "true or false"),
]


@pytest.mark.parametrize(("params", "key", "words"), LOOSE)
def test_a_value_of_another_type_is_refused(params: str, key: str, words: str) -> None:
    """A text is no number and no yes, and true is no 1; each is told once, and durations are texts."""
    whole = GOOD + rule("cap", "frequency_cap", f'period = "P30D"\n{params}')
    (found,) = mistakes(whole)
    assert (found[1], words in found[2]) == (f"rule.cap.params.{key}", True)


def test_a_share_is_a_number() -> None:
    """A text is none, even where it could be read as one."""
    ceiling = 'max_ratio = "0.03"\ndenominator = "put_through"\nwindow = "P30D"'
    told = mistakes(GOOD + rule("few", "abandoned_rate_ceiling", ceiling))
    assert any(key.endswith("max_ratio") and "write a number" in what for _, key, what in told), told


def test_the_edges_of_the_calendar_are_read() -> None:
    """The first day of 1970 and the last of 2200 are days."""
    days = "effective_from = 1970-01-01\neffective_to = 2200-12-31"
    pause = parse_pack(GOOD.replace("effective_from = 2026-01-01", days), name="house.toml").rules[0]
    assert (pause.effective_from, pause.effective_to) == (date(1970, 1, 1), date(2200, 12, 31))


def test_a_byte_order_mark_is_passed_over() -> None:
    """Some editors write one; lines are counted as without it."""
    assert parse_pack("\ufeff" + GOOD, name="house.toml").id == "house"
    assert mistakes("\ufeff" + GOOD.replace('version = "1"', "version = 1"))[0][:2] == (3, "version")


def test_a_register_in_other_capitals_is_a_mistake() -> None:
    """Its answers are kept under another name; one that nobody knows may be meant, and is left to the lint."""
    for name, wrong in (("RPO", 0), ("rpo", 1), ("Bloctel", 1), ("ACME", 0)):
        text = GOOD + rule("asked", "registry_screening", f'registry = "{name}"\nmax_age = "P15D"')
        if wrong:
            (found,) = mistakes(text)
            assert (found[1], name.upper() in found[2]) == ("rule.asked.params.registry", True)
        else:
            assert len(parse_pack(text, name="house.toml").rules) == 3
        doubts = [mistake.key for mistake in unknown_registers(text, name="house.toml")]
        assert doubts == (["rule.asked.params.registry"] if name == "ACME" else [])


@pytest.mark.parametrize("pack_id", sorted(shipped_packs()))
def test_shipped_packs_name_registers_that_are_known(pack_id: str) -> None:
    """The list is theirs."""
    text = (HOME / "packs" / f"{pack_id}.toml").read_text(encoding="utf-8")
    assert list(unknown_registers(text, name=pack_id)) == []


def test_all_mistakes_are_told_at_once() -> None:
    """Nobody has to mend a file one mistake at a time; they come in the order of the lines."""
    text = GOOD.replace('"P1DT12H"', '"x"').replace('"draft"', '"x"').replace('force = "code"', 'force = "x"')
    found = mistakes(text)
    assert [line for line, _, _ in found] == [4, 16, 26]
    with pytest.raises(PackError, match=r"(?m)^house\.toml:26: rule\.hours\.force: "):
        parse_pack(text, name="house.toml")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('id = "a"\nversion = \n', 2),
        ('id = "a"\nid = "b"\n', 2),
        ('id = "a\n', 1),
        ("[[rule]\n", 1),
        ("x = 2026-13-01\n", 1),
        ("[" * 5000, 1),
        ("x = " + "[" * 5000, 1),
    ],
)
def test_what_is_no_toml_names_its_line(text: str, line: int) -> None:
    """The same kind of error as any other mistake."""
    ((at, key, what),) = mistakes(text)
    assert (at, key) == (line, "")
    assert "no TOML" in what


def test_a_pack_without_rules_is_refused() -> None:
    """It would deny every call; whoever wrote it meant something else."""
    head = GOOD[: GOOD.index("[[rule]]")]
    assert [what for _, _, what in mistakes(head)] == [
        "a pack needs at least one [[rule]]; without rules no call goes out"
    ]


def test_a_pack_without_grounds_says_how_to_add_one() -> None:
    """`unless` names nothing that there is."""
    text = GOOD[: GOOD.index("[[ground]]")]
    assert any("add a [[ground]]" in what for _, _, what in mistakes(text))


def test_a_table_of_the_wrong_form_is_told_without_noise() -> None:
    """A text, a list or a number where a table belongs."""
    assert any(key == "rule.pause.text" for _, key, _ in mistakes(GOOD.replace("[rule.text]", "text = 3\n[rule.x]", 1)))
    assert any(key == "rule" for _, key, _ in mistakes('rule = "r"\n'))
    assert any(key == "rule.#1.params" for _, key, _ in mistakes('[[rule]]\nkind = "cool_down"\nparams = 3\n'))
    assert any(key == "rule.#1.unless" for _, key, _ in mistakes("[[rule]]\nunless = 3\n"))
    windows = '[[rule]]\nkind = "calling_window"\nparams = { windows = 3 }\n'
    assert any("write a table of days" in what for _, _, what in mistakes(windows))


@PROPERTY
@given(st.integers(0, len(GOOD) - 1), st.text(alphabet="[]{}\"=.#\n'a1", max_size=4), st.integers(0, 6))
@example(0, "", 0)
def test_any_damage_is_read_or_told(place: int, inserted: str, cut: int) -> None:
    """A damaged file is a pack or a PackError whose lines are in the file; never another exception."""
    text = GOOD[:place] + inserted + GOOD[place + cut :]
    try:
        parse_pack(text, name="house.toml")
    except PackError as error:
        told = [mistake.line for mistake in error.mistakes] or [0]
    else:
        told = []
    assert all(1 <= line <= text.count("\n") + 1 for line in told)

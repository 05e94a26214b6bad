"""What the doctor finds in a dialplan as the console shows it: each way to a trunk without the gate, and no other."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from ari_app.watch.doctor.dialplan.patterns import meet, row_of, takes
from ari_app.watch.doctor.dialplan.plan import Dialplan
from ari_app.watch.doctor.dialplan.shown import read_dialplan
from ari_app.watch.doctor.dialplan.words import WILD, Values, split, variables_in
from ari_app.watch.doctor.dialplan.written import differ, read_written
from ari_app.watch.doctor.finding import Finding
from ari_app.watch.doctor.loaded import of_help, of_own
from ari_app.watch.doctor.modules import needed_by
from ari_app.watch.doctor.routes import of_routes

TRUNKS = ("PJSIP/trunk",)
STORED = Path(__file__).parents[2] / "dialplan"
QUESTIONS = ("Stasis(garbo-a,verdict", "AGI(agi://127.0.0.1:4573/verdict")
OUT = "Dial(PJSIP/${GARBO_NUMBER}@trunk,,i)"
GATE = "Gosub(garbo,s,1(${EXTEN}))"


def plan_of(text: str, variables: str = "") -> Dialplan:
    """A dialplan as its file has it, shown as the console would: `[context]`, `exten: step; step`, `include: …`."""
    shown: list[str] = []
    for line in text.strip().splitlines():
        name, _, rest = line.strip().partition(": ")
        if name.startswith("["):
            shown.append(f"[ Context '{name[1:-1]}' created by 'pbx_config' ]")
        elif name == "include":
            shown.append(f"  Include =>        '{rest}'    [pbx_config]")
        elif name == "switch":
            shown.append(f"  Alt. Switch =>    '{rest}'    [pbx_config]")
        elif name:
            for priority, step in enumerate(rest.split("; "), 1):
                label, _, does = step.rpartition(" = ") if step.startswith("(") else ("", "", step)
                head = f"'{name}' =>" if priority == 1 else f"[{label[1:-1]}]" if label else ""
                shown.append(f"  {head}   {priority}. {does}    [extensions.conf:{priority}]")
    return read_dialplan("\n".join(shown), variables)


def ids(findings: Iterable[Finding]) -> list[str]:
    """Each kind once, sorted."""
    return sorted({each.id for each in findings})


def routes(text: str, *, variables: str = "", phones: Iterable[str] = ()) -> list[str]:
    """What is found on the ways of a dialplan."""
    return ids(of_routes(plan_of(text, variables), trunks=TRUNKS, phones=phones))


GUARDED = {
    "straight": f"[a]\n_9.: {GATE}; {OUT}",
    "in a subroutine that comes back": f"[a]\n_9.: Gosub(hop,s,1(${{EXTEN}})); {OUT}\n[hop]\ns: {GATE}; Return()",
    "in a macro that ends by itself": f"[a]\n_9.: Macro(hop,${{EXTEN}}); {OUT}\n[macro-hop]\ns: {GATE}",
    "before a jump": f"[a]\n_9.: {GATE}; Goto(b,s,1)\n[b]\ns: {OUT}",
    "before a subroutine that dials": f"[a]\n_9.: {GATE}; Gosub(b,s,1); Hangup()\n[b]\ns: {OUT}; Return()",
    "before a Local channel": f"[a]\n_9.: {GATE}; Dial(Local/${{GARBO_NUMBER}}@b/n)\n[b]\n_X.: NoOp(); {OUT}",
    "on both branches": f"[a]\n_9.: GotoIf(${{X}}?two); {GATE}; {OUT}; Hangup(); (two) = {GATE}; {OUT}",
    "with a condition around the refusal alone": f"[a]\n_9.: {GATE}; ExecIf($[${{X}}]?Hangup()); {OUT}",
    "an emergency route": f'[a]\n_9.: GotoIf($["${{EMERGENCYROUTE}}" = "YES"]?go); {GATE}; (go) = {OUT}',
    "a trunk that is skipped": (
        f'[a]\n_9.: Gosub(hop,s,1); {OUT}\n[hop]\ns: GotoIf($["${{PREDIAL_HOOK_RET}}" = "BYPASS"]?done); {GATE}; '
        "(done) = Return()"
    ),
    "a narrower pattern with all its steps": f"[a]\n_X.: {GATE}; {OUT}\n_2XX: Dial(PJSIP/${{EXTEN}}); Hangup()",
    "a narrower pattern that is begun at its own beginning": f"[a]\n_X.: NoOp()\n_8X.: {GATE}; {OUT}",
    "an included pattern where there is one before it": f"[a]\n_8X.: {GATE}; {OUT}\ninclude: b\n[b]\n_8X.: Hangup()",
    "by an include": f"[a]\ninclude: b\n[b]\n_X.: {GATE}; {OUT}",
    "a phone": "[a]\n_1XX: Dial(PJSIP/${EXTEN},20,tT)",
    "nothing but a hint": "[a]\n_1XX: hint: PJSIP/101",
}

UNGUARDED = {
    "straight": f"[a]\n_9.: {OUT}",
    "behind it": f"[a]\n_9.: {OUT}; {GATE}",
    "on one branch": f"[a]\n_9.: GotoIf(${{X}}?go); {GATE}; (go) = {OUT}",
    "under a condition": f"[a]\n_9.: ExecIf(${{X}}?{GATE}); {OUT}",
    "by GosubIf": f"[a]\n_9.: GosubIf(${{X}}?garbo,s,1(${{EXTEN}})); {OUT}",
    "by GotoIfTime": f"[a]\n_9.: GotoIfTime(9:00-17:00,*,*,*?go); {GATE}; (go) = {OUT}",
    "in a loop that is not entered": f"[a]\n_9.: While(${{X}}); {GATE}; EndWhile(); {OUT}",
    "into the middle of the gate": f"[a]\n_9.: Gosub(garbo,s,allow(${{EXTEN}})); {OUT}",
    "another context of the same beginning": f"[a]\n_9.: Gosub(garbo-x,s,1); {OUT}\n[garbo-x]\ns: Return()",
    "a subroutine that may come back early": (
        f"[a]\n_9.: Gosub(hop,s,1); {OUT}\n[hop]\ns: ExecIf(${{X}}?Return()); {GATE}; Return()"
    ),
    "a pattern that falls through to a wider one": f"[a]\n_X.: {GATE}; {OUT}\n_39.: NoOp()",
    "a narrower pattern that takes over": f"[a]\n_X.: {GATE}; {OUT}\n_1X: Hangup()\n_39X.: NoOp(); {OUT}",
    "by what was dialled, where that may be 5@trunk": "[a]\n_X.: Dial(PJSIP/${EXTEN},20,i)",
    "an include that is fallen through to": f"[a]\n_X.: NoOp()\ninclude: b\n[b]\n_8X.: {GATE}; {OUT}",
    "by TryExec": "[a]\n_9.: TryExec(Dial(PJSIP/1@trunk,,i))",
    "by ExecIf": f"[a]\n_9.: ExecIf(${{X}}?{OUT})",
    "the second of two": "[a]\n_9.: Dial(PJSIP/102&PJSIP/1@trunk,20,i)",
    "trunk first": "[a]\n_9.: Dial(PJSIP/trunk/sip:1@192.0.2.1,20,i)",
    "in other letters": "[a]\n_9.: dial(pjsip/1@trunk,20,i)",
    "by a variable": "[a]\n_9.: Set(T=PJSIP/trunk); Dial(${T}/sip:1@192.0.2.1,20,i)",
    "by Originate": "[a]\n_9.: Originate(PJSIP/1@trunk,app,Wait,9)",
    "by Originate behind the gate, which it does not inherit": f"[a]\n_9.: {GATE}; Originate(PJSIP/1@trunk,app,Wait,9)",
    "by RetryDial": "[a]\n_9.: RetryDial(beep,5,3,PJSIP/1@trunk,20,i)",
    "by a Local channel": f"[a]\n_9.: Dial(Local/${{EXTEN}}@b/n)\n[b]\n_X.: NoOp(); {OUT}",
    "from an IVR": f"[a]\ns: Goto(ivr,s,1)\n[ivr]\ns: WaitExten(5)\n_X: {OUT}",
    "in a ring of contexts": f"[a]\n_X.: Goto(b,s,1)\n[b]\ns: {OUT}\n_0.: Goto(a,5,1)",
    "another caller's extension": f"[a]\n_9./101: {OUT}\n_9.: {GATE}; {OUT}",
    "a context of phones that is jumped to as well": f"[a]\n_9.: {GATE}; Goto(b,s,1)\n[b]\ns: {OUT}",
}


@pytest.mark.parametrize("text", GUARDED.values(), ids=GUARDED)
def test_a_way_that_passes_the_gate(text: str) -> None:
    """Nothing is found."""
    assert routes(text) == []


@pytest.mark.parametrize("text", UNGUARDED.values(), ids=UNGUARDED)
def test_a_way_round_the_gate(text: str) -> None:
    """It is found, whatever hides it."""
    assert "dialplan.unguarded" in routes(text, phones=("b",))


def test_a_narrower_pattern_that_begins_later_takes_over() -> None:
    """Asterisk looks for the best match at each priority: what begins above the gate goes on below it."""
    shown = (
        "[ Context 'a' created by 'pbx_config' ]\n"
        f"  '_39X.' =>  2. {OUT}   [x.conf:4]\n"
        f"  '_X.' =>  1. NoOp()   [x.conf:1]\n  2. {GATE}   [x.conf:2]\n  3. {OUT}   [x.conf:3]\n"
    )
    found = list(of_routes(read_dialplan(shown), trunks=TRUNKS, phones=()))
    assert f"[a] _39X.,2: {OUT} (x.conf:4)" in [each.what for each in found]


def test_a_trunk_in_a_global_variable() -> None:
    """As FreePBX names them: OUT_1, chosen by a number that only the call knows."""
    text = "[a]\n_9.: Set(DIAL_TRUNK=${ARG1}); Dial(${OUT_${DIAL_TRUNK}}/${OUTNUM}${OUT_${DIAL_TRUNK}_SUFFIX},300,i)"
    assert "dialplan.unguarded" in routes(text, variables="OUT_1=PJSIP\nOUT_1_SUFFIX=@trunk\n")
    assert routes(text, variables="OUT_1=DAHDI/g0\n") == ["dialplan.other_trunk"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"[a]\n_9.: {GATE}; Dial(PJSIP/${{EXTEN}}@trunk,,i)", ["dialplan.raw_exten"]),
        (f"[a]\n_9.: {GATE}; Dial(PJSIP/${{EXTEN:1}}@trunk,,i)", ["dialplan.raw_exten"]),
        (f"[a]\n_9.: Set(n=${{EXTEN}}); {GATE}; Dial(PJSIP/${{n}}@trunk,,i)", ["dialplan.raw_exten"]),
        (f"[a]\n_9.: {GATE}; Gosub(b,s,1(${{EXTEN}}))\n[b]\ns: Dial(PJSIP/${{ARG1}}@trunk,,i)", ["dialplan.raw_exten"]),
        (f"[a]\n_9.: Set(n=${{FILTER(0-9,${{EXTEN}})}}); {GATE}; Dial(PJSIP/${{n}}@trunk,,i)", []),
        (f"[a]\n_9.: Set(n=${{EXTEN}}); Set(n=5); {GATE}; Dial(PJSIP/${{n}}@trunk,,i)", []),
        (f"[a]\n_9.: {GATE}; Dial(PJSIP/${{GARBO_NUMBER}}@trunk,,if(0212345))", ["dialplan.caller_id"]),
        (f"[a]\n_9.: {GATE}; Dial(PJSIP/${{GARBO_NUMBER}}@trunk,,fi)", ["dialplan.caller_id"]),
        (f"[a]\n_9.: {GATE}; Dial(PJSIP/${{GARBO_NUMBER}}@trunk,,iU(my-fine-sub))", []),
        (f"[a]\n_9.: {GATE}; Dial(PJSIP/${{GARBO_NUMBER}}@trunk,20)", ["dialplan.forward"]),
        (f"[a]\n_9.: {GATE}; Dial(PJSIP/${{GARBO_NUMBER}}@trunk,20,${{OPTIONS}})", []),
        ("[a]\n_9.: Dial(PJSIP/${EXTEN}@other,20)", ["dialplan.other_trunk"]),
        (f"[a]\n_9.: {GATE}; Dial(PJSIP/${{GARBO_NUMBER}}@other,20)", []),
        ("[a]\n_9.: Set(x=${ENUMLOOKUP(${EXTEN})})", ["dialplan.enum"]),
        ("[a]\n_9.: Set(x=${DUNDILOOKUP(${EXTEN})})", ["dialplan.enum"]),
        ("[a]\nswitch: DUNDi/priv", ["dialplan.switch"]),
        ("[a]\n_9.: Goto(${WHERE},s,1)", ["dialplan.not_followed"]),
        ("[a]\n_9.: Goto(s,${LABEL})", ["dialplan.not_followed"]),
        ("[a]\n_9.: Dial(${PHONE},20)", ["dialplan.unknown_dial"]),
        (f"[a]\n_9.: Goto(b,${{EXTEN}},1)\n[b]\n_X.: {GATE}; {OUT}", ["dialplan.goto_exten"]),
        (f"[a]\n_9.: Goto(b,${{FILTER(0-9+,${{EXTEN}})}},1)\n[b]\n_X.: {GATE}; {OUT}", []),
        (f"[a]\n_9XX: Goto(b,${{EXTEN}},1)\n[b]\n_X.: {GATE}; {OUT}", []),
        ("[a]\n_9.: Goto(b,${EXTEN},1)\n[b]\n_X.: Dial(PJSIP/101)", []),
    ],
)
def test_a_way_with_more_than_was_judged(text: str, expected: list[str]) -> None:
    """Numbers, caller ids and places that the gate did not see."""
    assert routes(text) == expected


def shown_as(name: str) -> str:
    """A stored file of ours, as the console would show what is loaded of it."""
    lines = []
    for context in read_written((STORED / name).read_text()).values():
        lines.append(f"[ Context '{context.name}' created by 'pbx_config' ]")
        for extension in context.extensions.values():
            for index, step in enumerate(extension.steps.values()):
                head = f"'{extension.name}' =>" if index == 0 else f"[{step.label}]" if step.label else ""
                lines.append(f"  {head}  {step.priority}. {step.app}({step.data})   [extensions_garbo.conf:1]")
        lines += [f"  Include =>   '{each}'   [pbx_config]" for each in context.includes]
    return "\n".join(lines)


SUBROUTINE = shown_as("extensions_garbo.conf")
RENDERED = read_written((STORED / "extensions_garbo.conf").read_text())


def own(shown: str, numbers: Iterable[str] = ("112", "1522")) -> list[Finding]:
    """What is found of our own contexts."""
    held = read_dialplan(shown)
    return list(of_own(held, rendered=RENDERED, questions=QUESTIONS, help_numbers=tuple(numbers)))


def test_our_own_contexts_as_they_are_rendered() -> None:
    """Nothing is found, and no way round in them."""
    assert own(SUBROUTINE) == []
    assert ids(of_routes(read_dialplan(SUBROUTINE), trunks=TRUNKS, phones=("garbo-outbound",))) == []


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        ("[ Context 'garbo' created", "[ Context 'gone' created", ["dialplan.missing"]),
        ("[ Context 'garbo-outbound' created", "[ Context 'gone' created", ["dialplan.outbound"]),
        ("[ Context 'garbo-exempt' created", "[ Context 'gone' created", ["dialplan.outdated"]),
        ("Set(TIMEOUT(absolute)=0.4)", "Set(TIMEOUT(absolute)=4)", ["dialplan.outdated"]),
        ("Include =>   'garbo-special'", "Include =>   'garbo-spezial'", ["dialplan.outdated"]),
        ("  '112' =>  1. NoOp()   [extensions_garbo.conf:1]\n", "", ["dialplan.emergency", "dialplan.outdated"]),
    ],
)
def test_our_own_contexts_as_they_should_not_be(was: str, now: str, expected: list[str]) -> None:
    """Missing, old, or without a number for help."""
    assert was in SUBROUTINE
    assert ids(own(SUBROUTINE.replace(was, now))) == expected


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("_9.: Stasis(garbo-a,verdict,${EXTEN}); Hangup(21); (allow) = Return()", []),
        ("_9.: Stasis(garbo-a,verdict,${EXTEN}); Return()", ["dialplan.no_denial"]),
        (f"_9.: Stasis(garbo-a,verdict,${{EXTEN}}); {OUT}", ["dialplan.no_denial"]),
        ("_9.: Stasis(garbo-a,verdict,1); Goto(two); Hangup(); (two) = Return()", ["dialplan.no_denial"]),
        ("_9.: Stasis(garbo-a,verdict,1); GotoIf(${X}?ok); Hangup(); (ok) = Return()", []),
        ("_9.: AGI(agi://127.0.0.1:4573/verdict,${EXTEN}); Return()", ["dialplan.no_denial"]),
        ("_9.: AGI(agi://127.0.0.1:4577/call_log); Return()", []),
        ("_9.: Stasis(other,verdict,1); Return()", []),
    ],
)
def test_a_question_to_a_gate_is_followed_by_a_denial(more: str, expected: list[str]) -> None:
    """Whatever a result word says; a jump with a condition is not taken for an answer."""
    held = plan_of(f"[garbo]\ns: Hangup(21)\n[garbo-outbound]\n_X.: Hangup(21)\n[x]\n{more}")
    assert ids(of_own(held, rendered={}, questions=QUESTIONS, help_numbers=())) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"[a]\n_X.: {GATE}; {OUT}", []),
        ("[a]\n_1XX: Dial(PJSIP/${EXTEN})", []),
        (f"[a]\ninclude: b\n[b]\n112: {OUT}\n_15XX: {OUT}", []),
        (f"[a]\n_0X.: {GATE}; {OUT}", ["dialplan.emergency_lost"]),
        ("[a]\n_X.: Hangup(21)", ["dialplan.emergency_lost"]),
    ],
)
def test_help_is_dialled_from_every_phone(text: str, expected: list[str]) -> None:
    """Whatever its context calls for."""
    numbers = ("112",) if "_1XX" in text else ("112", "1522")
    assert ids(of_help(plan_of(text), contexts=("a",), help_numbers=numbers)) == expected


def test_modules_of_the_subroutine() -> None:
    """What it uses; what it does without is none of them."""
    needed = needed_by(RENDERED.values())
    assert {"app_stasis.so", "app_stack.so", "func_dialplan.so", "app_dial.so", "func_timeout.so"} <= needed
    assert "app_userevent.so" not in needed


@pytest.mark.parametrize("name", ["freepbx-16", "freepbx-17", "issabel"])
def test_hooks_of_other_products_guard_their_trunks(name: str) -> None:
    """The hook is in another context than the Dial, and comes back for an emergency route."""
    (file,) = (STORED / name).glob("*.conf")
    back = "MacroExit()" if name != "freepbx-17" else "Return()"
    hook = (
        "Macro(dialout-trunk-predial-hook)" if name != "freepbx-17" else "Gosub(macro-dialout-trunk-predial-hook,s,1)"
    )
    product = plan_of(
        "[from-internal]\n_9.: Macro(dialout-trunk,2,${EXTEN:1},,off)\n[macro-dialout-trunk]\n"
        f"s: Set(DIAL_NUMBER=${{ARG2}}); {hook}; Dial(${{OUT_2}}/${{OUTNUM}},300,${{DIAL_TRUNK_OPTIONS}}); {back}",
        "OUT_2=SIP/carrier\n",
    )
    hooks = read_written(file.read_text())
    with_hooks = Dialplan(contexts={**RENDERED, **hooks, **product.contexts}, variables=product.variables)
    bare = Dialplan(contexts={**RENDERED, **product.contexts}, variables=product.variables)
    assert "dialplan.unguarded" not in ids(of_routes(with_hooks, trunks=("SIP/carrier",), phones=()))
    assert "dialplan.unguarded" in ids(of_routes(bare, trunks=("SIP/carrier",), phones=()))


@pytest.mark.parametrize(
    ("extension", "number", "expected"),
    [
        ("112", "112", True),
        ("_1XX", "112", True),
        ("_NXX", "112", False),
        ("_zx.", "112", True),
        ("_1.", "1", False),
        ("_1!", "1", True),
        ("_[2-4]X", "31", True),
        ("_[+*#0-9].", "*21", True),
        ("_0-1X", "012", True),
        ("_9./101", "9112", True),
        ("s", "112", False),
    ],
)
def test_which_numbers_an_extension_takes(extension: str, number: str, expected: bool) -> None:
    """As Asterisk's patterns do."""
    assert takes(extension, number) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("_X.", "_39.", True), ("_2XX", "_3XX", False), ("_2XX", "_X.", True), ("_X!", "_XXX", True), ("s", "_X.", False)],
)
def test_whether_two_extensions_take_the_same_number(one: str, other: str, expected: bool) -> None:
    """Either way round."""
    assert meet(row_of(one), row_of(other)) is expected
    assert meet(row_of(other), row_of(one)) is expected


def test_arguments_are_parted_outside_of_brackets_alone() -> None:
    """And behind no backslash."""
    assert split("a,${B(c,d)},e\\,f") == ["a", "${B(c,d)}", "e\\,f"]
    assert split("$[1?2:3]?a:b:c", "?") == ["$[1?2:3]", "a:b:c"]
    assert split("a:b:c", ":", most=1) == ["a", "b:c"]


def test_variables_are_read_as_far_as_the_dialplan_says() -> None:
    """Many readings, and the unknown."""
    values = Values(plan_of("[a]\ns: Set(X=1); Set(X=2); Set(Y=${X}-${Z})", "G=7\n"), ("trunk",))
    assert values.readings("${X}") == {"1", "2"}
    assert values.readings("${Y}${G}") == {f"1-{WILD}7", f"2-{WILD}7"}
    assert values.readings("${LEN(${X})}") == {WILD}
    assert values.readings("${GARBO_TRUNK}") == {"trunk"}
    assert variables_in("${FILTER(0-9,${EXTEN})}${X}") == {"X"}


def test_variables_that_name_one_another_come_to_an_end() -> None:
    """A ring of them, and one with thousands of readings."""
    text = "[a]\ns: " + "; ".join(["Set(A=${B})", "Set(B=${A}x)", *(f"Set(C={n})" for n in range(100))])
    values = Values(plan_of(text), ())
    assert values.readings("${A}")
    assert WILD in values.readings("${C}${C}${C}")


def test_a_loaded_context_is_held_against_a_rendered_one() -> None:
    """White space and escapes do not count; labels, order and includes do."""
    rendered: Mapping[str, object] = RENDERED["garbo"].extensions
    assert "s" in rendered
    loaded = read_dialplan(SUBROUTINE).contexts
    assert all(differ(loaded[name], RENDERED[name]) == () for name in RENDERED)
    assert differ(loaded["garbo-outbound"], RENDERED["garbo"]) != ()


def test_rubbish_is_read_as_nothing() -> None:
    """What is not understood is left out, and nothing breaks."""
    assert read_dialplan("No such command 'dialplan show'").contexts == {}
    assert (
        read_dialplan("[ Context 'a' created by 'x' ]\n  'b' => nonsense\n\0\n 9. Dial(").contexts["a"].extensions == {}
    )
    assert (
        routes("[a]\ns: Goto(); GotoIf(); ExecIf(?); Dial(); Gosub(); While(); Macro(); Originate(); Set(=)")
        is not None
    )

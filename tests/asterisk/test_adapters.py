"""The rendered adapters: what is stored is what is rendered, free of faults of syntax, and closed where it matters."""

import re
from pathlib import Path

import pytest

from ari_app.asterisk.adapters import (
    FLAVORS,
    UnknownFlavorError,
    render_adapter,
    runs_old_asterisk,
    version_of,
)

STORED = Path(__file__).parents[2] / "dialplan"
KINDS = [(flavor, version) for flavor, versions in FLAVORS.items() for version in versions or ("",)]
ADAPTED = [kind for kind in KINDS if kind[0] != "asterisk"]
PREDIAL = [kind for kind in ADAPTED if kind[0] != "vicidial"]
_LINE = re.compile(r"(exten => (?P<exten>[^,]+),(1|n)(\(\w+\))?|same => n(\((?P<label>\w+)\))?),(?P<call>.+)")


def files(flavor: str, version: str) -> dict[str, str]:
    """The adapter for the trunk of the default configuration."""
    return render_adapter(flavor, version, ("PJSIP/trunk",))


def statements(text: str) -> list[str]:
    """Without comments and blank lines."""
    return [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith(";")]


@pytest.mark.parametrize(("flavor", "version"), ADAPTED)
def test_what_is_stored_is_what_is_rendered(flavor: str, version: str) -> None:
    """`garbo dialplan render` and dialplan/ agree, file by file; the subroutine is stored once, for all."""
    folder = STORED / (f"{flavor}-{version}" if version else flavor)
    assert {path.name: path.read_text() for path in folder.iterdir()} == files(flavor, version)


def test_plain_asterisk_needs_no_adapter() -> None:
    """The subroutine is all of it."""
    assert files("asterisk", "") == {}


@pytest.mark.parametrize(("flavor", "version"), ADAPTED)
def test_every_line_is_dialplan(flavor: str, version: str) -> None:
    """A context or a priority with an application; brackets close; labels that are jumped to exist in the context."""
    for text in files(flavor, version).values():
        context, labels = "", {""}
        jumps: set[str] = set()
        for line in [*statements(text), "[end]"]:
            if line.startswith("["):
                assert jumps <= labels, (context, jumps - labels)
                context, labels, jumps = line, set(), set()
                continue
            found = _LINE.fullmatch(line)
            assert found, line
            for opening, closing in ("()", "[]", "{}"):
                assert line.count(opening) == line.count(closing), line
            labels.add(found["label"] or "")
            jumps |= set(re.findall(r"(?:\?|Goto\()(\w+)\)$", line))


@pytest.mark.parametrize(("flavor", "version"), PREDIAL)
def test_a_hook_comes_back_only_from_the_gate(flavor: str, version: str) -> None:
    """Both hooks ask the gate before they come back, and none ever says BYPASS, which would try the next trunk."""
    text = "\n".join(files(flavor, version).values())
    back = "Return()" if version == "17" else "MacroExit()"
    for name in ("macro-dialout-trunk-predial-hook", "macro-dialout-dundi-predial-hook"):
        body = [line for line in statements(text.partition(f"[{name}]")[2].partition("\n[")[0]) if "own" not in line]
        body = [line for line in body if "MACRO_DEPTH" not in line]
        assert body[:2] == ["same => n,Gosub(garbo-predial,s,1)", f"same => n,{back}"]
    assert not re.search(r"Set\(_*PREDIAL_HOOK_RET", text)


@pytest.mark.parametrize(("flavor", "version"), PREDIAL)
def test_an_emergency_route_is_asked_about_before_anything_else(flavor: str, version: str) -> None:
    """The first line behind the hook; and what it leads to clears the permit of an earlier call."""
    body = statements(files(flavor, version).popitem()[1].partition("[garbo-predial]")[2].partition("\n[")[0])
    assert body[0] == 'exten => s,1,GotoIf($["${EMERGENCYROUTE}" = "YES"]?emergency)'
    assert body[-3:] == [
        "same => n(emergency),Set(GARBO_VERDICT=exempt)",
        "same => n,Set(__GARBO_PERMIT=)",
        "same => n,Return()",
    ]


def test_no_adapter_dials_what_was_dialled() -> None:
    """Only GARBO_NUMBER: the raw extension can carry commas and options."""
    for flavor, version in ADAPTED:
        for text in files(flavor, version).values():
            assert not [line for line in statements(text) if "Dial(" in line and "EXTEN" in line]


def test_the_carrier_entry_has_a_part_for_each_trunk() -> None:
    """In the way in which each technology wants number and trunk."""
    entry = render_adapter("vicidial", "", ("PJSIP/one", "SIP/two"))["vicidial_carrier_entry.txt"]
    assert "Dial(PJSIP/${GARBO_NUMBER}@one,${CAMPDTO},Toi)" in entry
    assert "Dial(SIP/two/${GARBO_NUMBER},${CAMPDTO},Toi)" in entry


def test_products_of_old_asterisks_are_known() -> None:
    """There FastAGI is the better door."""
    assert [kind for kind in KINDS if runs_old_asterisk(*kind)] == [
        ("freepbx", "16"),
        ("issabel", ""),
        ("vicidial", ""),
    ]


@pytest.mark.parametrize(
    ("flavor", "version", "said"),
    [
        ("avaya", "", "no dialplan for 'avaya': there are asterisk, freepbx, issabel, vicidial"),
        ("freepbx", "15", "no dialplan for freepbx '15': there are 17 and 16"),
        ("issabel", "5", "issabel has one dialplan for all its versions: leave the version out"),
    ],
)
def test_an_unknown_flavour_or_version_is_told_with_those_there_are(flavor: str, version: str, said: str) -> None:
    """Named, and what would be right."""
    with pytest.raises(UnknownFlavorError) as failure:
        version_of(flavor, version)
    assert str(failure.value) == said


def test_the_newest_version_is_meant_if_none_is_named() -> None:
    """FreePBX 17."""
    assert (version_of("freepbx"), version_of("asterisk")) == ("17", "")

"""What keeps the project's own promises of safety: least rights, no way round TLS, secrets, the audit of packages."""

import re
import sys
from pathlib import Path

import pytest

from ari_app.config import load_settings
from ari_app.config.load import PER_PRINCIPAL, SECTIONS
from tests.audit import audit, read

ROOT = Path(__file__).parents[2]


def _rights(text: str) -> dict[str, set[str]]:
    said = re.findall(r"^\s*(read|write) = ([a-z,]+)$", text, re.MULTILINE)
    return {way: set(rights.split(",")) for way, rights in said}


def test_the_tests_run_with_the_rights_that_the_documentation_names() -> None:
    """So that every call of tests/e2e shows that they are enough; canary and doctor add what is told there."""
    lab, told = (_rights((ROOT / name).read_text()) for name in ("docker/pbx/manager.conf", "docs/bypass.md"))
    assert told == {"read": {"system", "call"}, "write": {"call", "reporting"}}
    assert lab == {"read": told["read"], "write": told["write"] | {"originate", "command"}}
    assert (ROOT / "docker/pbx/ari.conf").read_text().count("type = user") == 1
    assert "allowed_origins" not in (ROOT / "docker/pbx/ari.conf").read_text()


def test_nothing_can_be_told_not_to_look_at_certificates() -> None:
    """No line of the program switches it off, and no key of the configuration is called so."""
    off = re.compile(r"CERT_NONE|check_hostname\s*=\s*False|ssl=False|_create_unverified|verify=False|CERT_OPTIONAL")
    for file in (ROOT / "ari_app").rglob("*.py"):
        assert not off.search(file.read_text("utf-8")), file
    keys = {key for kind in (*SECTIONS.values(), *PER_PRINCIPAL.values()) for key in kind.model_fields}
    assert not {key for key in keys if re.search("verif|insecure|skip|unsafe", key)}


_SECRETS = {
    "asterisk": ("ari_password", "ami_secret"),
    "database": ("url",),
    "webhooks": ("secret",),
}


def test_secrets_come_from_files_and_are_in_no_word_about_the_settings(tmp_path: Path) -> None:
    """Each may stand in a file of its own; neither `repr` nor an error says it."""
    for section, keys in _SECRETS.items():
        for key in keys:
            assert f"{key}_file" in SECTIONS[section].model_fields
    (tmp_path / "secret").write_text("a-test-secret-of-hunters\n")
    (tmp_path / "url").write_text("postgresql://garbo:a-test-secret-of-hunters@db.example/garbo\n")
    file = tmp_path / "garbo.toml"
    file.write_text(
        '[asterisk]\nari_password_file = "secret"\nami_secret_file = "secret"\n[database]\nurl_file = "url"\n'
        '[webhooks]\nurl = "https://example.com/?key=a-test-secret-of-hunters"\nsecret_file = "secret"\n'
    )
    settings = load_settings(file, {})
    assert settings.asterisk.ari_password == "a-test-secret-of-hunters"
    assert "hunters" not in repr(settings)


def test_no_command_takes_a_secret_as_a_word_of_its_line() -> None:
    """Whoever lists processes would read it: passwords come over standard input, files or the environment."""
    option = re.compile(r"""["']--(?!with-key["'])(?:[a-z-]*)(?:password|secret|token|key)["']""")  # that is a switch
    for file in (ROOT / "ari_app" / "cli").glob("*.py"):
        assert not option.search(file.read_text("utf-8")), file


_FREE = {"name": "c", "version": "1", "vulns": []}
_HOLED = {"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}


@pytest.mark.parametrize(
    ("dependencies", "code", "said"),
    [
        ([_FREE], 0, "no known hole in 1 packages"),
        (
            [{"name": "a", "skip_reason": "unknown"}, {"name": "b", "version": "1", "vulns": []}],
            0,
            "NOT AUDITED: 1 of 2",
        ),
        ([_HOLED], 1, "a 1: PYSEC-1, mended in 2"),
        (
            [
                {"name": "a", "version": "1", "vulns": [{"id": "X", "fix_versions": []}]},
                {"name": "b", "skip_reason": ""},
            ],
            1,
            "NOT AUDITED: 1 of 2",
        ),
    ],
)
def test_an_audit_says_what_it_knows(dependencies: list[object], code: int, said: str) -> None:
    """A hole fails; what was not looked at is never called free of holes."""
    found = read({"dependencies": dependencies})
    assert found.code == code
    assert said in found.said
    assert ("no known hole" in found.said) == (code == 0 and "NOT AUDITED" not in found.said)


@pytest.mark.parametrize("program", ["raise SystemExit('no network')", "print('{}')", "print('[1')"])
def test_an_audit_without_a_service_is_none(program: str) -> None:
    """It says so, and lets the rest go on."""
    found = audit("requirements.lock", (sys.executable, "-c", program))
    assert found.code == 0
    assert found.said.startswith("audit: NOT AUDITED: ")


def test_every_claim_of_the_threat_model_names_a_test_that_exists() -> None:
    """By file and name."""
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", (ROOT / "docs" / "threats.md").read_text())
    assert len(named) > 30
    for file, name in named:
        assert f"def {name}(" in (ROOT / file).read_text(), f"{file}::{name}"

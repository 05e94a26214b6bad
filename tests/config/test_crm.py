"""`[crm.PRINCIPAL]`: a table for each principal, each of its slips named with its line."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from ari_app.config import ConfigError, Settings, load_settings
from ari_app.config.crm import CrmSection, header_lines
from ari_app.config.template import template
from ari_app.main.live import crm_settings

URL = 'url = "https://crm.example/customers?phone={number}"\n'


def load(tmp_path: Path, text: str, **environ: str) -> Settings:
    """The settings of this file and this environment."""
    path = tmp_path / "garbo.toml"
    path.write_text(text)
    return load_settings(path, environ)


def test_none_is_asked_unless_somebody_says_so(tmp_path: Path) -> None:
    """The defaults leave everybody's books alone."""
    assert load(tmp_path, "").crm == {}


def test_each_principal_has_a_table(tmp_path: Path) -> None:
    """With defaults that fit a gate's deadline."""
    text = f"[crm.fastnet]\n{URL}[crm.tel-net]\n{URL}current = ['Attivo ', 'SOSPESO']\nnot_found = 'unknown'\n"
    crm = load(tmp_path, text).crm
    assert set(crm) == {"fastnet", "tel-net"}
    assert (crm["fastnet"].timeout_ms, crm["fastnet"].on_failure, crm["fastnet"].not_found) == (150, "deny", "none")
    assert (crm["tel-net"].current, crm["tel-net"].not_found) == (("attivo", "sospeso"), "unknown")


def test_the_written_example_is_valid(tmp_path: Path) -> None:
    """Every key is in it; without its signs of comment it is a configuration that says the defaults."""
    example = template().partition("# One for each principal that has one:\n")[2]
    assert example
    text = re.sub(r"^# ", "", example, flags=re.MULTILINE)
    written = load(tmp_path, text).crm["PRINCIPAL"]
    assert written == CrmSection.model_validate({"url": "https://crm.example/customers?phone={number}"})
    assert all(f"{key} = " in text for key in CrmSection.model_fields)


def test_secrets_come_from_files_and_are_not_shown(tmp_path: Path) -> None:
    """Headers a line each; a url with a key in it as well."""
    (tmp_path / "headers").write_text("Authorization: Bearer a-test-secret\n\nX-Brand:  fastnet \n")
    (tmp_path / "url").write_text("https://crm.example/{digits}?key=another-test-secret\n")
    settings = load(tmp_path, "[crm.fastnet]\nurl_file = 'url'\nheaders_file = 'headers'\nca_file = 'ca.pem'\n")
    crm = settings.crm["fastnet"]
    assert header_lines(crm.headers) == (("Authorization", "Bearer a-test-secret"), ("X-Brand", "fastnet"))
    assert crm.url == "https://crm.example/{digits}?key=another-test-secret"
    assert crm.ca_file == tmp_path / "ca.pem"
    assert "test-secret" not in repr(settings)


def test_the_environment_beats_the_file(tmp_path: Path) -> None:
    """For a table that is in the file; dashes and dots of an id are underscores."""
    text = f"[crm.fast-net]\n{URL}headers = 'X-A: b'\n"
    settings = load(
        tmp_path,
        text,
        GARBO_CRM__FAST_NET__URL="https://other.example/{digits}",
        GARBO_CRM__FAST_NET__TIMEOUT_MS="100",
        GARBO_CRM__FAST_NET__CURRENT="attivo, sospeso",
        GARBO_CRM__FAST_NET__HEADERS="X-A: c",
    )
    crm = settings.crm["fast-net"]
    assert (crm.url, crm.timeout_ms, crm.current) == ("https://other.example/{digits}", 100, ("attivo", "sospeso"))
    assert crm.headers == "X-A: c"
    with pytest.raises(ConfigError, match="unknown variable GARBO_CRM__TELNET__URL"):
        load(tmp_path, text, GARBO_CRM__TELNET__URL="https://other.example/{digits}")
    with pytest.raises(ConfigError, match=r"environment: GARBO_CRM__FAST_NET__TIMEOUT_MS: \[crm.fast-net\]"):
        load(tmp_path, text, GARBO_CRM__FAST_NET__TIMEOUT_MS="9")
    assert (
        load(tmp_path, "[crm.a.b]\n".replace("a.b", '"a.b"') + URL, GARBO_CRM__A_B__PAUSE_S="3").crm["a.b"].pause_s == 3
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"[crm]\n{URL}", r"garbo.toml:2: crm has a table for each principal: write \[crm.PRINCIPAL\]"),
        ("crm = 3\n", r"crm has a table for each principal"),
        (f"[crm.'fast net']\n{URL}", r"crm has a table for each principal"),
        (f"[crm.a-b]\n{URL}[crm.a_b]\n{URL}", r"\[crm.a-b\], \[crm.a_b\] two have the same environment variables"),
        ("[crm.fastnet]\n", r"garbo.toml:1: \[crm.fastnet\] url: Field required"),
        (
            f"[crm.fastnet]\n{URL}statsu = 'x'\n",
            r"garbo.toml:3: unknown key statsu in \[crm.fastnet\]; did you mean status",
        ),
        (f"[crm.fastnet.fields]\n{URL}", r"unknown key fields in \[crm.fastnet\]"),
        (f"[crms.fastnet]\n{URL}", r"garbo.toml.*unknown section \[crms\]; did you mean crm\?"),
        (
            "[crm.fastnet]\nurl = 'https://crm.example/'\n",
            r"garbo.toml:2: \[crm.fastnet\] url: .*where the number goes",
        ),
        ("[crm.fastnet]\nurl = 'https://crm.example/{phone}'\n", r"where the number goes"),
        ("[crm.fastnet]\nurl = 'https://crm.example/{number}{x'\n", r"where the number goes"),
        ("[crm.fastnet]\nurl = 'https://crm.example/#{number}'\n", r"percent-encoded"),
        ("[crm.fastnet]\nurl = 'https://{digits}.example/{number}'\n", r"is not a URL"),
        ("[crm.fastnet]\nurl = 'ftp://crm.example/{number}'\n", r"is not a URL"),
        ("[crm.fastnet]\nurl = 'https:///{number}'\n", r"is not a URL"),
        ("[crm.fastnet]\nurl = 'https://crm.example:99999/{number}'\n", r"no URL"),
        ("[crm.fastnet]\nurl = 'https://a:b@crm.example/{number}'\n", r"headers_file"),
        ("[crm.fastnet]\nurl = 'https://crm.example/a b/{number}'\n", r"percent-encoded"),
        (f"[crm.fastnet]\n{URL}headers = 'Authorization'\n", r"garbo.toml:3: .*line 1 is not a header"),
        (f'[crm.fastnet]\n{URL}headers = "A: b\\r\\nA: c"\n', r"line 2 says A a second time"),
        (f'[crm.fastnet]\n{URL}headers = "A: b\\u0000"\n', r"line 1 is not a header"),
        (f"[crm.fastnet]\n{URL}headers_file = 'nowhere'\n", r"garbo.toml:3: .*nowhere cannot be read"),
        (f"[crm.fastnet]\n{URL}url_file = 'x'\n", r"both url and url_file are set in \[crm.fastnet\]"),
        (f"[crm.fastnet]\n{URL}status = ''\n", r"garbo.toml:3: \[crm.fastnet\] status"),
        (f"[crm.fastnet]\n{URL}status = 'a..b'\n", r"is not a path"),
        (f"[crm.fastnet]\n{URL}status = 'items.*.status'\n", r"a \* may stand in record and in products alone"),
        (f"[crm.fastnet]\n{URL}ended = ['Active']\n", r"the word 'active' stands in two places"),
        (f"[crm.fastnet]\n{URL}current = []\n", r"nobody would ever be a customer"),
        (f"[crm.fastnet]\n{URL}on_failure = 'permit'\n", r"garbo.toml:3: \[crm.fastnet\] on_failure"),
        (
            f"[crm.fastnet]\n{URL}timeout_ms = 201\n",
            r"garbo.toml:3: .*timeout_ms: 201 leaves too little .* at most 200",
        ),
        (f"[gate]\ndeadline_ms = 150\n[crm.fastnet]\n{URL}", r"timeout_ms: 150 leaves too little .* at most 100"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    """File, line, key, and what would be right."""
    with pytest.raises(ConfigError, match=said):
        load(tmp_path, text)


def test_a_secret_that_is_no_header_is_not_repeated(tmp_path: Path) -> None:
    """The message names its line alone."""
    (tmp_path / "headers").write_text("Bearer a-test-secret\n")
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, f"[crm.fastnet]\n{URL}headers_file = 'headers'\n")
    assert "a-test-secret" not in str(refused.value)


def test_main_hands_on_every_key(tmp_path: Path) -> None:
    """What is configured is what the look-up goes by."""
    text = f"""[crm.fastnet]
{URL}headers = "X-A: b"
record = "items.*"
status = "s"
products = "p.*.n"
since = ""
until = "u"
person = "x.id"
current = ["on"]
ended = ["off"]
none = []
not_found = "unknown"
timeout_ms = 99
connections = 3
failures = 7
pause_s = 30
on_failure = "last_known"
last_known_hours = 6
"""
    made = crm_settings(load(tmp_path, text).crm["fastnet"])
    assert (made.headers, made.not_found, made.connections, made.failures) == ((("X-A", "b"),), "unknown", 3, 7)
    assert (made.timeout, made.pause, made.last_known) == (
        timedelta(milliseconds=99),
        timedelta(seconds=30),
        timedelta(hours=6),
    )
    places = made.places
    assert (places.record, places.status, places.products) == ("items.*", "s", "p.*.n")
    assert (places.since, places.until, places.person) == ("", "u", "x.id")
    assert {word: status.value for word, status in made.words.items()} == {"on": "current", "off": "ended"}
    assert crm_settings(load(tmp_path, f"[crm.fastnet]\n{URL}").crm["fastnet"]).last_known is None

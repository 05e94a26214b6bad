"""Configuration: found in a fixed order, environment over file, and nothing unknown gets by."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ari_app.config import (
    ConfigError,
    Settings,
    beside,
    create_key_file,
    find_file,
    key_text,
    load_settings,
    put_in_place,
    read_keyring,
    read_or_create_keyring,
    successor_of,
    write_beside,
)
from ari_app.config.template import template
from ari_app.policy.keyring import Keyring


def load(tmp_path: Path, text: str, **environ: str) -> Settings:
    """The settings of this file and this environment."""
    path = tmp_path / "garbo.toml"
    path.write_text(text)
    return load_settings(path, environ)


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    """Every key of the interface has its documented default."""
    settings = load(tmp_path, "")
    assert settings.asterisk.ari_url == "http://127.0.0.1:8088/ari"
    assert settings.asterisk.apps == ("garbo-a",)
    assert (settings.asterisk.announce, settings.asterisk.deny_cause, settings.asterisk.unavailable_cause) == (
        True,
        21,
        34,
    )
    assert (settings.gate.deadline_ms, settings.gate.region, settings.gate.default_campaign) == (300, "IT", "")
    assert (settings.gate.permit_valid_s, settings.gate.link_valid_s) == (14_400, 14_400)
    assert settings.gate.internal_patterns == ("_XXX", "_XXXX")
    assert (settings.web.port, settings.fastagi.port, settings.asterisk.ami_port) == (8090, 4573, 5038)


def test_the_written_template_is_the_defaults(tmp_path: Path) -> None:
    """`garbo init` writes every key, and what it writes changes nothing."""
    written, empty = load(tmp_path, template()), load(tmp_path, "")
    assert written == empty
    for name in ("asterisk", "database", "gate", "packs", "holidays", "scripts", "privacy", "web", "fastagi"):
        for key in type(getattr(empty, name)).model_fields:
            assert f"\n{key} = " in template() or f"\n# {key} = " in template()


def test_paths_count_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the command is run; absolute ones stay."""
    monkeypatch.chdir("/")
    settings = load(tmp_path, '[packs]\nfolder = "mine"\n[scripts]\nfolder = "/srv/scripts"\n')
    assert settings.database.url == f"sqlite:///{tmp_path}/garbo.db"
    assert settings.privacy.hash_key_file == tmp_path / "garbo.key"
    assert (settings.packs.folder, settings.scripts.folder) == (tmp_path / "mine", Path("/srv/scripts"))


def test_the_environment_beats_the_file(tmp_path: Path) -> None:
    """Numbers, switches and lists, these as JSON or separated by commas."""
    settings = load(
        tmp_path,
        '[gate]\ndeadline_ms = 200\n[asterisk]\napps = ["garbo-a"]\n',
        GARBO_GATE__DEADLINE_MS="250",
        GARBO_ASTERISK__ANNOUNCE="no",
        GARBO_ASTERISK__APPS="garbo-a, garbo-b",
        GARBO_ASTERISK__EXEMPT_NUMBERS='["+390612345678"]',
        GARBO_CONFIG="ignored.toml",
    )
    assert settings.gate.deadline_ms == 250
    assert settings.asterisk.announce is False
    assert settings.asterisk.apps == ("garbo-a", "garbo-b")
    assert settings.asterisk.exempt_numbers == ("+390612345678",)


def test_another_gate_needs_no_list_of_apps(tmp_path: Path) -> None:
    """A lone `app` is also the only one that the dialplan tries."""
    assert load(tmp_path, "", GARBO_ASTERISK__APP="garbo-z").asterisk.apps == ("garbo-z",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[asterisk]\n\nari_ulr = "x"\n', r"garbo.toml:3: unknown key ari_ulr in \[asterisk\]; did you mean ari_url\?"),
        ("[gates]\n", r"garbo.toml:1: unknown section \[gates\]; did you mean gate\?"),
        ("[asterisk]\ndeadline_ms = 1\n", r"garbo.toml:2: unknown key deadline_ms .* belongs in \[gate\]"),
        ('app = "x"\n', r"garbo.toml:1: app stands outside a section; it belongs in \[asterisk\]"),
        ("gate = 3\n", r"garbo.toml:1: gate is a section"),
        ("[gate]\ndeadline_ms = '300'\n", r"garbo.toml:2: \[gate\] deadline_ms: .*integer"),
        ("[gate]\nregion = 'XQ'\n", r"garbo.toml:2: .*ISO 3166"),
        ("[gate]\ninternal_patterns = ['_X.']\n", r"garbo.toml:2: \[gate\] internal_patterns"),
        ("[gate]\ninternal_patterns = ['_XXXXXXXXXX']\n", r"longer than 7 digits"),
        ("[asterisk]\nguarded_trunks = ['PJSIP/a,20']\n", r"garbo.toml:2: \[asterisk\] guarded_trunks"),
        ("[asterisk]\napp = 'b'\napps = ['a']\n", r"not among apps"),
        ("[asterisk]\nbypass = 'ignore'\n", r"garbo.toml:2: \[asterisk\] bypass"),
        ("[database]\nurl = 'mysql://x/y'\n", r"garbo.toml:2: \[database\] url"),
        (
            "[packs]\nswitched_on = ['prefix_400']\n",
            r"garbo.toml:2: \[packs\] switched_on: 'prefix_400' is not .*pack/rule",
        ),
        ("[holidays]\nlocal_days = ['12-07']\n", r"garbo.toml:2: \[holidays\] local_days: '12-07' .* write IT 12-07"),
        ("[holidays]\nlocal_days = ['IT 30-02']\n", r"garbo.toml:2: .*there is no day 30-02"),
        ("[holidays]\nlocal_days = ['IT 7 dicembre']\n", r"garbo.toml:2: .*is no day; write 12-07"),
        ("[web\n", r"not valid TOML.*line 1"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    """File, line, key, and what would be right."""
    with pytest.raises(ConfigError, match=said):
        load(tmp_path, text)


def test_open_points_and_local_days_are_lists(tmp_path: Path) -> None:
    """In the file and in the environment; none are chosen unless somebody does."""
    assert (load(tmp_path, "").packs.switched_on, load(tmp_path, "").holidays.local_days) == ((), ())
    text = '[packs]\nswitched_on = ["es/prefix_400"]\n[holidays]\nlocal_days = ["IT 12-07", "ES 2026-10-09"]\n'
    said = {"GARBO_PACKS__SWITCHED_ON": "es/prefix_400", "GARBO_HOLIDAYS__LOCAL_DAYS": "IT 12-07,ES 2026-10-09"}
    for settings in (load(tmp_path, text), load(tmp_path, "", **said)):
        assert settings.packs.switched_on == ("es/prefix_400",)
        assert settings.holidays.local_days == ("IT 12-07", "ES 2026-10-09")


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("GARBO_GATE__DEADLINE", "1", "unknown variable GARBO_GATE__DEADLINE; did you mean GARBO_GATE__DEADLINE_MS"),
        ("GARBO_FOO", "1", "unknown variable GARBO_FOO"),
        ("GARBO_WEB__PORT", "many", "GARBO_WEB__PORT must be a whole number"),
        ("GARBO_WEB__PORT", "99999", "environment: GARBO_WEB__PORT"),
        ("GARBO_ASTERISK__APPS", "[1", "GARBO_ASTERISK__APPS is neither"),
    ],
)
def test_a_wrong_variable_is_named(tmp_path: Path, variable: str, value: str, said: str) -> None:
    """A variable that begins with GARBO_ is a key, or a mistake."""
    with pytest.raises(ConfigError, match=said):
        load(tmp_path, "", **{variable: value})


def test_secrets_come_from_files(tmp_path: Path) -> None:
    """Without the line end, relative to the configuration, and never shown."""
    (tmp_path / "ari.password").write_text("hush\n")
    settings = load(tmp_path, '[asterisk]\nari_password_file = "ari.password"\n')
    assert settings.asterisk.ari_password == "hush"
    assert "hush" not in repr(settings)


def test_a_secret_said_twice_is_refused(tmp_path: Path) -> None:
    """Key and file in one place contradict each other; the environment's form replaces the file's."""
    (tmp_path / "s").write_text("from-file")
    text = '[asterisk]\nami_secret = "plain"\n'
    with pytest.raises(ConfigError, match="both ami_secret and ami_secret_file"):
        load(tmp_path, text + 'ami_secret_file = "s"\n')
    assert load(tmp_path, text, GARBO_ASTERISK__AMI_SECRET_FILE="s").asterisk.ami_secret == "from-file"


def test_a_missing_secret_file_is_named(tmp_path: Path) -> None:
    """With the line that names it."""
    with pytest.raises(ConfigError, match=r"garbo.toml:2: .*nowhere cannot be read"):
        load(tmp_path, '[asterisk]\nari_password_file = "nowhere"\n')


def test_the_file_is_searched_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--config, GARBO_CONFIG, then the folder one stands in."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "garbo.toml").write_text("")
    assert find_file(Path("a.toml"), {"GARBO_CONFIG": "b.toml"}) == Path("a.toml")
    assert find_file(None, {"GARBO_CONFIG": "b.toml"}) == Path("b.toml")
    assert find_file(None, {}) == Path("garbo.toml")


def test_a_named_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    """Nothing falls back to defaults silently."""
    with pytest.raises(ConfigError, match=r"none\.toml"):
        load_settings(tmp_path / "none.toml", {})


def test_the_environment_alone_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container there may be no file; with neither, the error says how to begin."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ari_app.config.load.SEARCHED", (Path("garbo.toml"),))
    assert load_settings(None, {"GARBO_WEB__PORT": "9000"}).database.url == f"sqlite:///{tmp_path}/garbo.db"
    with pytest.raises(ConfigError, match="garbo init"):
        load_settings(None, {})


def test_a_key_file_is_private_and_never_replaced(tmp_path: Path) -> None:
    """Mode 0600, 64 hexadecimal digits, and the same keyring each time."""
    path = tmp_path / "garbo.key"
    create_key_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(path.read_text().strip()) == 64
    assert read_keyring(path) == read_or_create_keyring(path)
    with pytest.raises(ConfigError, match="there is a key already"):
        create_key_file(path)


@pytest.mark.parametrize("text", ["", "zz", "00" * 31, "é"])
def test_what_is_no_key_is_refused(tmp_path: Path, text: str) -> None:
    """A damaged key would make every number in the database unfindable."""
    path = tmp_path / "garbo.key"
    path.write_text(text)
    with pytest.raises(ConfigError, match="not a key file"):
        read_keyring(path)


def test_a_missing_key_is_not_made_anew(tmp_path: Path) -> None:
    """Reading never creates."""
    with pytest.raises(ConfigError, match="missing"):
        read_keyring(tmp_path / "garbo.key")
    assert not list(tmp_path.iterdir())


RING = Keyring.from_secret(b"\1" * 32).followed_by(b"\2" * 32, datetime(2026, 11, 22, 10, tzinfo=UTC))


def test_a_key_file_of_several_secrets_is_read_as_it_was_written(tmp_path: Path) -> None:
    """A line a secret, oldest first."""
    path = tmp_path / "garbo.key"
    path.write_text(key_text(RING))
    assert path.read_text().splitlines() == [f"{'01' * 32} 2026-11-22T10:00:00+00:00", "02" * 32]
    assert read_keyring(path) == RING


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{'01' * 32}\n{'02' * 32}\n", "key:1: .* says since when"),
        (f"{'01' * 32} yesterday\n{'02' * 32}\n", "key:1: .* says since when"),
        (f"{'01' * 32} 2026-11-22T10:00:00+00:00\n", "key:1: the newest secret is missing"),
        (f"{'01' * 32} 2026-11-22T10:00:00+00:00\n{'02' * 31}\n", "key:2: .* 31 bytes where 32"),
    ],
)
def test_a_key_file_that_lost_a_line_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """With the line, and what is missing there."""
    path = tmp_path / "garbo.key"
    path.write_text(text)
    with pytest.raises(ConfigError, match=said):
        read_keyring(path)


def test_a_successor_waits_beside_and_takes_the_place_once(tmp_path: Path) -> None:
    """Readable by whoever reads the old one; never written over one that waits."""
    path = tmp_path / "garbo.key"
    create_key_file(path)
    path.chmod(0o640)
    new = successor_of(read_keyring(path), datetime(2026, 11, 22, 10, tzinfo=UTC))
    write_beside(path, new)
    with pytest.raises(ConfigError, match="waits there already"):
        write_beside(path, RING)
    assert beside(path).stat().st_mode & 0o777 == 0o640
    put_in_place(path, new)
    put_in_place(path, new)
    assert (read_keyring(path), [each.name for each in tmp_path.iterdir()]) == (new, ["garbo.key"])
    with pytest.raises(ConfigError, match="is gone"):
        put_in_place(path, RING)

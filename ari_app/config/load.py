"""
Where settings come from: a file found in a fixed order, with the environment over it.

Relative paths count from the file's folder, or from the current one if there is only the environment. Whatever is not
known is an error that names it: a mistyped key would otherwise be a rule that is silently not in force.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ari_app.config.crm import CrmSection
from ari_app.config.environment import CONFIG_VARIABLE, over, said_in
from ari_app.config.errors import ConfigError
from ari_app.config.places import Places, closest
from ari_app.config.sections import (
    AsteriskSection,
    CanarySection,
    DatabaseSection,
    DeskSection,
    FastAgiSection,
    GateSection,
    HolidaysSection,
    PacksSection,
    PrivacySection,
    ReconciliationSection,
    RegistersSection,
    RetentionSection,
    ScreeningSection,
    ScriptsSection,
    Section,
    WebSection,
)
from ari_app.config.webhooks import WebhooksSection

SECTIONS: dict[str, type[Section]] = {
    "asterisk": AsteriskSection,
    "database": DatabaseSection,
    "gate": GateSection,
    "packs": PacksSection,
    "holidays": HolidaysSection,
    "registers": RegistersSection,
    "screening": ScreeningSection,
    "scripts": ScriptsSection,
    "privacy": PrivacySection,
    "retention": RetentionSection,
    "web": WebSection,
    "webhooks": WebhooksSection,
    "desk": DeskSection,
    "fastagi": FastAgiSection,
    "canary": CanarySection,
    "reconciliation": ReconciliationSection,
}
PER_PRINCIPAL: dict[str, type[Section]] = {"crm": CrmSection}
"""Sections that there may be one of for each principal, as `[crm.fastnet]`; they have to stand in the file."""
SEARCHED = (Path("garbo.toml"), Path("/etc/garbo/garbo.toml"))
_SQLITE_FILE = "sqlite:///"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that is configured; paths are absolute and secrets are read."""

    path: Path | None
    """The file it comes from; None: the environment alone."""
    folder: Path
    """Where relative paths count from."""
    asterisk: AsteriskSection
    database: DatabaseSection
    gate: GateSection
    packs: PacksSection
    holidays: HolidaysSection
    registers: RegistersSection
    screening: ScreeningSection
    scripts: ScriptsSection
    privacy: PrivacySection
    retention: RetentionSection
    web: WebSection
    webhooks: WebhooksSection
    desk: DeskSection
    fastagi: FastAgiSection
    canary: CanarySection
    reconciliation: ReconciliationSection
    crm: Mapping[str, CrmSection]
    """By principal."""


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """
    The settings of this installation; `path` is what `--config` said.

    Raises ConfigError: nothing is configured at all, a file cannot be read, a key, section or variable is unknown, or
    a value cannot be right.
    """
    found = find_file(path, environ)
    if found is None and not any(name.startswith("GARBO_") and name != CONFIG_VARIABLE for name in environ):
        raise ConfigError("no configuration: neither ./garbo.toml nor /etc/garbo/garbo.toml; `garbo init` writes one")
    places = Places(found, _text(found) if found else "")
    table = _with_own_sections(_parsed(places), places)
    kinds = SECTIONS | {name: PER_PRINCIPAL[name.partition(".")[0]] for name in table if "." in name}
    places = replace(places, variables=said_in(environ, kinds))
    _refuse_unknown(table, kinds, places)
    values = over(table, environ, kinds)
    folder = (found.parent if found else Path()).absolute()
    sections = {name: _section(name, kind, values.get(name, {}), folder, places) for name, kind in kinds.items()}
    crms = {name.partition(".")[2]: sections.pop(name) for name in kinds if name not in SECTIONS}
    settings = Settings(path=found.absolute() if found else None, folder=folder, crm=crms, **sections)  # type: ignore[arg-type]  # a section each, by name
    _leave_time(settings, places)
    return settings


def find_file(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The file that `--config`, else `GARBO_CONFIG`, else the usual places name; only the last may be missing."""
    named = path or (Path(environ[CONFIG_VARIABLE]) if environ.get(CONFIG_VARIABLE) else None)
    return named or next((place for place in SEARCHED if place.is_file()), None)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except OSError as failure:
        raise ConfigError(f"{path}: {failure.strerror}") from failure
    except UnicodeDecodeError as failure:
        raise ConfigError(f"{path}: not UTF-8 text") from failure


def _parsed(places: Places) -> dict[str, Any]:
    try:
        return tomllib.loads(places.text)
    except tomllib.TOMLDecodeError as failure:
        raise ConfigError(f"{places.path}: not valid TOML: {failure}") from failure


def _with_own_sections(table: dict[str, Any], places: Places) -> dict[str, Any]:
    """Each principal's table as a section of its own, as `crm.fastnet`."""
    flat: dict[str, Any] = {}
    for section, keys in table.items():
        if section not in PER_PRINCIPAL:
            flat[section] = keys
            continue
        for principal, own in keys.items() if isinstance(keys, dict) else [("", keys)]:
            if not isinstance(own, dict) or not _ID.fullmatch(principal):
                where = places.of(section, principal)
                raise ConfigError(f"{where}: {section} has a table for each principal: write [{section}.PRINCIPAL]")
            flat[f"{section}.{principal}"] = own
    if len({re.sub(r"[^a-z0-9]", "_", name.lower()) for name in flat}) < len(flat):
        own = ", ".join(f"[{name}]" for name in flat if "." in name)
        raise ConfigError(f"{places.of('')}: among {own} two have the same environment variables: rename a principal")
    return flat


def _leave_time(settings: Settings, places: Places) -> None:
    """A CRM that has the whole of a verdict's time leaves none for the verdict."""
    most = settings.gate.deadline_ms * 2 // 3
    for principal, crm in settings.crm.items():
        if crm.timeout_ms > most:
            section = f"crm.{principal}"
            raise ConfigError(
                f"{places.of(section, 'timeout_ms')}: [{section}] timeout_ms: {crm.timeout_ms} leaves too little of "
                f"gate.deadline_ms = {settings.gate.deadline_ms}: at most {most}"
            )


def _refuse_unknown(table: dict[str, Any], kinds: Mapping[str, type[Section]], places: Places) -> None:
    for section, keys in table.items():
        if section not in kinds:
            owners = [f"[{name}]" for name, kind in SECTIONS.items() if section in kind.model_fields]
            if isinstance(keys, dict) or not owners:
                near = closest(section, [*SECTIONS, *PER_PRINCIPAL])
                raise ConfigError(f"{places.of(section)}: unknown section [{section}]{near}")
            raise ConfigError(
                f"{places.of('', section)}: {section} stands outside a section; it belongs in {owners[0]}"
            )
        if not isinstance(keys, dict):
            raise ConfigError(f"{places.of('', section)}: {section} is a section: write [{section}]")
        known = kinds[section].model_fields
        for key in keys:
            if key in known:
                continue
            owners = [f"[{name}]" for name, kind in SECTIONS.items() if key in kind.model_fields]
            hint = f"; it belongs in {owners[0]}" if owners else closest(key, known)
            raise ConfigError(f"{places.of(section, key)}: unknown key {key} in [{section}]{hint}")


def _section(name: str, kind: type[Section], given: dict[str, Any], folder: Path, places: Places) -> Section:
    values = _with_secrets(name, kind, given, folder, places)
    if name == "asterisk" and "app" in values and "apps" not in values:
        values["apps"] = [values["app"]]
    try:
        checked = kind.model_validate(values)
    except ValidationError as failure:
        fault = failure.errors(include_url=False)[0]
        key = str(fault["loc"][0]) if fault["loc"] else ""
        said = fault["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{places.of(name, key)}: [{name}] {key + ': ' if key else ''}{said}") from failure
    return checked.model_copy(update=_absolute(checked, folder))


def _absolute(section: Section, folder: Path) -> dict[str, object]:
    paths: dict[str, object] = {
        key: folder / value for key in type(section).model_fields if isinstance(value := getattr(section, key), Path)
    }
    if isinstance(section, DatabaseSection) and section.url.startswith(_SQLITE_FILE):
        file = section.url.removeprefix(_SQLITE_FILE)
        if file and not file.startswith((":memory:", "file:")):
            paths["url"] = f"{_SQLITE_FILE}{folder / file}"
    return paths


def _with_secrets(
    name: str, kind: type[Section], given: dict[str, Any], folder: Path, places: Places
) -> dict[str, Any]:
    values = dict(given)
    for key in kind.model_fields:
        file_key = f"{key}_file"
        if file_key not in kind.model_fields or not values.get(file_key):
            continue
        if values.get(key):
            raise ConfigError(f"{places.of(name, file_key)}: both {key} and {file_key} are set in [{name}]: keep one")
        file = folder / str(values[file_key])
        try:
            values[key] = file.read_text("utf-8").strip("\r\n")
        except (OSError, UnicodeDecodeError) as failure:
            raise ConfigError(f"{places.of(name, file_key)}: {file} cannot be read: {failure}") from failure
    return values

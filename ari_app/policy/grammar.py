"""
Rule packs: TOML text to `Pack`, with every mistake named by file, line and key.

The form of the tables is checked by the models in `pack_file`; what they mean together is checked here: kinds exist
and take these parameters, ids are single, `unless` names a ground, texts use placeholders that their kind fills.
"""

import string
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from types import MappingProxyType
from typing import Any, TypeVar, get_args, get_type_hints

from pydantic import BaseModel, TypeAdapter, ValidationError

from ari_app.policy.calendar import LocalDay
from ari_app.policy.duties import DUTY_KINDS
from ari_app.policy.grounds import GROUND_KINDS
from ari_app.policy.pack import COMMON_PLACEHOLDERS, Duty, Ground, Pack, Rule, RuleKind
from ari_app.policy.pack_file import REGISTER_KEYS, REGISTERS, DutyTable, GroundTable, PackHead, RuleTable
from ari_app.policy.rules import RULE_KINDS
from ari_app.policy.source_text import FileMistakes, Mistake, Path, SourceText, keys_of, mistakes_of, read_source

Table = TypeVar("Table", bound=BaseModel)
Kind = TypeVar("Kind")

_LISTS = ("rule", "ground", "duty")


class PackError(FileMistakes):
    """A pack file cannot be used."""


def parse_pack(
    text: str,
    *,
    name: str,
    switched_on: Collection[str] = (),
    local_days: Mapping[str, Sequence[LocalDay]] = MappingProxyType({}),
) -> Pack:
    """
    Read a pack file; `name` is the file's name, for its mistakes.

    `switched_on` names the open points, as `pack/rule`, that bind in this installation; all others are off.
    `local_days` are the installation's own holidays by calendar: those of `US` count for `US-AL` as well.

    Raises PackError: with every mistake's line and key, and what would be right.
    """
    return _PackReader(read_source(text, name=name, error_type=PackError), switched_on, local_days).pack()


class _PackReader:
    """Reads one file once; gathers mistakes on the way, so that all are told at once."""

    def __init__(
        self, source: SourceText, switched_on: Collection[str], local_days: Mapping[str, Sequence[LocalDay]]
    ) -> None:
        self._source = source
        self._switched_on = switched_on
        self._local_days = local_days
        self._mistakes: list[Mistake] = []
        self._holidays = ""

    def pack(self) -> Pack:
        head = self._head()
        self._holidays = head.holidays if head else str(self._source.values.get("holidays", ""))
        grounds = tuple(self._grounds())
        duties = tuple(self._duties())
        rules = tuple(self._rules(self._ids("ground")))
        if self._mistakes or head is None:
            raise PackError(self._mistakes)
        if not rules:
            raise PackError(
                [self._source.mistake((), "a pack needs at least one [[rule]]; without rules no call goes out")]
            )
        return Pack(
            id=head.id,
            version=head.version,
            jurisdiction=head.jurisdiction,
            status=head.status,
            title=head.title,
            sha256=self._source.sha256,
            rules=rules,
            grounds=grounds,
            duties=duties,
            holidays=head.holidays,
            reviewed_by=head.reviewed_by,
            reviewed_on=head.reviewed_on,
        )

    def _head(self) -> PackHead | None:
        head = {key: value for key, value in self._source.values.items() if key not in _LISTS}
        return self._table(PackHead, head, (), known=(*keys_of(PackHead), *_LISTS))

    def _rules(self, grounds: frozenset[str]) -> Iterable[Rule]:
        for path, raw in self._entries("rule"):
            table = self._table(RuleTable, raw, path)
            kind = self._kind(RULE_KINDS, raw, path)
            self._check_unless(raw, path, grounds)
            self._check_placeholders(raw, path)
            if table is not None and kind is not None:
                yield Rule(
                    id=table.id,
                    kind=kind,
                    force=table.force,
                    source=table.source.as_source(),
                    text=table.text,
                    when=table.when.as_when(),
                    unless=tuple(table.unless),
                    effective_from=table.effective_from,
                    effective_to=table.effective_to,
                    optional=table.optional,
                    switched_on=self._is_on(table),
                )

    def _grounds(self) -> Iterable[Ground]:
        for path, raw in self._entries("ground"):
            table, kind = self._table(GroundTable, raw, path), self._kind(GROUND_KINDS, raw, path)
            if table is not None and kind is not None:
                source = table.source.as_source() if table.source else None
                on = self._is_on(table)
                yield Ground(id=table.id, kind=kind, source=source, optional=table.optional, switched_on=on)

    def _duties(self) -> Iterable[Duty]:
        for path, raw in self._entries("duty"):
            table, kind = self._table(DutyTable, raw, path), self._kind(DUTY_KINDS, raw, path)
            if table is not None and kind is not None:
                yield Duty(
                    id=table.id,
                    kind=kind,
                    when=table.when.as_when(),
                    force=table.force,
                    source=table.source.as_source() if table.source else None,
                    effective_from=table.effective_from,
                    effective_to=table.effective_to,
                )

    def _is_on(self, table: RuleTable | GroundTable) -> bool:
        return not table.optional or f"{self._source.values.get('id')}/{table.id}" in self._switched_on

    def _entries(self, list_name: str) -> Iterable[tuple[Path, dict[str, Any]]]:
        entries = self._source.values.get(list_name, [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            self._note((list_name,), f"write [[{list_name}]], with two brackets, above each {list_name}")
            return
        seen: dict[str, int] = {}
        for place, raw in enumerate(entries):
            entry_id = raw.get("id")
            if isinstance(entry_id, str) and seen.setdefault(entry_id, place) != place:
                self._note(
                    (list_name, place, "id"), f"another {list_name} is called {entry_id}; every id is given once"
                )
            yield (list_name, place), raw

    def _ids(self, list_name: str) -> frozenset[str]:
        entries = self._source.values.get(list_name, [])
        return frozenset(str(raw.get("id")) for raw in entries if isinstance(raw, dict))

    def _table(
        self, model: type[Table], raw: Mapping[str, Any], path: Path, known: Iterable[str] | None = None
    ) -> Table | None:
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            self._mistakes += mistakes_of(error, self._source, path, known or keys_of(model))
            return None

    def _kind(self, kinds: Mapping[str, type[Kind]], raw: Mapping[str, Any], path: Path) -> Kind | None:
        kind_name = raw.get("kind")
        params = raw.get("params", {})
        if not isinstance(kind_name, str) or not isinstance(params, dict):
            return None  # the table's own check has said so
        if kind_name not in kinds:
            self._note((*path, "kind"), _no_such_kind(kind_name, kinds))
            return None
        cls: Any = kinds[kind_name]
        names = [field.name for field in fields(cls) if field.init]
        if "holidays" in names and self._holidays:
            params = {"holidays": self._holidays, **params}
        if "local_days" in names:
            params = self._with_local_days(params)
        at = (*path, "params")
        self._check_registers(params, at)
        loose = dict(_loosely_typed(cls, params))
        kind: Kind | None = None
        try:
            kind = TypeAdapter(cls).validate_python(params)
        except ValidationError as error:
            self._mistakes += mistakes_of(error, self._source, at, names)
            loose = {key: what for key, what in loose.items() if all(key not in each["loc"] for each in error.errors())}
        for key, what in loose.items():
            self._note((*at, key), what)
        return kind

    def _check_registers(self, params: Mapping[str, Any], at: Path) -> None:
        for key in REGISTER_KEYS:
            named = params.get(key)
            meant = [each for each in REGISTERS if isinstance(named, str) and named.casefold() == each.casefold()]
            if meant and named not in meant:
                self._note((*at, key), f"{named!r} is written {meant[0]}; there are {', '.join(REGISTERS)}")

    def _with_local_days(self, params: dict[str, Any]) -> dict[str, Any]:
        calendar = str(params.get("holidays", ""))
        days = [*self._local_days.get(calendar.partition("-")[0], ())]
        if "-" in calendar:
            days += self._local_days.get(calendar, ())
        own = params.get("local_days", [])
        if not days or not isinstance(own, list):
            return params
        return {**params, "local_days": [*own, *days]}

    def _check_unless(self, raw: Mapping[str, Any], path: Path, grounds: frozenset[str]) -> None:
        names = raw.get("unless", [])
        for ground in names if isinstance(names, list) else []:
            if ground not in grounds:
                there = f"there are {', '.join(sorted(grounds))}" if grounds else "it has none: add a [[ground]]"
                self._note((*path, "unless"), f"{ground!r} is no ground of this pack; {there}")

    def _check_placeholders(self, raw: Mapping[str, Any], path: Path) -> None:
        kind: type[RuleKind] | None = RULE_KINDS.get(str(raw.get("kind")))
        texts = raw.get("text", {})
        if kind is None or not isinstance(texts, dict):
            return
        fillable = sorted((*kind.gives, *COMMON_PLACEHOLDERS))
        for language, text in texts.items():
            for placeholder in _placeholders(str(text)):
                if placeholder not in fillable:
                    what = f"{{{placeholder}}} is never filled; this kind fills {', '.join(fillable)}"
                    self._note((*path, "text", language), what)

    def _note(self, path: Path, what: str) -> None:
        self._mistakes.append(self._source.mistake(path, what))


def unknown_registers(text: str, *, name: str) -> Iterator[Mistake]:
    """
    Parameters that name a register which no built-in pack knows: it may be another one, or a slip of the keyboard.

    Raises PackError: the text is no TOML.
    """
    source = read_source(text, name=name, error_type=PackError)
    for list_name in _LISTS:
        entries = source.values.get(list_name)
        for place, raw in enumerate(entries if isinstance(entries, list) else []):
            params = raw.get("params") if isinstance(raw, dict) else None
            for key in REGISTER_KEYS:
                named = params.get(key) if isinstance(params, dict) else None
                if isinstance(named, str) and named and named.upper() not in REGISTERS:
                    what = f"no built-in pack knows the register {named!r}; known: {', '.join(REGISTERS)}"
                    yield source.mistake((list_name, place, "params", key), what)


def _loosely_typed(cls: type[Any], params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    # pydantic would read the text "3" and `true` as numbers, and "yes" as true. Strict, it would take no tables.
    hints = get_type_hints(cls)
    for key, value in params.items():
        hint = hints.get(key)
        kinds = get_args(hint) or (hint,)
        if bool in kinds and not isinstance(value, bool):
            yield key, f"write true or false, without quotes, not {value!r}"
        elif int in kinds and (isinstance(value, bool) or not isinstance(value, int)):
            yield key, f"write a whole number, without quotes, not {value!r}"
        elif float in kinds and (isinstance(value, bool) or not isinstance(value, int | float)):
            yield key, f"write a number, without quotes, not {value!r}"


def _no_such_kind(name: str, kinds: Mapping[str, Any]) -> str:
    for list_name, others in (("rule", RULE_KINDS), ("ground", GROUND_KINDS), ("duty", DUTY_KINDS)):
        if name in others:
            unless = ", and name it in the unless of a rule" if list_name == "ground" else ""
            return f"{name} is a {list_name}: write [[{list_name}]] above it{unless}"
    return f"no kind is called {name!r}; there are {', '.join(sorted(kinds))}"


def _placeholders(text: str) -> list[str]:
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        return ["…"]  # a brace without its partner
    return [
        name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
        for _, name, form, conversion in parts
        if name is not None
    ]

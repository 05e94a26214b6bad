"""Scripts looked at from outside: those that are served, a file linted, the words one callee would hear."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ari_app.config import Settings
from ari_app.main.books import open_database
from ari_app.main.clocks import SystemClock
from ari_app.main.courtroom import open_courtroom, packs
from ari_app.policy.pack import CORE, Pack
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, Campaign, Door
from ari_app.policy.scripts import Script, Situation, Step, parse_script
from ari_app.policy.scripts.campaigns import unfit_in
from ari_app.policy.scripts.fields import merge_fields
from ari_app.policy.scripts.findings import Finding
from ari_app.policy.scripts.lint import lint
from ari_app.policy.scripts.owed import owed_by
from ari_app.policy.scripts.record_fields import fields_of_record
from ari_app.policy.scripts.routing import variant_of
from ari_app.policy.scripts.shown import Shown, shown
from ari_app.policy.scripts.situation import situation_of_record
from ari_app.policy.scripts.walking import begin
from ari_app.sight import StructlogObserver
from ari_app.stores.directory import Directory
from ari_app.stores.packs import built_in, built_in_ids
from ari_app.stores.scripts import Scripts
from ari_app.stores.shelf import ScriptShelf


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """What the operator would see first."""

    script: Script
    step: Step
    variant: str
    language: str
    words: Shown
    answers: Mapping[str, Shown]
    """By their ids."""
    record: VerdictRecord | None
    """The verdict this call would get; None: no campaign was named, so nothing is known."""

    @property
    def why(self) -> str:
        """Why this script and these words, as the verdict says; empty: it says nothing of this script."""
        chosen = self.record.script if self.record else None
        return chosen.why if chosen and chosen.id == self.script.id else ""

    @property
    def instead(self) -> str:
        """The other script that this call would be given, and why; empty: it would be given this one, or none."""
        chosen = self.record.script if self.record else None
        return f"{chosen.id}. {chosen.why}" if chosen and chosen.id != self.script.id else ""


def served_scripts(settings: Settings) -> Mapping[str, Script]:
    """The scripts that are served now, by id. Raises StoreError."""
    with closing(open_database(settings)) as database:
        shelf = ScriptShelf(
            Scripts(database, SystemClock()), folder=settings.scripts.folder, observer=StructlogObserver()
        )
        shelf.refresh()
        return dict(shelf.at_hand())


def script_in(target: str, settings: Callable[[], Settings]) -> Script:
    """
    A script by its file, or by its id if it is served; `settings` is asked only for an id.

    Raises ScriptError: the file is not valid. OSError, UnicodeDecodeError: it cannot be read. LookupError: there is no
    script of this id.
    """
    file = Path(target)
    if file.suffix == ".toml" or file.is_file():
        return parse_script(file.read_text(encoding="utf-8"), name=str(file))
    served = served_scripts(settings())
    if target not in served:
        raise LookupError(f"there is no script {target!r}; there are {', '.join(sorted(served)) or 'none'}")
    return served[target]


def lint_script(
    script: Script,
    names: Sequence[str],
    settings: Callable[[], Settings],
    *,
    sector: str = "",
    campaigns: Sequence[str] = (),
) -> tuple[Finding, ...]:
    """
    What is wrong with a script under these packs, those of these campaigns, and `core`.

    `settings` is asked only for campaigns, and for packs of one's own. Raises LookupError: there is no valid pack, or
    no campaign, of that name. StoreError.
    """
    spoken_in = _campaigns(campaigns, settings()) if campaigns else ()
    of_campaigns = [pack for campaign in spoken_in for pack in campaign.packs]
    at_hand = [_pack(name, settings) for name in dict.fromkeys((CORE, *names, *of_campaigns))]
    owed = owed_by(script, at_hand, sector=sector)
    found = lint(script, required=owed.required, before_offer=owed.before_offer, only_for=owed.only_for)
    return (*found, *unfit_in(script, spoken_in))


def _campaigns(names: Sequence[str], settings: Settings) -> tuple[Campaign, ...]:
    with closing(open_database(settings)) as database:
        there = {campaign.id: campaign for campaign in Directory(database).campaigns()}
    if missing := next((name for name in names if name not in there), ""):
        raise LookupError(f"there is no campaign {missing!r}; see `garbo campaign list`")
    return tuple(there[name] for name in dict.fromkeys(names))


def _pack(name: str, settings: Callable[[], Settings]) -> Pack:
    if name in built_in_ids():
        return built_in(name)
    found = packs(settings()).get(name)
    if found is None:
        raise LookupError(f"there is no valid pack {name!r}; see `garbo packs list`")
    return found


def render_script(
    settings: Settings,
    script: Script,
    *,
    number: str,
    campaign: str = "",
    operator: str = "",
    language: str = "",
    at: datetime | None = None,
) -> Rendering:
    """
    The first step for this callee, filled by what the verdict would know; nothing is changed.

    Raises LookupError: there is no such campaign. StoreError.
    """
    if not campaign:
        spoken = _language(script, language, "")
        fields = merge_fields(Situation(), language=spoken, operator=operator)
        return _rendering(script, Situation(), "unknown", spoken, fields, None)
    record, held, speaker = asyncio.run(_looked_up(settings, number, campaign, operator, at))
    situation = situation_of_record(record)
    chosen = record.script if record.script is not None and record.script.id == script.id else None
    spoken = _language(script, language, chosen.language if chosen else record.language)
    fields = fields_of_record(record, language=spoken, operator_name=speaker, campaign=held)
    variant = chosen.variant if chosen else variant_of(situation)
    return _rendering(script, situation, variant, spoken, fields, record)


def _rendering(
    script: Script,
    situation: Situation,
    variant: str,
    language: str,
    fields: Mapping[str, object],
    record: VerdictRecord | None,
) -> Rendering:
    step = begin(script, situation).step
    return Rendering(
        script=script,
        step=step,
        variant=variant,
        language=language,
        words=shown(step.words(variant, language), fields, language),
        answers={each.id: shown(each.text[language], fields, language) for each in step.answers},
        record=record,
    )


def _language(script: Script, wished: str, otherwise: str) -> str:
    return next((each for each in (wished, otherwise) if each in script.title), script.languages[0])


async def _looked_up(
    settings: Settings, number: str, campaign: str, operator: str, at: datetime | None
) -> tuple[VerdictRecord, Campaign, str]:
    """The verdict, the campaign with its principal's name, and the name of the operator."""
    with closing(open_database(settings)) as database:
        directory = Directory(database)
        held = directory.campaign(campaign)
        if held is None:
            raise LookupError(f"there is no campaign {campaign!r}; see `garbo campaign list`")
        names = {principal.id: principal.name for principal in directory.principals()}
        speaker = directory.operator(operator) if operator else None
        room = open_courtroom(settings, database)
        try:
            room.scripts.refresh()
            ask = Ask(dialled=number, door=Door.CHECK, campaign=campaign, operator=operator)
            record = await room.judge.preview(ask, at=at)
        finally:
            await room.close()
        return record, replace(held, principal_name=names.get(held.principal, "")), speaker.name if speaker else ""

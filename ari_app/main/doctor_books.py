"""What the doctor gets to see of the database, and of what is kept beside it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

import phonenumbers

from ari_app.config import ConfigError, Settings, read_keyring
from ari_app.main.books import check_key, open_database
from ari_app.main.campaign_lists import terms_of
from ari_app.main.clocks import SystemClock
from ari_app.main.courtroom import packs
from ari_app.main.registers import open_registers
from ari_app.main.schema import current_revision
from ari_app.policy.docket import docket
from ari_app.policy.facts import Facts, Known
from ari_app.policy.held import CallerIdEntry
from ari_app.policy.list_terms import in_force
from ari_app.policy.numbers import Number
from ari_app.policy.pack import CORE, Pack
from ari_app.policy.request import Ask, CallRequest, Campaign, Door
from ari_app.policy.rules.caller_id_policy import CallerIdAllowed
from ari_app.ports.packs import Packs
from ari_app.ports.register_files import RegisterDamaged
from ari_app.ports.verdicts import StoreConflict, StoreError
from ari_app.stores import fact_queries, migrations
from ari_app.stores.campaign_lists import CampaignLists
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.past_imports import PastImports
from ari_app.stores.registrations import Registrations
from ari_app.stores.server import time_of, version_of
from ari_app.watch.doctor.books import Books, Screened, Server, of_books, of_server
from ari_app.watch.doctor.finding import Finding, found

_UNFINISHED_AFTER = timedelta(hours=1)
"""An import that takes so long was killed."""
_IMPORTS_LOOKED_AT = 200


def of_database(settings: Settings) -> Iterator[Finding]:
    """Everything that is wrong with the database and what it holds."""
    try:
        revision, head = current_revision(settings), migrations.head()
        if revision != head:
            yield found("database.schema", f"the database is at {revision or 'nothing'}, and this Garbo wants {head}")
            return
        with closing(open_database(settings)) as database:
            yield from of_server(_server(database))
            yield from _of_key(settings, database)
            yield from of_books(_books(settings, database), settings.asterisk.guarded_trunks)
    except StoreError as error:
        yield found("database.unreachable", str(error))


def phones_of(settings: Settings) -> Mapping[str, str]:
    """Operators' endpoints by operator, and campaigns' trunks by campaign; nothing where the database does not tell."""
    try:
        with closing(open_database(settings)) as database:
            directory = Directory(database)
            held = {f"operator {each.id}": each.endpoint or "" for each in directory.operators()}
            return held | {f"campaign {each.id}": each.trunk for each in directory.campaigns() if not each.closed}
    except StoreError:
        return {}


def _of_key(settings: Settings, database: Database) -> Iterator[Finding]:
    try:
        check_key(settings, database, read_keyring(settings.privacy.hash_key_file))
    except StoreConflict as error:
        yield found("database.key", str(error))
    except ConfigError:
        return  # of the machine: the key cannot be read


def _server(database: Database) -> Server:
    engine, version = version_of(database)
    held = time_of(database)
    ahead = held - SystemClock().now() if held is not None else timedelta(0)
    return Server(engine=engine, version=version, ahead=ahead)


def _books(settings: Settings, database: Database) -> Books:
    now, shelf = SystemClock().now(), packs(settings)
    campaigns = Directory(database).campaigns()
    at_hand = {each: pack for each in shelf.ids() if (pack := shelf.get(each)) is not None}
    open_ones = [each for each in campaigns if not each.closed]
    lists = CampaignLists(database)
    return Books(
        campaigns=campaigns,
        packs={each: pack.status for each, pack in at_hand.items()},
        published={(each.kind, each.principal): each.published_at for each in lists.newest()},
        now=now,
        caller_ids={each.id: _against_caller_id(each, at_hand, _declared(database, each), now) for each in open_ones},
        screened={each.id: _screened(settings, lists, each, shelf, now) for each in open_ones},
        default_campaign=settings.gate.default_campaign,
        unfinished=_unfinished(database, now),
        lapsed=_lapsed(database, now),
        registers=_registers(settings, now),
    )


def _declared(database: Database, campaign: Campaign) -> tuple[CallerIdEntry, ...]:
    """What was declared of the campaign's caller id, as every verdict reads it."""
    given = {"caller_id": campaign.caller_id}
    rows = database.read(lambda connection: connection.execute(fact_queries.caller_ids(), given).all())
    return tuple(CallerIdEntry(owner=row.owner, registered_in=row.registered_in) for row in rows)


def _against_caller_id(
    campaign: Campaign, at_hand: Mapping[str, Pack], declared: tuple[CallerIdEntry, ...], now: datetime
) -> Sequence[tuple[str, str]]:
    """What the rules in force have against the caller id, judged with an example number of the campaign's country."""
    named = [at_hand[pack] for pack in dict.fromkeys((CORE, *campaign.packs)) if pack in at_hand]
    example = phonenumbers.example_number(campaign.region)
    if example is None:
        return ()
    number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    request = CallRequest(
        call_id="",
        ask=Ask(dialled=number, door=Door.CHECK),
        callee=Number(number),
        campaign_id=campaign.id,
        campaign=campaign,
        operator_id="",
        operator=None,
        asked_at=now,
    )
    facts = replace(Facts.nothing_held(now), caller_ids=Known(declared, now))
    findings = (
        finding
        for standing in in_force(docket(named, campaign), now)
        if isinstance(standing.rule.kind, CallerIdAllowed)
        for finding in standing.rule.kind.judge(request, facts, now)
    )
    return tuple(dict.fromkeys((finding.code, _words(dict(finding.values)["why"])) for finding in findings))


def _words(said: object) -> str:
    return str(said.get("en", "")) if isinstance(said, Mapping) else str(said)


def _screened(
    settings: Settings, lists: CampaignLists, campaign: Campaign, shelf: Packs, now: datetime
) -> tuple[Screened, ...]:
    soon = now + timedelta(days=settings.screening.warn_days)
    cover = lists.cover(campaign, terms_of(campaign, shelf, now), now=now, soon=soon)
    return tuple(
        Screened(register=each.register, unanswered=each.missing + each.expired, expiring=each.expiring)
        for each in cover.registers
    )


def _unfinished(database: Database, now: datetime) -> tuple[str, ...]:
    held = PastImports(database).all(limit=_IMPORTS_LOOKED_AT)
    return tuple(
        f"import {each.id} of {each.kind} ({each.file}) was begun and never published"
        for each in held
        if each.state == "unfinished" and now - each.started_at > _UNFINISHED_AFTER
    )


def _lapsed(database: Database, now: datetime) -> tuple[str, ...]:
    directory = Directory(database)
    active = {each.agency for each in directory.campaigns() if not each.closed}
    held = [
        *(
            (f"agency {each.id}", "ROC", each.roc_until)
            for each in directory.agencies()
            if each.roc and each.id in active
        ),
        *(
            (f"{each.holder} {whose}", each.register, each.valid_until)
            for whose, each in Registrations(database).all()
            if each.holder == "principal" or whose in active
        ),
    ]
    return tuple(
        f"the entry of {whose} in {register} has run out" for whose, register, until in held if until and until <= now
    )


def _registers(settings: Settings, now: datetime) -> Mapping[str, str]:
    folder = open_registers(settings)
    faults: dict[str, str] = {}
    for name in folder.names():
        try:
            version = folder.current(name)
        except RegisterDamaged as damage:
            faults[name] = str(damage)
            continue
        ended = [each.prefix for each in version.coverage if each.valid_until <= now] if version else []
        if ended:
            faults[name] = f"its answers about {', '.join(ended)} have run out"
    return faults

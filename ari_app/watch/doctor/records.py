"""Checks on what the database holds: campaigns, their packs, caller ids and lists, and the database itself."""

from collections.abc import Iterator
from datetime import timedelta

from ari_app.watch.doctor.finding import Finding, Known, Severity
from ari_app.watch.doctor.seen import Records, Seen, Unseen

UNREACHABLE = Known(
    id="database.unreachable",
    severity=Severity.ERROR,
    what="The database does not answer: {cause}.",
    why="Every call is refused as `facts_unavailable`.",
    mend="Start it, and check database.url; `garbo init` begins a new installation.",
)
SCHEMA = Known(
    id="database.schema",
    severity=Severity.ERROR,
    what="The database is not at this program's schema: {cause}.",
    why="The gate does not start with it.",
    mend="`garbo db upgrade`, or install the newer Garbo that made it.",
)
ANOTHER_KEY = Known(
    id="database.key",
    severity=Severity.ERROR,
    what="The database and the key file do not belong together: {cause}.",
    why="No suppression in it would be found. The gate does not start so.",
    mend="Restore the key file from the backup; after an interrupted rotation, `garbo key rotate` again.",
)
OLD_SERVER = Known(
    id="database.version",
    severity=Severity.ERROR,
    what="{engine} {version} is older than what Garbo is made for ({least}).",
    why="Statements that every verdict needs may not be understood, and old versions get no more fixes.",
    mend="Update it.",
)
CLOCK = Known(
    id="clock.database",
    severity=Severity.WARNING,
    what="The database's clock is {seconds} s {way} this machine's.",
    why="What ends by the clock (reservations, sessions, promises) ends at another time for each of them.",
    mend="Let both follow the same time server: `timedatectl set-ntp true`.",
)
NO_CAMPAIGN = Known(
    id="campaign.none",
    severity=Severity.NOTE,
    what="There is no open campaign.",
    why="Every call is refused as `campaign_unknown`.",
    mend="`garbo principal add` and `garbo campaign add` make one.",
)
NO_PACK = Known(
    id="campaign.no_packs",
    severity=Severity.WARNING,
    what="Campaigns have no pack beside the built-in one.",
    why="No law of any country binds their calls: there is no calling window, and no register is asked.",
    mend="`garbo campaign set ID --pack it` (or the pack of the country that is called).",
)
PACK_MISSING = Known(
    id="campaign.pack_missing",
    severity=Severity.ERROR,
    what="Campaigns name packs that cannot be used.",
    why="All their calls are refused.",
    mend="`garbo packs lint FILE` says what is wrong; `garbo campaign set ID --pack …` names others.",
)
DRAFT = Known(
    id="pack.draft",
    severity=Severity.WARNING,
    what="Packs in force are drafts.",
    why="No lawyer has held their rules against the law, and nothing vouches for them.",
    mend='Have it reviewed (`garbo packs page` prints every rule with its source), then `status = "reviewed"` in it.',
)
SHADOW = Known(
    id="campaign.shadow",
    severity=Severity.WARNING,
    what="Campaigns are in shadow mode.",
    why="What their packs object to is noted, and called all the same.",
    mend="`garbo campaign set ID --packs-mode enforce` when the trial is over.",
)
UNGUARDED = Known(
    id="campaign.trunk_unguarded",
    severity=Severity.ERROR,
    what="Campaigns call on trunks that asterisk.guarded_trunks does not name.",
    why="Nobody watches these trunks: a call that goes round the gate is not seen there.",
    mend="Add them to guarded_trunks.",
)
UNREGISTERED = Known(
    id="campaign.caller_id_unregistered",
    severity=Severity.ERROR,
    what="Caller ids of campaigns are not on record in a register that their packs ask for.",
    why="All their calls are refused; in Italy a number that is not in the ROC must not be shown.",
    mend="`garbo import caller-ids FILE` with `registered_in` (ROC), after the number was entered there.",
)
CALLER_ID = Known(
    id="campaign.caller_id",
    severity=Severity.ERROR,
    what="Caller ids of campaigns are none that their packs let be shown.",
    why="All their calls are refused as `caller_id_not_allowed`.",
    mend="`garbo campaign set ID --caller-id +39…`, or declare whose it is with `garbo import caller-ids FILE`.",
)
DEFAULT = Known(
    id="campaign.default_unknown",
    severity=Severity.ERROR,
    what="gate.default_campaign names {name}, which is {state}.",
    why="Every call that names no campaign is refused.",
    mend="Correct gate.default_campaign; `garbo campaign list` names those there are.",
)
UNSCREENED = Known(
    id="lists.screening_expired",
    severity=Severity.WARNING,
    what="Contacts of open campaigns are not screened, or their screening has run out.",
    why="They are refused until the register was asked about them.",
    mend="`garbo screening export --principal P --campaign C --list FILE --register RPO -o OUT`, then `screening import`.",
)
EXPIRING = Known(
    id="lists.screening_expiring",
    severity=Severity.WARNING,
    what="Screenings of open campaigns run out within {days} days.",
    why="From then on these contacts are refused.",
    mend="`garbo screening export --principal P --campaign C --list FILE --register RPO -o OUT`, then `screening import`.",
)
CUSTOMERS = Known(
    id="lists.customers_stale",
    severity=Severity.WARNING,
    what="There is no list of customers, or it is older than {days} days, where an open campaign wins new ones.",
    why="Who has become a customer since is called as if they were none.",
    mend="`garbo import customers FILE --principal P`, regularly; or have the brand's CRM asked: [crm.P].",
)
UNFINISHED = Known(
    id="lists.unfinished",
    severity=Severity.WARNING,
    what="Imports were begun and never published.",
    why="What was in them has no say in any verdict.",
    mend="Import these lists again; `garbo lists list` shows each with its file.",
)
REGISTER = Known(
    id="lists.register_stale",
    severity=Severity.ERROR,
    what="Whole registers cannot be read, or answer no longer.",
    why="Whom a campaign has to ask them about is refused.",
    mend="`garbo register load NAME FILE` with the newest file.",
)
LAPSED = Known(
    id="registration.lapsed",
    severity=Severity.ERROR,
    what="Entries of agencies or principals in registers of callers have run out.",
    why="Where a pack asks for the entry, their calls are refused; where none does, they may be unlawful.",
    mend="`garbo registration add --register R --number N --until DATE` after it was renewed; for the ROC, "
    "`garbo agency add`.",
)
NO_CANARY = Known(
    id="canary.off",
    severity=Severity.NOTE,
    what="There is no canary.",
    why="Nobody tries now and then whether a call that must be refused really is.",
    mend='Suppress a number of your own and name it: `[canary] number = "+39…"`.',
)
KNOWN = (
    *(UNREACHABLE, SCHEMA, ANOTHER_KEY, OLD_SERVER, CLOCK),
    *(NO_CAMPAIGN, NO_PACK, PACK_MISSING, DRAFT, SHADOW, UNGUARDED, UNREGISTERED, CALLER_ID, DEFAULT),
    *(UNSCREENED, EXPIRING, CUSTOMERS, UNFINISHED, REGISTER, LAPSED, NO_CANARY),
)

OLDEST = {"sqlite": (3, 35), "postgresql": (13,)}
"""SQLite: `RETURNING`. PostgreSQL: the oldest that is still kept up."""
_CLOCK_MAY = timedelta(seconds=1)
_CUSTOMERS_MAY = timedelta(days=7)
_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def check(seen: Seen) -> Iterator[Finding]:
    """What is wrong with what is on record."""
    if not seen.wanted.canary:
        yield NO_CANARY.found()
    records = seen.records
    if isinstance(records, Unseen):
        yield SCHEMA.found(cause=records.cause) if records.refused else UNREACHABLE.found(cause=records.cause)
        return
    yield from _database(records)
    yield from _campaigns(records, seen)
    yield from _lists(records, seen)


def _database(records: Records) -> Iterator[Finding]:
    if records.key_fault:
        yield ANOTHER_KEY.found(cause=records.key_fault)
    least = OLDEST.get(records.engine, ())
    if records.server_version and records.server_version < least:
        version, needed = (".".join(map(str, each)) for each in (records.server_version, least))
        yield OLD_SERVER.found(engine=_NAMES[records.engine], version=version, least=needed)
    if abs(records.ahead) > _CLOCK_MAY:
        seconds = round(abs(records.ahead).total_seconds(), 1)
        yield CLOCK.found(seconds=seconds, way="ahead of" if records.ahead > timedelta(0) else "behind")


def _campaigns(records: Records, seen: Seen) -> Iterator[Finding]:
    held = records.campaigns
    if not held:
        yield NO_CAMPAIGN.found()
    yield from NO_PACK.at(each.id for each in held if not each.packs)
    yield from PACK_MISSING.at(f"{each.id}: {pack}" for each in held for pack in each.packs_missing)
    yield from DRAFT.at(pack for each in held for pack in each.drafts)
    yield from SHADOW.at(each.id for each in held if each.shadow)
    guarded = {trunk.rpartition("/")[2] for trunk in seen.wanted.guarded}
    yield from UNGUARDED.at(f"{each.id}: {each.trunk}" for each in held if each.trunk.rpartition("/")[2] not in guarded)
    yield from UNREGISTERED.at(
        f"{each.id}: {each.caller_id} in {name}" for each in held for name in each.unregistered_in
    )
    yield from CALLER_ID.at(f"{each.id}: {each.caller_id}: {why}" for each in held for why in each.caller_id_faults)
    default = seen.wanted.default_campaign
    if default and default not in {each.id for each in held}:
        yield DEFAULT.found(name=default, state="closed" if default in records.names else "unknown")


def _lists(records: Records, seen: Seen) -> Iterator[Finding]:
    held = records.campaigns
    yield from UNSCREENED.at(
        f"{each.id}: {count} in {name}" for each in held for name, count in each.unscreened.items() if count
    )
    yield from EXPIRING.at(
        (f"{each.id}: {count} in {name}" for each in held for name, count in each.expiring.items() if count),
        days=seen.wanted.warn_days,
    )
    old = seen.now - _CUSTOMERS_MAY
    principals = (each for each in held if each.wins_customers and not each.asks_crm)
    yield from CUSTOMERS.at(
        (each.principal for each in principals if each.customers_at is None or each.customers_at < old),
        days=_CUSTOMERS_MAY.days,
    )
    yield from UNFINISHED.at(records.unfinished)
    yield from REGISTER.at(
        f"{each.name}: {each.fault or 'its answers have run out'}"
        for each in records.registers
        if each.fault or (each.valid_until is not None and each.valid_until <= seen.now)
    )
    yield from LAPSED.at(records.lapsed)

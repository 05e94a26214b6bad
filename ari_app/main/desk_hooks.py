"""Webhooks, as configured: what tells of calls, and what sends it."""

from dataclasses import dataclass

from ari_app.config import Settings
from ari_app.desk.dialling import Link
from ari_app.desk.telling import Telling
from ari_app.hooks import Sender, SenderSettings
from ari_app.main.clocks import SystemClock, Ulids
from ari_app.main.tls import trust
from ari_app.ports.observer import Observer
from ari_app.stores.database import Database
from ari_app.stores.webhooks import SqlOutbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What tells, and what sends."""

    telling: Telling
    sender: Sender


def webhooks(settings: Settings, database: Database, *, link: Link, observer: Observer) -> Hooks | None:
    """None: nobody is to be told. Raises ConfigError: `ca_file` cannot be used."""
    section = settings.webhooks
    if not section.url:
        return None
    outbox, clock = SqlOutbox(database), SystemClock()
    telling = Telling(outbox, link=link, events=frozenset(section.events), clock=clock, ids=Ulids(), observer=observer)
    believed = trust(section.ca_file, "[webhooks] ca_file")
    to = SenderSettings(url=section.url, secret=section.secret.encode(), trust=believed)
    return Hooks(telling=telling, sender=Sender(to, outbox, clock=clock, observer=observer))

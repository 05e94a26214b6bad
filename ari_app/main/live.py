"""Principals' CRMs, as configured: for every verdict, and for `garbo customer`."""

import asyncio
from datetime import timedelta

from ari_app.config import ConfigError, Settings
from ari_app.config.crm import CrmSection, header_lines
from ari_app.crm import Crm, CrmSettings, Hearing, HttpCustomers, LastKnown, Places, Trial, tried
from ari_app.main.books import open_keyed
from ari_app.main.clocks import SystemClock
from ari_app.policy.held import CustomerStatus
from ari_app.policy.keyring import Keyring
from ari_app.ports.clock import Clock
from ari_app.ports.observer import Observer
from ari_app.stores.customers import Customers
from ari_app.stores.database import Database
from ari_app.stores.live_customers import SqlLiveAnswers


def live_customers(
    settings: Settings, database: Database, *, keyring: Keyring, clock: Clock, observer: Observer
) -> HttpCustomers | None:
    """The CRMs that are asked; None: no principal has one. Raises ConfigError: certificates cannot be used."""
    if not settings.crm:
        return None
    last_known = LastKnown(SqlLiveAnswers(database, keyring), observer)
    hearing = Hearing(last_known=last_known, clock=clock, observer=observer)
    crms: dict[str, Crm] = {}
    for principal, section in settings.crm.items():
        try:
            crms[principal] = Crm(principal, crm_settings(section), hearing)
        except OSError as error:
            raise _bad_certificates(principal, section, error) from error
    return HttpCustomers(crms, last_known)


def open_customers(settings: Settings) -> Customers:
    """What is on record about customers. Raises StoreError, ConfigError."""
    return Customers(*open_keyed(settings))


def ask_customer(settings: Settings, *, principal: str, e164: str) -> Trial:
    """Ask the principal's CRM once, as a verdict would. Raises ConfigError: it has none, or certificates are bad."""
    section = settings.crm.get(principal)
    if section is None:
        raise ConfigError(f"principal {principal} has no CRM: write its section [crm.{principal}] into garbo.toml")
    try:
        return asyncio.run(tried(crm_settings(section), e164, SystemClock().now()))
    except OSError as error:
        raise _bad_certificates(principal, section, error) from error


def crm_settings(section: CrmSection) -> CrmSettings:
    """What is configured, as the look-up goes by it."""
    words = {
        **dict.fromkeys(section.none, CustomerStatus.NONE),
        **dict.fromkeys(section.ended, CustomerStatus.ENDED),
        **dict.fromkeys(section.current, CustomerStatus.CURRENT),
    }
    return CrmSettings(
        url=section.url,
        headers=header_lines(section.headers),
        ca_file=section.ca_file,
        places=Places(
            record=section.record,
            status=section.status,
            products=section.products,
            since=section.since,
            until=section.until,
            person=section.person,
        ),
        words=words,
        not_found=section.not_found,
        timeout=timedelta(milliseconds=section.timeout_ms),
        connections=section.connections,
        failures=section.failures,
        pause=timedelta(seconds=section.pause_s),
        last_known=timedelta(hours=section.last_known_hours) if section.on_failure == "last_known" else None,
    )


def _bad_certificates(principal: str, section: CrmSection, error: OSError) -> ConfigError:
    return ConfigError(f"[crm.{principal}] ca_file: {section.ca_file} holds no certificates that can be used: {error}")

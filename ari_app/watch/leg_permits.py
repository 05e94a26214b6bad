"""
Whether a leg may be on a guarded trunk: its permit held against the number that is dialled.

Numbers are compared as numbers, in the installation's region, and in that of the campaign whose call a permit names.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from ari_app.judging.exempt import is_exempt
from ari_app.policy.dial_strings import bare, meanings
from ari_app.policy.keyring import Keyring
from ari_app.policy.numbers import Number
from ari_app.ports.bypasses import Bypasses, Why
from ari_app.ports.verdicts import StoreError

_CLAIM_WITHIN = timedelta(milliseconds=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class BypassSettings:
    """What the watch needs of the configuration."""

    gate: str
    trunks: tuple[str, ...]
    hangs_up: bool
    region: str
    strip_prefixes: tuple[str, ...] = ()
    trunk_prefixes: tuple[str, ...] = ()
    internal_patterns: tuple[str, ...] = ()
    exempt_numbers: tuple[str, ...] = ()
    exempt_endpoints: tuple[str, ...] = ()
    records_at_once: bool = True
    """False: a gate that sees the same leg is given a moment to put it on record, for a gate has metrics to tell it."""


class LegPermits:
    """Judges one leg at a time; of what it is told, nothing is kept."""

    def __init__(self, settings: BypassSettings, *, keyring: Keyring, book: Bypasses) -> None:
        self._settings = settings
        self._keyring = keyring
        self._book = book

    def meanings(self, dialled: str, region: str = "") -> tuple[Number, ...]:
        """Every number that this may be; also as dialled in another region."""
        settings = self._settings
        return meanings(
            dialled,
            regions=tuple(dict.fromkeys(each for each in (settings.region, region) if each)),
            strip_prefixes=settings.strip_prefixes,
            trunk_prefixes=settings.trunk_prefixes,
        )

    def is_right(self, permit: str, dialled: str, at: datetime, region: str = "") -> bool:
        """Whether the permit is for what is dialled, and in force at that instant."""
        return bool(permit and dialled) and any(
            self._keyring.permit_holds(permit, number.e164, at) for number in self.meanings(dialled, region)
        )

    def is_exempt(self, caller: str, dialled: str) -> bool:
        """Whether this caller, or what is dialled, is never gated."""
        settings = self._settings
        if caller in settings.exempt_endpoints:
            return True
        return any(
            is_exempt(
                text,
                region=settings.region,
                strip_prefixes=settings.strip_prefixes,
                internal_patterns=settings.internal_patterns,
                exempt_numbers=settings.exempt_numbers,
            )
            for text in bare(dialled, settings.trunk_prefixes)
            if text
        )

    async def why(self, permit: str, dialled: str, at: datetime) -> tuple[Why, str]:
        """What is wrong, as far as records tell; and the region of the campaign that the permit names."""
        if not permit:
            return Why.NO_PERMIT, ""
        numbers = self.meanings(dialled)
        ever = datetime.fromtimestamp(0, at.tzinfo)
        if any(self._keyring.permit_holds(permit, number.e164, ever) for number in numbers):
            return Why.EXPIRED, ""
        try:
            async with asyncio.timeout(_CLAIM_WITHIN.total_seconds()):
                claim = await self._book.claim(permit.partition(".")[0])
        except (StoreError, TimeoutError):
            claim = None
        if claim is None:
            return Why.FORGED, ""
        if not claim.permitted:
            return Why.REFUSED, ""
        return Why.OTHER_NUMBER if numbers else Why.UNREADABLE, claim.region

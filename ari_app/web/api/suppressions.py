"""Numbers that are not to be called any more, from the very next verdict on."""

from ari_app.policy.held import SuppressionPurpose
from ari_app.policy.record import iso
from ari_app.policy.request import Ask, Door
from ari_app.ports.verdicts import StoreConflict
from ari_app.web.api.asked import SuppressionAsk
from ari_app.web.api.calls import e164_of
from ari_app.web.api.endpoints import Reply, Request
from ari_app.web.api.reading import refused
from ari_app.web.api.services import Services
from ari_app.web.problems import ApiRefused, Fault

_EVERYWHERE = "*"


class SuppressionEndpoints:
    """Answers who suppresses numbers."""

    def __init__(self, services: Services) -> None:
        """Keeps nothing."""
        self._services = services

    async def add(self, request: Request) -> Reply:
        """Suppress a number; an equal entry that stands is told as it is, and none is added."""
        said: SuppressionAsk = request.said
        now = self._services.clock.now()
        if said.expires is not None and said.expires <= now:
            raise refused([Fault(pointer="/expires", detail="this instant is past: it would suppress nothing")])
        e164 = e164_of(said.number)
        scope = await self._scope(said, request)
        try:
            entry = await self._services.suppressing.add(
                e164,
                scope=scope,
                purpose=SuppressionPurpose(said.purpose),
                reason=said.reason.strip() or said.reason,
                source=said.source.strip() or said.source,
                expires_at=said.expires,
            )
        except StoreConflict as conflict:
            raise _no_scope(str(conflict).partition(";")[0]) from conflict
        return Reply(
            document={
                "number": e164,
                "id": entry.id,
                "scope": "global" if entry.scope == _EVERYWHERE else entry.scope,
                "purpose": entry.purpose.value,
                "reason": entry.reason,
                "source": entry.source,
                "created_at": iso(entry.created_at),
                "expires_at": iso(entry.expires_at),
            }
        )

    async def _scope(self, said: SuppressionAsk, request: Request) -> str:
        """As it is kept. Raises ApiRefused: it reaches beyond the token."""
        own = request.principal
        if said.scope is None:
            return f"principal:{own}" if own is not None else _EVERYWHERE
        kind, _, name = said.scope.partition(":")
        if kind == "global":
            if own is not None:
                raise ApiRefused(403, f"this token is for principal {own} alone, and suppresses nothing globally")
            return _EVERYWHERE
        if own is None:
            return said.scope
        if kind == "campaign":
            ask = Ask(dialled="", door=Door.API, campaign=name, principal=own)
            theirs = (await self._services.verdicts.admission(ask, default_campaign="")).campaign is not None
        else:
            theirs = name == own
        if not theirs:
            raise _no_scope(f"there is no {kind} {name}")
        return said.scope


def about(said: SuppressionAsk) -> str | None:
    """The number, if it is one."""
    try:
        return e164_of(said.number)
    except ApiRefused:
        return None


def _no_scope(why: str) -> ApiRefused:
    return refused([Fault(pointer="/scope", detail=why)])

"""What the desk of one operator looks like just now, gathered from those who know; nothing of it is kept here."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ari_app.desk.walks import Standing
from ari_app.policy.record import VerdictRecord
from ari_app.policy.scripts import Walk, WalkError
from ari_app.ports.dispositions import Noted
from ari_app.ports.live_calls import LiveCall, Phase
from ari_app.web.access import Person
from ari_app.web.desk.services import BookAnswer, DeskServices, DueCallback, Fill, NextContact, Story, Unread


class Scene(StrEnum):
    """What the page is about."""

    IDLE = "idle"
    REFUSED = "refused"
    RINGING = "ringing"
    TALKING = "talking"
    AFTER = "after"


_SCENES = {
    Phase.REFUSED: Scene.REFUSED,
    Phase.DIALLED: Scene.RINGING,
    Phase.RINGING: Scene.RINGING,
    Phase.ANSWERED: Scene.TALKING,
    Phase.ENDED: Scene.AFTER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCall:
    """The call that the desk is in."""

    live: LiveCall
    record: VerdictRecord
    brand: str
    story: Story
    fill: Fill
    noted: Noted | None = None
    walk: Walk | None = None
    """None: there is no script, or the record of the walk does not fit it (`lost`)."""
    standing: Standing | None = None
    """None: nothing of the script has been said yet."""
    lost: bool = False
    answers: Sequence[BookAnswer] = ()
    """Of the book, for the step that is on the screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What there is to do without a call."""

    contact: NextContact | None
    notices: Sequence[Unread]
    scripts: Sequence[Unread]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The whole desk at one instant."""

    person: Person
    mark: str
    """Of the last change that it has seen."""
    now: datetime
    scene: Scene
    state: str
    phone: str
    due: Sequence[DueCallback]
    day: Mapping[str, int]
    own_keys: Mapping[str, str] = field(default_factory=dict)
    call: OnCall | None = None
    waiting: Waiting | None = None


async def look(services: DeskServices, person: Person) -> Look:
    """Everything the page shows. Raises StoreUnavailable."""
    mark = services.desks.mark(person.id)  # first: what changes meanwhile is worth another look
    call = await _on_call(services, person)
    state, phone, due, day, own_keys = await asyncio.gather(
        services.states.of(person.id),
        services.phones.of(person.id),
        services.contacts.due(person.id),
        services.contacts.day(person.id),
        services.key_maps.of(person.id),
    )
    return Look(
        person=person,
        mark=mark,
        now=services.clock.now(),
        scene=_SCENES[call.live.phase] if call else Scene.IDLE,
        state=state,
        phone=phone,
        due=due,
        day=day,
        own_keys=own_keys,
        call=call,
        waiting=None if call else await _waiting(services, person),
    )


async def _on_call(services: DeskServices, person: Person) -> OnCall | None:
    live = services.desks.of(person.id)
    record = await services.calls.call(live.call_id) if live else None
    if live is None or record is None:
        return None
    brand, story, fill, noted = await asyncio.gather(
        services.calls.brand(record),
        services.stories.of(record),
        services.wording.filler(record, person),
        services.calls.noted(live.call_id),
    )
    walk, standing, lost = await _walk(services, live, record)
    told = walk.step.book if walk and live.phase is Phase.ANSWERED else ()
    return OnCall(
        live=live,
        record=record,
        brand=brand,
        story=story,
        fill=fill,
        noted=noted[-1] if noted else None,
        walk=walk,
        standing=standing,
        lost=lost,
        answers=await services.reading.answers(told, language=person.language) if told else (),
    )


async def _walk(
    services: DeskServices, live: LiveCall, record: VerdictRecord
) -> tuple[Walk | None, Standing | None, bool]:
    """Nothing of a script that does not fit its record is shown as if it did: the operator is told."""
    if live.phase is Phase.REFUSED:
        return None, None, False
    try:
        if live.phase in (Phase.DIALLED, Phase.RINGING):
            return await services.walks.opening(record), None, False
        standing = await services.walks.look(live, record)
    except WalkError:
        return None, None, True
    return (standing.walk, standing, False) if standing else (None, None, False)


async def _waiting(services: DeskServices, person: Person) -> Waiting:
    contact, notices, scripts = await asyncio.gather(
        services.contacts.next_for(person), services.reading.notices(person), services.reading.scripts(person)
    )
    return Waiting(contact=contact, notices=notices, scripts=scripts)

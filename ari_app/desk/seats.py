"""
Who sits at which phone: chosen in the page, told by a softphone or a dialer, given back on leaving.

The calls of a phone are whose seat it is, from the next verdict on (`stores.admission`); how many desks they have open
does not matter. The log counts changes and names nobody: when somebody came and went is no business of a file.
"""

from collections.abc import Callable

from ari_app.policy.phones import read_phone
from ari_app.ports.observer import Observer
from ari_app.ports.phones import AT_THE_DESK, Phones, Place, SatDown, Seat


class BadPhone(ValueError):  # noqa: N818  as other wrong input is named
    """No phone is named so."""


class Seats:
    """Sits people down and tells those whose phone it was."""

    def __init__(self, phones: Phones, *, observer: Observer, moved: Callable[[str], None]) -> None:
        """`moved` is told the id of whoever has another phone now, for their desks to look again."""
        self._phones = phones
        self._observer = observer
        self._followers = [moved]
        self._lost: dict[str, Seat] = {}

    async def sit(self, operator: str, text: str, *, said_by: str = AT_THE_DESK) -> SatDown:
        """
        Sit an operator down at a phone; who had it before is told.

        Raises BadPhone, NoOperator, StoreUnavailable.
        """
        phone = read_phone(text)
        if phone is None:
            raise BadPhone("name the phone as Asterisk does, as PJSIP/101 or Local/8600051@default")
        sat = await self._phones.sit(operator, phone, said_by=said_by)
        self._observer.event("phone.taken", said_by=said_by)
        self._lost.pop(operator, None)
        self._moved(operator)
        if sat.instead_of:
            self._lost[sat.instead_of] = sat.seat
            self._moved(sat.instead_of)
        return sat

    async def leave(self, operator: str) -> Seat | None:
        """Leave the phone where an operator sat down; whose own it is has it again. Raises as `sit`."""
        return await self._left(operator, await self._phones.leave(operator))

    async def signed_in(self, operator: str) -> Place:
        """
        Somebody signed in: their own phone is theirs again, unless somebody sits there now.

        Who chose it in the page and has no session any more has left it behind. Raises StoreUnavailable.
        """
        await self._phones.clear_own(operator)
        return await self._phones.place(operator)

    async def signed_out(self, operator: str) -> None:
        """
        The operator's last session ended: the phone that they chose in the page is free.

        One that a dialer or a softphone told of stays theirs until that says otherwise. Raises StoreUnavailable.
        """
        await self._left(operator, await self._phones.leave(operator, only_said_by=AT_THE_DESK))

    async def sweep(self) -> None:
        """Free the phones of those whose sessions have run out. Raises StoreUnavailable."""
        for seat in await self._phones.clear_left():
            await self._left(seat.operator, seat)

    async def place(self, operator: str) -> Place:
        """Where an operator is. Raises StoreUnavailable."""
        return await self._phones.place(operator)

    async def known(self) -> tuple[tuple[str, str], ...]:
        """Every phone, with whose it is now. Raises StoreUnavailable."""
        return await self._phones.known()

    def follow(self, follower: Callable[[str], None]) -> None:
        """Have it told whoever has another phone now, before those that followed earlier."""
        self._followers.insert(0, follower)

    def lost(self, operator: str) -> Seat | None:
        """Who took the phone that was an operator's until then; None: nobody, or they have sat down since."""
        return self._lost.get(operator)

    def _moved(self, operator: str) -> None:
        for follower in self._followers:
            follower(operator)

    async def _left(self, operator: str, seat: Seat | None) -> Seat | None:
        if seat is not None:
            self._observer.event("phone.left", said_by=seat.said_by)
            self._lost = {who: taken for who, taken in self._lost.items() if taken.phone != seat.phone}
            self._moved(operator)
        return seat

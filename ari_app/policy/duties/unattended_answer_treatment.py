"""What becomes of a callee who answers when no operator is there."""

from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from ari_app.policy.duties_owed import Duties
from ari_app.policy.pack_file import Identifier, one_or_many

Seconds = Annotated[float, Field(gt=0, le=600)]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnattendedAnswer:
    """
    An answered call without an operator ends, or is told what it was, within `max_wait_s`; nobody hears silence.

    Of several duties the shortest wait and the longest ring stand, and a message holds what each of them asks for.
    Where one says `hang_up` and another `message`, the line is cut: a message is a machine that speaks to somebody,
    which where it is forbidden nothing makes good again (IT, Codice privacy art. 130 c. 1: only with consent), and it
    would hold the line past the instant at which the other duty ends it. What is lost is an excuse: the call counts as
    a silent one, as it does in any case here.

    Source: IT, Garante 20.2.2014 n. 83 (hang up within 3 s, comfort noise); UK, Ofcom 2008/2010 and US, 16 CFR
    310.4(b)(4) (message within 2 s, ring 15 s).
    """

    max_wait_s: Seconds | None = None
    then: Literal["", "hang_up", "message"] = ""
    comfort_noise: bool = False
    min_ring_s: Seconds | None = None
    message_fields: Annotated[tuple[Identifier, ...], one_or_many] = ()

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        """
        Refuse a duty that nobody could carry out.

        Raises ValueError: it says how long and not what then, or the other way round; it names what a message holds
        and asks for none, or the other way round; it asks for nothing.
        """
        if (self.max_wait_s is None) != (not self.then):
            raise ValueError('max_wait_s and then belong together: after so many seconds "hang_up" or "message"')
        if bool(self.message_fields) != (self.then == "message"):
            raise ValueError('then = "message" and message_fields = ["principal", "return_number"] belong together')
        if not (self.then or self.comfort_noise or self.min_ring_s):
            raise ValueError("asks for nothing; give max_wait_s and then, min_ring_s, or comfort_noise")

    def bind(self, duties: Duties) -> Duties:
        """The shorter wait, the longer ring, noise if anybody asks for it, and `hang_up` before `message`."""
        then = "hang_up" if "hang_up" in (duties.then, self.then) else duties.then or self.then
        fields = dict.fromkeys((*duties.message_fields, *self.message_fields)) if then == "message" else ()
        waits = [seconds for seconds in (duties.operator_within_s, self.max_wait_s) if seconds is not None]
        rings = [seconds for seconds in (duties.ring_at_least_s, self.min_ring_s) if seconds is not None]
        return replace(
            duties,
            operator_within_s=min(waits, default=None),
            then=then,
            message_fields=tuple(fields),
            comfort_noise=duties.comfort_noise or self.comfort_noise,
            ring_at_least_s=max(rings, default=None),
        )

"""What a guarded leg's dial string comes to: the numbers it may mean, whether it is exempt, and how it is shown."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ari_app.policy.dial_strings import bare, dialled_in, meanings, trunk_of, without_numbers
from ari_app.policy.keyring import Keyring
from ari_app.policy.legs import TrunkLeg
from ari_app.policy.numbers import mask


@dataclass(frozen=True, slots=True, kw_only=True)
class LegReader:
    """Reads legs as the gate of this installation would."""

    trunks: tuple[str, ...]
    region: str
    strip_prefixes: tuple[str, ...]
    trunk_prefixes: tuple[str, ...]
    keyring: Keyring
    is_exempt: Callable[[str], bool]

    def leg(
        self, *, id: str, at: datetime, channel: str, dial_string: str, asked_by: str, permit: str = ""
    ) -> TrunkLeg | None:
        """The leg; None: it is on no guarded trunk. `dial_string` is without its technology."""
        trunk = trunk_of(channel, self.trunks)
        if trunk is None:
            return None
        dialled = dialled_in(channel, dial_string)
        numbers = meanings(
            dialled, regions=(self.region,), strip_prefixes=self.strip_prefixes, trunk_prefixes=self.trunk_prefixes
        )
        held = bool(permit) and any(self.keyring.permit_holds(permit, number.e164, at) for number in numbers)
        return TrunkLeg(
            id=id,
            at=at,
            trunk=trunk,
            channel=without_numbers(channel),
            asked_by=asked_by,
            numbers=tuple(self.keyring.number_key(number.e164) for number in numbers),
            shown=mask(dialled) if dialled else "",
            exempt=any(self.is_exempt(text) for text in bare(dialled, self.trunk_prefixes) if text),
            permit_of=permit.partition(".")[0] if held else "",
        )

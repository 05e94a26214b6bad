"""The supervisor's floor: the day in figures and charts, campaigns, calls found and told whole, what operators do."""

from ari_app.web.floor.room import floor_room
from ari_app.web.floor.services import Correcting, CorrectionRefusedError, FloorServices

__all__ = ["Correcting", "CorrectionRefusedError", "FloorServices", "floor_room"]

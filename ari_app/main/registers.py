"""Whole registers: their folder for commands, and their copy in memory for the gate."""

from ari_app.config import Settings
from ari_app.lists.registers import LoadReport, LoadRequest
from ari_app.lists.registers import load_register as load_files
from ari_app.lists.registers.gathering import Progress
from ari_app.policy.held import Screening
from ari_app.ports.observer import Observer
from ari_app.stores.registers.serving import Held, HeldRegisters
from ari_app.stores.registers.shelf import RegisterFolder


def open_registers(settings: Settings) -> RegisterFolder:
    """The versions that are kept."""
    return RegisterFolder(settings.registers.folder)


def load_register(settings: Settings, request: LoadRequest, progress: Progress | None = None) -> LoadReport:
    """Load files into a register. Raises InputError, StoreError."""
    return load_files(open_registers(settings), request, progress)


def answer_of_register(settings: Settings, name: str, e164: str) -> Screening | None:
    """What the version in force says; None: there is none, or it does not cover the number. Raises StoreError."""
    snapshot = open_registers(settings).in_force(name)
    return Held(snapshot).answer(e164) if snapshot is not None else None


def hold_registers(settings: Settings, observer: Observer) -> HeldRegisters:
    """All registers in memory, as they are now."""
    held = HeldRegisters(open_registers(settings), observer)
    held.refresh()
    return held

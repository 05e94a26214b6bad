"""How processes share the tests (`make test`): file by file, and what needs the machine for itself last and alone."""

import pytest
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

ALONE = ("tests/e2e/",)
"""Real calls through a real Asterisk, with deadlines of their own: nothing else may run beside them."""

_LONG = ("tests/cli/test_backups.py", "tests/web/desk/test_browser.py", "tests/web/", "tests/cli/", "tests/stores/")
"""Begun first, in this order, so that nobody waits for one of them at the end."""


def turn(file: str) -> tuple[bool, int]:
    """When it is the turn of a file of tests: the lesser, the sooner."""
    return file.startswith(ALONE), next((at for at, name in enumerate(_LONG) if file.startswith(name)), len(_LONG))


class LastAlone(LoadFileScheduling):  # type: ignore[misc]  # it ships no types
    """
    As `--dist loadfile`, in the order of the collection; files of `ALONE` once all others are over, in one process.

    A process runs a test only when it knows which one comes next, or that none does. So as soon as nothing but `ALONE`
    is left, whoever asks for work is told that there is none; the last one is not, and waits until the others are over.
    """

    def __init__(self, config: pytest.Config, log: object) -> None:
        """For all the processes."""
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def mark_test_complete(self, node: WorkerController, item_index: int, duration: float = 0) -> None:
        """Whoever waits for this looks again."""
        super().mark_test_complete(node, item_index, duration)
        self._wake()

    def remove_node(self, node: WorkerController) -> str | None:
        """Whoever waits for this looks again."""
        crashed: str | None = super().remove_node(node)
        self._wake()
        return crashed

    def _wake(self) -> None:
        if self._alone_is_next():
            for node in self.nodes:
                self._reschedule(node)

    def _assign_work_unit(self, node: WorkerController) -> None:
        others = [other for other in self.nodes if other is not node]
        if self._alone_is_next() and not all(other.shutting_down for other in others):
            node.shutdown()
        elif not self._alone_is_next() or not any(self._pending_of(self.assigned_work[other]) for other in others):
            super()._assign_work_unit(node)

    def _alone_is_next(self) -> bool:
        return bool(self.workqueue) and next(iter(self.workqueue)).startswith(ALONE)

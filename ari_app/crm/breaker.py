"""A CRM that fails time after time is left alone for a while, so that calls do not wait for it in vain."""


class Breaker:
    """
    Closed, it lets everybody ask; open, nobody; after the pause one may try, and what comes of it decides.

    Instants are seconds of one clock that never goes back. Not for several threads.
    """

    def __init__(self, *, failures: int, pause_s: float) -> None:
        """It opens at this many failures in a row."""
        self._most = failures
        self._pause_s = pause_s
        self._in_a_row = 0
        self._opened_at_s: float | None = None
        self._trying = False

    @property
    def is_open(self) -> bool:
        """Whether it was opened and has not been closed since."""
        return self._opened_at_s is not None

    def admits(self, now_s: float) -> bool:
        """Whether to ask now; who was let in says afterwards how it went."""
        if self._opened_at_s is None:
            return True
        if self._trying or now_s < self._opened_at_s + self._pause_s:
            return False
        self._trying = True
        return True

    def succeeded(self) -> bool:
        """It answered. True: that closes it."""
        closes = self.is_open
        self._in_a_row, self._opened_at_s, self._trying = 0, None, False
        return closes

    def failed(self, now_s: float) -> bool:
        """It did not answer. True: that opens it."""
        self._in_a_row += 1
        self._trying = False
        opens = not self.is_open and self._in_a_row >= self._most
        if opens or self.is_open:
            self._opened_at_s = now_s
        return opens

    def gave_up(self) -> None:
        """Who was let in did not wait for an answer: it says nothing, and another may try."""
        self._trying = False

"""
What can go wrong with a CRM.

    NoAnswer    none in time, or one that cannot be what was asked for
"""


class NoAnswer(Exception):  # noqa: N818  named for what there is not
    """
    The CRM gave no answer; the message says why, without number and URL.

    `again`: whether asking once more may help.
    """

    def __init__(self, cause: str, *, again: bool = False) -> None:
        """`cause` goes into verdicts and logs."""
        super().__init__(cause)
        self.cause = cause
        self.again = again

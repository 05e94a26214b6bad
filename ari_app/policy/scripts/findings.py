"""A finding of the lint."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong with a script, and what would be right."""

    line: int
    """Of its file; 1: of the whole, or it came from none."""
    step: str
    """Id of the step; empty: the script as a whole."""
    fault: str
    """What kind of fault it is."""
    what: str
    blocks: bool = True
    """It has to be put right before the script is spoken; otherwise it is advice."""

    def __str__(self) -> str:
        """`12: step opening: …`."""
        return f"{self.line}: {f'step {self.step}: ' if self.step else ''}{self.what}"

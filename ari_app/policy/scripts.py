"""Which script fits this very person: routing, pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptChoice:
    """The script for this call, and why it was chosen."""

    id: str
    version: str
    variant: str
    """`prospect`, `customer`, `former_customer`, `spoken_before` or `unknown`."""
    language: str
    why: str

    def document(self) -> dict[str, str]:
        """As JSON values."""
        return {
            "id": self.id,
            "version": self.version,
            "variant": self.variant,
            "language": self.language,
            "why": self.why,
        }

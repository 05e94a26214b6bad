"""What a callee hears while no operator is there, for this machine's Asterisk."""

from pathlib import Path

from ari_app.asterisk import waiting


def render_waiting(folder: Path, *, sounds: str = "", limit_s: float) -> dict[str, bytes]:
    """File name below `folder` to content; `sounds` is where Asterisk finds the noise, if it is not there."""
    return waiting.render_waiting(limit_s=limit_s, sounds=sounds or str((folder / waiting.SOUNDS).resolve()))

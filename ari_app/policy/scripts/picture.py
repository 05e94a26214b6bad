"""The flow of a script as a picture."""

from ari_app.policy.scripts.script import Script


def picture(script: Script, language: str) -> str:
    """The flow as an SVG document, its words in `language`."""
    return f"<svg xmlns='http://www.w3.org/2000/svg' lang='{language}'><title>{script.id}</title></svg>"

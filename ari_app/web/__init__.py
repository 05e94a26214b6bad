"""The web edge: health, readiness and the script page, on one port."""

from ari_app.web.application import create_app, serve_pages
from ari_app.web.pages import Pages

__all__ = ["Pages", "create_app", "serve_pages"]

"""The web edge: health, readiness, the script page and what brands send, on one port."""

from ari_app.web.application import create_app, serve_pages
from ari_app.web.deliveries import Deliveries
from ari_app.web.pages import Pages

__all__ = ["Deliveries", "Pages", "create_app", "serve_pages"]

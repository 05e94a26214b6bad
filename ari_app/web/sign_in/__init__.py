"""Signing in and out, one's password, one's phone; and the middleware that says who asks for a page."""

from ari_app.web.sign_in.room import phones_room, sign_in_room

__all__ = ["phones_room", "sign_in_room"]

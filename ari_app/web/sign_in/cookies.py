"""
The two cookies: whose session it is, and that a sign-in form is our own.

The session's is `Lax`: with `Strict` a link to the desk in a CRM's page would find nobody signed in, and a request that
changes something carries the session's token anyway. Over HTTPS both are `__Host-`: no neighbouring host sets them.
"""

import hmac
import re
import secrets
from dataclasses import dataclass

from aiohttp import web

_FORM_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookies:
    """How they are named and set; `secure` where browsers come over HTTPS."""

    secure: bool

    @property
    def session(self) -> str:
        """The name of the session's."""
        return "__Host-garbo" if self.secure else "garbo"

    @property
    def form(self) -> str:
        """The name of the form's."""
        return "__Host-garbo-form" if self.secure else "garbo-form"

    def secret_of(self, request: web.Request) -> str:
        """The session's secret as the browser sent it; empty: none."""
        return request.cookies.get(self.session, "")

    def set_session(self, response: web.StreamResponse, secret: str) -> None:
        """It goes with the browser; the server ends it long before."""
        response.set_cookie(self.session, secret, path="/", httponly=True, secure=self.secure, samesite="Lax")

    def forget_session(self, response: web.StreamResponse) -> None:
        """Take it back."""
        response.del_cookie(self.session, path="/", httponly=True, secure=self.secure, samesite="Lax")

    def form_token(self, request: web.Request) -> str:
        """What a form that nobody is signed in for sends back: the browser's own, or a new one."""
        held = request.cookies.get(self.form, "")
        return held if _FORM_TOKEN.fullmatch(held) else secrets.token_urlsafe(_BYTES)

    def set_form(self, response: web.StreamResponse, token: str) -> None:
        """Other sites neither read nor send it."""
        response.set_cookie(self.form, token, path="/", httponly=True, secure=self.secure, samesite="Strict")

    def is_own_form(self, request: web.Request, sent: str) -> bool:
        """Whether the form was ours: without this, another site could sign a browser in as somebody else."""
        held = request.cookies.get(self.form, "")
        return bool(_FORM_TOKEN.fullmatch(held)) and hmac.compare_digest(held.encode(), sent.encode(errors="replace"))

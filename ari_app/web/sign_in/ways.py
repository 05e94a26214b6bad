"""Where somebody is led after signing in, and whence they came."""

import re
from ipaddress import ip_address

from aiohttp import web

from ari_app.policy.request import Role

LOGIN, LOGOUT, PASSWORD = "/login", "/logout", "/password"
_HOME = {Role.OPERATOR: "/desk"}
_FLOOR = "/floor"
# Signs of a path and a query as browsers send them. No backslash, control sign or letter that is not ASCII: browsers
# read `/\host` and `/<tab>/host` as another site.
_OWN = re.compile(r"/(?!/)[A-Za-z0-9._~!$&'()*+,;=:@%/?-]{0,1000}")
_WITH_PORT = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+")
"""As some proxies write who asked them."""
_NOT_BACK = (LOGIN, LOGOUT)


def home_of(role: Role) -> str:
    """The page that is for this role."""
    return _HOME.get(role, _FLOOR)


def own_path(text: str) -> str:
    """A path of this site to go to after signing in; empty: it is none."""
    if not _OWN.fullmatch(text) or text.partition("?")[0].rstrip("/") in _NOT_BACK:
        return ""
    return text


def address_of(request: web.Request) -> str:
    """
    Where a request comes from.

    A neighbour on this machine is the proxy that ends HTTPS: it says who asked it as the last of `X-Forwarded-For`.
    What stands before that anybody may have written, and from elsewhere nobody is believed.
    """
    peer = request.remote or ""
    try:
        near = ip_address(peer).is_loopback
    except ValueError:
        near = peer == ""  # a Unix socket
    said = request.headers.getall("X-Forwarded-For", [])
    if not near or not said:
        return peer
    last = said[-1].rpartition(",")[2].strip()
    with_port = _WITH_PORT.fullmatch(last)
    return (with_port[1] or with_port[2]) if with_port else last

"""Styles, scripts and pictures of the site, served from the package."""

from importlib.resources import files

from aiohttp import web

from ari_app.web.access import Handler


def asset(name: str, content_type: str) -> Handler:
    """A handler for one file of `web/static`."""

    async def serve(_: web.Request) -> web.StreamResponse:
        text = files("ari_app.web").joinpath("static", name).read_text(encoding="utf-8")
        return web.Response(text=text, content_type=content_type)

    return serve

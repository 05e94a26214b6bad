"""What the floor adds to the site."""

from aiohttp import web

from ari_app.desk.floor import MAY_CORRECT, ON_THE_FLOOR
from ari_app.web.access import Handler, only
from ari_app.web.application import Room
from ari_app.web.assets import asset
from ari_app.web.floor.calls import Calls
from ari_app.web.floor.campaigns import Campaigns
from ari_app.web.floor.overview import Overview
from ari_app.web.floor.services import FloorServices


def floor_room(services: FloorServices) -> Room:
    """The supervisor's pages; an auditor reads them too, an operator none."""
    overview, campaigns, calls = Overview(services), Campaigns(services), Calls(services)
    reading = only(*ON_THE_FLOOR)

    def room(app: web.Application) -> None:
        pages: dict[str, Handler] = {
            "/floor": overview.floor,
            "/floor/operators": overview.operators,
            "/floor/charts/reasons.svg": overview.reasons,
            "/floor/charts/hours.svg": overview.hours,
            "/floor/charts/trend.svg": overview.trend,
            "/floor/campaigns": campaigns.every,
            "/floor/campaigns/{campaign}": campaigns.one,
            "/floor/calls": calls.find,
            "/floor/calls/{call_id}": calls.call,
        }
        for path, page in pages.items():
            app.router.add_get(path, reading(page))
        app.router.add_post("/floor/calls", reading(calls.ask))
        app.router.add_post("/floor/calls/{call_id}/word", only(*MAY_CORRECT)(calls.correct))
        app.router.add_get("/static/floor.css", asset("floor.css", "text/css"))
        app.router.add_get("/static/floor.js", asset("floor.js", "text/javascript"))

    return room

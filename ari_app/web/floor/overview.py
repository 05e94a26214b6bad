"""`/floor`, `/floor/operators` and the charts: the day in figures."""

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web

from ari_app.desk.floor import CampaignDay, Day, Viewer
from ari_app.policy.request import Role
from ari_app.web.access import person_of
from ari_app.web.floor import charts
from ari_app.web.floor.figures import chart_stamp, drawn_hours, drawn_reasons, of_campaign, reason_lines, totals
from ari_app.web.floor.rendering import floor_page
from ari_app.web.floor.services import FloorServices
from ari_app.web.floor.shown import Shown

STATES = ("available", "in_call", "after_call", "break", "offline")
_OF_IMAGES = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
"""Their style stands in them, and nothing else may be in them."""
_HEARS_EVENTS = (Role.SUPERVISOR, Role.ADMIN)


class Overview:
    """The pages of the day."""

    def __init__(self, services: FloorServices) -> None:
        """Keeps nothing of its own."""
        self._services = services

    async def floor(self, request: web.Request) -> web.StreamResponse:
        """Everything at one look."""
        day = await self._services.floor.day(person_of(request))
        shown = Shown(person_of(request).language)
        context = {
            "title": shown.words["floor"],
            "day": day,
            "totals": totals(day),
            **chart_context(day, shown),
            "events": self._hears_events(person_of(request)),
        }
        return floor_page(request, "overview.html", context)

    async def operators(self, request: web.Request) -> web.StreamResponse:
        """What operators do, by team."""
        day = await self._services.floor.day(person_of(request))
        shown = Shown(person_of(request).language)
        context = {"title": shown.words["operators"], "day": day, "states": STATES}
        return floor_page(request, "operators.html", {**context, "events": self._hears_events(person_of(request))})

    async def reasons(self, request: web.Request) -> web.StreamResponse:
        """Why calls were stopped, as a picture."""

        def draw(day: Day, shown: Shown) -> Callable[[], bytes]:
            hours = of_campaign(day, _campaign_of(request, day))
            rows = drawn_reasons(reason_lines(hours, shown, shadow="shadow" in request.query))
            return lambda: charts.reasons_chart(rows, shown.words["nothing_blocked"])

        return await self._image(request, draw)

    async def hours(self, request: web.Request) -> web.StreamResponse:
        """Verdicts by the hour, as a picture."""

        def draw(day: Day, shown: Shown) -> Callable[[], bytes]:
            words = shown.words
            bars = tuple(
                (shown.hour(each.began_at), each.verdicts.permits, each.verdicts.deferred, each.verdicts.denied)
                for each in drawn_hours(day, of_campaign(day, _campaign_of(request, day)))
            )
            names = (words["permits"], words["deferred"], words["denied"])
            return lambda: charts.hours_chart(bars, names, words["no_verdicts"])

        return await self._image(request, draw)

    async def trend(self, request: web.Request) -> web.StreamResponse:
        """The course of a card's number by the hour, without words."""

        def draw(day: Day, _: Shown) -> Callable[[], bytes]:
            given = [each.verdicts for each in drawn_hours(day, day.figures.hours)]
            blocked = "blocked" in request.query
            values = tuple(each.blocked if blocked else each.given for each in given)
            return lambda: charts.spark(values)

        return await self._image(request, draw)

    async def _image(self, request: web.Request, draw: Callable[[Day, Shown], Callable[[], bytes]]) -> web.Response:
        person = person_of(request)
        day = await self._services.floor.day(person)
        svg = await asyncio.to_thread(draw(day, Shown(person.language)))
        return web.Response(body=svg, content_type="image/svg+xml", headers={"Content-Security-Policy": _OF_IMAGES})

    def _hears_events(self, person: Viewer) -> bool:
        return self._services.events and person.role in _HEARS_EVENTS


def chart_context(day: Day, shown: Shown, campaign_id: str = "") -> dict[str, Any]:
    """What the charts and the tables beside them tell, of one campaign or of all that are seen."""
    hours = of_campaign(day, day.campaign(campaign_id) if campaign_id else None)
    return {
        "reasons": reason_lines(hours, shown),
        "shadow_reasons": reason_lines(hours, shown, shadow=True),
        "hours": drawn_hours(day, hours),
        "stamp": chart_stamp(day),
        "chart_of": campaign_id,
    }


def _campaign_of(request: web.Request, day: Day) -> CampaignDay | None:
    """The campaign that the chart is of; None: of all. Raises HTTPNotFound: it is not theirs to see."""
    named = request.query.get("campaign", "")
    if not named:
        return None
    found = day.campaign(named)
    if found is None:
        raise web.HTTPNotFound
    return found

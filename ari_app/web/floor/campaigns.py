"""`/floor/campaigns` and one of them: how it is set up, what binds it, and how its day goes."""

from typing import Any

from aiohttp import web

from ari_app.policy.pack import CORE
from ari_app.policy.request import Campaign
from ari_app.web.access import person_of
from ari_app.web.floor.figures import worst
from ari_app.web.floor.overview import chart_context
from ari_app.web.floor.rendering import floor_page
from ari_app.web.floor.services import FloorServices
from ari_app.web.floor.shown import Shown


class Campaigns:
    """The pages of the campaigns; nothing is changed on them."""

    def __init__(self, services: FloorServices) -> None:
        """Keeps nothing of its own."""
        self._services = services

    async def every(self, request: web.Request) -> web.StreamResponse:
        """All that are theirs."""
        person = person_of(request)
        day = await self._services.floor.day(person)
        context = {"title": Shown(person.language).words["campaigns"], "day": day, "worst": worst}
        return floor_page(request, "campaigns.html", context)

    async def one(self, request: web.Request) -> web.StreamResponse:
        """One of them, whole."""
        person, campaign_id = person_of(request), request.match_info["campaign"]
        day = await self._services.floor.day(person)
        found = day.campaign(campaign_id)
        if found is None:
            raise web.HTTPNotFound
        shown, campaign = Shown(person.language), found.campaign
        context = {
            "title": campaign.id,
            "day": day,
            "found": found,
            "campaign": campaign,
            "packs": self._packs(campaign, shown),
            "routes": await self._services.floor.routes(person, campaign_id),
            "scripts": [self._script(campaign.script, shown), self._script(campaign.care_script, shown)],
            **chart_context(day, shown, campaign_id),
        }
        return floor_page(request, "campaign.html", context)

    def _packs(self, campaign: Campaign, shown: Shown) -> list[dict[str, Any]]:
        found = []
        for name in dict.fromkeys((CORE, *campaign.packs)):
            pack = self._services.packs.get(name)
            found.append(
                {
                    "id": name,
                    "title": pack.title.get(shown.language, name) if pack else "",
                    "version": pack.version if pack else "",
                    "status": f"status_{pack.status}" if pack else "pack_missing",
                }
            )
        return found

    def _script(self, script_id: str | None, shown: Shown) -> dict[str, str] | None:
        """Id, served version and title; None: the campaign names none."""
        if script_id is None:
            return None
        script = self._services.served(script_id)
        titles = script.title if script else {}
        title = titles.get(shown.language) or next(iter(titles.values()), "")
        return {"id": script_id, "version": script.version if script else "", "title": title}

"""Whether a script is for what the campaigns that name it call for: where it is not, routing never comes to it."""

from collections.abc import Iterable, Iterator

from ari_app.policy.request import MARKETING, Campaign
from ari_app.policy.scripts.findings import Finding
from ari_app.policy.scripts.routing import may_be_spoken, may_care
from ari_app.policy.scripts.script import Script


def unfit_in(script: Script, campaigns: Iterable[Campaign]) -> Iterator[Finding]:
    """A finding for each campaign in which it is never shown: advice, since the campaign may be what is wrong."""
    for campaign in campaigns:
        if not is_fit(script, campaign):
            what = (
                f"is written for {purposes_of(script)}, and campaign {campaign.id} is for {campaign.purpose}: there it "
                "is never shown; write its purpose into purposes, or give the campaign another script"
            )
            yield Finding(line=1, step="", fault="not_for_campaign", what=what, blocks=False)


def is_fit(script: Script, campaign: Campaign) -> bool:
    """Whether a call of this campaign may be led by it, as the campaign names it."""
    cares = campaign.customers == "care" and campaign.care_script == script.id
    return may_care(script, campaign) if cares else may_be_spoken(script, campaign)


def purposes_of(script: Script) -> str:
    """In words."""
    return " and ".join(script.purposes) or f"marketing ({', '.join(sorted(MARKETING))})"

"""What was said in a call was said of what it offered: the word on the call is the word on its offers too."""

from sqlalchemy import Connection, select, update

from ari_app.policy.disposition import Disposition
from ari_app.stores.tables import attempt, walk_step


def note_of_offers(connection: Connection, call_id: str, disposition: Disposition) -> None:
    """
    Let the attempts of the offers that this call came to end with this word.

    So a no in a care call is a no to the campaign that it was offered under, and begins its cool-down.
    """
    offers = select(walk_step.c.offer_call).where(walk_step.c.call_id == call_id, walk_step.c.offer_call.is_not(None))
    connection.execute(update(attempt).where(attempt.c.call_id.in_(offers)).values(disposition=disposition.value))

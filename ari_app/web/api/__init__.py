"""
The HTTP API for dialers and other programs: verdicts ahead of calls, reservations, suppressions, what became of calls.

`endpoints` says what there is; `door` holds every request to its token, its rate, its body and its key; `description`
tells the same as OpenAPI, from the very models that validate.
"""

from ari_app.web.api.room import api_room as api_room
from ari_app.web.api.services import Services as Services

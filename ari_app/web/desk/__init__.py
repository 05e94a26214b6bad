"""
The operator's desk: one page that the server renders whole, and a fragment of it that a browser fetches when told to.

`services` says what the pages need of others, `reading` gathers it, `pane` makes values of it for the templates.
`pages` shows, and `forms` takes what operators do. `keys` knows which key does what, `words` how everything is called.
"""

from ari_app.web.desk.pages import desk_room
from ari_app.web.desk.services import DeskServices

__all__ = ["DeskServices", "desk_room"]

"""Keys that operators gave to actions, on both engines."""

import pytest

from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.key_maps import SqlKeyMaps
from tests.desk.samples import fill_directory


async def test_what_was_saved_last_stands(database: Database) -> None:
    """Each for one operator, whole: what is not said any more is forgotten."""
    fill_directory(database)
    maps = SqlKeyMaps(database)
    assert await maps.of("anna") == {}
    await maps.save("anna", {"sold": "i", "interested": "s"})
    await maps.save("bruno", {"sold": "q"})
    await maps.save("anna", {"back": "j"})
    assert await maps.of("anna") == {"back": "j"}
    assert await maps.of("bruno") == {"sold": "q"}
    await maps.save("anna", {})
    assert await maps.of("anna") == {}


async def test_nobody_has_no_keys(database: Database) -> None:
    """An operator that does not exist cannot have any."""
    with pytest.raises(StoreConflict):
        await SqlKeyMaps(database).save("nobody", {"sold": "q"})

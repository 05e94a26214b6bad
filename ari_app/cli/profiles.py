"""`garbo profiles`: mappings of columns that were kept by `garbo import --save-profile`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ari_app.cli.asked import settings_of
from ari_app.cli.outside import UsageFault
from ari_app.cli.said import AsJson, document, pairs, say, table

if TYPE_CHECKING:
    from ari_app.stores.profiles import Profile

profiles = typer.Typer()


@profiles.command("list")
def list_all(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Name every mapping, and the kind of list that it is for."""
    settings = settings_of(ctx)
    from ari_app import main

    held = main.open_profiles(settings).all()
    if as_json:
        document(held)
        return
    rows = [(each.name, each.kind, mapping_text(each), each.saved_at) for each in held]
    empty = "no mapping is kept; `garbo import --map COL=FIELD --save-profile NAME` keeps one"
    table(("NAME", "KIND", "MAPPING", "SAVED"), rows, empty=empty)


@profiles.command("show")
def show(ctx: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME")], *, as_json: AsJson = False) -> None:
    """Show which column holds which field."""
    settings = settings_of(ctx)
    from ari_app import main

    found = profile_of(main.open_profiles(settings).all(), name)
    if as_json:
        document(found)
        return
    pairs((("name", found.name), ("kind", found.kind), ("saved", found.saved_at)))
    for column, field in found.mapping.items():
        say(f"--map {column}={field}")


@profiles.command("remove")
def remove(
    ctx: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME")], *, as_json: AsJson = False
) -> None:
    """Forget a mapping; what was imported by it stays."""
    settings = settings_of(ctx)
    from ari_app import main

    store = main.open_profiles(settings)
    found = profile_of(store.all(), name)
    store.remove(found.name)
    if as_json:
        document({"removed": found.name})
    else:
        say(f"profile {found.name} is forgotten")


def profile_of(held: "Sequence[Profile]", name: str, *, kind: str = "") -> "Profile":
    """The profile of this name. Raises UsageFault: there is none, or it is for another kind of list."""
    found = next((each for each in held if each.name == name), None)
    if found is None:
        names = ", ".join(each.name for each in held) or "none yet; --save-profile NAME keeps one"
        raise UsageFault(f"there is no profile {name!r}; there are: {names}")
    if kind and found.kind != kind:
        raise UsageFault(f"profile {name} is for {found.kind}, not for {kind}")
    return found


def mapping_text(profile: "Profile") -> str:
    """Column and field, in one line."""
    return "  ".join(f"{column}={field}" for column, field in profile.mapping.items())

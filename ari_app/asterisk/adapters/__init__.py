"""
What puts the gate's subroutine into the dialplans of other products, in the places that they keep for it.

Only files that the product never writes are meant: nothing of it is replaced, so that a reload or an upgrade leaves the
gate where it is. The subroutine itself is `ari_app.asterisk.dialplan`'s, the same for all.

Errors: `UnknownFlavorError`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from ari_app.asterisk.dialplan import trunk_name

FLAVORS: Mapping[str, Sequence[str]] = {"asterisk": (), "freepbx": ("17", "16"), "issabel": (), "vicidial": ()}
"""What there is a dialplan for, each with the versions that differ; the first is meant if none is named."""

_templates = Environment(
    loader=PackageLoader("ari_app.asterisk.adapters", "."),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701  what is rendered is dialplan, not HTML, and its values come from the configuration  # nosec B701
    trim_blocks=True,
    variable_start_string="<<",
    variable_end_string=">>",
    keep_trailing_newline=True,
)


class UnknownFlavorError(LookupError):
    """No dialplan for that product or version; the text says which there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Predial:
    """A product that goes through a hook of its own before each Dial to a trunk."""

    product: str
    file: str
    override: str
    """The file of one's own that the product includes before all others."""
    macros: bool
    """It calls the hook by Macro(), which Asterisk has until 20, and not by Gosub()."""


_FREEPBX, _ISSABEL = "extensions_override_freepbx.conf", "extensions_override_issabelpbx.conf"
_PREDIAL = {
    ("freepbx", "16"): _Predial(
        product="FreePBX 16", file="extensions_garbo_freepbx.conf", override=_FREEPBX, macros=True
    ),
    ("freepbx", "17"): _Predial(
        product="FreePBX 17", file="extensions_garbo_freepbx.conf", override=_FREEPBX, macros=False
    ),
    ("issabel", ""): _Predial(product="Issabel", file="extensions_garbo_issabel.conf", override=_ISSABEL, macros=True),
}


def version_of(flavor: str, version: str = "") -> str:
    """
    The version that is meant, empty for a product whose versions do not differ.

    Raises UnknownFlavorError.
    """
    if flavor not in FLAVORS:
        raise UnknownFlavorError(f"no dialplan for {flavor!r}: there are {', '.join(FLAVORS)}")
    versions = FLAVORS[flavor]
    if version and not versions:
        raise UnknownFlavorError(f"{flavor} has one dialplan for all its versions: leave the version out")
    if version and version not in versions:
        raise UnknownFlavorError(f"no dialplan for {flavor} {version!r}: there are {' and '.join(versions)}")
    return version or (versions[0] if versions else "")


def runs_old_asterisk(flavor: str, version: str) -> bool:
    """
    Whether the product usually runs on an Asterisk before 20.10, where Stasis costs each call up to 200 ms.

    `version` as `version_of` gives it.
    """
    predial = _PREDIAL.get((flavor, version))
    return flavor == "vicidial" or (predial is not None and predial.macros)


def render_adapter(flavor: str, version: str, trunks: Sequence[str]) -> dict[str, str]:
    """
    File name to text, to stand beside the subroutine's own; nothing for plain Asterisk.

    `version` as `version_of` gives it; `trunks` as `PJSIP/trunk`, for products in which the trunk is written by hand.
    """
    if flavor == "vicidial":
        carriers = [(trunk_name(trunk), _dial_string(trunk)) for trunk in trunks]
        names = ("extensions_garbo_vicidial.conf", "vicidial_carrier_entry.txt")
        return {name: _templates.get_template(f"{name}.jinja").render(carriers=carriers) for name in names}
    predial = _PREDIAL.get((flavor, version))
    if predial is None:
        return {}
    named = f"{flavor} --version {version}" if version else flavor
    text = _templates.get_template("predial_hook.conf.jinja").render(
        product=predial.product, flavor=named, file=predial.file, override=predial.override, macros=predial.macros
    )
    return {predial.file: text}


def _dial_string(trunk: str) -> str:
    technology, _, name = trunk.rpartition("/")
    if technology in ("", "PJSIP"):
        return f"PJSIP/${{GARBO_NUMBER}}@{name}"
    return f"{technology}/{name}/${{GARBO_NUMBER}}"

"""Packs looked at from outside: their cases judged, a verdict told by their rules, the built-in ones as a page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ari_app.config import Settings
from ari_app.main.courtroom import packs
from ari_app.policy import explain, pack_page
from ari_app.policy.grammar import parse_pack
from ari_app.policy.pack import CORE, Pack
from ari_app.policy.pack_cases import CASES_SUFFIX, CaseReport, run_cases
from ari_app.policy.record import VerdictRecord
from ari_app.stores.packs import built_in, built_in_cases, built_in_ids


def try_pack(target: str, settings: Callable[[], Settings]) -> CaseReport:
    """
    Judge the cases of a pack; `settings` is asked only for a pack of the installation's own folder.

    Raises PackError, CaseError: a file is not valid. OSError, UnicodeDecodeError: it cannot be read. LookupError: there
    is no pack of this name.
    """
    if target in built_in_ids():
        return _judged(built_in(target), built_in_cases(target), f"{target}{CASES_SUFFIX}")
    file = Path(target)
    if file.suffix == ".toml" or file.is_file():
        pack = parse_pack(file.read_text(encoding="utf-8"), name=str(file))
        return _with_cases_at(pack, file.with_name(f"{file.stem}{CASES_SUFFIX}"))
    folder = packs(settings())
    cases = folder.cases(target) if target in folder.ids() else None
    own = folder.get(target)
    if own is None or cases is None:
        raise LookupError(f"there is no valid pack {target!r}; see `garbo packs list`")
    return _with_cases_at(own, cases)


def _with_cases_at(pack: Pack, file: Path) -> CaseReport:
    return _judged(pack, file.read_text(encoding="utf-8"), str(file))


def _judged(pack: Pack, cases: str, name: str) -> CaseReport:
    return run_cases(cases, name=name, pack=pack, core=built_in(CORE))


def explained(settings: Settings, record: VerdictRecord) -> list[dict[str, Any]]:
    """The verdict rule by rule, as JSON values; the packs are those at hand now."""
    folder = packs(settings)
    held = (folder.get(pack.id) for pack in record.packs)
    return explain.explained(record, [pack for pack in held if pack is not None])


def rules_page() -> str:
    """All built-in packs as Markdown: `core` first, `house` last, the countries between them by id."""
    order = {CORE: 0, "house": 2}
    ids = sorted(built_in_ids(), key=lambda pack_id: (order.get(pack_id, 1), pack_id))
    return pack_page.rules_page(built_in(pack_id) for pack_id in ids)

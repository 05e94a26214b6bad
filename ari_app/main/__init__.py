"""
The composition root: the only place that names concrete classes and wires them together.

A command pays only for what it uses: each name is loaded from its module when it is first asked for (PEP 562), because
a database library or a web server costs a command that needs neither the better part of a second.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ari_app.main.books import (
        call,
        calls,
        open_consents,
        open_database,
        open_directory,
        open_lists,
        open_suppressions,
        verify_ledger,
    )
    from ari_app.main.courtroom import check, open_courtroom, packs
    from ari_app.main.notes import (
        open_callbacks,
        open_dispositions,
        open_flags,
        open_permits,
        open_registrations,
    )
    from ari_app.main.pack_trial import explained, rules_page, try_pack
    from ari_app.main.registers import answer_of_register, load_register, open_registers
    from ari_app.main.rendering import render_dialplan
    from ari_app.main.schema import current_revision, upgrade_database
    from ari_app.main.serving import serve

_WHERE = {
    "answer_of_register": "registers",
    "call": "books",
    "calls": "books",
    "open_callbacks": "notes",
    "open_dispositions": "notes",
    "open_flags": "notes",
    "open_permits": "notes",
    "open_registrations": "notes",
    "open_consents": "books",
    "open_database": "books",
    "open_directory": "books",
    "open_lists": "books",
    "open_suppressions": "books",
    "verify_ledger": "books",
    "check": "courtroom",
    "open_courtroom": "courtroom",
    "packs": "courtroom",
    "explained": "pack_trial",
    "rules_page": "pack_trial",
    "try_pack": "pack_trial",
    "load_register": "registers",
    "open_registers": "registers",
    "render_dialplan": "rendering",
    "current_revision": "schema",
    "upgrade_database": "schema",
    "serve": "serving",
}

__all__ = [
    "answer_of_register",
    "call",
    "calls",
    "check",
    "current_revision",
    "explained",
    "load_register",
    "open_callbacks",
    "open_consents",
    "open_courtroom",
    "open_database",
    "open_directory",
    "open_dispositions",
    "open_flags",
    "open_lists",
    "open_permits",
    "open_registers",
    "open_registrations",
    "open_suppressions",
    "packs",
    "render_dialplan",
    "rules_page",
    "serve",
    "try_pack",
    "upgrade_database",
    "verify_ledger",
]


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"ari_app.main has no {name}")
    return getattr(import_module(f"ari_app.main.{_WHERE[name]}"), name)

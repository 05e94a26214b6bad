"""
The composition root: the only place that names concrete classes and wires them together.

A command pays only for what it uses: each name is loaded from its module when it is first asked for (PEP 562), because
a database library or a web server costs a command that needs neither the better part of a second.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ari_app.main.asked import running_door
    from ari_app.main.backups import back_up
    from ari_app.main.books import (
        call,
        calls,
        open_consents,
        open_database,
        open_directory,
        open_lists,
        open_past_imports,
        open_profiles,
        open_suppressions,
        verify_ledger,
    )
    from ari_app.main.bypasses import open_bypasses
    from ari_app.main.campaign_lists import campaign_cover, campaign_terms, known_registers, open_consultations
    from ari_app.main.courtroom import check, open_courtroom, packs
    from ari_app.main.desk_floor import floor_day
    from ari_app.main.desk_signin import (
        first_admin,
        open_agreements,
        open_logins,
        open_phones,
        open_web_sessions,
        sign_in_desk,
    )
    from ari_app.main.desk_words import desk_words, note
    from ari_app.main.doctor import examine
    from ari_app.main.keys import rotate_key
    from ari_app.main.listing import check_file, write_summary
    from ari_app.main.live import ask_customer, open_customers
    from ari_app.main.notes import (
        open_callbacks,
        open_claims,
        open_flags,
        open_permits,
        open_registrations,
        open_tokens,
    )
    from ari_app.main.pack_trial import explained, rules_page, try_pack
    from ari_app.main.privacy import erase, held_as_page, held_on, sweep
    from ari_app.main.reconciling import open_canaries, reconcile_day
    from ari_app.main.registers import answer_of_register, load_register, open_registers
    from ari_app.main.rendering import render_dialplan
    from ari_app.main.restoring import restore
    from ari_app.main.routes import clash_of, remarks_on, scripts_at_hand
    from ari_app.main.schema import current_revision, upgrade_database
    from ari_app.main.script_trial import lint_script, render_script, script_in, served_scripts
    from ari_app.main.serving import serve
    from ari_app.main.told import open_answers, open_feedback, open_notices
    from ari_app.main.waiting import render_waiting
    from ari_app.main.watching import watch

_WHERE = {
    "running_door": "asked",
    "ask_customer": "live",
    "open_customers": "live",
    "back_up": "backups",
    "restore": "restoring",
    "answer_of_register": "registers",
    "call": "books",
    "calls": "books",
    "open_answers": "told",
    "open_feedback": "told",
    "open_notices": "told",
    "open_bypasses": "bypasses",
    "open_canaries": "reconciling",
    "reconcile_day": "reconciling",
    "examine": "doctor",
    "open_callbacks": "notes",
    "open_claims": "notes",
    "open_flags": "notes",
    "open_permits": "notes",
    "open_registrations": "notes",
    "open_tokens": "notes",
    "open_consents": "books",
    "open_database": "books",
    "open_directory": "books",
    "open_lists": "books",
    "open_past_imports": "books",
    "open_profiles": "books",
    "open_suppressions": "books",
    "verify_ledger": "books",
    "campaign_cover": "campaign_lists",
    "campaign_terms": "campaign_lists",
    "known_registers": "campaign_lists",
    "open_consultations": "campaign_lists",
    "clash_of": "routes",
    "remarks_on": "routes",
    "scripts_at_hand": "routes",
    "desk_words": "desk_words",
    "note": "desk_words",
    "check": "courtroom",
    "check_file": "listing",
    "write_summary": "listing",
    "open_courtroom": "courtroom",
    "packs": "courtroom",
    "explained": "pack_trial",
    "rules_page": "pack_trial",
    "try_pack": "pack_trial",
    "erase": "privacy",
    "held_as_page": "privacy",
    "held_on": "privacy",
    "floor_day": "desk_floor",
    "load_register": "registers",
    "open_registers": "registers",
    "render_dialplan": "rendering",
    "render_waiting": "waiting",
    "rotate_key": "keys",
    "first_admin": "desk_signin",
    "open_agreements": "desk_signin",
    "open_logins": "desk_signin",
    "open_phones": "desk_signin",
    "open_web_sessions": "desk_signin",
    "sign_in_desk": "desk_signin",
    "lint_script": "script_trial",
    "render_script": "script_trial",
    "script_in": "script_trial",
    "served_scripts": "script_trial",
    "current_revision": "schema",
    "upgrade_database": "schema",
    "serve": "serving",
    "sweep": "privacy",
    "watch": "watching",
}

__all__ = [
    "answer_of_register",
    "ask_customer",
    "back_up",
    "call",
    "calls",
    "campaign_cover",
    "campaign_terms",
    "check",
    "check_file",
    "clash_of",
    "current_revision",
    "desk_words",
    "erase",
    "examine",
    "explained",
    "first_admin",
    "floor_day",
    "held_as_page",
    "held_on",
    "known_registers",
    "lint_script",
    "load_register",
    "note",
    "open_agreements",
    "open_answers",
    "open_bypasses",
    "open_callbacks",
    "open_canaries",
    "open_claims",
    "open_consents",
    "open_consultations",
    "open_courtroom",
    "open_customers",
    "open_database",
    "open_directory",
    "open_feedback",
    "open_flags",
    "open_lists",
    "open_logins",
    "open_notices",
    "open_past_imports",
    "open_permits",
    "open_phones",
    "open_profiles",
    "open_registers",
    "open_registrations",
    "open_suppressions",
    "open_tokens",
    "open_web_sessions",
    "packs",
    "reconcile_day",
    "remarks_on",
    "render_dialplan",
    "render_script",
    "render_waiting",
    "restore",
    "rotate_key",
    "rules_page",
    "running_door",
    "script_in",
    "scripts_at_hand",
    "serve",
    "served_scripts",
    "sign_in_desk",
    "sweep",
    "try_pack",
    "upgrade_database",
    "verify_ledger",
    "watch",
    "write_summary",
]


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"ari_app.main has no {name}")
    return getattr(import_module(f"ari_app.main.{_WHERE[name]}"), name)

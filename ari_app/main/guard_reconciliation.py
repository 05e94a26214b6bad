"""The nightly reconciliation, as a part of the gate."""

from ari_app.main.reconciling import guard_reconciliation

__all__ = ["guard_reconciliation"]

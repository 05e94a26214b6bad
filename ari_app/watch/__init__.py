"""Whoever stands beside the gate: bypass watch, silent calls, reconciliation, canary, doctor."""

"""What is wrong around a gate, each with why it matters and what mends it; pure: `main/doctor` gathers."""

from ari_app.watch.doctor.finding import EVERY, Finding, Kind

__all__ = ["EVERY", "Finding", "Kind"]

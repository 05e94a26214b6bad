"""
What the process tells about itself: events as structured log lines, measured figures as histograms.

The gate alone tells both as `metrics`, too: their library is not loaded for a command.
"""

from ari_app.sight.observing import StructlogObserver

__all__ = ["StructlogObserver"]

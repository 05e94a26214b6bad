"""What the process tells about itself: events as structured log lines, measured figures as histograms."""

from ari_app.sight.observing import StructlogObserver

__all__ = ["StructlogObserver"]

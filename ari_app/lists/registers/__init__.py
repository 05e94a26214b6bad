"""Whole registers from files: read in blocks by several processes, then joined with what is in force."""

from ari_app.lists.registers.forms import FORMATS
from ari_app.lists.registers.loading import LoadReport, LoadRequest, load_register

__all__ = ["FORMATS", "LoadReport", "LoadRequest", "load_register"]

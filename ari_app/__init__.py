"""Garbo: a courteous gate for outbound calls on Asterisk."""

__version__ = "0.1.0"

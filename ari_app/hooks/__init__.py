"""EDGE: webhooks, signed and sent again until they are taken or given up."""

from ari_app.hooks.sender import Sender, SenderSettings, signature

__all__ = ["Sender", "SenderSettings", "signature"]

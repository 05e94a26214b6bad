"""What is asked of the running Asterisk, by commands that would do without an answer as well."""

import asyncio
from datetime import timedelta

from ari_app.asterisk.errors import AriError
from ari_app.asterisk.plain_http import version_of
from ari_app.asterisk.settings import AriSettings
from ari_app.asterisk.versions import default_door
from ari_app.config import Settings
from ari_app.main.tls import trust
from ari_app.policy.request import Door


def ari_settings(settings: Settings) -> AriSettings:
    """How Asterisk is reached, from the configuration. Raises ConfigError: `tls_ca_file` cannot be used."""
    return AriSettings(
        ari_url=settings.asterisk.ari_url,
        user=settings.asterisk.ari_user,
        password=settings.asterisk.ari_password,
        app=settings.asterisk.app,
        trust=trust(settings.asterisk.tls_ca_file, "[asterisk] tls_ca_file"),
        deadline=timedelta(milliseconds=settings.gate.deadline_ms),
    )


def running_door(settings: Settings) -> Door | None:
    """The door for `asterisk.door = auto`, by the version that runs; None: no Asterisk answers. Not from a loop."""
    try:
        return default_door(asyncio.run(version_of(ari_settings(settings))))
    except AriError:
        return None

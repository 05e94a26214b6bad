"""
`garbo.toml` and the environment become frozen settings, checked once.

    ConfigError    the configuration is missing, wrong or contradicts itself (exit code 2)

`sections` says which keys there are, `load` where their values come from, `keyfile` keeps the installation's secret
key. Goes to `main` and `cli`; nothing else reads files or the environment for settings.
"""

from ari_app.config.errors import ConfigError
from ari_app.config.keyfile import (
    beside,
    create_key_file,
    key_text,
    keyring_of,
    put_in_place,
    read_keyring,
    read_or_create_keyring,
    successor_of,
    write_beside,
)
from ari_app.config.load import Settings, find_file, load_settings

__all__ = [
    "ConfigError",
    "Settings",
    "beside",
    "create_key_file",
    "find_file",
    "key_text",
    "keyring_of",
    "load_settings",
    "put_in_place",
    "read_keyring",
    "read_or_create_keyring",
    "successor_of",
    "write_beside",
]

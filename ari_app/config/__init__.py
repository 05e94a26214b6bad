"""
`garbo.toml` and the environment become frozen settings, checked once.

    ConfigError    the configuration is missing, wrong or contradicts itself (exit code 2)

`sections` says which keys there are, `load` where their values come from, `keyfile` keeps the installation's secret
key. Goes to `main` and `cli`; nothing else reads files or the environment for settings.
"""

from ari_app.config.errors import ConfigError
from ari_app.config.keyfile import create_key_file, read_keyring, read_or_create_keyring
from ari_app.config.load import Settings, find_file, load_settings

__all__ = [
    "ConfigError",
    "Settings",
    "create_key_file",
    "find_file",
    "load_settings",
    "read_keyring",
    "read_or_create_keyring",
]

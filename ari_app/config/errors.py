"""What is wrong with a configuration, in one sentence that names file, line and key."""


class ConfigError(Exception):
    """The configuration cannot be used; the message says where and what would be right."""

    exit_code = 2

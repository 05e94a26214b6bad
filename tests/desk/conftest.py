"""Databases for the tests of this folder."""

from tests.stores.databases import database, database_url, postgresql_server, sqlite_template

__all__ = ["database", "database_url", "postgresql_server", "sqlite_template"]

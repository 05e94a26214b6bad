"""The services behind the operator's desk, on SQLite."""

"""SQL behind the ports: tables, migrations and whole transactions, on SQLite and on PostgreSQL."""

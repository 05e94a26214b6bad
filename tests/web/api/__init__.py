"""The HTTP API over a real server and a real database."""

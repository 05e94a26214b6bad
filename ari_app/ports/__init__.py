"""Protocols between the core and the world, and their errors: a file per noun."""

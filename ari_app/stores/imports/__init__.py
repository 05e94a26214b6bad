"""
Rows of imported lists on their way into a version, one module a kind.

Each `put` is one short transaction: it compares a chunk of rows with what is visible and with what the version holds
already, writes what differs, and counts. Nothing that is visible is changed.
"""

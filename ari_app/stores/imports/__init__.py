"""
Rows of imported lists on their way into a version, one module a kind.

Each `change` compares some rows with what is visible and with what the version holds already, and counts; what differs
`putting` then writes, in short transactions. Nothing that is visible is changed.
"""

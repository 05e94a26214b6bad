"""
Whole registers as files: a folder each, an immutable file a version, and a pointer to the one in force.

`snapshot_file` is the format, `shelf` keeps versions, `serving` answers for the gate.
"""

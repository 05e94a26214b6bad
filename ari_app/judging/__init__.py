"""
The one place where a verdict comes about, for every door.

Outside facts first, unlocked; then one transaction of the store in which the pure core decides; then the record goes
back to the door that asked.
"""

"""Doors fed with what nobody would send: 100,000 inputs each (`make fuzz`)."""

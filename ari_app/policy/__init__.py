"""
The pure core: numbers, facts, rules and the verdict.

Nothing in here reads a clock, a file, a socket or a database. What happens comes in as values, what must be done goes
out as values; `judging` brings the two together.
"""

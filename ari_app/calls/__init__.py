"""
One call's life: from the question in the gate to one outcome, last.

Events come in from the PBX's edge through `Reactor.handle`; verdicts come from `judging`; orders go out through the
`Switch`; what happened goes into the book of verdicts.
"""

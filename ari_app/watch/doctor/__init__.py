"""
`garbo doctor`: what is wrong with an installation, why it matters, and the command or line that mends it.

A check is a pure function from what was seen to what it found; `main/doctor` does the seeing. What could not be seen is
a finding of its own, and everything else is still checked. `finding` has the values, `seen` what the checks get,
`checkup` runs them all and knows every id; `dialplan/` reads what Asterisk has loaded, and follows calls through it.
"""

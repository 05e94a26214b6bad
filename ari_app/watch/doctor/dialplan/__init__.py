"""
The dialplan that Asterisk has loaded, read and followed.

`shown` reads `dialplan show`, `written` a file of ours, both into the values of `plan`. `patterns` compares extensions,
`words` takes arguments and variables apart, `effects` says what a step does, `targets` where a jump may lead, `dials`
whom a Dial may reach, and `walk` follows every path that a call can take.
"""

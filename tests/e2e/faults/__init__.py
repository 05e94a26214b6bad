"""What breaks while twenty calls a second run: each row of the matrix on a real Asterisk."""

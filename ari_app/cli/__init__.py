"""
`garbo …`: parse, call, print.

Heavy modules (database, HTTP, telephone numbers) are imported inside the commands that need them, so that `garbo
--help` is quick. With `--json` standard output holds one JSON document and nothing else; all that is said to people
meanwhile goes to standard error.
"""

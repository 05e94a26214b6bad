"""The operator's desk: what is live, who is where, walks through scripts, words of the callee, what comes next."""

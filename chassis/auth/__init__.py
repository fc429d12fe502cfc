"""Who calls: API keys, tokens, sessions, what each may do, and the trail of it."""

"""Processes that look into bytes from outside: confined, limited, replaced when they die. A service gives the work."""

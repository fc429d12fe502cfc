"""A made-up vocabulary in the exact form of an Athena download; nothing of a real one is in it."""

"""The port of the blob store: its keys, and what each use of it costs."""

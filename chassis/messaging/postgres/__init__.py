"""The event log as tables of PostgreSQL."""

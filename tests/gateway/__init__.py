"""The gateway: a real nginx before stand-ins of the services, and before the real door of ingest."""

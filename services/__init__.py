"""What rcdm does: one folder per service."""

SERVICES = ("ingest", "extract", "catalog", "export", "operations", "access", "front")

"""What rcdm does: one folder per service."""

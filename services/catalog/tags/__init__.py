"""Tags that a steward made searchable: their values beside the studies, by a job for what is there, then by writers."""

"""Finding conditions by names that are nearly theirs."""

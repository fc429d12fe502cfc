"""HTTP habits: errors, pages, ranges, health, the server."""

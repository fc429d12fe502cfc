"""A private PostgreSQL below the data folder."""

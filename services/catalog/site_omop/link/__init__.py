"""The site's own OMOP database, where it is: read, never written to."""

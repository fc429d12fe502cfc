"""A header becomes the typed values of the R-CDM tables."""

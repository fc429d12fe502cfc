"""The words of a query: filter names clients may use, and the SQL over the R-CDM they stand for."""

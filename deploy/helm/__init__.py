"""The chart and what keeps it honest: its schema, its examples, the schemas it is held against."""

"""Saved cohorts: a filter with a name, counted anew whenever it is looked at."""

"""Stored values become pictures: decoding, look-up tables, windows, PNG."""

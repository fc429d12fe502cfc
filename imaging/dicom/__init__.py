"""Bytes become a header: PS3.10 files walked, held against their lengths and read."""

"""Blobs as files of a folder."""

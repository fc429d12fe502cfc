"""The door without HTTP and SQL."""

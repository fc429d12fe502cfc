"""One file per technology and port; the only place where a vendor client is imported."""

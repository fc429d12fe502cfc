"""The web client worked through in a real browser (`make test-web`; in `make test`, too, where a Chromium is found)."""

"""Deleting a study: a tombstone stays, everything else of it goes, here and with everybody who hears of it."""

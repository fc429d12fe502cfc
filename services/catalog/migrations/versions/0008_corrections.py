"""Corrections by people, and what was deleted."""

revision = "catalog_0008"
down_revision = "catalog_0007"


def upgrade() -> None:
    """Nothing yet."""

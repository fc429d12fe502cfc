"""Saved cohorts, searchable tags and the Medical Imaging views."""

revision = "catalog_0007"
down_revision = "catalog_0006"


def upgrade() -> None:
    """Nothing yet."""

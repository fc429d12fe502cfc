"""What became of diagnoses: who mapped them to what, and when."""

revision = "catalog_0006"
down_revision = "catalog_0005"


def upgrade() -> None:
    """Nothing yet."""

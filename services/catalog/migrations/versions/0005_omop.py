"""All tables of the OMOP CDM 5.4."""

revision = "catalog_0005"
down_revision = "catalog_0004"


def upgrade() -> None:
    """Nothing yet."""

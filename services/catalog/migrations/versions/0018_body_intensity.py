"""Of CT and MR images: a coarse map of the body's intensity, so that contrast phases can be seen between volumes."""

from alembic import op

revision = "catalog_0018"
down_revision = "catalog_0017"


def upgrade() -> None:
    """Adds the columns; images extracted before have none, and are no evidence."""
    op.execute(
        "ALTER TABLE rcdm.radiology_image ADD COLUMN body_intensity bytea, ADD COLUMN intensity_settings text,"
        " ADD COLUMN body_cells integer, ADD COLUMN bright_cells integer"
    )

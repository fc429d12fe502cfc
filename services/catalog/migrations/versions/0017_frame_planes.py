"""Objects of several frames that do not all look from one side: of which planes their frames are."""

from alembic import op

revision = "catalog_0017"
down_revision = "catalog_0016"


def upgrade() -> None:
    """Images extracted before have none: all of their frames count as the image does."""
    op.execute("ALTER TABLE rcdm.radiology_image ADD frame_planes text[]")

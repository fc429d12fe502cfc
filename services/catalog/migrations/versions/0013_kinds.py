"""Which studies have images of a plane and phase, read from an index alone."""

from alembic import op

revision = "catalog_0013"
down_revision = "catalog_0012"


def upgrade() -> None:
    """Makes the index."""
    op.execute(
        "CREATE INDEX radiology_image_kind_by_plane ON rcdm.radiology_image_kind"
        " (image_plane, image_phase, radiology_occurrence_id)"
    )

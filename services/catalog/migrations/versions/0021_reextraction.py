"""Images are read again: which rules an image was read by, and what waits to be read by those of today."""

from alembic import op

revision = "catalog_0021"
down_revision = "catalog_0020"

_REEXTRACTION = """
CREATE TABLE rcdm.reextraction (
    reextraction_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    requested_at timestamptz NOT NULL DEFAULT now(),
    requested_by text NOT NULL,
    filter jsonb,
    images bigint NOT NULL,
    failed bigint NOT NULL DEFAULT 0,
    finished_at timestamptz
)"""

# A row for each image that waits or is under way; it goes with the transaction that replaces the image's row.
_IMAGE = """
CREATE TABLE rcdm.reextraction_image (
    image_id bigint PRIMARY KEY REFERENCES rcdm.radiology_image ON DELETE CASCADE,
    reextraction_id bigint NOT NULL REFERENCES rcdm.reextraction ON DELETE CASCADE,
    sent_at timestamptz,
    tries smallint NOT NULL DEFAULT 0
)"""


def upgrade() -> None:
    op.execute("ALTER TABLE rcdm.radiology_image ADD COLUMN extraction_rules text")
    op.execute(_REEXTRACTION)
    op.execute(_IMAGE)
    op.execute("CREATE INDEX reextraction_image_by_request ON rcdm.reextraction_image (reextraction_id)")
    op.execute("CREATE INDEX reextraction_image_sent ON rcdm.reextraction_image (sent_at) WHERE sent_at IS NOT NULL")
    op.execute("CREATE INDEX reextraction_image_waiting ON rcdm.reextraction_image (image_id) WHERE sent_at IS NULL")

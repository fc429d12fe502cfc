"""Which UIDs of an image were assigned, and the text in whose place they stand."""

from alembic import op

revision = "catalog_0021"
down_revision = "catalog_0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE rcdm.radiology_image ADD assigned_uids jsonb NOT NULL DEFAULT '{}'")

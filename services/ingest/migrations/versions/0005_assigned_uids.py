"""UIDs that were assigned, by choice of the upload; and images that are here in another encoding."""

from alembic import op

revision = "ingest_0005"
down_revision = "ingest_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE ingest.upload ADD COLUMN assign_uids boolean NOT NULL DEFAULT false")
    # By keyword, the text in whose place a UID was assigned.
    op.execute("ALTER TABLE ingest.instance ADD COLUMN assigned_uids jsonb NOT NULL DEFAULT '{}'")
    op.execute("ALTER TABLE ingest.upload_file DROP CONSTRAINT upload_file_outcome_check")
    op.execute(
        "ALTER TABLE ingest.upload_file ADD CONSTRAINT upload_file_outcome_check"
        " CHECK (outcome IN ('stored', 'duplicate', 'same_image', 'refused'))"
    )

"""Images that were deleted after a version took them, and how many of them each version holds."""

from alembic import op

revision = "export_0003"
down_revision = "export_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE export.version ADD COLUMN deleted bigint NOT NULL DEFAULT 0")
    op.execute(
        "CREATE TABLE export.deleted_image (image_id bigint PRIMARY KEY, study_instance_uid text NOT NULL,"
        " deletion_id bigint NOT NULL)"
    )
    op.execute("CREATE INDEX member_by_study ON export.member (study_instance_uid)")

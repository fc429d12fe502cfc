"""Studies that were deleted, and the digests whose blobs are to go."""

from alembic import op

revision = "ingest_0003"
down_revision = "ingest_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in (_DELETED_STUDY, _STANDING, _PURGE_BLOB, _INSTANCE_BY_STUDY):
        op.execute(statement)


_DELETED_STUDY = """
CREATE TABLE ingest.deleted_study (
    deletion_id bigint NOT NULL,
    hospital text NOT NULL,
    study_instance_uid text NOT NULL,
    deleted_at timestamptz NOT NULL,
    lifted_at timestamptz,
    purged_at timestamptz,
    objects bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (deletion_id, hospital)
)"""

_STANDING = "CREATE INDEX deleted_study_by_uid ON ingest.deleted_study (study_instance_uid, hospital)"

_PURGE_BLOB = "CREATE TABLE ingest.purge_blob (sha256 text PRIMARY KEY, deletion_id bigint NOT NULL)"

_INSTANCE_BY_STUDY = "CREATE INDEX instance_by_study ON ingest.instance (study_instance_uid)"

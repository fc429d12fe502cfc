"""Uploads, the ledger of instances, what became of each file, blobs on their way, and the outbox."""

from alembic import op

from chassis.messaging.outbox import outbox_ddl

revision = "ingest_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in (_UPLOAD, _INSTANCE, _INSTANCE_BY_DIGEST, _UPLOAD_FILE, _PENDING_BLOB, outbox_ddl("ingest")):
        op.execute(statement)


_UPLOAD = """
CREATE TABLE ingest.upload (
    upload_id uuid PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    hospital text NOT NULL,
    diagnosis text NOT NULL DEFAULT '',
    diagnosis_code text NOT NULL DEFAULT '',
    vocabulary text NOT NULL DEFAULT ''
)"""

# The promise "same instance, one row; other bytes, refused" is this table's primary key.
_INSTANCE = """
CREATE TABLE ingest.instance (
    hospital text NOT NULL,
    sop_instance_uid text NOT NULL,
    study_instance_uid text NOT NULL,
    series_instance_uid text NOT NULL,
    sop_class_uid text NOT NULL,
    transfer_syntax_uid text NOT NULL,
    sha256 text NOT NULL,
    bytes bigint NOT NULL,
    blob_key text NOT NULL,
    upload_id uuid NOT NULL REFERENCES ingest.upload,
    received_at timestamptz NOT NULL,
    extracted_at timestamptz,
    no_picture_reason text NOT NULL DEFAULT '',
    catalogued_at timestamptz,
    failed_at timestamptz,
    failed_by text NOT NULL DEFAULT '',
    failed_reason text NOT NULL DEFAULT '',
    PRIMARY KEY (hospital, sop_instance_uid)
)"""

_INSTANCE_BY_DIGEST = "CREATE INDEX instance_by_digest ON ingest.instance (sha256)"

_UPLOAD_FILE = """
CREATE TABLE ingest.upload_file (
    upload_id uuid NOT NULL REFERENCES ingest.upload,
    number bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('stored', 'duplicate', 'refused')),
    reason_code text,
    reason_detail text,
    reason_offset bigint,
    sop_instance_uid text,
    sha256 text,
    bytes bigint NOT NULL,
    PRIMARY KEY (upload_id, number)
)"""

# Bytes that may be in the blob store while no ledger row speaks of them yet; `owner` is a process, `batch` a request.
_PENDING_BLOB = """
CREATE TABLE ingest.pending_blob (
    sha256 text NOT NULL,
    owner bigint NOT NULL,
    batch bigint NOT NULL,
    PRIMARY KEY (sha256, batch)
)"""

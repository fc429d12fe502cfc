"""Data sets, their versions with frozen members and exclusions, the entries of their archives, and operations."""

from alembic import op

from chassis.messaging.outbox import outbox_ddl

revision = "export_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in (_OPERATION, _DATASET, _ONE_SPELLING, _VERSION, _MEMBER, _EXCLUSION, _ENTRY, _ENTRY_PLACE,
                      _DIRECTORY_PLACE, outbox_ddl("export")):  # fmt: skip
        op.execute(statement)


_OPERATION = """
CREATE TABLE export.operation (
    operation_id uuid PRIMARY KEY,
    kind text NOT NULL,
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    done bigint NOT NULL DEFAULT 0,
    total bigint NOT NULL,
    result jsonb,
    error text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
)"""

_DATASET = """
CREATE TABLE export.dataset (
    name text PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
)"""

# "Liver" and "liver" would be one folder on many computers.
_ONE_SPELLING = "CREATE UNIQUE INDEX one_spelling ON export.dataset (lower(name))"

_VERSION = """
CREATE TABLE export.version (
    version_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL REFERENCES export.dataset,
    number integer NOT NULL,
    version text NOT NULL,
    operation_id uuid NOT NULL UNIQUE REFERENCES export.operation,
    state text NOT NULL DEFAULT 'building' CHECK (state IN ('building', 'ready', 'failed', 'cancelled')),
    cleaned boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    rule jsonb NOT NULL,
    content_sha256 text NOT NULL,
    members bigint NOT NULL,
    exclusions jsonb NOT NULL,
    description jsonb,
    manifest_sha256 text,
    directory_offset bigint,
    directory_bytes bigint,
    archive_bytes bigint,
    UNIQUE (name, number),
    UNIQUE (name, version)
)"""

# Everything an archive and its manifest say is copied here when the version is frozen; later changes do not reach it.
_MEMBER = """
CREATE TABLE export.member (
    version_id bigint NOT NULL REFERENCES export.version ON DELETE CASCADE,
    ordinal bigint NOT NULL,
    position bigint NOT NULL,
    person_key text NOT NULL,
    sex text NOT NULL,
    hospital text NOT NULL,
    study_instance_uid text NOT NULL,
    image_id bigint NOT NULL,
    sop_instance_uid text NOT NULL,
    series_instance_uid text NOT NULL,
    series_number integer,
    modality text,
    sequence_kind text,
    image_plane text NOT NULL,
    plane_source text NOT NULL,
    image_phase text NOT NULL,
    phase_source text NOT NULL,
    phase_confidence double precision NOT NULL,
    pixel_spacing double precision[],
    slice_position double precision,
    image_slice_thickness double precision,
    image_window_level_center text,
    image_window_level_width text,
    rescale_slope double precision,
    rescale_intercept double precision,
    dicom_sha256 text NOT NULL,
    frame integer NOT NULL,
    rows integer NOT NULL,
    columns integer NOT NULL,
    png_key text NOT NULL,
    png_bytes bigint NOT NULL,
    png_sha256 text NOT NULL,
    png_crc32 bigint NOT NULL,
    PRIMARY KEY (version_id, ordinal)
)"""

_EXCLUSION = """
CREATE TABLE export.exclusion (
    version_id bigint NOT NULL REFERENCES export.version ON DELETE CASCADE,
    image_id bigint NOT NULL,
    sop_instance_uid text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (version_id, image_id)
)"""

# A file of an archive; ordinals of pictures are those of their members, the version's own files follow.
_ENTRY = """
CREATE TABLE export.entry (
    version_id bigint NOT NULL REFERENCES export.version ON DELETE CASCADE,
    ordinal bigint NOT NULL,
    path text NOT NULL,
    split text,
    blob_key text NOT NULL,
    bytes bigint NOT NULL,
    crc32 bigint NOT NULL,
    archive_offset bigint NOT NULL,
    directory_offset bigint NOT NULL,
    PRIMARY KEY (version_id, ordinal),
    UNIQUE (version_id, path)
)"""

# A range anywhere in an archive is found by one look into one of these.
_ENTRY_PLACE = "CREATE UNIQUE INDEX entry_place ON export.entry (version_id, archive_offset)"
_DIRECTORY_PLACE = "CREATE UNIQUE INDEX directory_place ON export.entry (version_id, directory_offset)"

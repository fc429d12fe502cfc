"""Files made for data sets and their checksums; and on which side of its split a data set's patients are."""

from alembic import op

revision = "export_0004"
down_revision = "export_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE export.version DROP CONSTRAINT version_state_check")
    op.execute(
        "ALTER TABLE export.version ADD CONSTRAINT version_state_check"
        " CHECK (state IN ('waiting', 'building', 'ready', 'failed', 'cancelled'))"
    )
    op.execute(
        "ALTER TABLE export.version ADD COLUMN own_files integer NOT NULL DEFAULT 3,"
        " ADD COLUMN made_with jsonb NOT NULL DEFAULT '{}'"
    )
    op.execute(
        "ALTER TABLE export.entry ADD COLUMN sha256 text, ADD COLUMN said jsonb, ADD COLUMN member_ordinal bigint,"
        " ADD COLUMN is_aside boolean NOT NULL DEFAULT false,"
        " ADD COLUMN tar_offset bigint"
    )
    op.execute(
        "UPDATE export.entry SET sha256 = png_sha256, member_ordinal = member.ordinal FROM export.member"
        " WHERE member.version_id = entry.version_id AND member.ordinal = entry.ordinal"
    )
    op.execute("CREATE INDEX tar_place ON export.entry (version_id, tar_offset)")
    # One member may give several files; 0: a version's own. NULL: written by a release that knew only one for each.
    op.execute("CREATE INDEX entry_by_member ON export.entry (version_id, coalesce(member_ordinal, ordinal))")
    # A row stands before its bytes are stored; without a checksum they may be there or not.
    op.execute(
        """
        CREATE TABLE export.file (
            file_key text PRIMARY KEY,
            image_id bigint NOT NULL,
            bytes bigint,
            sha256 text,
            crc32 bigint,
            said jsonb NOT NULL DEFAULT '{}',
            used_at timestamptz NOT NULL DEFAULT clock_timestamp()
        )"""
    )
    op.execute("CREATE INDEX file_by_image ON export.file (image_id)")
    op.execute("CREATE INDEX entry_by_key ON export.entry (blob_key) WHERE blob_key LIKE 'file/%'")
    op.execute(
        """
        CREATE TABLE export.side (
            name text NOT NULL REFERENCES export.dataset,
            person_key text NOT NULL,
            side text NOT NULL CHECK (side IN ('train', 'validation', 'test')),
            PRIMARY KEY (name, person_key)
        )"""
    )
    # What a picture looks like in 256 signs, by its checksum; NULL: it has next to no contrast.
    op.execute("CREATE TABLE export.picture_hash (sha256 text PRIMARY KEY, hash bytea)")
    # Of versions made before sides were kept, the newest says where a patient is.
    op.execute(
        "INSERT INTO export.side SELECT DISTINCT ON (name, person_key) name, person_key, split"
        " FROM export.version JOIN export.member USING (version_id) JOIN export.entry USING (version_id, ordinal)"
        " WHERE split IS NOT NULL ORDER BY name, person_key, number DESC"
    )

"""Which UIDs of an image were assigned, and the text in whose place they stand."""

from alembic import op

revision = "catalog_0020"
down_revision = "catalog_0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE rcdm.radiology_image ADD assigned_uids jsonb NOT NULL DEFAULT '{}'")
    op.execute(_ONE_MORE_ASSUMPTION)


# What may be assumed is one kind more than before, whatever that was.
_ONE_MORE_ASSUMPTION = """
DO $$
DECLARE name text; held text;
BEGIN
    SELECT conname, pg_get_expr(conbin, conrelid) INTO name, held FROM pg_constraint
    WHERE conrelid = 'rcdm.radiology_quality'::regclass AND contype = 'c'
        AND pg_get_expr(conbin, conrelid) LIKE '%NO_STUDY_DATE%';
    EXECUTE format('ALTER TABLE rcdm.radiology_quality DROP CONSTRAINT %I', name);
    EXECUTE format('ALTER TABLE rcdm.radiology_quality ADD CONSTRAINT %I CHECK (%s OR assumption = %L)',
                   name, held, 'UID_ASSIGNED');
END $$"""

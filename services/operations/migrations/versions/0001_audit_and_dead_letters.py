"""Reports of the auditor, and the dead letters of every group where they can be read and replayed."""

from alembic import op

revision = "operations_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
    CREATE TABLE operations.audit (
        audit_id text PRIMARY KEY,
        state text NOT NULL CHECK (state IN ('running', 'done', 'failed')),
        started_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz,
        report jsonb
    )""")
    op.execute("CREATE UNIQUE INDEX one_at_a_time ON operations.audit (state) WHERE state = 'running'")
    op.execute("""
    CREATE TABLE operations.dead_letter (
        dead_letter_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        consumer_group text NOT NULL,
        topic text NOT NULL,
        key text NOT NULL,
        value bytea NOT NULL,
        headers jsonb NOT NULL,
        reason text NOT NULL,
        attempts integer NOT NULL,
        buried_at timestamptz NOT NULL DEFAULT now(),
        replayed_at timestamptz,
        -- Where the record lay in its own topic: the same burial told twice is one letter.
        place text NOT NULL UNIQUE
    )""")
    op.execute("CREATE INDEX ON operations.dead_letter (replayed_at, dead_letter_id)")


def downgrade() -> None:
    op.execute("DROP TABLE operations.dead_letter, operations.audit")

"""An upload remembers who opened it: a bridge sees its own only."""

from alembic import op

revision = "ingest_0002"
down_revision = "ingest_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE ingest.upload ADD COLUMN made_by text NOT NULL DEFAULT ''")

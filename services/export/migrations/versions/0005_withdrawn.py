"""Versions that should no longer be used, and why."""

from alembic import op

revision = "export_0005"
down_revision = "export_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE export.version ADD COLUMN withdrawn_at timestamptz, ADD COLUMN withdrawn_reason text,"
        " ADD CONSTRAINT withdrawn_with_a_reason CHECK ((withdrawn_at IS NULL) = (withdrawn_reason IS NULL))"
    )

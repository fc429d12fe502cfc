"""A version remembers whose images its maker could see, and who made it."""

from alembic import op

revision = "export_0002"
down_revision = "export_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # NULL: all hospitals. What was made before callers were checked could hold anybody's images.
    op.execute("ALTER TABLE export.version ADD COLUMN hospitals text[], ADD COLUMN made_by text NOT NULL DEFAULT ''")

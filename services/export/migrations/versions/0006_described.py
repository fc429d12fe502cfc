"""What the series of a member is called, and which part and side of the body it shows from where."""

from alembic import op

revision = "export_0006"
down_revision = "export_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Members of versions made before say nothing; their manifests are written.
    op.execute(
        "ALTER TABLE export.member ADD COLUMN body_part text, ADD COLUMN laterality text,"
        " ADD COLUMN view_position text, ADD COLUMN series_description text"
    )

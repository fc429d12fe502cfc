"""Where a vocabulary came from: a download of Athena, or the site's own OMOP database."""

from alembic import op

revision = "catalog_0014"
down_revision = "catalog_0013"


def upgrade() -> None:
    """Those loaded before were downloads."""
    op.execute("ALTER TABLE rcdm.vocabulary_load ADD source varchar(10) NOT NULL DEFAULT 'ATHENA'")

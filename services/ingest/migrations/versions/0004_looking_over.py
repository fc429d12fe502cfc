"""What an operator looks over: what waits, what was refused, and how fast it goes."""

from alembic import op

revision = "ingest_0004"
down_revision = "ingest_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in (_WAITING, _RECEIVED, _CATALOGUED, _REFUSED):
        op.execute(statement)


_WAITING = """
CREATE INDEX instance_waiting ON ingest.instance (received_at) WHERE catalogued_at IS NULL AND failed_at IS NULL"""
# Rows lie in the order of their times, nearly: a few pages of the table are read for the last hour.
_RECEIVED = "CREATE INDEX instance_received ON ingest.instance USING brin (received_at) WITH (autosummarize = on)"
_CATALOGUED = "CREATE INDEX instance_catalogued ON ingest.instance USING brin (catalogued_at) WITH (autosummarize = on)"
_REFUSED = """
CREATE INDEX upload_file_refused ON ingest.upload_file (upload_id, number) INCLUDE (reason_code)
WHERE outcome = 'refused'"""

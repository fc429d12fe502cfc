"""API keys as digests, and the trail, in which nothing is changed or removed."""

from alembic import op

revision = "access_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in (_KEY, _TRAIL, _REFUSE, _APPEND_ONLY):
        op.execute(statement)


# `hospitals` NULL: all. chassis/auth/api_keys.py reads this table in every service.
_KEY = """
CREATE TABLE access.key (
    key_id text PRIMARY KEY,
    name text NOT NULL,
    digest bytea NOT NULL,
    roles text[] NOT NULL,
    hospitals text[],
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by text NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
)"""

# Names subjects, routes, UIDs and pseudonyms, never a person. chassis/auth/audit_log.py writes it in every service.
_TRAIL = """
CREATE TABLE access.trail (
    trail_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    subject text NOT NULL,
    action text NOT NULL,
    route text NOT NULL,
    outcome text NOT NULL,
    objects text[] NOT NULL,
    reason text NOT NULL,
    client text NOT NULL,
    request_id text NOT NULL
)"""

_REFUSE = """
CREATE FUNCTION access.refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the trail only grows'; END $$"""

_APPEND_ONLY = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access.trail
FOR EACH STATEMENT EXECUTE FUNCTION access.refuse_change()"""

"""What every known group has committed is kept for a week, then let go, a bounded piece at a time."""

from datetime import timedelta

from chassis.adapters.postgres_log_schema import Connection, TopicRow

KEEP = timedelta(days=7)
_MOST = 10_000

# A topic without groups, such as one of dead letters nobody replays now, keeps everything.
_TRIM = """
WITH done AS (
    SELECT p.partition, p.first_position AS first,
           (SELECT coalesce(min(coalesce(c.position, 0)), 0) FROM log.consumer_group g
            LEFT JOIN log.committed c ON c.group_id = g.group_id AND c.partition = p.partition
            WHERE g.topic_id = p.topic_id) AS past
    FROM log.partition p WHERE p.topic_id = $1 ORDER BY p.partition FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM log.record r USING done
    WHERE r.topic_id = $1 AND r.partition = done.partition
      AND r.position < least(done.past, done.first + $3)
      AND r.appended_at < now() - $2::interval
    RETURNING r.partition, r.position
)
UPDATE log.partition p SET first_position = last.position + 1
FROM (SELECT partition, max(position) AS position FROM gone GROUP BY partition) AS last
WHERE p.topic_id = $1 AND p.partition = last.partition
RETURNING p.partition
"""


async def trim(connection: Connection, topic: TopicRow, keep: timedelta = KEEP) -> int:
    """Lets go of what is done and old; how many partitions got shorter. Positions never come again."""
    return len(await connection.fetch(_TRIM, topic.topic_id, keep, _MOST))

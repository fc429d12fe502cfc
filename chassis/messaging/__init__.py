"""The port of the event log: topics, the consumer loop, the outbox."""

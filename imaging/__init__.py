"""What we know about medical images: pure functions, no HTTP, no Kafka, no SQL."""

"""What `make bench` measures: images per second against a bare loop of the same run, and memory."""

"""What the commands that talk to a running system share: the HTTP client, large transfers, output."""

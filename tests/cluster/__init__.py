"""The promises of the cluster home as a whole, on real servers and real processes; collected with --home cluster."""

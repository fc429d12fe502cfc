"""The cluster home on one machine: real servers as ordinary processes, each in a folder of its own."""

"""The contrast phase of an image: words, agent, order in time, pixels."""

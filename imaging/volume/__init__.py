"""Slices become volumes: stacks, dimensions beyond space, NIfTI and its sidecar."""

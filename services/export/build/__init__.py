"""A frozen version becomes its files, manifests and description."""

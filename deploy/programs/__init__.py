"""The programs of the cluster home: fetched or built once, pinned by version, kept outside the checkout."""

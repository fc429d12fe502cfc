"""What an operator asks about data sets."""

from prometheus_client import Counter

VERSIONS = Counter("rcdm_dataset_versions_total", "Versions of data sets by how their building ended.", ["outcome"])

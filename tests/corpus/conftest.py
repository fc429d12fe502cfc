"""Tests on real files beside the checkout; where those are not, nothing here is collected."""

from pathlib import Path

collect_ignore_glob = [] if (Path(__file__).parents[2] / "../shared/dicom/manifest.csv").exists() else ["test_*.py"]

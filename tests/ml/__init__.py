"""Data sets opened with the tools of those who train: pandas, nibabel, mlcroissant, MONAI (`make test-ml`)."""

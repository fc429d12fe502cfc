"""What stands in a header (DICOM JSON): values, functional groups, private elements, mosaics."""

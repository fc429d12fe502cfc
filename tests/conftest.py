"""What every test may use: real DICOM made on the spot, and a way to wait for a fact with a limit."""

"""What goes into the image, and the list of it."""

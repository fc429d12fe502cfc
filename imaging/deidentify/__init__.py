"""What may leave of an object: elements, texts, pixels."""

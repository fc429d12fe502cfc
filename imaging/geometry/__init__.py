"""From which side an image looks, and how slices lie along their normal."""

"""What the chart, the image and the compose file promise."""

"""What an operator asks about extraction."""

from prometheus_client import Counter

DEATHS = Counter("rcdm_image_worker_deaths_total", "Image workers that ended in the middle of an image.", ["cause"])
NO_PICTURES = Counter("rcdm_no_pictures_total", "Objects without a picture.", ["reason"])

"""What an operator asks about extraction."""

from prometheus_client import Counter, Histogram

STAGES = Histogram("rcdm_extract_seconds", "Seconds of one stage of one object.", ["stage"])
DEATHS = Counter("rcdm_image_worker_deaths_total", "Image workers that ended in the middle of an image.", ["cause"])
NO_PICTURES = Counter("rcdm_no_pictures_total", "Objects without a picture.", ["reason"])

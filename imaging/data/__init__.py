"""Files of knowledge a site may read, extend and correct."""

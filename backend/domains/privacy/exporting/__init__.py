"""Exporting: all that is somebody's, in one archive, made by a worker and fetched by a link."""

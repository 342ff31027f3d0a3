"""Vector tiles on the degree grid of EPSG:4490."""

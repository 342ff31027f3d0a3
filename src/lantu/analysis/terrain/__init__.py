"""Heights (高程): rasters brought onto the city's plane, slopes of sites, profiles along lines."""

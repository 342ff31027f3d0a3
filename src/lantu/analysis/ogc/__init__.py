"""Services of the map for other programs (OGC API Features Parts 1 to 3): thin, with the rights of who asks."""

"""Paper, scans and PDF pages: made into rasters, referenced by control points, traced. No Django."""

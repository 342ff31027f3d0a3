"""Pages of the certificates room."""

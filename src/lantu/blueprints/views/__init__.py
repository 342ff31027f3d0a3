"""Pages of the blueprints room."""

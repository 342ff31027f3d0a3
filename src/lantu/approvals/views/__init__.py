"""Pages of the approvals room."""

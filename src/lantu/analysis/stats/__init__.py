"""Query and statistics over the faces of a release (查询统计)."""

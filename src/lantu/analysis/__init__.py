"""Everything one reads off the map: conformity, siting, statistics, evaluation, services (合规性检测、辅助选址、统计、评价、服务)."""

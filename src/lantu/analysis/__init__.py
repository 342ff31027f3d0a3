"""Everything one reads off the map: conformity, siting, statistics, services (合规性检测、辅助选址、统计、服务)."""

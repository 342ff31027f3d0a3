"""Indicators of the city pack over the faces, the living layers and registered sources (指标评价, GB/T 39972 modules 2 and 4)."""

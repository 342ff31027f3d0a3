"""Fusion without database: rules over faces, patches, areas, slivers, identity."""

"""What one makes of the map: sheets to scale, thematic maps, projects for a desktop GIS, bookmarks and notes, buffers."""

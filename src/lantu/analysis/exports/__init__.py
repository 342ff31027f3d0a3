"""Layers as files for other programs, each with who took it away and under which number written into it."""

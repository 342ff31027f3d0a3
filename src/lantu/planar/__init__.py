"""The kernel: integer rings and labels in, faces of one planar partition out.

No Django, no plan, no file format here: numpy, numba and shapely only, so that any GIS program can import it.
"""

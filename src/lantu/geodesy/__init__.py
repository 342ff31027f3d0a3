"""Reference systems, datum parameters, ellipsoidal area, boundary-point text. No Django."""

"""Certificates as records (电子证照): numbering, issue, states, verification, archive, reuse."""

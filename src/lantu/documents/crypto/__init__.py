"""Cryptography of papers: SM2/SM3, keys and test certificates, PAdES, e-seals (GB/T 38540), OFD (GB/T 33190). No models here."""

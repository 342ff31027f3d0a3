"""Data of the certificates room, a file per aggregate."""

from lantu.certificates.models.archive import ArchiveItem, ArchivePackage, IntegrityRun
from lantu.certificates.models.certificate import NEVER_ISSUED, Certificate, CertificateEvent, CertificateState
from lantu.certificates.models.copies import CertificateCopy, Verification
from lantu.certificates.models.external import ExternalCertificate

__all__ = [
    "NEVER_ISSUED",
    "ArchiveItem",
    "ArchivePackage",
    "Certificate",
    "CertificateCopy",
    "CertificateEvent",
    "CertificateState",
    "ExternalCertificate",
    "IntegrityRun",
    "Verification",
]

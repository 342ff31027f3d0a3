"""Identifiers of electronic certificates (电子证照标识, GB/T 36904-2018): root.type.issuer.serial.version.check."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from lantu.core.errors import BadInput

ROOT = "1.2.156.3005.2"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def check_character(text: str) -> str:
    """ISO 7064 MOD 37,36 over digits and capitals. Raises ``ValueError`` for any other character."""
    product = 36
    for letter in text:
        product = (product + ALPHABET.index(letter)) % 36 or 36
        product = product * 2 % 37
    return ALPHABET[(37 - product) % 36]


@dataclass(frozen=True, slots=True)
class Identifier:
    """The parts of an identifier. The check covers type, issuer, serial and version, not the root."""

    type_code: str
    issuer: str
    serial: str
    version: int

    @property
    def body(self) -> str:
        return f"{self.type_code}{self.issuer}{self.serial}{self.version:03d}"

    @property
    def check(self) -> str:
        return check_character(self.body)

    def __str__(self) -> str:
        return ".".join((ROOT, self.type_code, self.issuer, self.serial, f"{self.version:03d}", self.check))


def parse(text: str) -> tuple[Identifier, str]:
    """The parts and the check character given; whether it is right is for the caller to say. Raises ``BadInput``."""
    parts = text.strip().upper().removeprefix(ROOT + ".").split(".")
    if len(parts) != 5:
        raise BadInput(
            _("「%(text)s」不是电子证照标识。") % {"text": text[:80]}, how=_("标识形如 1.2.156.3005.2.类型.机构.流水号.版本.校验位。")
        )
    type_code, issuer, serial, version, check = parts
    plain = type_code + issuer + serial + version + check
    if len(type_code) != 21 or len(issuer) != 18 or len(version) != 3 or not version.isdigit() or not serial or len(check) != 1:
        raise BadInput(_("「%(text)s」各段的长度不对。") % {"text": text[:80]}, how=_("类型 21 位、机构 18 位、版本 3 位、校验位 1 位。"))
    if any(letter not in ALPHABET for letter in plain):
        raise BadInput(_("「%(text)s」里有数字和大写字母以外的字符。") % {"text": text[:80]})
    return Identifier(type_code, issuer, serial, int(version)), check

"""Which encoding a table's text is in, found by trying (domain: most city files are GBK without saying so, or say it wrongly)."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from dataclasses import dataclass

GB18030, UTF8, BIG5 = "GB18030", "UTF-8", "Big5"
CANDIDATES = (UTF8, GB18030, BIG5)

_LDID = {0x4D: GB18030, 0x7A: GB18030, 0x4F: BIG5, 0x78: BIG5}
_ALIASES = {
    **dict.fromkeys(("936", "cp936", "gbk", "gb2312", "gb18030", "ansi936", "ansi 936", "oem936", "oem 936", "euc-cn", "chs"), GB18030),
    **dict.fromkeys(("utf-8", "utf8", "65001", "cp65001"), UTF8),
    **dict.fromkeys(("big5", "950", "cp950", "big5-hkscs", "ansi 950", "oem 950"), BIG5),
}


@dataclass(frozen=True, slots=True)
class EncodingGuess:
    """``name`` to read with; ``certainty`` sure, likely or unknown; ``declared``: what the file says; ``contradicts``: it is wrong."""

    name: str
    certainty: str
    evidence: tuple[str, ...]
    declared: str | None = None
    contradicts: bool = False


def canonical(name: str) -> str | None:
    """Our name of a code page named in a .cpg or chosen by a person; None if Python knows none such."""
    known = _ALIASES.get(name.strip().lower()) or (name if name in REPAIRS else None)
    if known:
        return known
    try:
        return codecs.lookup(name.strip()).name
    except LookupError:
        return None


@dataclass(frozen=True, slots=True)
class Mojibake:
    """Text decoded wrongly by an earlier program: how to put it right (empty = lost for good), with one example."""

    repair: str
    sample: str
    mended: str


REPAIRS: dict[str, tuple[str, str]] = {
    "GB18030←Latin-1": ("cp1252", "gb18030"),
    "UTF-8←Latin-1": ("cp1252", "utf-8"),
    "UTF-8←GB18030": ("gb18030", "utf-8"),
    "Big5←GB18030": ("gb18030", "big5"),
}
"""What was taken for what: (encoding it was wrongly decoded by, the one it was in)."""
_LOST = ("\ufffd", "锟斤拷", "烫烫烫", "屯屯屯")
_SURE = 0.6


def repaired(text: str, repair: str) -> str:
    """The text put right by one of ``REPAIRS``; text that was never spoilt, and any other ``repair``, leaves it as it is."""
    if repair not in REPAIRS or text.isascii():
        return text
    wrong, right = REPAIRS[repair]
    data = _bytes_of(text, wrong)
    if data is None:
        return text
    try:
        return decode(data, right)
    except UnicodeDecodeError:
        return text


def _bytes_of(text: str, wrong: str) -> bytes | None:
    """The bytes that were decoded by ``wrong``; cp1252 leaves five bytes undefined, which programs pass through as they are."""
    try:
        if wrong == "cp1252":
            return b"".join(char.encode("cp1252") if ord(char) > 255 else bytes([ord(char)]) for char in text)
        return text.encode(wrong)
    except UnicodeEncodeError:
        return None


def mojibake(texts: Iterable[str]) -> Mojibake | None:
    """Whether text already decoded is spoilt, and how to mend it. None = it reads well, or nobody can tell."""
    wide = [text for text in texts if not text.isascii()]
    if not wide:
        return None
    lost = [text for text in wide if any(mark in text for mark in _LOST)]
    if len(lost) * 2 > len(wide):
        return Mojibake("", lost[0][:20], "")
    as_is = _readable(wide)
    best: tuple[float, str] = (0.0, "")
    for name in REPAIRS:
        mended = [repaired(text, name) for text in wide]
        changed = sum(new != old for new, old in zip(mended, wide, strict=True)) / len(wide)
        if changed > 0.9 and (score := _readable(mended)) > max(as_is + 0.25, best[0], _SURE):
            best = (score, name)
    if not best[1]:
        return None
    return Mojibake(best[1], wide[0][:20], repaired(wide[0], best[1])[:20])


def _readable(texts: list[str]) -> float:
    """Share of frequent Chinese characters among the non-ASCII ones."""
    chars = [char for text in texts for char in text if ord(char) > 127]
    return sum(_is_common(char, GB18030) or char in "，。；：（）、《》“”" for char in chars) / max(len(chars), 1)


def decode(data: bytes, encoding: str) -> str:
    """Text of a fixed-width field: a character cut in two by the field's end is dropped, anything else wrong raises UnicodeDecodeError."""
    data = data.rstrip(b" \x00")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        # three bytes can be the cut head of a GB18030 or UTF-8 character; a character in the middle is an error
        if len(data) - error.start <= 3 and len(data) >= 4 and _is_cut(data[error.start :], encoding):
            return data[: error.start].decode(encoding)
        raise


def _is_cut(tail: bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        return decoder.decode(tail, final=False) == ""
    except UnicodeDecodeError:
        return False


def guess(samples: Iterable[bytes], cpg: str | None = None, ldid: int = 0) -> EncodingGuess:
    """Guess from raw field values. ``cpg``: text of the .cpg file; ``ldid``: language byte of the .dbf header."""
    values = [value for value in samples if not value.isascii()]
    declared = (canonical(cpg) or cpg.strip()) if cpg and cpg.strip() else _LDID.get(ldid)
    said = (f"文件声明 {declared}",) if declared else ("文件没有声明编码",)
    if not values:
        return EncodingGuess(declared if declared in CANDIDATES else UTF8, "sure", (*said, "文字全是 ASCII，哪种编码都一样"), declared)
    scores = {name: _score(values, name) for name in CANDIDATES}
    possible = [name for name in CANDIDATES if scores[name] is not None]
    if not possible:
        other = declared if declared and canonical(declared) and _score(values, declared) is not None else None
        evidence = (*said, "UTF-8、GB18030、Big5 都解不通")
        return EncodingGuess(other or GB18030, "likely" if other else "unknown", evidence, declared)
    best = UTF8 if UTF8 in possible else max(possible, key=lambda name: scores[name] or 0.0)
    share = f"{(scores[best] or 0.0):.0%}"
    evidence = (*said, f"{len(values)} 个含汉字的值都能按 {best} 解开，其中常用字占 {share}")
    if declared == best:
        return EncodingGuess(best, "sure", evidence, declared)
    if declared in possible and best != UTF8 and (scores[declared] or 0.0) >= (scores[best] or 0.0) - 0.05:
        return EncodingGuess(declared, "likely", evidence, declared)
    # a handful of bytes may be valid in several encodings; UTF-8 by chance is next to impossible, the others are told by common characters
    rest = max((scores[name] or 0.0 for name in possible if name != best), default=0.0)
    sure = best == UTF8 or (scores[best] or 0.0) - rest > 0.3
    return EncodingGuess(best, "sure" if sure else "likely", evidence, declared, contradicts=declared is not None)


def _score(values: list[bytes], encoding: str) -> float | None:
    """Share of common Chinese characters among the non-ASCII ones; None if a value cannot be decoded."""
    common = total = 0
    for value in values:
        try:
            text = decode(value, encoding)
        except UnicodeDecodeError:
            return None
        wide = [char for char in text if ord(char) > 127]
        total += len(wide)
        common += sum(_is_common(char, encoding) for char in wide)
    return common / total if total else 0.0


def _is_common(char: str, encoding: str) -> bool:
    """Whether a character is of the first level (frequent) of the encoding's own national set."""
    own = "big5" if encoding == BIG5 else "gb2312"
    try:
        code = char.encode(own)
    except UnicodeEncodeError:
        return False
    if len(code) != 2:
        return False
    lead = code[0]
    return 0xA4 <= lead <= 0xC6 if own == "big5" else 0xB0 <= lead <= 0xD7

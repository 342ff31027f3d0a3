"""The shipped font, cut to the letters that a document uses."""

from __future__ import annotations

import functools

import uharfbuzz

from lantu.documents.pdf import FONTS

FILE = "NotoSansCJKsc-Regular.otf"


@functools.lru_cache(maxsize=1)
def _face() -> uharfbuzz.Face:
    return uharfbuzz.Face(uharfbuzz.Blob((FONTS / FILE).read_bytes()))


def subset(text: str) -> bytes:
    """An OpenType font (CFF outlines) with the letters of ``text`` and no more; a few ten kilobytes."""
    wanted = uharfbuzz.SubsetInput()
    wanted.unicode_set.update(set(map(ord, text)) | {ord(" ")})
    return bytes(uharfbuzz.subset(_face(), wanted).blob.data)

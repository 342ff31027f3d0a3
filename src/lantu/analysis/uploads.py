"""Uploaded files on disk, for as long as they are read."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile

from lantu.plans import readers


@contextmanager
def laid_out(uploads: Iterable[UploadedFile]) -> Iterator[list[readers.NamedFile]]:
    """The files under names of our own; their given names are kept beside."""
    with tempfile.TemporaryDirectory(prefix="lantu-analysis-") as folder:
        found = []
        for number, upload in enumerate(uploads):
            path = Path(folder) / str(number)
            with path.open("wb") as out:
                for chunk in upload.chunks():
                    out.write(chunk)
            found.append(readers.NamedFile(path, upload.name or str(number)))
        yield found

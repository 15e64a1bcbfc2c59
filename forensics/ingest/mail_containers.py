"""A seekable stream of a member, for readers of containers that jump about in their file."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forensics.ingest.evidence import Evidence

SPOOL = 32 * 1024 * 1024
_BLOCK = 1 << 20


@contextmanager
def seekable(evidence: Evidence) -> Iterator[BinaryIO]:
    """Open a member so that it can be read anywhere: as it lies, else through a spool (memory first, then a file)."""
    with evidence.open() as stream:
        if evidence.path is not None and stream.seekable():
            yield stream
            return
        with tempfile.SpooledTemporaryFile(SPOOL) as spool:
            while block := stream.read(_BLOCK):
                spool.write(block)
            spool.seek(0)
            yield spool  # type: ignore[misc] # a spool is a binary stream

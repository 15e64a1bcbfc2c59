"""Blocks of a stream whose size does not depend on how a container delivers its bytes."""

from __future__ import annotations

from typing import BinaryIO

from forensics.ingest.evidence import DAMAGE

BLOCK = 2 * 1024 * 1024
"""Bytes that are looked at together: larger blocks leave the processor's cache and are slower."""


def read_block(stream: BinaryIO, size: int = BLOCK) -> tuple[bytes, Exception | None]:
    """Read ``size`` bytes unless the stream ends or breaks; what was read before it broke, and the error, are returned."""
    parts: list[bytes] = []
    missing = size
    while missing > 0:
        try:
            part = stream.read(missing)
        except DAMAGE as error:
            return b"".join(parts), error
        if not part:
            break
        parts.append(part)
        missing -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts), None

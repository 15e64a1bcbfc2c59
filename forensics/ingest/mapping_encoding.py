r"""Tables in an old single-byte encoding, as spreadsheets of many countries still write them (windows-1251 and others).

A mapping may name such encodings. One is tried only where the head is no UTF-8, and every row that is read by it says so
in its detail. Bytes that the encoding does not know stay visible as ``\xNN``.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from forensics.ingest.evidence import Evidence

_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_BLOCK = 1 << 16


def complaint(name: str) -> str:
    """Return why an encoding is not accepted, or ""."""
    try:
        single = len(bytes(range(256)).decode(name, "replace")) == 256  # noqa: PLR2004 - one character for each byte
    except (LookupError, ValueError):
        return f"no encoding: {name!r}"
    return "" if single else f"{name!r} has characters of several bytes; UTF-8 and UTF-16 are read without being named"


def views(evidence: Evidence, encodings: tuple[str, ...]) -> Iterator[tuple[str, Evidence]]:
    """Yield the member as it is and, where it is no UTF-8, as text of each encoding (with the encoding's name)."""
    yield "", evidence
    if encodings and not evidence.head.startswith(_BOMS) and not _is_utf8(evidence.head):
        for name in encodings:
            yield name, _view(evidence, name)


def _is_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # a character cut at the end of the head is no error
    except UnicodeDecodeError:
        return False
    return True


def _view(evidence: Evidence, name: str) -> Evidence:
    def reopen() -> BinaryIO:
        return io.BufferedReader(_Recoded(evidence.open(), name), _BLOCK)

    return replace(evidence, head=_recoded(evidence.head, name), open=reopen, path=None)


def _recoded(data: bytes, name: str) -> bytes:
    return data.decode(name, "backslashreplace").encode()


class _Recoded(io.RawIOBase):
    """A stream of single-byte text, read as UTF-8."""

    def __init__(self, source: BinaryIO, name: str) -> None:
        super().__init__()
        self._source = source
        self._name = name
        self._held = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # narrower than typeshed's Buffer
        if not self._held:
            self._held = _recoded(self._source.read(_BLOCK), self._name)
        taken, self._held = self._held[: len(buffer)], self._held[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)

    def close(self) -> None:
        self._source.close()
        super().close()

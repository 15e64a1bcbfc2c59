"""A data file as the user gives it: plain or compressed, read in a stream, digested as given, bounded.

Compression is recognised by its first bytes, never by the name. What expands to more than ``MOST_TIMES`` its size is
refused, and so is a file that ends in the middle: half a routing table would call the other half not announced.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import re
import shutil
import tempfile
import zlib
from contextlib import contextmanager, suppress
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from forensics.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

BLOCK = 1 << 20
ENDS = 1 << 17  # bytes of either end that are looked at to recognise a file
MOST_TIMES = 300  # text and routing tables shrink to a tenth or a thirtieth
FREE = 64 << 20  # bytes that may come out whatever went in
MOST_LINE = 1 << 20  # bytes of one line of text
_SUFFIXES = (".gz", ".bz2", ".xz", ".zst")


def _zstd(stream: BinaryIO) -> BinaryIO:
    """Open a zstd stream; the codec comes with Arrow."""
    import pyarrow as pa

    return cast("BinaryIO", pa.CompressedInputStream(stream, "zstd"))


_CODECS: dict[bytes, Callable[[BinaryIO], BinaryIO]] = {
    b"\x1f\x8b": lambda stream: cast("BinaryIO", gzip.GzipFile(fileobj=stream)),
    b"BZh": lambda stream: cast("BinaryIO", bz2.BZ2File(stream)),
    b"\xfd7zXZ\x00": lambda stream: cast("BinaryIO", lzma.LZMAFile(stream)),  # noqa: SIM115 - closed where it is used
    b"\x28\xb5\x2f\xfd": _zstd,
}
_DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError)


class SourceFile:
    """One file of the user. Opening it again reads it again; nothing is kept but its two ends."""

    def __init__(self, path: Path) -> None:
        """Look at the first bytes.

        Raises:
            DataError: there is no such file, or it cannot be read.
        """
        self.path = path
        self.unfinished = False  # whether the last line that was read has no end
        try:
            with path.open("rb") as stream:
                start = stream.read(8)
        except OSError as error:
            raise DataError(f"the file cannot be read ({error.strerror})", where=str(path)) from error
        self._codec = next((codec for magic, codec in _CODECS.items() if start.startswith(magic)), None)

    @property
    def name(self) -> str:
        """The file's own name, without the folder; bytes that are no text are shown as escapes."""
        return self.path.name.encode("utf-8", "backslashreplace").decode()[:200]

    @property
    def stem(self) -> str:
        """The name in lower case without the suffix of a compression."""
        name = self.name.lower()
        return next((name.removesuffix(suffix) for suffix in _SUFFIXES if name.endswith(suffix)), name)

    @cached_property
    def sha256(self) -> str:
        """The digest of the file as given, compressed if it is."""
        digest = hashlib.sha256()
        with self._told(), self.path.open("rb") as stream:
            while block := stream.read(BLOCK):
                digest.update(block)
        return digest.hexdigest()

    @cached_property
    def head(self) -> bytes:
        """The first bytes of the content."""
        with self.opened() as stream:
            return stream.read(ENDS)

    @cached_property
    def tail(self) -> bytes:
        """The last bytes of a plain file; nothing of a compressed one, which would have to be read whole."""
        if self._codec is not None:
            return b""
        with self._told(), self.path.open("rb") as stream:
            stream.seek(max(0, self.path.stat().st_size - ENDS))
            return stream.read(ENDS)

    @cached_property
    def head_lines(self) -> list[str]:
        """The first whole lines that say something, as text; nothing where the file is no text."""
        if b"\x00" in self.head:
            return []
        lines = self.head.removeprefix(b"\xef\xbb\xbf").split(b"\n")
        whole = lines if len(self.head) < ENDS else lines[:-1]
        try:
            texts = [line.decode("utf-8").strip() for line in whole[:200]]
        except UnicodeDecodeError:
            return []
        return [text for text in texts if text and not text.startswith("#")]

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Open the content as a stream; damage found while reading it becomes a ``DataError``."""
        with self._told():
            raw = self.path.open("rb")
        with raw:
            size = self.path.stat().st_size
            limit = size if self._codec is None else FREE + MOST_TIMES * size
            with self._told():
                inner = raw if self._codec is None else self._codec(raw)
            with inner:
                yield cast("BinaryIO", io.BufferedReader(_Bounded(inner, limit, self._told), BLOCK))

    @contextmanager
    def plain(self) -> Iterator[Path]:
        """Give the path of a plain file; what is compressed is unpacked into a temporary one."""
        if self._codec is None:
            yield self.path
            return
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "plain"
            with self.opened() as stream, path.open("wb") as copy:
                shutil.copyfileobj(stream, copy, BLOCK)
            yield path

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield the number of each line and its bytes without the line end; one that is far too long ends the reading.

        Raises:
            DataError: a line is no line, or the file is damaged.
        """
        number = 0
        with self.opened() as stream:
            while line := stream.readline(MOST_LINE):
                number += 1
                if len(line) == MOST_LINE and not line.endswith(b"\n"):
                    message = f"line {number} is longer than {MOST_LINE} bytes: this is no such table"
                    raise DataError(message, where=self.name)
                if number == 1:
                    line = line.removeprefix(b"\xef\xbb\xbf")
                self.unfinished = not line.endswith(b"\n")
                yield number, line.rstrip(b"\r\n")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say what is damaged in our words."""
        try:
            yield
        except DataError:
            raise
        except _DAMAGE as error:
            message = f"the file is damaged or cut off ({str(error)[:200] or type(error).__name__})"
            raise DataError(message, where=self.name, hint="Fetch it again and compare its digest") from error


class _Bounded(io.RawIOBase):
    """A stream that ends with an error where it is damaged, or where more comes out than any such file holds."""

    def __init__(self, inner: BinaryIO, limit: int, told: Callable[[], AbstractContextManager[None]]) -> None:
        super().__init__()
        self._inner = inner
        self._left = limit
        self._told = told

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # a buffer of the reader above
        with self._told():
            block = self._inner.read(len(buffer))
            self._left -= len(block)
            if self._left < 0:
                message = f"it grew while it was read, or expands to more than {MOST_TIMES} times its size"
                raise ValueError(message)
        buffer[: len(block)] = block
        return len(block)


def day_in(text: str) -> date | None:
    """Return the first day (YYYYMMDD or YYYY-MM-DD) that stands in a file name, or ``None``."""
    for year, month, day in re.findall(r"(?<!\d)((?:19|20)\d\d)-?([01]\d)-?([0-3]\d)(?!\d)", text):
        with suppress(ValueError):
            return date(int(year), int(month), int(day))
    return None

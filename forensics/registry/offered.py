"""A file that is offered for import: its name, its digest, its lines and its JSON, all within bounds.

A collection is foreign text: a line of a gigabyte, JSON nested a million deep or a file that is no text at all must end
in a clear sentence, not in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, Final

from forensics.errors import DataError

MAX_LINE: Final = 64 * 1024
MAX_DOCUMENT: Final = 128 * 1024 * 1024
_HEAD: Final = 64 * 1024
_BOM: Final = b"\xef\xbb\xbf"
OVERLONG: Final = f"the line is longer than {MAX_LINE:,} bytes"
NOT_UTF8: Final = "the line is not UTF-8 text"


class Offered:
    """A file under a name relative to what the user gave. Nothing of it is read before it is asked for."""

    def __init__(self, path: Path, name: str) -> None:
        """Keep where it lies and what to call it."""
        self.path = path
        self.name = name

    @property
    def base(self) -> str:
        """Return the last part of the name, in lower case."""
        return PurePosixPath(self.name).name.lower()

    @property
    def shelf_mark(self) -> str:
        """Return the name of its folder and its own: what tells one ``ip-addresses.txt`` from another."""
        return f"{self.path.resolve().parent.name}/{self.base}"

    @property
    def folder(self) -> str:
        """Return the folder part of the name ("." for none)."""
        return str(PurePosixPath(self.name).parent)

    @cached_property
    def size(self) -> int:
        """Return the size in bytes."""
        return self.path.stat().st_size

    @cached_property
    def sha256(self) -> str:
        """Return the digest of the file."""
        with self.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    @cached_property
    def head(self) -> bytes:
        """Return the first 64 KB, without a byte order mark."""
        with self.path.open("rb") as stream:
            return stream.read(_HEAD).removeprefix(_BOM)

    @cached_property
    def first_lines(self) -> tuple[str, ...]:
        """Return the whole lines of the head as text; none if it is no UTF-8 text."""
        try:
            text = self.head[: self.head.rfind(b"\n") + 1 or None].decode("utf-8")
        except UnicodeDecodeError:
            return ()
        return () if "\x00" in text else tuple(line.rstrip("\r") for line in text.rstrip("\n").split("\n"))

    def lines(self) -> Iterator[tuple[int, str, str]]:
        """Yield number, text and "" for each line; for a line that cannot be read, "" and why not."""
        with self.path.open("rb") as stream:
            number = 0
            while raw := stream.readline(MAX_LINE + 1):
                number += 1
                if len(raw) > MAX_LINE:
                    while raw and not raw.endswith(b"\n"):
                        raw = stream.readline(MAX_LINE)
                    yield number, "", OVERLONG
                    continue
                try:
                    yield number, (raw.removeprefix(_BOM) if number == 1 else raw).decode("utf-8").rstrip("\r\n"), ""
                except UnicodeDecodeError:
                    yield number, "", NOT_UTF8

    @property
    def looks_like_json(self) -> bool:
        """Whether the file begins like a JSON object or list."""
        return self.head.lstrip()[:1] in (b"{", b"[")

    @cached_property
    def document(self) -> Any:
        """Return the JSON of the file, or ``None`` where it is none; ``damage`` then says why."""
        return None if self.damage else self._parsed

    @cached_property
    def damage(self) -> str:
        """Return why a file that begins like JSON cannot be read as such, or ""."""
        if not self.looks_like_json:
            return "not JSON"
        if self.size > MAX_DOCUMENT:
            return f"the document is larger than {MAX_DOCUMENT // 2**20} MB; split it"
        import msgspec

        try:
            with self.path.open("rb") as stream:
                self._parsed: Any = msgspec.json.decode(stream.read().removeprefix(_BOM))
        except RecursionError:
            return "the JSON is nested too deep"
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return f"not JSON: {error}"
        return ""

    def forget(self) -> None:
        """Let go of what was read, so that many large files need no more memory than one."""
        for held in ("document", "damage", "_parsed", "head", "first_lines"):
            self.__dict__.pop(held, None)

    def text(self, most: int = 1024 * 1024) -> str:
        """Return the text of a small file.

        Raises:
            DataError: it is larger than ``most`` bytes or not UTF-8.
        """
        if self.size > most:
            raise DataError(
                f"the file is larger than {most:,} bytes", where=self.name, hint="It is not what its name says"
            )
        try:
            return self.path.read_bytes().removeprefix(_BOM).decode("utf-8")
        except UnicodeDecodeError as error:
            raise DataError("not UTF-8 text", where=self.name, hint="Save the file as UTF-8") from error

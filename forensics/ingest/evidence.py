"""One member of the evidence: its identity, its first bytes, and a stream of the rest.

A format never opens a file. It sees an ``Evidence`` and asks it for its name, its head, or a fresh binary stream.
"""

from __future__ import annotations

import json
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import BinaryIO

HEAD = 65_536
"""Bytes of a member that ``claims`` may look at."""

DAMAGE = (
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    tarfile.TarError,
    RuntimeError,
    UnicodeError,
)
"""What the standard readers raise on damaged or unsupported containers and streams (``NotImplementedError`` is a
``RuntimeError``; a zip name that is not the UTF-8 it claims to be is a ``UnicodeError``)."""

_ARCHIVE = re.compile(r"(?i)\.(?:zip|tgz|tar|tar\.gz|tar\.xz|tar\.bz2|7z)$")
_MEDIA = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"OggS\x00", b"\x1aE\xdf\xa3")

_JSON_TOKEN = re.compile(rb'"((?:[^"\\]|\\.){0,400})"\s*(:?)|([{}\[\]])')


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What another member of the same export, or the examiner, says about this one.

    ``source`` is the member that says so (``EXHIBIT member``), or "examiner".
    """

    value: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A member to be recognised and read.

    ``name`` is the path as written inside the archive or folder (``/`` between parts; never used to open anything),
    ``member`` the same path when the exhibit is an archive and "" when the exhibit is the file itself, ``exhibit`` the
    SHA-256 of the exhibit, ``container`` the exhibit's own file name (its export stamp is evidence), ``size`` in bytes
    as far as known before reading, ``head`` the first 64 KiB, ``open`` gives a fresh stream from the start.
    ``path``, where set, is a readable local file with exactly these bytes (the bulk lane maps it). ``told`` holds what
    other members of the same export say (``Format.states``), by name, e.g. ``facebook.zone``, and ``assumed.zone``, the
    IANA zone that the examiner gives for times without one.
    """

    name: str
    member: str
    exhibit: str
    size: int
    head: bytes
    open: Callable[[], BinaryIO] = field(repr=False)
    container: str = ""
    path: str | None = None
    told: Mapping[str, Told] = field(default_factory=dict)

    @property
    def basename(self) -> str:
        """The last part of the name."""
        return self.name.rsplit("/", 1)[-1]

    @property
    def folders(self) -> tuple[str, ...]:
        """The parts of the name before the last."""
        return tuple(self.name.split("/")[:-1])

    @property
    def within(self) -> tuple[str, ...]:
        """The names of what it lies in, from the outside: folders, the archive without its suffix, its folders."""
        return tuple(name for name, _ in self.around)

    @property
    def around(self) -> tuple[tuple[str, bool], ...]:
        """The names that ``within`` gives, each with whether it is the name of an archive."""
        outside = [] if self.container == self.name else [part for part in self.container.split("/") if part]
        parts = [*outside, *self.folders]
        return tuple(
            (_ARCHIVE.sub("", part), number == len(outside) - 1 or _ARCHIVE.search(part) is not None)
            for number, part in enumerate(parts)
        )

    @cached_property
    def is_media(self) -> bool:
        """Whether the first bytes are those of a picture, film or sound: most members of an export are."""
        head = self.head
        return head.startswith(_MEDIA) or (head[:1] == b"\x00" and head[4:8] == b"ftyp") or _is_riff(head)

    @cached_property
    def text_head(self) -> str:
        r"""The head as text: BOMs honoured, UTF-8 first, bytes that do not fit shown as ``\\xNN``."""
        return decode(self.head)

    @cached_property
    def _head_lines(self) -> list[str]:
        return self.text_head.split("\n")

    def first_lines(self, count: int) -> list[str]:
        """Return the lines of the head that are not empty, of so many; without the last, which the head may have cut."""
        found = [line.rstrip("\r") for line in self._head_lines[:count] if line.strip()]
        return found[:-1] or found

    @cached_property
    def json_keys(self) -> dict[int, frozenset[str]]:
        """Depth → object keys seen in the head, for recognition by shape. Depth 1 is the outermost container.

        Empty when the head does not start like JSON. Keys keep their JSON escapes.
        """
        return json_keys(self.head)

    @cached_property
    def json_names(self) -> frozenset[str]:
        """All keys of ``json_keys`` without their escapes; one that is no JSON text stays as it is."""
        return frozenset(_unescaped(key) for keys in self.json_keys.values() for key in keys)

    @cached_property
    def is_json(self) -> bool:
        """Whether the whole member is one JSON object or list; a member larger than its head is not looked at so."""
        body = self.head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if self.size > len(self.head) or not body.startswith((b"{", b"[")):
            return False
        import msgspec

        try:
            msgspec.json.decode(body)
        except (msgspec.DecodeError, RecursionError):
            return False
        return True

    @cached_property
    def csv_header(self) -> tuple[str, ...]:
        """The cells of the first line that has at least two, stripped; empty if the head is not text."""
        import csv
        import io

        if b"\x00" in self.head and not self.head.startswith((b"\xff\xfe", b"\xfe\xff")):
            return ()
        lines = io.StringIO(self.text_head)
        try:
            for cells in csv.reader(line for _, line in zip(range(20), lines, strict=False)):
                if len(cells) > 1:
                    return tuple(cell.strip() for cell in cells)
        except csv.Error:
            return ()
        return ()


def _unescaped(key: str) -> str:
    if "\\" not in key:
        return key
    try:
        return str(json.loads(f'"{key}"', strict=False))
    except ValueError:
        return key


def _is_riff(head: bytes) -> bool:
    return head.startswith(b"RIFF") and head[8:12] in (b"WEBP", b"WAVE", b"AVI ")


def decode(data: bytes) -> str:
    r"""Decode evidence bytes: UTF-8 (BOM dropped) or UTF-16 by BOM; what does not fit stays visible as ``\\xNN``."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "backslashreplace")
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "backslashreplace")


def json_keys(head: bytes) -> dict[int, frozenset[str]]:
    """Collect object keys by depth from the first bytes of a JSON text, tolerant of truncation and bad escapes."""
    body = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not body.startswith((b"{", b"[")):
        return {}
    depth = 0
    found: dict[int, set[str]] = {}
    for match in _JSON_TOKEN.finditer(body):
        text, colon, bracket = match.groups()
        if bracket:
            depth += 1 if bracket in b"{[" else -1
        elif colon:
            found.setdefault(depth, set()).add(text.decode("utf-8", "backslashreplace"))
    return {level: frozenset(keys) for level, keys in found.items()}

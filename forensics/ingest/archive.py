"""Walk what the user gave (files, folders, archives, standard input) into members, opening nothing by a foreign name.

Archives are hostile: names are never used as paths, sizes are bounded by what was declared and by a ratio, nesting is
bounded, and what cannot be read (encrypted, climbing or absolute names, links, devices, bombs, damage) is reported as
a rejection with its place while everything else is read on. The limits are constants with their reasons.
"""

from __future__ import annotations

import gzip
import io
import lzma
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from forensics.ingest.evidence import DAMAGE, HEAD, Evidence
from forensics.sentence import template

MAX_NESTING = 3  # an export inside a mail archive inside a hand-over zip; deeper is a bomb or a mistake
MAX_RATIO = 250  # deflate reaches 1032:1 only on constant bytes; repetitive logs stay below 60:1
FREE_BYTES = 64 * 1024 * 1024  # small members may have any ratio: they cannot hurt
SPOOL = 32 * 1024 * 1024

_GZIP, _XZ, _BZIP2 = b"\x1f\x8b", b"\xfd7zXZ\x00", b"BZh"
_TAR_MAGIC_AT = 257
NO_DATA = template('the provider says "no data" (no-data.txt)')
"""The rule by which a provider's marker of absence is not used; the coverage map tells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A member (or the rest of a container) that is not read: its name, why, and what the user can do."""

    name: str
    member: str
    reason: str
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A member that a stated rule leaves out (folder entry, system metadata)."""

    name: str
    member: str
    rule: str
    size: int = 0


Found = Evidence | Refused | Skipped


def members(path: Path, *, name: str, exhibit: str) -> Iterator[Found]:
    """Yield the members of one exhibit file: itself, or what it contains when it is an archive."""
    if rule := _metadata(name):
        yield Skipped(name=name, member="", rule=rule, size=path.stat().st_size)
        return
    source = _Source(name=name, member="", exhibit=exhibit, container=name, depth=0, path=str(path))
    with path.open("rb") as stream:
        yield from _expand(source, stream, path.stat().st_size)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """Where we are: the name so far, the member path, and how deep."""

    name: str
    member: str
    exhibit: str
    container: str
    depth: int
    path: str | None = None

    def inside(self, inner: str, name: str = "") -> _Source:
        member = f"{self.member}!/{inner}" if self.member else inner
        return _Source(
            name=name or inner, member=member, exhibit=self.exhibit, container=self.container, depth=self.depth + 1
        )


def _expand(source: _Source, stream: BinaryIO, size: int) -> Iterator[Found]:
    """Look at the first bytes and go into archives; anything else is a member of its own."""
    stream.seek(0)
    head = _head(stream)
    if source.depth > MAX_NESTING and _is_archive(head):
        yield Refused(
            name=source.name,
            member=source.member,
            size=size,
            reason=f"archives nested deeper than {MAX_NESTING}: unpack it and add the parts",
        )
    elif head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        yield from _zip(source, stream, size)
    elif head[_TAR_MAGIC_AT : _TAR_MAGIC_AT + 5] == b"ustar":
        yield from _tar(source, stream, size)
    elif head.startswith((_GZIP, _XZ, _BZIP2)):
        yield from _compressed(source, stream, size, head)
    else:
        yield _evidence(source, stream, size, head)


def _is_archive(head: bytes) -> bool:
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06", _GZIP, _XZ, _BZIP2)) or head[257:262] == b"ustar"


def _head(stream: BinaryIO) -> bytes:
    """Read up to ``HEAD`` bytes, however the stream chops them."""
    found = b""
    while len(found) < HEAD and (more := stream.read(HEAD - len(found))):
        found += more
    return found


def _evidence(source: _Source, stream: BinaryIO, size: int, head: bytes) -> Evidence:
    path = source.path

    def reopen() -> BinaryIO:
        return Path(path).open("rb") if path else io.BufferedReader(_Shared(stream), 1 << 18)

    return Evidence(
        name=source.name,
        member=source.member,
        exhibit=source.exhibit,
        size=size,
        head=head,
        open=reopen,
        container=source.container,
        path=path,
    )


class _Shared(io.RawIOBase):
    """A fresh view of a seekable stream that somebody else owns: closing the view leaves the stream open."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self._position = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # narrower than typeshed's Buffer
        self._stream.seek(self._position)
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


def _unsafe(name: str) -> str:
    """Return why a member name may not be trusted, or ""."""
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or (len(name) > 1 and name[1] == ":"):
        return "its name is an absolute path"
    return "its name climbs out of the archive (..)" if ".." in parts else ""


def _metadata(name: str) -> str:
    """Return the rule by which system metadata is not used, or ""."""
    last = name.rstrip("/").rsplit("/", 1)[-1]
    if name.endswith("/"):
        return template("folder entry")
    if "__MACOSX" in name.split("/") or last.startswith("._") or last in {".DS_Store", "Thumbs.db", "desktop.ini"}:
        return template("system metadata")
    return NO_DATA if last == "no-data.txt" else ""


def _numbered(name: str, seen: dict[str, int]) -> str:
    """Return the name under which a member is cited: the second ``a`` of an archive is ``a#2``."""
    seen[name] = seen.get(name, 0) + 1
    return name if seen[name] == 1 else f"{name}#{seen[name]}"


def _zip(source: _Source, stream: BinaryIO, size: int) -> Iterator[Found]:
    try:
        archive = zipfile.ZipFile(stream)
    except (*DAMAGE, ValueError) as error:
        yield Refused(
            name=source.name,
            member=source.member,
            size=size,
            reason=f"damaged zip archive ({error}): ask for the export again, or repair a copy and add it",
        )
        return
    budget = max(FREE_BYTES * 16, size * MAX_RATIO)
    seen: dict[str, int] = {}
    with archive:
        for info in archive.infolist():
            inner = source.inside(_numbered(info.filename, seen))
            budget -= info.file_size
            refusal = _zip_refusal(info, budget)
            if refusal:
                yield Refused(name=inner.name, member=inner.member, reason=refusal, size=info.file_size)
            elif rule := _metadata(info.filename):
                yield Skipped(name=inner.name, member=inner.member, rule=rule, size=info.file_size)
            else:
                yield from _zip_member(archive, info, inner)


def _zip_refusal(info: zipfile.ZipInfo, budget: int) -> str:
    if why := _unsafe(info.filename):
        return f"{why}: not read; unpack it safely and add the file"
    if info.flag_bits & 1:
        return "encrypted member: decrypt the archive with its password and add the result"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "symbolic link: not followed; add the file it points to"
    if info.file_size > FREE_BYTES and info.file_size > MAX_RATIO * max(info.compress_size, 1):
        return f"unpacks to {info.file_size:,} bytes, over {MAX_RATIO} times its size: looks like a zip bomb"
    return "unpacks beyond the limit for this archive: looks like a zip bomb" if budget < 0 else ""


def _zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, inner: _Source) -> Iterator[Found]:
    def reopen() -> BinaryIO:
        return archive.open(info)  # type: ignore[return-value] # ZipExtFile is a binary stream

    try:
        with reopen() as stream:
            head = _head(stream)
        if _is_archive(head):
            with tempfile.SpooledTemporaryFile(SPOOL) as spool, reopen() as stream:
                _pump(stream, spool, info.file_size)
                yield from _expand(inner, spool, info.file_size)  # type: ignore[arg-type] # spool is binary
            return
    except DAMAGE as error:
        reason = f"damaged or unsupported zip member ({type(error).__name__}: {error})"
        yield Refused(name=inner.name, member=inner.member, reason=reason[:300], size=info.file_size)
        return
    yield Evidence(
        name=inner.name,
        member=inner.member,
        exhibit=inner.exhibit,
        size=info.file_size,
        head=head,
        open=reopen,
        container=inner.container,
    )


def _pump(stream: BinaryIO, spool: tempfile.SpooledTemporaryFile[bytes], limit: int) -> int:
    """Copy at most ``limit`` bytes; more is an ``OSError``, because the header lied."""
    copied = 0
    read = getattr(stream, "read1", stream.read)  # read1 hands over what it has before it complains about the rest
    while block := read(1 << 16):
        copied += len(block)
        if copied > limit:
            message = f"unpacks to more than {limit:,} bytes: looks like a bomb"
            raise OSError(message)
        spool.write(block)
    return copied


def _tar(source: _Source, stream: BinaryIO, size: int) -> Iterator[Found]:
    """Read members in order; each is spooled, because tar streams cannot be re-opened cheaply.

    ``tarfile`` ends in silence where a later header is damaged, so what follows the last member is looked at.
    """
    seen: dict[str, int] = {}
    try:
        stream.seek(0)
        with tarfile.open(fileobj=stream, mode="r:") as archive:
            for info in archive:
                inner = source.inside(_numbered(info.name, seen))
                if why := _tar_refusal(info):
                    yield Refused(name=inner.name, member=inner.member, reason=why, size=info.size)
                elif rule := _metadata(info.name + ("/" if info.isdir() else "")):
                    yield Skipped(name=inner.name, member=inner.member, rule=rule, size=info.size)
                else:
                    yield from _tar_member(archive, info, inner)
            _check_tar_end(stream, archive.offset)
    except DAMAGE as error:
        yield Refused(
            name=source.name, member=source.member, size=size, reason=f"damaged tar archive, rest not read ({error})"
        )


def _check_tar_end(stream: BinaryIO, offset: int) -> None:
    """Raise where reading stopped at something else than the end of the file or a block of zeros."""
    stream.seek(offset)
    if any(stream.read(tarfile.BLOCKSIZE)):
        message = "no member header where one should be"
        raise tarfile.ReadError(message)


def _tar_refusal(info: tarfile.TarInfo) -> str:
    if why := _unsafe(info.name):
        return f"{why}: not read; unpack it safely and add the file"
    if info.issym() or info.islnk():
        return "link: not followed; add the file it points to"
    return "" if info.isfile() or info.isdir() else "not a regular file (device, pipe)"


def _tar_member(archive: tarfile.TarFile, info: tarfile.TarInfo, inner: _Source) -> Iterator[Found]:
    stream = archive.extractfile(info)
    if stream is None:
        yield Refused(name=inner.name, member=inner.member, reason="tar member without content", size=info.size)
        return
    with stream, tempfile.SpooledTemporaryFile(SPOOL) as spool:
        _pump(stream, spool, info.size)  # type: ignore[arg-type] # ExFileObject is binary
        yield from _expand(inner, spool, info.size)  # type: ignore[arg-type] # spool is binary


def _compressed(source: _Source, stream: BinaryIO, size: int, head: bytes) -> Iterator[Found]:
    """Unpack gzip, xz or bzip2 into a spool: its content is a member named without the suffix, or a tar."""
    import bz2

    openers: dict[bytes, Callable[[BinaryIO], Any]] = {_GZIP: gzip.open, _XZ: lzma.open, _BZIP2: bz2.open}
    opener = next(make for magic, make in openers.items() if head.startswith(magic))
    last = source.name.rsplit("/", 1)[-1]
    plain = last.rsplit(".", 1)[0] if last.endswith((".gz", ".xz", ".bz2")) else last.replace(".tgz", ".tar")
    inner = source.inside(plain, source.name.removesuffix(last) + plain)
    stream.seek(0)
    limit = max(FREE_BYTES * 16, size * MAX_RATIO)
    with tempfile.SpooledTemporaryFile(SPOOL) as spool:
        damage = ""
        try:
            with opener(stream) as unpacked:
                _pump(unpacked, spool, limit)
        except DAMAGE as error:
            damage = f"damaged compressed file, rest not read ({error})"
        if unpacked_size := spool.tell():
            yield from _expand(inner, spool, unpacked_size)  # type: ignore[arg-type] # spool is binary
        if damage or not unpacked_size:
            reason = damage or "empty compressed file"
            yield Refused(name=source.name, member=source.member, reason=reason, size=size)

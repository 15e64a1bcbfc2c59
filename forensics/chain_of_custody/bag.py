"""A case as a BagIt bag (RFC 8493) in one tar stream: what archives accept, and what one file can be encrypted of.

A bag only packs; it protects nothing (a removed manifest line goes unnoticed). What protects is the case inside
``data/``, with its own log. The stream is a function of the case: members sorted, no owner, no time. While it is
written every file is compared with the log, so that no damaged case is handed over.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from forensics.chain_of_custody.acts import is_path
from forensics.chain_of_custody.durable import BLOCK
from forensics.chain_of_custody.folder import open_plain
from forensics.errors import StorageError, TamperError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from forensics.chain_of_custody.acts import Output

DATA = "data/"
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
TAGS = ("bag-info.txt", "bagit.txt", "manifest-sha256.txt")
MANIFEST, TAG_MANIFEST = "manifest-sha256.txt", "tagmanifest-sha256.txt"
_MAX_TAG = 268_435_456  # bytes of a manifest that is compared: more than two million files
HINT = "Ask the giver for the bundle once more"


def write_bag(folder: Path, files: Mapping[str, Output], info: Mapping[str, str], stream: BinaryIO) -> None:
    """Write the bag of these files of a case (log and checkpoint among them); ``TamperError`` if one was changed."""
    total = sum(output.bytes for output in files.values())
    facts = {**info, "Payload-Oxum": f"{total}.{len(files)}"}
    tags = {
        "bag-info.txt": "".join(
            f"{name}: {' '.join(value.split())}\n" for name, value in sorted(facts.items())
        ).encode(),
        "bagit.txt": DECLARATION,
        MANIFEST: "".join(f"{files[path].sha256}  {DATA}{path}\n" for path in sorted(files)).encode(),
    }
    tags[TAG_MANIFEST] = "".join(f"{hashlib.sha256(tags[name]).hexdigest()}  {name}\n" for name in TAGS).encode()
    with tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        for name, content in tags.items():
            tar.addfile(_member(name, len(content)), io.BytesIO(content))
        for path, output in sorted(files.items()):
            with open_plain(folder, path) as file:
                source = _Watched(file, output)
                source.check_size()
                tar.addfile(_member(DATA + path, output.bytes), source)
                source.check()


def read_bag(stream: BinaryIO, target: Path) -> int:
    """Unpack a bag into an existing empty folder and check it; how many payload files there are.

    Plain files with names that a case may hold, and nothing else; each under its digest of the manifest.
    """
    digests: dict[str, str] = {}
    tags: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                if not member.isreg() or member.name in digests or not is_path(member.name):
                    raise _damaged(f"{member.name[:200]!a} is no plain file of a case, or is there twice")
                source = cast("IO[bytes]", tar.extractfile(member))  # of a plain file
                digests[member.name] = _unpacked(source, target / member.name)
                if not member.name.startswith(DATA) and member.size <= _MAX_TAG:
                    tags[member.name] = (target / member.name).read_bytes()
    except (tarfile.TarError, EOFError) as error:
        raise _damaged(str(error)) from error
    except OSError as error:
        message = f"the bundle cannot be unpacked: {error.strerror or error}"
        raise StorageError(message, where=target.name, hint="Make room, then try again") from error
    payload = {name for name in digests if name.startswith(DATA)}
    if tags.get("bagit.txt") != DECLARATION or set(tags) != {*TAGS, TAG_MANIFEST}:
        raise _damaged("it is not the bag of a case")
    stated = _manifest(tags[MANIFEST]) | _manifest(tags[TAG_MANIFEST])
    if stated != {name: digest for name, digest in digests.items() if name != TAG_MANIFEST}:
        raise _damaged("files and manifest do not agree")
    return len(payload)


class _Watched(io.RawIOBase):
    """A file of the case that is hashed while it is read, never beyond the size that the log states."""

    def __init__(self, file: BinaryIO, output: Output) -> None:
        self._file, self._output, self._digest = file, output, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(size)
        self._digest.update(block)
        return block

    def check_size(self) -> None:
        if os.fstat(self._file.fileno()).st_size != self._output.bytes:
            raise self._changed()

    def check(self) -> None:
        if self._digest.hexdigest() != self._output.sha256:
            raise self._changed()

    def _changed(self) -> TamperError:
        what = "the file is not what the log says"
        return TamperError(what, where=self._output.path, hint="Run `forensics verify` on the case")


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o644
    return member


def _unpacked(source: IO[bytes], target: Path) -> str:
    digest = hashlib.sha256()
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        while block := source.read(BLOCK):
            digest.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())  # a receipt is signed over it next
    return digest.hexdigest()


def _manifest(content: bytes) -> dict[str, str]:
    lines = content.decode("ascii", "replace").splitlines()
    return {line[66:]: line[:64] for line in lines}


def _damaged(what: str) -> TamperError:
    return TamperError(f"the bundle is damaged: {what}", hint=HINT)

"""A disk whose every write and flush is written down: one file under FUSE, for a loop device to lie on.

The kernel's protocol (``linux/fuse.h``, version 7.31) is spoken over ``/dev/fuse`` directly, and only the few requests
that a loop device makes are answered: a folder with one file ``disk``, which is read, written and flushed. What the
loop device writes comes in the order in which the file system above gave it away; its flushes (cache flush, forced unit
access) come as ``fsync``. No library and no program of FUSE is needed, but root is: to mount and to make loop devices.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import pickle
import shutil
import stat
import struct
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE = 8 << 20
"""Bytes of the disk."""

SECTOR = 512
"""Bytes that a disk writes whole or not at all."""

_LOOKUP, _FORGET, _GETATTR, _SETATTR, _OPEN, _READ, _WRITE, _STATFS, _RELEASE = 1, 2, 3, 4, 14, 15, 16, 17, 18
_FSYNC, _FLUSH, _INIT, _OPENDIR, _RELEASEDIR, _ACCESS, _INTERRUPT, _DESTROY, _BATCH_FORGET = (
    20, 25, 26, 27, 29, 34, 36, 38, 42)  # fmt: skip
_HEADER = struct.Struct("<IIQQIIIHH")
_ROOT, _DISK = 1, 2
_MOST = 128 << 10  # bytes of one write
_NO_SUID, _NO_DEVICES = 2, 4  # mount(2)

Write = tuple[int, bytes]
"""Where on the disk, and what; a flush is ``None`` in a list of events."""


@dataclass(slots=True)
class Disk:
    """A mounted disk: ``folder`` is the file system on it."""

    folder: Path
    before: bytes
    _count: mmap.mmap
    events: list[Write | None] = field(default_factory=list)

    @property
    def moment(self) -> int:
        """How many events there were until now."""
        return int.from_bytes(self._count[:8], "little")


def why_not() -> str:
    """Say what is missing for such a disk, or nothing."""
    if os.geteuid():
        return "needs root"
    for device in ("/dev/fuse", "/dev/loop-control"):
        if not Path(device).exists():
            return f"there is no {device}"
    missing = [name for name in ("mkfs.ext4", "losetup", "mount", "umount") if not shutil.which(name)]
    return f"{' and '.join(missing)} not installed" if missing else ""


@contextmanager
def recorded(scratch: Path) -> Iterator[Disk]:
    """Make an empty ext4 on such a disk and mount it; ``events`` are there when it is unmounted. ``OSError``: not here."""
    image, place, folder, kept = (scratch / name for name in ("image", "fuse", "mounted", "events"))
    place.mkdir()
    folder.mkdir()
    before = empty(image)
    disk = Disk(folder, before, mmap.mmap(-1, 8))
    device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    try:
        _mount(place, device)
        server = os.fork()
        if not server:
            _serve(device, bytearray(before), disk, kept)
    finally:
        os.close(device)
    loop = ""
    try:
        loop = _run("losetup", "--find", "--show", str(place / "disk"))
        _run("mount", "-t", "ext4", loop, str(folder))
        yield disk
    finally:
        for command in (("umount", str(folder)), ("losetup", "-d", loop), ("umount", str(place))):
            if command[-1]:
                subprocess.run(command, check=False, capture_output=True, timeout=60)
        os.waitpid(server, 0)
    disk.events += pickle.loads(kept.read_bytes())  # noqa: S301 - our own child


def empty(image: Path) -> bytes:
    """Make an empty ext4 in a file and return its bytes."""
    with image.open("wb") as file:
        file.truncate(SIZE)
    _run("mkfs.ext4", "-q", "-F", "-b", "1024", "-E", "nodiscard,lazy_itable_init=0,lazy_journal_init=0", str(image))
    return image.read_bytes()


@contextmanager
def mounted(image: Path, folder: Path) -> Iterator[None]:
    """Mount an image as the next start of a computer does: the file system repairs itself from its journal."""
    folder.mkdir(exist_ok=True)
    _run("mount", "-t", "ext4", "-o", "loop", str(image), str(folder))
    try:
        yield
    finally:
        _run("umount", str(folder))


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise OSError(done.returncode, f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout.strip()


def _mount(place: Path, device: int) -> None:
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
    library = ctypes.CDLL(None, use_errno=True)
    if library.mount(b"disk", os.fsencode(place), b"fuse", _NO_SUID | _NO_DEVICES, options):
        raise OSError(ctypes.get_errno(), f"fuse cannot be mounted: {os.strerror(ctypes.get_errno())}")


def _serve(device: int, content: bytearray, disk: Disk, kept: Path) -> None:
    """Answer the kernel until the file system is unmounted; never returns."""
    status = 1
    try:
        while True:
            try:
                request = os.read(device, _MOST + 65_536)
            except OSError as error:
                if error.errno in {errno.EINTR, errno.ENOENT}:
                    continue
                status = 0 if error.errno == errno.ENODEV else 1
                break
            _, code, number, node, *_ = _HEADER.unpack_from(request)
            if code in {_FORGET, _BATCH_FORGET, _INTERRUPT}:
                continue
            failure, answer = _answer(code, node, request[_HEADER.size :], content, disk)
            os.write(device, struct.pack("<IiQ", 16 + len(answer), -failure, number) + answer)
        kept.write_bytes(pickle.dumps(disk.events))
    finally:
        os._exit(status)


def _answer(code: int, node: int, body: bytes, content: bytearray, disk: Disk) -> tuple[int, bytes]:  # noqa: PLR0911 - one per request
    """Return the error number (0: none) and the answer to one request."""
    if code == _INIT:
        return 0, struct.pack("<IIIIHHIIHHI28x", 7, 31, 0, 1 << 5 | 1 << 22, 16, 12, _MOST, 1, _MOST >> 12, 0, 0)
    if code == _LOOKUP:
        if node != _ROOT or body != b"disk\0":
            return errno.ENOENT, b""
        return 0, struct.pack("<QQQQII", _DISK, 0, 3600, 3600, 0, 0) + _attributes(_DISK)
    if code in {_GETATTR, _SETATTR}:
        return 0, struct.pack("<QII", 3600, 0, 0) + _attributes(node)
    if code in {_OPEN, _OPENDIR}:
        return 0, bytes(16)
    if code == _READ:
        _, at, size = struct.unpack_from("<QQI", body)
        return 0, bytes(content[at : at + size])
    if code == _WRITE:
        _, at, size = struct.unpack_from("<QQI", body)
        content[at : at + size] = body[40 : 40 + size]
        _note(disk, (at, body[40 : 40 + size]))
        return 0, struct.pack("<II", size, 0)
    if code == _FSYNC:
        _note(disk, None)
    if code == _STATFS:
        return 0, struct.pack("<QQQQQIIII24x", SIZE >> 12, 0, 0, 2, 0, 4096, 255, 4096, 0)
    done = code in {_FSYNC, _FLUSH, _RELEASE, _RELEASEDIR, _ACCESS, _DESTROY}
    return (0 if done else errno.ENOSYS), b""


def _attributes(node: int) -> bytes:
    mode, size = (stat.S_IFREG | 0o600, SIZE) if node == _DISK else (stat.S_IFDIR | 0o700, 0)
    return struct.pack("<6Q10I", node, size, size >> 9, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


def _note(disk: Disk, event: Write | None) -> None:
    disk.events.append(event)
    disk._count[:8] = len(disk.events).to_bytes(8, "little")

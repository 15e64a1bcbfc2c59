"""Login records of Linux (``struct utmp``): fixed size, recognised by structure, read one by one.

Two layouts: 384 bytes with 32-bit times (x86, and every architecture that keeps glibc's compatible form) and 400 bytes
with 64-bit session and times (aarch64, riscv64 and other 64-bit systems without it); both in either byte order. Source:
glibc ``bits/utmp.h`` and ``utmp(5)``.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from forensics.ingest import fields

EMPTY, RUN_LEVEL, BOOT, NEW_TIME, OLD_TIME, INIT, LOGIN, USER, DEAD, ACCOUNTING = range(10)
_BODY = "h2xi32s4s32s256shh"
_KINDS = {384: _BODY + "iii16s20x", 400: _BODY + "qqq16s20x4x"}
_CHECKED = 40
_RARE = 10  # one record of so many may be damaged
_LATEST = 4_102_444_800  # 2100; a machine without a clock of its own starts in 1970
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a file's records are laid out."""

    size: int
    order: str

    @property
    def shape(self) -> struct.Struct:
        """The layout as the standard library reads it."""
        return struct.Struct(self.order + _KINDS[self.size])


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record as read. ``address`` is canonical text or ""; ``session`` and ``seconds`` are ``None`` where not told."""

    kind: int
    pid: int
    line: str
    id: str
    user: str
    host: str
    session: int | None
    seconds: int | None
    micros: int
    address: str
    termination: int
    exit_status: int


def layout_of(head: bytes, size: int) -> Layout | None:
    """Find the layout in which the first records make sense, but for a damaged one of ten; ``None`` if only empty ones do."""
    fitting = []
    for length in _KINDS:
        for order in "<>":
            layout = Layout(size=length, order=order)
            usable = min(len(head) // length, _CHECKED)
            cells = [head[at * length : (at + 1) * length] for at in range(usable)]
            full = [cell for cell in cells if any(cell)]
            odd = sum(not _sane(cell, layout) for cell in full)
            if full and odd * _RARE <= len(full) and _sane(cells[0], layout):
                fitting.append((size % length != 0, odd, layout))
    fitting.sort(key=lambda item: item[:2])
    return fitting[0][2] if fitting else None


def _sane(cell: bytes, layout: Layout) -> bool:
    if not any(cell):
        return True
    kind, _, line, tag, user, host, *_, seconds, micros, _ = layout.shape.unpack(cell)
    timed = 0 <= seconds < _LATEST and 0 <= micros < _MILLION
    return (
        0 <= kind <= ACCOUNTING
        and timed
        and not any(cell[-20:])
        and all(_is_text(value) for value in (line, user, host))
        and (kind in (RUN_LEVEL, BOOT, NEW_TIME, OLD_TIME) or bool(line.strip(b"\0") or tag.strip(b"\0")))
    )


def _is_text(value: bytes) -> bool:
    """Whether a field is printable up to its first NUL; what stands behind it is left over from before."""
    return all(byte >= 32 and byte != 127 for byte in value.split(b"\0", 1)[0])  # noqa: PLR2004 - control characters


def record_of(cell: bytes, layout: Layout) -> Record:
    """Read one record."""
    values = layout.shape.unpack(cell)
    kind, pid, line, tag, user, host, termination, status, session, seconds, micros, address = values
    return Record(
        kind=kind,
        pid=pid,
        line=_text(line),
        id=_text(tag),
        user=_text(user),
        host=_text(host),
        session=session,
        seconds=seconds & 0xFFFFFFFF if layout.size == min(_KINDS) else seconds,  # unsigned until 2106
        micros=micros,
        address=_address(address, _text(host)),
        termination=termination,
        exit_status=status,
    )


def _text(value: bytes) -> str:
    return value.split(b"\0", 1)[0].decode("utf-8", "backslashreplace")


def _address(value: bytes, host: str) -> str:
    """Network byte order in every layout: an IPv4 address in the first four bytes, else IPv6.

    An IPv6 address that ends in twelve zero bytes looks like IPv4; the host beside it, if it is that address, tells.
    """
    if not any(value):
        return ""
    whole = IPv6Address(value)
    return str(whole) if any(value[4:]) or fields.parse_ip(host) == whole else str(IPv4Address(value[:4]))

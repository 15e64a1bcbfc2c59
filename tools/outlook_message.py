"""Write minimal Outlook messages (.msg): a compound file (MS-CFB, version 3) with MAPI properties (MS-OXMSG).

Only for specimens and tests: sectors of 512 bytes, one FAT sector, streams below 4,096 bytes in the mini stream.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

SECTOR, MINI, CUTOFF = 512, 64, 4_096
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
NONE = 0xFFFFFFFF


@dataclass
class Storage:
    """A storage: streams and storages by name."""

    streams: dict[str, bytes] = field(default_factory=dict)
    storages: dict[str, Storage] = field(default_factory=dict)


@dataclass
class _Entry:
    name: str
    kind: int
    data: bytes = b""
    right: int = NONE
    child: int = NONE
    start: int = END


def compound(root: Storage) -> bytes:
    """Return the bytes of a compound file."""
    entries = [_Entry("Root Entry", 5)]
    _list(entries, 0, root)
    sectors: list[bytes] = [b""]  # sector 0 is the FAT
    chain: list[int] = [FAT]
    mini = bytearray()
    mini_fat: list[int] = []
    for entry in entries:
        if entry.kind == 2 and len(entry.data) >= CUTOFF:  # noqa: PLR2004 - a stream
            entry.start = _store(entry.data, sectors, chain)
        elif entry.kind == 2 and entry.data:  # noqa: PLR2004 - a stream
            count = -(-len(entry.data) // MINI)
            entry.start = len(mini_fat)
            mini_fat += [*range(len(mini_fat) + 1, len(mini_fat) + count), END]
            mini += entry.data.ljust(count * MINI, b"\x00")
    entries[0].data = bytes(mini)
    entries[0].start = _store(bytes(mini), sectors, chain) if mini else END
    packed = struct.pack(f"<{len(mini_fat)}I", *mini_fat)
    first_mini = _store(packed + b"\xff" * (-len(packed) % SECTOR), sectors, chain) if mini_fat else END
    directory = b"".join(_packed(entry) for entry in entries)
    first_directory = _store(directory + _packed(_Entry("", 0)) * (-len(entries) % 4), sectors, chain)
    if len(chain) > SECTOR // 4:
        message = "too large for one FAT sector"
        raise ValueError(message)
    sectors[0] = struct.pack(f"<{len(chain)}I", *chain).ljust(SECTOR, b"\xff")
    mini_sectors = -(-len(packed) // SECTOR)
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, first_directory, 0, CUTOFF, first_mini,
        mini_sectors, END, 0,
    )  # fmt: skip
    return header + struct.pack("<109I", 0, *[FREE] * 108) + b"".join(sectors)


def _list(entries: list[_Entry], parent: int, storage: Storage) -> None:
    """Add the entries of a storage as a chain of right siblings in the order of the format (length, then letters)."""
    named: list[tuple[str, bytes | Storage]] = [*storage.streams.items(), *storage.storages.items()]
    previous = None
    for name, content in sorted(named, key=lambda item: (len(item[0]), item[0].upper())):
        index = len(entries)
        is_stream = isinstance(content, bytes)
        entries.append(_Entry(name, 2 if is_stream else 1, content if isinstance(content, bytes) else b""))
        if previous is None:
            entries[parent].child = index
        else:
            entries[previous].right = index
        previous = index
        if isinstance(content, Storage):
            _list(entries, index, content)


def _store(data: bytes, sectors: list[bytes], chain: list[int]) -> int:
    first, count = len(sectors), -(-len(data) // SECTOR)
    padded = data.ljust(count * SECTOR, b"\x00")
    sectors += [padded[at : at + SECTOR] for at in range(0, len(padded), SECTOR)]
    chain += [*range(first + 1, first + count), END]
    return first


def _packed(entry: _Entry) -> bytes:
    name = entry.name.encode("utf-16-le")
    size = len(entry.data)
    return struct.pack(
        "<64sHBBIII16xI8x8xIQ",
        name, len(name) + 2 if name else 0, entry.kind, 1, NONE, entry.right, entry.child, 0,
        entry.start if entry.kind in {2, 5} else 0, size,
    )  # fmt: skip


def filetime(unix: int) -> int:
    """Return seconds since 1970 as 100 ns since 1601."""
    return (unix + 11_644_473_600) * 10_000_000


def message(  # noqa: PLR0913 - what a message holds
    texts: dict[int, str],
    *,
    times: dict[int, int] | None = None,
    flags: int = 1,
    recipients: tuple[str, ...] = (),
    attachments: tuple[str, ...] = (),
    codepage: int = 0,
    embedded: tuple[dict[int, str], ...] = (),
    saved: tuple[tuple[str, bytes], ...] = (),
) -> bytes:
    """Return a .msg: texts by property id (Unicode, or in a code page), times in seconds since 1970.

    ``embedded`` are messages inside it by their texts, ``saved`` files attached to it.
    """
    root = Storage()
    fixed = [(0x0E07, 0x03, flags)] + [(key, 0x40, filetime(unix)) for key, unix in (times or {}).items()]
    if codepage:
        fixed.append((0x3FFD, 0x03, codepage))
    _write(root, texts, fixed, 32, codepage)
    for kind, key, names in (("recip", 0x39FE, recipients), ("attach", 0x3707, attachments)):
        for number, name in enumerate(names):
            part = root.storages[f"__{kind}_version1.0_#{number:08X}"] = Storage()
            _write(part, {key: name}, [], 8, codepage)
    for number, inner in enumerate(embedded, start=len(attachments)):
        part = root.storages[f"__attach_version1.0_#{number:08X}"] = Storage()
        _write(part, {}, [(0x3705, 0x03, 5)], 8, 0)
        _write(part.storages.setdefault("__substg1.0_3701000D", Storage()), inner, [], 24, codepage)
    for number, (name, data) in enumerate(saved, start=len(attachments) + len(embedded)):
        part = root.storages[f"__attach_version1.0_#{number:08X}"] = Storage(streams={"__substg1.0_37010102": data})
        _write(part, {0x3707: name}, [(0x3705, 0x03, 1)], 8, 0)
    root.storages["__nameid_version1.0"] = Storage(streams={"__substg1.0_00020102": b""})
    return compound(root)


def _write(to: Storage, texts: dict[int, str], fixed: list[tuple[int, int, int]], head: int, codepage: int) -> None:
    entries = [struct.pack("<HHIQ", kind, key, 6, value) for key, kind, value in fixed]
    for key, text in texts.items():
        kind = 0x1E if codepage else 0x1F
        data = text.encode(f"cp{codepage}") if codepage else text.encode("utf-16-le")
        to.streams[f"__substg1.0_{key:04X}{kind:04X}"] = data
        entries.append(struct.pack("<HHIQ", kind, key, 6, len(data) + (1 if codepage else 2)))
    to.streams["__properties_version1.0"] = bytes(head) + b"".join(entries)

"""Read Outlook messages (.msg, MS-OXMSG): a compound file (MS-CFB) whose streams are MAPI properties.

Bounded: streams beyond the limit are not read, storages inside attachments are only named. Whatever is wrong with the
container costs the message, with a reason.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from forensics.ingest.fields import FieldError
from forensics.ingest.mail_containers import seekable
from forensics.ingest.mail_properties import FLAGS, HTML, TEXTS, TIMES, Properties

if TYPE_CHECKING:
    from forensics.ingest.evidence import Evidence

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
STREAM_LIMIT = 16 * 1024 * 1024
MAX_PARTS = 500
"""Recipients and attachments that are looked at."""

_MARKS = tuple(name.encode("utf-16-le") for name in ("__properties_version1.0", "__nameid_version1.0", "__substg1.0_"))
"""Names that only messages have; programs write the entries of the directory in any order."""

_HEAD = 32
"""Bytes before the entries of the top-level property stream."""

_LONG, _TIME = 0x03, 0x40
_CODEPAGES = (0x3FFD, 0x3FDE)
_NUMBERS = (FLAGS, *_CODEPAGES)
_DAMAGE = (OSError, ValueError, ArithmeticError, LookupError, TypeError, AttributeError, struct.error, RecursionError)
"""What olefile is known to raise on damaged or hostile compound files."""


def is_message_file(evidence: Evidence) -> bool:
    """Whether a compound file's directory names the property stream of a message."""
    head = evidence.head
    if not head.startswith(MAGIC) or len(head) < 512:  # noqa: PLR2004 - the header of a compound file
        return False
    shift, first = struct.unpack_from("<H", head, 30)[0], struct.unpack_from("<I", head, 48)[0]
    if shift not in (9, 12):
        return False
    start = (first + 1) << shift
    if start + (1 << shift) <= len(head):
        return any(mark in head for mark in _MARKS)
    with evidence.open() as stream:
        left = start
        while left > 0 and (block := stream.read(min(left, 1 << 20))):
            left -= len(block)
        directory = stream.read((1 << shift) * 4)
    return any(mark in directory for mark in _MARKS)


def read_properties(evidence: Evidence) -> Properties:
    """Read the properties of a message file; ``FieldError`` says what is wrong with it."""
    import olefile

    try:
        with seekable(evidence) as stream, olefile.OleFileIO(stream) as file:
            return _properties(file)
    except _DAMAGE as error:
        message = f"not readable as an Outlook message: {type(error).__name__}: {error}"
        raise FieldError(message[:300]) from error


def _properties(file: Any) -> Properties:
    names = {tuple(path) for path in file.listdir(streams=True, storages=False)}
    fixed = _fixed(_stream(file, ("__properties_version1.0",)))
    numbers = {key: value & 0xFFFFFFFF for (key, kind), value in fixed.items() if kind == _LONG and key in _NUMBERS}
    charset = next((f"cp{numbers[key]}" for key in _CODEPAGES if numbers.get(key)), "cp1252")
    top = {path[0] for path in names if len(path) == 1}
    html = _stream(file, (f"__substg1.0_{HTML:04X}0102",)) if f"__substg1.0_{HTML:04X}0102" in top else b""
    storages = sorted({path[0] for path in names if len(path) > 1})[: 2 * MAX_PARTS]
    return Properties(
        texts={key: text for key in TEXTS if (text := _text(file, (), key, top, charset))},
        times={key: value for (key, kind), value in fixed.items() if kind == _TIME and key in TIMES},
        numbers=numbers,
        html=html,
        recipients=_named(
            file, names, [name for name in storages if name.startswith("__recip")], (0x39FE, 0x3003), charset
        ),
        attachments=_named(
            file, names, [name for name in storages if name.startswith("__attach")], (0x3707, 0x3704), charset
        ),
    )


def _fixed(data: bytes) -> dict[tuple[int, int], int]:
    """Read the property stream: (id, type) → the eight bytes of its value as a number."""
    found = {}
    for at in range(_HEAD, len(data) - 15, 16):
        kind, key, _, value = struct.unpack_from("<HHIQ", data, at)
        found[key, kind] = value
    return found


def _stream(file: Any, path: tuple[str, ...]) -> bytes:
    if not file.exists(list(path)) or file.get_size(list(path)) > STREAM_LIMIT:
        return b""
    with file.openstream(list(path)) as stream:
        data: bytes = stream.read(STREAM_LIMIT)
        return data


def _text(file: Any, storage: tuple[str, ...], key: int, names: set[str], charset: str) -> str:
    """Return a text property, Unicode first, else in the code page that the message names."""
    wide, narrow = f"__substg1.0_{key:04X}001F", f"__substg1.0_{key:04X}001E"
    if wide in names:
        return _stream(file, (*storage, wide)).decode("utf-16-le", "backslashreplace").rstrip("\x00")
    if narrow not in names:
        return ""
    data = _stream(file, (*storage, narrow)).rstrip(b"\x00")
    try:
        return data.decode("utf-8" if charset == "cp65001" else charset)
    except (LookupError, UnicodeDecodeError):
        return data.decode("cp1252", "backslashreplace")


def _named(
    file: Any, names: set[tuple[str, ...]], storages: list[str], keys: tuple[int, ...], charset: str
) -> tuple[str, ...]:
    found = []
    for storage in storages[:MAX_PARTS]:
        inner = {path[1] for path in names if path[0] == storage and len(path) == 2}  # noqa: PLR2004 - storage, stream
        text = next((value for key in keys if (value := _text(file, (storage,), key, inner, charset))), "")
        found.append(text or storage)
    return tuple(found)

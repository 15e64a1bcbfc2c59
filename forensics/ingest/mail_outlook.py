"""Read Outlook messages (.msg, MS-OXMSG): a compound file (MS-CFB) whose streams are MAPI properties.

Bounded: streams beyond the limit are not read. A message inside the message (an attachment that is one) is read beside
it: Outlook keeps it as a storage of properties (MS-OXMSG section 2.2.2.1), or as the bytes of an .eml or .msg file.
Whatever is wrong with the container costs the message, with a reason.
"""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any

from forensics.ingest.fields import FieldError
from forensics.ingest.mail_containers import seekable
from forensics.ingest.mail_properties import FLAGS, HTML, TEXTS, TIMES, Properties, Stored, charset_of

if TYPE_CHECKING:
    from forensics.ingest.evidence import Evidence

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
STREAM_LIMIT = 16 * 1024 * 1024
MAX_PARTS = 500
"""Recipients and attachments that are looked at."""

_MARKS = tuple(name.encode("utf-16-le") for name in ("__properties_version1.0", "__nameid_version1.0", "__substg1.0_"))
"""Names that only messages have; programs write the entries of the directory in any order."""

_HEAD, _HEAD_INSIDE = 32, 24
"""Bytes before the entries of the property stream: of the message, of a message inside it."""

DEPTH = 5
"""Messages inside messages inside ..."""

HEADER_STREAM = "/__substg1.0_007D001F"
_EMBEDDED, _CONTENT = "__substg1.0_3701000D", "__substg1.0_37010102"
_NAMES = (0x3707, 0x3704)
_KIND = 0x370E
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


def read_messages(evidence: Evidence) -> list[Stored]:
    """Read the message of a file and those inside it; ``FieldError`` says what is wrong with the file."""
    import olefile

    try:
        with seekable(evidence) as stream, olefile.OleFileIO(stream) as file:
            return _messages(file, "", DEPTH)
    except _DAMAGE as error:
        message = f"not readable as an Outlook message: {type(error).__name__}: {error}"
        raise FieldError(message[:300]) from error


def read_saved(data: bytes, place: str, depth: int = DEPTH) -> list[Stored]:
    """Read an .msg file that stands inside something; a damaged one, or another compound file, is told."""
    import olefile

    if not any(mark in data for mark in _MARKS):
        return []
    if depth <= 0:
        return [Stored(place, None, flaw=f"messages nested deeper than {DEPTH}: not read")]
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as file:
            return _messages(file, place, depth)
    except _DAMAGE as error:
        reason = f"not readable as an Outlook message: {type(error).__name__}: {error}"
        return [Stored(place, None, flaw=reason[:300])]


def _messages(file: Any, place: str, depth: int) -> list[Stored]:
    paths = {tuple(path) for path in file.listdir(streams=True, storages=True)}
    found: list[Stored] = []
    waiting: list[tuple[str, ...]] = [()]
    while waiting:
        at = waiting.pop(0)
        inside = {path[len(at) :] for path in paths if path[: len(at)] == at and len(path) > len(at)}
        where = "".join(f"/{name}" for name in at if name != _EMBEDDED)
        found.append(Stored(place + where, _properties(file, at, inside), headers=HEADER_STREAM))
        parts = sorted({path[0] for path in inside if path[0].startswith("__attach")})[:MAX_PARTS]
        waiting += [(*at, part, _EMBEDDED) for part in parts if (part, _EMBEDDED) in inside and len(at) < 2 * DEPTH]
        for part in parts:
            found += _saved(file, (*at, part), f"{place}{where}/{part}", inside, depth)
    return found


def _saved(file: Any, at: tuple[str, ...], place: str, inside: set[tuple[str, ...]], depth: int) -> list[Stored]:
    """Return the message that was attached as a file: an .eml, or an .msg with what it holds itself."""
    names = {path[1] for path in inside if path[0] == at[-1] and len(path) == 2}  # noqa: PLR2004 - storage, stream
    told = " ".join(_text(file, at, key, names, "cp1252") for key in (*_NAMES, _KIND)).lower()
    if _CONTENT not in names or not any(
        mark in told for mark in (".eml", ".msg", "winmail.dat", "ms-tnef", "message/rfc822")
    ):
        return []
    data = _stream(file, (*at, _CONTENT))
    if not data.startswith(MAGIC):
        return [Stored(place, None, data)] if data else []
    return read_saved(data, place, depth - 1)


def _properties(file: Any, at: tuple[str, ...], inside: set[tuple[str, ...]]) -> Properties:
    fixed = _fixed(_stream(file, (*at, "__properties_version1.0")), _HEAD_INSIDE if at else _HEAD)
    numbers = {key: value & 0xFFFFFFFF for (key, kind), value in fixed.items() if kind == _LONG and key in _NUMBERS}
    page = next((numbers[key] for key in _CODEPAGES if numbers.get(key)), 1252)
    charset = charset_of(page)
    top = {path[0] for path in inside if len(path) == 1}
    html = _stream(file, (*at, f"__substg1.0_{HTML:04X}0102")) if f"__substg1.0_{HTML:04X}0102" in top else b""
    storages = sorted({path[0] for path in inside if len(path) > 1})[: 2 * MAX_PARTS]
    return Properties(
        texts={key: text for key in TEXTS if (text := _text(file, at, key, top, charset))},
        times={key: value for (key, kind), value in fixed.items() if kind == _TIME and key in TIMES},
        numbers=numbers,
        html=html,
        recipients=_named(
            file, at, inside, [name for name in storages if name.startswith("__recip")], (0x39FE, 0x3003), charset
        ),
        attachments=_named(
            file, at, inside, [name for name in storages if name.startswith("__attach")], _NAMES, charset
        ),
    )


def _fixed(data: bytes, head: int) -> dict[tuple[int, int], int]:
    """Read the property stream: (id, type) → the eight bytes of its value as a number."""
    found = {}
    for at in range(head, len(data) - 15, 16):
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
        return data.decode(charset)
    except (LookupError, UnicodeDecodeError):
        return data.decode("cp1252", "backslashreplace")


def _named(
    file: Any,
    at: tuple[str, ...],
    inside: set[tuple[str, ...]],
    storages: list[str],
    keys: tuple[int, ...],
    charset: str,
) -> tuple[str, ...]:
    found = []
    for storage in storages[:MAX_PARTS]:
        streams = {path[1] for path in inside if path[0] == storage and len(path) == 2}  # noqa: PLR2004 - storage, stream
        text = next((value for key in keys if (value := _text(file, (*at, storage), key, streams, charset))), "")
        found.append(text or storage)
    return tuple(found)

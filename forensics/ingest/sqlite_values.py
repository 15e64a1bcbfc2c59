"""The numbers and the values of an SQLite record (sqlite.org, "Database File Format", section 2.1)."""

from __future__ import annotations

import struct

from forensics.ingest.fields import FieldError

Value = int | float | str | None

_WHOLE = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_REAL, _ZERO, _ONE, _BLOB = 7, 8, 9, 12


def varint(data: bytes, at: int, limit: int) -> tuple[int, int]:
    """Read a number of one to nine bytes; one that goes beyond ``limit`` ends behind it."""
    value = 0
    for count in range(9):
        if at + count >= limit:
            return value, limit + 1
        byte = data[at + count]
        if count == 8:  # noqa: PLR2004 - the ninth byte has eight bits
            return value << 8 | byte, at + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a number
            return value, at + count + 1
    return value, limit + 1


def values_of(record: bytes, encoding: str) -> list[Value]:
    r"""Read the values of a record; one whose parts do not fit together exactly is refused, so that damage is no row.

    Text that is not what its encoding says shows its bytes as ``\\xNN``; a blob is told as SQL writes it, ``x'00ff'``.
    """
    size, at = varint(record, 0, len(record))
    if not at <= size <= len(record):
        raise FieldError("a record without a sound head")
    types: list[int] = []
    while at < size:
        kind, at = varint(record, at, size)
        types.append(kind)
    lengths = [_length(kind) for kind in types]
    if at != size or size + sum(lengths) != len(record):
        raise FieldError("a record whose values do not fill it")
    found: list[Value] = []
    for kind, length in zip(types, lengths, strict=True):
        found.append(_value(kind, record[size : size + length], encoding))
        size += length
    return found


def _length(kind: int) -> int:
    if kind >= _BLOB:
        return (kind - _BLOB) // 2
    if kind in (10, 11):
        raise FieldError("a value of a type that no database has")
    return 8 if kind == _REAL else _WHOLE.get(kind, 0)


def _value(kind: int, found: bytes, encoding: str) -> Value:
    if kind >= _BLOB:
        return found.decode(encoding, "backslashreplace") if kind % 2 else f"x'{found.hex()}'"
    if kind == _REAL:
        real: float = struct.unpack(">d", found)[0]
        return real
    if kind in _WHOLE:
        return int.from_bytes(found, "big", signed=True)
    return {_ZERO: 0, _ONE: 1}.get(kind)

"""One value, one byte string: RFC 8785 (JCS) restricted until both directions are unique.

``encode`` and ``decode`` are inverse to each other: ``decode`` re-encodes what it read and refuses any other spelling,
so no two lines mean the same thing and every changed byte of a line is either refused or a different value.

Restrictions beyond RFC 8785, each of which removes an ambiguity:

- keys are ASCII, so that sorting by code point (ours) and by UTF-16 unit (RFC 8785, section 3.2.3) agree;
- no floats; integers within ``+-(2**53 - 1)`` (RFC 8785, section 3.2.2.3: beyond that, readers differ);
- no duplicate keys, no lone surrogates;
- a line holds at most 65,535 bytes, its line feed included (an entry of C2SP tlog-tiles has a 16-bit length), and at
  most 16 levels of nesting.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NoReturn, TypeAlias, cast

from forensics.errors import TamperError

if TYPE_CHECKING:
    from collections.abc import Iterable

Value: TypeAlias = "bool | int | str | list[Value] | dict[str, Value] | None"

MAX_LINE = 65_535
"""Bytes of a line, its line feed included."""

MAX_DEPTH = 16
"""Levels of arrays and objects; bounded before parsing, so that no parser recursion limit is ever met."""

MAX_INTEGER = 2**53 - 1
_MAX_DIGITS = 17  # sign and 16 digits; longer numbers are refused before they are converted
_SAFE_DIGITS = 15  # no number of so many letters is outside

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


def encode(value: Value) -> bytes:
    """Return the one line (UTF-8, ended by one line feed) that stands for ``value``.

    Raises ``ValueError`` for values that have no such line: that is a bug of the caller, not a defect of evidence.
    """
    _check(value, 1)
    line = _spelled(value)
    if len(line) > MAX_LINE:
        message = f"a line of {len(line)} bytes is longer than {MAX_LINE}"
        raise ValueError(message)
    return line


def _spelled(value: Value) -> bytes:
    return _ENCODER.encode(value).encode("utf-8") + b"\n"  # UnicodeEncodeError at a lone surrogate is a ValueError


def decode(line: bytes) -> Value:
    """Return the value of one line, line feed included; anything but the canonical spelling is a ``TamperError``."""
    if len(line) > MAX_LINE:
        message = f"the line is longer than {MAX_LINE} bytes"
        raise TamperError(message)
    if not line.endswith(b"\n"):
        message = "the line has no line feed at its end"
        raise TamperError(message)
    if _deeper_than(line, MAX_DEPTH):
        message = f"the line nests deeper than {MAX_DEPTH} levels"
        raise TamperError(message)
    value = _plain(line)
    return _explained(line) if value is None else value


def _plain(line: bytes) -> Value:
    """Return the value of a canonical line that is all ASCII, as most are; ``None`` for every other line.

    Nobody has to look at its keys. They are ASCII if the line is and spells them without escapes; and of a key that
    stands twice the value keeps one. The spelling is compared, so that in both cases it differs from the line.
    """
    try:
        value, end = _PLAIN.raw_decode(line.decode("ascii"))
        same = end == len(line) - 1 and _spelled(value) == line
    except ValueError:
        return None
    return cast("Value", value) if same else None


def _explained(line: bytes) -> Value:
    """Return the value of any canonical line; of another, a ``TamperError`` says what is wrong with it."""
    try:
        value: Value = _DECODER.decode(line.decode("utf-8"))
        again = _spelled(value)  # the decoder itself refuses what ``_check`` refuses
    except ValueError as error:
        message = f"the line is not restricted canonical JSON: {error}"
        raise TamperError(message) from error
    if again != line:
        message = "the line is not in its canonical spelling"
        raise TamperError(message)
    return value


def _check(value: object, depth: int) -> None:
    """Refuse what restricted JCS cannot say; ``json.dumps`` alone would coerce keys and accept floats."""
    if isinstance(value, int):  # a bool too
        if abs(value) > MAX_INTEGER:
            message = f"the integer of {value.bit_length()} bits is outside +-(2**53 - 1)"
            raise ValueError(message)
        return
    if value is None or isinstance(value, str):
        return
    if depth > MAX_DEPTH:
        message = f"nested deeper than {MAX_DEPTH} levels"
        raise ValueError(message)
    if isinstance(value, dict):
        _check_keys(value)
        items = list(value.values())
    elif isinstance(value, list):
        items = value
    else:
        message = f"a {type(value).__name__} has no canonical form"
        raise ValueError(message)  # noqa: TRY004 - one exception for every value without a line
    for item in items:
        if not isinstance(item, str):  # as most are
            _check(item, depth + 1)


def _check_keys(keys: Iterable[object]) -> None:
    for key in keys:
        if not isinstance(key, str) or not key.isascii():
            message = f"the key {key!a} is not ASCII text"
            raise ValueError(message)


def _deeper_than(line: bytes, limit: int) -> bool:
    """Count brackets outside strings, without recursion; most lines have fewer brackets than the limit."""
    if line.count(b"{") + line.count(b"[") <= limit:
        return False
    level = 0
    for byte in _STRING.sub(b"", line):
        if byte in b"{[":
            level += 1
            if level > limit:
                return True
        elif byte in b"}]":
            level -= 1
    return False


def _object(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    members = dict(pairs)
    if len(members) != len(pairs):
        message = "a key stands twice in one object"
        raise ValueError(message)
    if not "".join(members).isascii():
        message = f"the key {next(key for key in members if not key.isascii())!a} is not ASCII text"
        raise ValueError(message)
    return members


def _integer(text: str) -> int:
    if len(text) > _SAFE_DIGITS and (len(text) > _MAX_DIGITS or abs(int(text)) > MAX_INTEGER):
        message = "an integer is outside +-(2**53 - 1)"
        raise ValueError(message)
    return int(text)


def _no_number(text: str) -> NoReturn:
    message = f"{text[:20]!a} is not an integer"
    raise ValueError(message)


_ENCODER = json.JSONEncoder(  # depth is bounded before it is asked, so it need not look for circles
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
)
_PLAIN = json.JSONDecoder(parse_int=_integer, parse_float=_no_number, parse_constant=_no_number)
_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_no_number, parse_constant=_no_number
)

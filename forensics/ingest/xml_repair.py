r"""Named repairs of XML text that its exporter wrote badly; each repair is told, none guesses.

- A pair of references to surrogate halves (``&#55357;&#56838;``, also hexadecimal) is one character in UTF-16 spelling
  and is joined. Android exporters wrote emoji so until 2019.
- A reference to, or a raw, character that XML 1.0 forbids (section 2.2: control characters, lone halves) has no XML
  spelling at all; it is shown as ``\xNN`` or ``\uNNNN``.
- Bytes that do not fit the encoding are shown as ``\xNN``.
- Long base64 values of ``data`` attributes (attached pictures) are replaced by their length and SHA-256.
"""

from __future__ import annotations

import hashlib
import re
import sys

MAX_LISTED = 20
"""Repairs of one element that are listed one by one; the others are counted."""

_HIGH = r"&#(?:0{0,4}(5529[6-9]|55[3-9]\d\d|56[0-2]\d\d|563[01]\d)|[xX]0{0,4}([dD][89aAbB][0-9a-fA-F]{2}));"
_LOW = r"&#(?:0{0,4}(563[2-9]\d|56[4-9]\d\d|57[0-2]\d\d|573[0-3]\d|5734[0-3])|[xX]0{0,4}([dD][c-fC-F][0-9a-fA-F]{2}));"
_PAIR = re.compile(_HIGH + _LOW)
_REFERENCE = re.compile(r"&#(?:([0-9]{1,12})|[xX]([0-9a-fA-F]{1,12}));")
_LEGAL = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_RAW = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BULK = re.compile(rb"""(\sdata\s*=\s*)(["'])([A-Za-z0-9+/=\s]{4096,}+)\2""")
_DECLARED = re.compile(rb"""(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_SINGLE_BYTE = re.compile(r"iso-?8859-(?:[1-9]|1[013-6])|(?:windows-?|cp)125[0-8]|koi8-[ru]|us-ascii", re.IGNORECASE)


def encoding_of(head: bytes) -> str:
    """Return the encoding that the XML declaration states, if it is a known single-byte one; else UTF-8."""
    declared = _DECLARED.match(head)
    name = declared[1].decode() if declared else ""
    return name if _SINGLE_BYTE.fullmatch(name) else "utf-8"


def readable(data: bytes, encoding: str = "utf-8") -> tuple[str, str]:
    """Return the text of an element and what was mended, "" if nothing was."""
    lean = _BULK.sub(_without_bulk, data)
    text = lean.decode(encoding, "backslashreplace")
    notes = []
    if text.encode(encoding, "replace") != lean:
        notes.append(f"bytes that are not {encoding} shown as \\xNN")
    text, mended = mend(text)
    notes += mended[:MAX_LISTED]
    if len(mended) > MAX_LISTED:
        notes.append(f"and {len(mended) - MAX_LISTED} more")
    return text, "; ".join(notes)


def mend(text: str) -> tuple[str, list[str]]:
    """Join surrogate pairs, show forbidden characters; return the text and a note for each place, in order of kind."""
    notes: list[str] = []

    def join(found: re.Match[str]) -> str:
        high, low = _number(found[1], found[2]), _number(found[3], found[4])
        point = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
        notes.append(f"surrogate halves {found[0]} joined to U+{point:05X}")
        return chr(point)

    def show(found: re.Match[str]) -> str:
        point = _number(found[1], found[2])
        if _allowed(point):
            return found[0]
        shown = _shown(point)
        notes.append(f"reference {found[0]}, forbidden in XML, shown as {shown}")
        return shown

    def show_raw(found: re.Match[str]) -> str:
        shown = _shown(ord(found[0]))
        notes.append(f"a raw character that XML forbids shown as {shown}")
        return shown

    if "&#" in text:
        text = _REFERENCE.sub(show, _PAIR.sub(join, text))
    return _RAW.sub(show_raw, text), notes


def _number(decimal: str | None, hexadecimal: str | None) -> int:
    return int(decimal) if decimal else int(hexadecimal or "0", 16)


def _allowed(point: int) -> bool:
    """Whether XML 1.0 section 2.2 allows the character."""
    return point <= sys.maxunicode and _LEGAL.fullmatch(chr(point)) is not None


def _shown(point: int) -> str:
    if point <= 0xFF:  # noqa: PLR2004 - two hex digits
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"  # noqa: PLR2004 - four hex digits


def _without_bulk(found: re.Match[bytes]) -> bytes:
    digest = hashlib.sha256(found[3]).hexdigest()
    return found[1] + found[2] + f"({len(found[3])} base64 characters, SHA-256 {digest})".encode() + found[2]

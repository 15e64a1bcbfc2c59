r"""What the value of a header field says: encoded words (RFC 2047) and lists of addresses (RFC 5322 section 3.4)."""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from dataclasses import dataclass
from email.utils import getaddresses
from functools import lru_cache

VALUE_LIMIT = 20_000
"""Characters of one value that are decoded or split into addresses."""

_ONE_MAILBOX = re.compile(r'\s*(?:"?([^"<>@,;:()\\=]*)"?\s*)?<([^<>@\s,;:"()]+@[^<>@\s,;:"()]+)>\s*')
_ENCODED = re.compile(r"=\?([^?\s]{1,40})\?([bBqQ])\?([^?\s]*)\?=")
_BETWEEN = re.compile(r"(?<=\?=)\s+(?==\?[^?\s]{1,40}\?[bBqQ]\?)")


def decode_words(value: str) -> str:
    r"""Decode RFC 2047 words; a word that does not decode stays as written. Bytes of no character show as ``\\xNN``."""
    if "=?" not in value:
        return value[:VALUE_LIMIT]
    joined = _BETWEEN.sub("", value[:VALUE_LIMIT])
    found: list[str] = []
    position = 0
    pending = b""
    charset = ""
    for match in _ENCODED.finditer(joined):
        data = _word(match)
        between = joined[position : match.start()]
        if pending and (between or data is None or match[1].lower() != charset):
            found.append(_characters(pending, charset))
            pending = b""
        found.append(between)
        position = match.end()
        if data is None or not _characters(b"", match[1].lower(), known=True):
            found.append(match[0])
        else:  # a character may be cut between two words of one charset, so bytes are joined first
            pending, charset = pending + data, match[1].lower()
    found.append(_characters(pending, charset) if pending else "")
    return "".join([*found, joined[position:]])


def _word(match: re.Match[str]) -> bytes | None:
    written = match[3].encode("ascii", "replace")
    if match[2] in "qQ":
        return quopri.decodestring(written, header=True)
    try:
        return base64.b64decode(written + b"=" * (-len(written) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _characters(data: bytes, charset: str, *, known: bool = False) -> str:
    """Decode bytes; with ``known`` only say (non-empty or not) whether the charset exists and is one of text."""
    try:
        text = data.decode(charset.split("*", maxsplit=1)[0], "backslashreplace")
    except (LookupError, UnicodeError, ValueError):
        return ""
    return "known" if known else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A display name (decoded) and an address as written; ``domain`` in lower case."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """What follows the last ``@``."""
        return self.address.rpartition("@")[2].strip(" .>").lower() if "@" in self.address else ""


@lru_cache(maxsize=4_096)  # a person's mail names few addresses many times
def mailboxes(value: str) -> tuple[Mailbox, ...]:
    """Read an address list; display names are decoded only after the list has been split.

    A list that the standard library cannot read (comments nested a thousand deep) is one mailbox without an address,
    its beginning kept as the name.
    """
    simple = _ONE_MAILBOX.fullmatch(value) if len(value) < 500 else None  # noqa: PLR2004 - longer ones are lists
    if simple:
        return (Mailbox(name=decode_words((simple[1] or "").strip()), address=simple[2]),)
    flat = value[:VALUE_LIMIT].replace("\r", " ").replace("\x00", " ")
    try:
        found = getaddresses([flat])
    except (RecursionError, IndexError):
        return (Mailbox(name=flat[:200], address=""),)
    return tuple(Mailbox(name=decode_words(name), address=at.strip()) for name, at in found if name or at)

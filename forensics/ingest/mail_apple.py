"""What Apple Mail keeps about a message in its own files (.emlx): a property list behind the message, and where the file lies.

A file is the count of the message's bytes on a line, the message, and a property list (Apple's "plist") of what the program
knows: flags as bits of one number, times as seconds since 1970, the mailbox from which the message was copied. Apple has
published no description; the bits are those that readers of such files agree on (unverified beyond read, deleted, answered,
flagged, draft, forwarded, junk). A ``.partial.emlx`` has its attachments taken out, each noted by ``X-Apple-Content-Length``.
"""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import unquote

TRAILER_LIMIT = 256 * 1024
"""Bytes behind a message that are searched."""

PARTIAL = "attachments taken out by Apple Mail and kept in files of their own, if at all"
_FLAGS = {
    0: "read", 1: "deleted", 2: "answered", 3: "encrypted", 4: "flagged", 5: "recent", 6: "draft", 8: "forwarded",
    9: "redirected", 23: "signed", 24: "junk", 25: "not junk",
}  # fmt: skip
_KINDS = {"deleted": "trash", "draft": "draft", "junk": "spam"}
_NUMBER = re.compile(
    rb"<key>(flags|date-(?:received|sent|last-viewed))</key>\s{0,200}<(?:integer|real)>(\d{1,18})(?:\.\d{0,18})?<"
)
_TEXT = re.compile(rb"<key>(original-mailbox|remote-id)</key>\s{0,200}<string>([^<]{1,2000})</string>")
_START = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = 4_102_444_800  # the year 2100


class Kept(NamedTuple):
    """What the program keeps, for the detail; the mailbox from which it copied the message; what flags amount to."""

    detail: dict[str, Any]
    mailbox: str
    marks: tuple[str, ...]


def kept(trailer: bytes) -> Kept:
    """Read the property list behind a message; what is not as it should be is left out."""
    head = trailer[:TRAILER_LIMIT]
    numbers = {key.decode(): int(value) for key, value in _NUMBER.findall(head)}
    texts = {key.decode(): html.unescape(value.decode("utf-8", "replace")) for key, value in _TEXT.findall(head)}
    flags = [name for bit, name in _FLAGS.items() if numbers.get("flags", 0) >> bit & 1]
    times = {key: _time(value) for key, value in numbers.items() if key != "flags" and 0 < value < _LAST}
    mailbox = texts.get("original-mailbox", "")
    found = {"flags": flags, "times": times, "mailbox": mailbox, "remote_id": texts.get("remote-id", "")}
    return Kept(
        detail={key: value for key, value in found.items() if value},
        mailbox=unquote(mailbox.rstrip("/").rpartition("/")[2]) if "://" in mailbox else "",
        marks=tuple([_KINDS[flag] for flag in flags if flag in _KINDS]),
    )


def is_partial(name: str, data: bytes) -> bool:
    """Whether the program took parts out of the message."""
    return name.lower().endswith(".partial.emlx") or b"\nX-Apple-Content-Length:" in data


def _time(seconds: int) -> str:
    return (_START + timedelta(seconds=seconds)).isoformat()

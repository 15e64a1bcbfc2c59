"""Cut a mailbox file (mbox) of any size into messages, in one pass and with flat memory.

A message starts at a line ``From ...`` that is followed by a header line (``Name:``), where either the line carries a
date as envelopes do, or it holds one word at most (Thunderbird leaves it bare), a blank line stands before it and the
header is one of mail. So a sentence of a body that begins with ``From`` ends nothing. Quoting of such lines
(``>From``; mboxo, mboxrd) is left as found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 512 * 1024
"""Bytes read at once: few enough to stay in the processor's own memory while they are searched."""

KEEP = 8 * 1024 * 1024
"""Bytes of one message that are kept; what lies behind is counted and passed over."""

_LOOK = 1_024
"""Bytes behind ``From `` that must be known to decide."""

_CANDIDATE = b"\nFrom "
_ENVELOPE = re.compile(
    rb"\nFrom [^\n]{0,400}\d\d:\d\d[^\n]{0,40}\b(?:19|20)\d\d\b[^\n]{0,40}\n(?:>From [^\n]{0,400}\n)?[!-9;-~]{1,80}[ \t]*:"
)
_KNOWN = re.compile(
    rb"\nFrom [!-~]{0,320}[ \t]*\r?\n(?:>From [^\n]{0,400}\n)?(?i:received|return-path|delivered-to|x-[!-9;-~]{1,60}|from|to|date"
    rb"|subject|message-id|mime-version|content-type|dkim-signature|status|envelope-to|authentication-results|arc-seal):[ \t]?\S"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One message: its byte range in the file and its first bytes (all of them where ``complete``)."""

    start: int
    end: int
    data: bytes

    @property
    def complete(self) -> bool:
        """Whether ``data`` is the whole message."""
        return len(self.data) == self.end - self.start


def pieces(stream: BinaryIO) -> Iterator[Piece]:
    """Yield the messages of a mailbox in order; nothing of the file lies outside of them."""
    kept: list[bytes] = []  # the first bytes of the message that is open
    room = KEEP  # bytes of it that may still be kept
    start = 0  # where it starts
    pending = b""  # bytes read and not yet decided, directly behind what was taken
    position = 0  # where ``pending`` starts
    while True:
        chunk = stream.read(CHUNK)
        pending += chunk
        done = 0
        for at in _starts(pending, last=not chunk):
            kept.append(pending[done : min(at, done + room)])
            yield Piece(start=start, end=position + at, data=b"".join(kept))
            kept, room, start, done = [], KEEP, position + at, at
        if not chunk:
            kept.append(pending[done : done + room])
            if position + len(pending) > start:
                yield Piece(start=start, end=position + len(pending), data=b"".join(kept))
            return
        rest = max(done, len(pending) - _LOOK - 2)  # two bytes more: a blank line may stand before
        if taken := min(rest - done, room):
            kept.append(pending[done : done + taken])
            room -= taken
        position, pending = position + rest, pending[rest:]


def _starts(data: bytes, *, last: bool) -> Iterator[int]:
    """Yield offsets at which a message starts, as far as enough bytes follow to decide."""
    from stringzilla import find  # ten times as fast as bytes.find, and loaded where there is a mailbox only

    limit = len(data) if last else len(data) - _LOOK
    at = find(data, _CANDIDATE)
    while 0 <= at < limit:
        known = _ENVELOPE.match(data, at) or (_after_blank(data, at) and _KNOWN.match(data, at))
        if known:
            yield at + 1
        at = find(data, _CANDIDATE, at + 1)


def _after_blank(data: bytes, at: int) -> bool:
    return data[at - 1 : at] == b"\n" or data[at - 2 : at] == b"\n\r"

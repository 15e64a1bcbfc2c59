"""What a file with mail in it is: one message, a mailbox of many, or header text that somebody pasted.

The three are told apart here, by shape, so that no file is claimed twice. A file that starts with an mbox envelope line
is a mailbox, also with one message. Text that starts with an orderly header block is a message. Text in which header
blocks stand after other text, are quoted or indented, have lost their folding, or follow one another, is pasted.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from forensics.ingest.mail_escaped import is_document, is_escaped, is_page, unescaped
from forensics.ingest.mail_headers import COUNT_LINE

if TYPE_CHECKING:
    from forensics.ingest.evidence import Evidence

_NAME = rb"[!-9;-~]{1,80}[ \t]*:"
_FIELD_LINE = re.compile(_NAME)
_MAILISH = (
    re.compile(rb"(?im)^message-id[ \t]*:\s*<[^>\r\n]+>"),
    re.compile(rb"(?im)^from[ \t]*:[^\r\n]*[^\s@]@[^\s@]"),
)
_COMPANIONS = re.compile(
    rb"(?im)^(?:date|subject|to|cc|mime-version|return-path|delivered-to|dkim-signature|authentication-results|reply-to"
    rb"|from|message-id|received|x-gm-thrid|x-gmail-labels)[ \t]*:"
)
_HOP = re.compile(rb"(?im)^received[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*")
_CLOCK = re.compile(rb"\d\d:\d\d")
_BLANK = re.compile(rb"\n\r?\n")
_ENOUGH = 3
_ENOUGH_BESIDE_A_HOP = 2
_ENVELOPE = re.compile(rb"From [^\r\n]{0,400}\r?\n(?:>From [^\n]{0,400}\n)?(?=" + _NAME + rb")")
_ENVELOPE_DATE = re.compile(rb"^From [^\r\n]{0,400}\d\d:\d\d[^\r\n]{0,40}\b(?:19|20)\d\d\b")

QUOTE = rb"[ \t]*(?:>[ \t]?|\|[ \t])*"
_NUMBER = rb"(?:\d{1,3}\t)?"
_PASTED_HOP = re.compile(
    rb"(?im)^" + QUOTE + _NUMBER + rb"received(?:[ \t]*:[ \t]*|\t)(?:\r?\n" + QUOTE + rb")?(?:from|by|\()[ \t]?\S"
)
_PASTED_FIELD = re.compile(
    rb"(?im)^" + QUOTE + _NUMBER + rb"(?:message-id|date|subject|from|to|return-path|delivered-to|dkim-signature"
    rb"|mime-version|authentication-results|arc-seal|x-originating-ip|x-received|received-spf|content-type|received)"
    rb"(?:[ \t]*:|\t)"
)
_BROKEN = re.compile(
    rb"(?im)^received[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*(?:by|with|for|id|via|\(version=|\(envelope|\(using|(?:mon|tue|wed|thu|fri"
    rb"|sat|sun),)[ \t]\S|^received[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*(?:\xc2\xa0)+"
    rb"|^received[ \t]*:(?:(?![ \t]\d\d:\d\d)[^\n])*\n(?:[ \t](?:(?![ \t]\d\d:\d\d)[^\n])*\n)*"
    rb"(?![ \t])(?![!-9;-~]{1,80}[ \t]*:)\S"
)
_MARKUP = re.compile(rb"(?is)^\s*(?:<(?:!doctype|html|\?xml|[a-z]+[ >])|[\[{]|%PDF|PK)")
_PASTED_KINDS = 3


def is_mailbox(evidence: Evidence) -> bool:
    """Whether the file starts with an mbox envelope line and a header block of a mail."""
    head = _plain(evidence.head)
    match = _ENVELOPE.match(head)
    if match is None:
        return False
    block = _BLANK.split(head[match.end() :], maxsplit=1)[0]
    names = {name[0].rstrip(b" \t:").lower() for name in _COMPANIONS.finditer(block)}
    return len(names) >= (_ENOUGH_BESIDE_A_HOP if _ENVELOPE_DATE.match(head) else _ENOUGH)


def is_message(evidence: Evidence) -> bool:
    """Whether the file starts with an orderly header block and is not a row of pasted ones."""
    head = _plain(evidence.head)
    if _ENVELOPE.match(head) or not _is_block(head) or _is_wide(evidence.head) or is_escaped(head):
        return False
    return not is_broken(head) and not _goes_on(head)


def is_pasted(evidence: Evidence) -> bool:
    """Whether header fields of a mail, hops or results among them, stand in a text that is no orderly message."""
    head = _plain(evidence.head)
    page = is_page(head) or is_document(head)
    escaped = page or is_escaped(head)
    head = unescaped(head)[0] if escaped else head
    if b"\x00" in head[:4_096] or _MARKUP.match(head) or _ENVELOPE.match(head):
        return False
    hop = next((hop for hop in _PASTED_HOP.finditer(head) if _CLOCK.search(head, hop.end(), hop.end() + 1_000)), None)
    if hop is None:
        return False
    kinds = {found[0].strip(b" \t>|:").lower() for found in _PASTED_FIELD.finditer(head)}
    if len(kinds) < _PASTED_KINDS and len(_PASTED_HOP.findall(head)) < _ENOUGH_BESIDE_A_HOP:
        return False
    if _is_block(head):
        return escaped or is_broken(head) or _goes_on(head) or _is_wide(evidence.head)
    return page or not _inside_a_body(head, hop.start())


@lru_cache(maxsize=4)  # three formats ask about one head
def _plain(head: bytes) -> bytes:
    """Return a head without byte order mark and leading blank lines, quoted envelope or count, CR alone as LF."""
    bare = head.removeprefix(b"\xef\xbb\xbf")
    if _is_wide(head):
        bare = head.decode("utf-16", "replace").encode()
    if b"\n" not in bare and b"\r" in bare:
        bare = bare.replace(b"\r", b"\n")
    bare = bare.lstrip(b"\r\n")
    return bare.partition(b"\n")[2] if bare.startswith(b">From ") or COUNT_LINE.match(bare) else bare


def _is_wide(head: bytes) -> bool:
    """Whether a text is UTF-16, as Windows saves what was copied; no mail program keeps a message so."""
    return head.startswith((b"\xff\xfe", b"\xfe\xff"))


def has_old_line_ends(head: bytes) -> bool:
    """Whether lines end with CR alone, as on old systems."""
    return b"\n" not in head and b"\r" in head


def _is_block(head: bytes) -> bool:
    if not _FIELD_LINE.match(head):
        return False
    block = _BLANK.split(head, maxsplit=1)[0]
    found = [match[0].rstrip(b" \t:").lower() for match in _COMPANIONS.finditer(block)]
    if len(found) >= _ENOUGH_BESIDE_A_HOP and any(_is_hop(match[0]) for match in _HOP.finditer(block)):
        return True  # a chain of hops alone, as people paste it
    return len(set(found)) >= _ENOUGH and any(pattern.search(block) for pattern in _MAILISH)


def _is_hop(field: bytes) -> bool:
    return b"by " in field.lower() and _CLOCK.search(field) is not None


def is_broken(head: bytes) -> bool:
    """Whether continuation lines of a hop have lost the space that makes them such."""
    return _BROKEN.search(_BLANK.split(head, maxsplit=1)[0]) is not None


def _goes_on(head: bytes) -> bool:
    """Whether the first header block is followed at once by another one with hops, as in a row of pasted headers."""
    parts = _BLANK.split(head, maxsplit=1)
    if len(parts) == 1 or b"content-type: message/" in parts[0].lower():
        return False
    rest = parts[1].lstrip(b"\r\n")
    return _is_block(rest) and any(_is_hop(hop[0]) for hop in _HOP.finditer(_BLANK.split(rest, maxsplit=1)[0]))


def _inside_a_body(head: bytes, at: int) -> bool:
    """Whether what is found stands far below: a log or a text that quotes a header somewhere is not header text."""
    return head.count(b"\n", 0, at) > 60  # noqa: PLR2004 - lines of a page above the headers it shows

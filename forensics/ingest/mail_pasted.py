"""Find header blocks in text that somebody pasted, and undo what pasting did to them; every repair has a name.

Web pages and mail programs lose the spaces that fold a field, indent everything, put ``>`` before it, a blank line
after every line, or tabs between name and value. A line is only ever joined to the field before it or freed of what
stands in front; no character of a field is changed, and every field keeps the number of the line on which it stood.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from forensics.ingest.mail_escaped import unescaped
from forensics.ingest.mail_headers import HeaderBlock, block_of

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT_LIMIT = 16 * 1024 * 1024
"""Bytes of a text file that are looked at; pasted headers are a few hundred lines."""

UNQUOTED = "quotation marks (>) before the lines taken away"
INDENTED = "common indentation taken away"
REFOLDED = "lines that had lost their folding joined to the field before"
SPACED = "blank lines between the lines taken away"
OLD_ENDS = "line ends of old systems (CR) read as such"
TABLED = "rows of a table (name, tab, value) read as fields"

_AHEAD = 20
"""Lines that a field without its folding is followed over to find the next one."""

_QUOTE = re.compile(rb"[ \t]*(?:>[ \t]?|\|[ \t])+")
_FIELD = re.compile(rb"([A-Za-z][A-Za-z0-9_-]{0,79})[ \t]*:(?!//)")
_ROW = re.compile(rb"(?:\d{1,3}\t)?([A-Za-z][A-Za-z0-9-]{0,79})\t[ ]*(?=\S)")
"""A row of a header analyser: number, name and value with tabs between."""
_LEADING = re.compile(rb"(?:[ \t]|\xc2\xa0)*")
_CLOCK = re.compile(rb"(?:^|[ \t])\d\d:\d\d")
"""A clock; groups of an IPv6 address have no space before them."""

_WRITTEN_BY_PEOPLE = frozenset({b"from", b"to", b"cc", b"bcc", b"subject", b"date", b"reply-to", b"sender"})
_HEADER_LIST = re.compile(rb"(?i)[a-z][a-z0-9-]*(?:[ \t]*:[ \t]*[a-z][a-z0-9-]*)+[ \t]*:?[;\s]*\S{0,3}$")
_CONTINUES = re.compile(
    rb"(?i)(?:(?:from|by|with|for|id|via)[ \t]\S|\(|<|(?:mon|tue|wed|thu|fri|sat|sun),?[ \t]|\d{1,2} [a-z]{3} \d{4} \d\d:"
    rb"|[+-]\d{4}\b|(?:dkim|spf|dmarc|arc|auth|compauth|iprev|reason|smtp\.|header\.|action|dis|cipher|version|bits|verify)[\w.]*="
    rb"|[a-z]{1,3}=\S|[A-Za-z0-9+/=]{30,}$|=\?)"
)
_KNOWN = re.compile(
    rb"(?i)(?:received|message-id|date|subject|from|to|cc|bcc|reply-to|sender|return-path|delivered-to|dkim-signature"
    rb"|mime-version|content-[a-z-]+|authentication-results[a-z-]*|arc-[a-z-]+|received-spf|domainkey-signature|references"
    rb"|in-reply-to|list-[a-z-]+|envelope-to|delivery-date|user-agent|importance|thread-[a-z-]+|accept-language|feedback-id"
    rb"|auto-submitted|precedence|x-[a-z0-9_-]+|ironport-[a-z0-9-]+|authenticated-sender|errors-to|organization|priority)"
)
_EVIDENCE = (b"received", b"authentication-results", b"dkim-signature", b"arc-authentication-results")
_ENOUGH = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasted:
    """A header block as repaired: its fields with the lines of the file, what was repaired, first and last line."""

    block: HeaderBlock
    repairs: tuple[str, ...]
    first: int
    last: int


@dataclass(slots=True)
class _Open:
    lines: list[bytes] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    repairs: set[str] = field(default_factory=set)
    indent: int = 0

    def add(self, number: int, text: bytes) -> None:
        self.lines.append(text)
        self.numbers.append(number)


def blocks(data: bytes) -> Iterator[Pasted]:
    """Yield the header blocks of a text in order; what is none of them is text around."""
    repairs: set[str] = set()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = data.decode("utf-16", "replace").encode()
    data, undone = unescaped(data.removeprefix(b"\xef\xbb\xbf"))
    repairs |= undone
    if b"\n" not in data and b"\r" in data:
        data = data.replace(b"\r", b"\n")
        repairs.add(OLD_ENDS)
    lines = [line.removesuffix(b"\r") for line in data.split(b"\n")]
    spaced = _is_spaced(lines)
    followed = _followed(lines, spaced=spaced)
    current = _Open()
    for number, line in enumerate(lines, start=1):
        if spaced and not line.strip(b" \t>") and number < len(lines) and lines[number].strip(b" \t>"):
            continue
        if _take(current, number, line, followed=followed[number - 1]):
            continue
        yield from _closed(current, repairs | ({SPACED} if spaced else set()))
        current = _Open()
        _take(current, number, line, followed=followed[number - 1])
    yield from _closed(current, repairs | ({SPACED} if spaced else set()))


def _is_spaced(lines: list[bytes]) -> bool:
    """Whether nearly every line is followed by exactly one blank line."""
    filled = [index for index, line in enumerate(lines[:2_000]) if line.strip(b" \t>")]
    gaps = [later - earlier for earlier, later in pairwise(filled)]
    return len(gaps) > 5 and sum(gap == 2 for gap in gaps) > 0.9 * len(gaps)  # noqa: PLR2004 - nearly all of a few lines


def _followed(lines: list[bytes], *, spaced: bool) -> list[bool]:
    """Say of each line whether a known field starts soon after it, with no blank line between."""
    found = [False] * len(lines)
    near = 0
    for index in range(len(lines) - 1, -1, -1):
        found[index] = near > 0
        bare = _LEADING.sub(b"", _unquoted(lines[index]), count=1)
        starts = _FIELD.match(bare) or _ROW.match(bare)
        if starts is not None and _KNOWN.fullmatch(starts[1]):
            near = _AHEAD
        elif bare.strip() or not spaced:
            near = max(near - 1, 0) if bare.strip() else 0
    return found


def _unquoted(line: bytes) -> bytes:
    quote = _QUOTE.match(line)
    return line[quote.end() :] if quote else line


def _take(current: _Open, number: int, line: bytes, *, followed: bool) -> bool:
    """Add a line to the block that is open; ``False`` where the block ends before it."""
    text = _unquoted(line)
    bare = _LEADING.sub(b"", text, count=1)
    indent = len(text) - len(bare)
    if not bare.strip():
        return not current.lines
    bare = _as_field(current, bare)
    starts = _FIELD.match(bare)
    if not current.lines:
        if starts is None or not _KNOWN.fullmatch(starts[1]):
            return True  # text around
        current.indent = indent
    elif indent > current.indent or (indent and indent == current.indent and starts is None):
        if b"\xa0" in text[:indent]:  # a web page's space, which folds nothing
            current.repairs.add(REFOLDED)
        current.add(number, b" " + bare)
        return True
    elif starts is None or _is_list(current, bare) or not _fits(starts[1]):
        unfinished = starts is None and current.lines[-1].rstrip().endswith((b":", b",", b";", b"="))
        if not (
            unfinished or _CONTINUES.match(bare) or _is_list(current, bare) or _goes_on(current, followed=followed)
        ):
            return False
        current.repairs.add(REFOLDED)
        current.add(number, b" " + bare)
        return True
    if len(text) < len(line):
        current.repairs.add(UNQUOTED)
    if current.indent:
        current.repairs.add(INDENTED)
    current.add(number, bare)
    return True


def _as_field(current: _Open, bare: bytes) -> bytes:
    """Return the row of a table as a field, any other line as it is."""
    row = _ROW.match(bare)
    if row is None or not _KNOWN.fullmatch(row[1]):
        return bare
    current.repairs.add(TABLED)
    return row[1] + b": " + bare[row.end() :]


def _goes_on(current: _Open, *, followed: bool) -> bool:
    """Whether the open field is a server's and cannot end here: a hop without its time, or further fields to come."""
    start = next((at for at in range(len(current.lines) - 1, -1, -1) if not current.lines[at].startswith(b" ")), 0)
    name = current.lines[start].partition(b":")[0].strip().lower()
    if name == b"received" and not any(_CLOCK.search(line) for line in current.lines[start:]):
        return True
    return followed and name not in _WRITTEN_BY_PEOPLE


def _fits(name: bytes) -> bool:
    """Whether a word before a colon is the name of a field, not of something inside one."""
    return _KNOWN.fullmatch(name) is not None or b"-" in name


def _is_list(current: _Open, bare: bytes) -> bool:
    """Whether a line is the list of signed fields of a signature, which looks like a field."""
    start = next((line for line in reversed(current.lines) if not line.startswith(b" ")), b"")
    signature = start.lower().startswith((b"dkim-signature", b"arc-message-signature", b"domainkey-signature"))
    return signature and _HEADER_LIST.match(bare) is not None and b": " not in bare


def _closed(current: _Open, repairs: set[str]) -> Iterator[Pasted]:
    """Yield the block if it holds fields of a mail that a server wrote."""
    names = [line.partition(b":")[0].strip().lower() for line in current.lines if not line.startswith(b" ")]
    if len(names) < _ENOUGH or not any(name in names for name in _EVIDENCE):
        return
    block = block_of(b"\n".join(current.lines) + b"\n\n")
    fields = tuple(item._replace(line=current.numbers[item.line - 1], start=0, end=0) for item in block.fields)
    yield Pasted(
        block=HeaderBlock(fields=fields, junk=(), envelope="", end=block.end, body=block.body, ending="empty line"),
        repairs=tuple(sorted(current.repairs | repairs)),
        first=current.numbers[0],
        last=current.numbers[-1],
    )

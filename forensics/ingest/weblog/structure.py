"""The structural index of a chunk: where every field of every ordinary line begins and ends, found by array operations.

A line is *ordinary* when nothing about it needs judgement: a plain time, three digits of status, quotes that pair up in
one of the layouts below, no backslash before a closing quote's backslash, nothing that JSON would escape. Whatever is
not ordinary is left to ``entry``; for what is, both give the same values.

Layouts, by the number of unescaped quotes: 2 = common (+ unquoted extra), 6 = combined (+ unquoted extra),
8 = combined + one quoted extra (nginx's usual ``"$http_x_forwarded_for"``).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from forensics.ingest import byte_windows
from forensics.ingest.byte_windows import Bytes, Flags, Ints
from forensics.ingest.weblog import windows
from forensics.ingest.weblog.entry import LINE_LIMIT

PAD = 64  # zero bytes behind the chunk, so that fixed windows never leave it
_LF, _CR, _SPACE, _QUOTE, _BACKSLASH = 10, 13, 32, 34, 92
ANONYMOUS = b" - -"
"""What stands behind a client without ident and user name."""
_TIME = 26  # characters of 13/Jan/2016:19:31:16 +0200
_COMMON, _COMBINED, _COMBINED_QUOTED = 2, 6, 8
_SIZE_DIGITS = 11  # of a byte count in an ordinary line

ADDRESS, TIME, REQUEST, SIZE, REFERRER, AGENT, EXTRA = range(7)
"""Numbers of the fields, in the order in which they stand on a line."""
FIELDS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """Lines and quotes of a chunk. Positions count from the chunk's first byte; ``end`` excludes CR LF."""

    raw: Bytes
    start: Ints
    end: Ints
    quotes: Ints
    first: Ints
    count: Ints
    unsafe: Ints
    doubtful: Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Candidates for ordinary lines, one element each.

    ``cells`` holds start and end of each field (n, 14), ascending along a row; ``ok`` says whether the line is
    ordinary, apart from its client where ``plain`` is false: then the bytes ``start..client_end`` are still to be read.
    ``anonymous``: they end with neither ident nor user name. ``plain``: before that nothing but an
    address (IPv6 where ``v6``), perhaps behind the name of a virtual host (numbered by ``vhost``; 0 is none).
    ``extra``: 0 none, 1 bare, 2 quoted. ``post``: the request, whose opening quote stands at
    ``request_at``, asks to POST.
    """

    row: Ints
    ok: Flags
    anonymous: Flags
    plain: Flags
    v6: Flags
    vhost: Ints
    cells: Ints
    start: Ints
    client_end: Ints
    request_at: Ints
    seconds: Ints
    status: Ints
    post: Flags
    protocol: Ints
    has_size: Flags
    has_referrer: Flags
    extra: Ints

    def kept(self) -> Lines:
        """Return the ordinary lines only."""
        return (
            self if self.ok.all() else Lines(**{item.name: getattr(self, item.name)[self.ok] for item in fields(self)})
        )


def index_of(data: bytes) -> Index:
    """Index a chunk of whole lines."""
    raw = np.frombuffer(data + bytes(PAD), np.uint8)
    body = raw[: len(data)]
    special = np.flatnonzero((body < _SPACE) | (body == _BACKSLASH))
    is_end = raw[special] == _LF
    ends = special[is_end]
    start = np.concatenate([[0], ends[:-1] + 1])
    end = ends - ((raw[ends - 1] == _CR) & (ends > start))
    quotes = np.flatnonzero(body == _QUOTE)
    escaped = raw[quotes - 1] == _BACKSLASH
    twice = quotes[escaped & (raw[quotes - 2] == _BACKSLASH)]
    quotes = quotes[~escaped]
    first = np.searchsorted(quotes, start)
    count = np.diff(np.append(first, len(quotes)))
    doubtful = end - start > LINE_LIMIT
    doubtful[np.searchsorted(ends, twice)] = True
    if not data.isascii() and not _is_utf8(data):
        doubtful[np.searchsorted(ends, np.flatnonzero(body > 127))] = True  # noqa: PLR2004 - ASCII
    quotes = np.append(quotes, np.zeros(_COMBINED_QUOTED, np.int64))
    return Index(
        raw=raw,
        start=start,
        end=end,
        quotes=quotes,
        first=first,
        count=count,
        unsafe=special[~is_end],
        doubtful=doubtful,
    )


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def lines_of(index: Index) -> Lines:
    """Find the fields of all lines whose quotes fit a layout."""
    raw, count = index.raw, index.count
    row = np.flatnonzero(((count == _COMMON) | (count == _COMBINED) | (count == _COMBINED_QUOTED)) & ~index.doubtful)
    start, end, count = index.start[row], index.end[row], count[row]
    quote = index.quotes[index.first[row][:, None] + np.arange(_COMBINED_QUOTED)].T
    opening, closing = quote[0], quote[1]
    ok = opening - start >= _TIME + 5
    for back, char in ((1, b" "), (2, b"]"), (_TIME + 3, b"["), (_TIME + 4, b" ")):
        ok &= raw[np.maximum(opening - back, 0)] == char[0]
    seconds, good = windows.times(byte_windows.window(raw, np.maximum(opening - _TIME - 2, 0), _TIME))
    status, status_good = windows.status(byte_windows.window(raw, closing + 1, 5))
    size_end, has_size, size_good = windows.size(byte_windows.window(raw, closing + 6, _SIZE_DIGITS + 1), closing + 6)
    ok &= good & status_good & size_good
    referrer, agent, extra, kind, tail_good = _tail(index, quote, count, size_end, end)
    ok &= tail_good
    client_end = opening - _TIME - 4
    address_end = client_end - len(ANONYMOUS)
    anonymous = ok & (address_end > start) & byte_windows.begins(raw, np.maximum(address_end, 0), ANONYMOUS)
    plain = anonymous & byte_windows.is_v4(raw, start, address_end)
    has_referrer = (referrer[1] > referrer[0]) & ~windows.is_dash(raw, referrer)
    agent = (agent[0], np.where(windows.is_dash(raw, agent), agent[0], agent[1]))
    address = (start, np.where(plain, address_end, start))
    time = (client_end + 2, opening - 2)
    spans = (address, time, (opening + 1, closing), (closing + 6, np.where(has_size, size_end, closing + 6)))
    cells = np.stack([side for span in (*spans, referrer, agent, extra) for side in span], axis=1)
    return Lines(
        row=row,
        ok=ok,
        anonymous=anonymous,
        plain=plain,
        v6=np.zeros(len(row), np.bool_),
        vhost=np.zeros(len(row), np.int64),
        cells=cells,
        start=start,
        client_end=client_end,
        request_at=opening,
        seconds=seconds,
        status=status,
        post=byte_windows.begins(raw, opening + 1, b"POST "),
        protocol=windows.protocol(raw, opening, closing),
        has_size=has_size,
        has_referrer=has_referrer,
        extra=kind,
    )


def _tail(index: Index, quote: Ints, count: Ints, size_end: Ints, end: Ints) -> tuple[Any, Any, Any, Ints, Flags]:
    """Find referrer, user agent and extra: (span, span, span, kind of extra, whether the layout fits)."""
    raw = index.raw
    combined, quoted = count >= _COMBINED, count == _COMBINED_QUOTED
    after = raw[size_end]
    fits = (after == _SPACE) & (size_end + 1 == quote[2]) & (raw[quote[3] + 1] == _SPACE) & (quote[4] == quote[3] + 2)
    last = np.where(combined, quote[5] + 1, size_end)  # where the layout ends or an extra begins
    has_extra = last < end
    extra_start = np.where(has_extra, last + 1 + quoted, end)
    extra_end = np.where(has_extra & quoted, end - 1, end)
    good = np.where(combined, fits, True) & (~has_extra | (raw[last] == _SPACE) & (extra_end > extra_start))  # noqa: FBT003 - array
    good &= ~quoted | (quote[6] + 1 == extra_start) & (quote[7] == extra_end) & has_extra
    extra_start = np.where(good, extra_start, end)
    extra_end = np.where(good, extra_end, end)
    use = combined & good
    referrer = (np.where(use, quote[2] + 1, size_end), np.where(use, quote[3], size_end))
    agent = (np.where(use, quote[4] + 1, size_end), np.where(use, quote[5], size_end))
    for span in (referrer, (extra_start, extra_end)):
        good[_unclean(index.unsafe, end, span)] = False
    return referrer, agent, (extra_start, extra_end), np.where(has_extra, 1 + quoted, 0), good


def _unclean(unsafe: Ints, line_end: Ints, span: tuple[Ints, Ints]) -> Ints:
    """Return the lines of which a span holds a backslash or a control character, so that JSON takes it not as it is."""
    line = np.searchsorted(line_end, unsafe)
    within = line < len(line_end)
    unsafe, line = unsafe[within], line[within]
    return np.asarray(line[(span[0][line] <= unsafe) & (unsafe < span[1][line])])

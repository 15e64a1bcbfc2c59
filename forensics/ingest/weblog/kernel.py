"""Read an access log chunk by chunk: ordinary lines by array operations, all others exactly, in evidence order.

Every line ends as an event, as a rejection with its byte range, or as "empty line". Places are ``bytes:A-B``, A
inclusive, B exclusive, without the line end, counted in the member as it is unpacked.

The file is read, not mapped: a mapped log counts its page cache as our memory, and a file that shrinks while it is
mapped kills the process.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from forensics.event_table import event_schema, to_batch
from forensics.ingest import byte_windows
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Batch
from forensics.ingest.stream_blocks import BLOCK
from forensics.ingest.text_cells import Cells, Identity
from forensics.ingest.weblog import structure
from forensics.ingest.weblog.chunks import Broken, Chunk, Overlong, chunks, in_order
from forensics.ingest.weblog.client import Client, client_of, is_canonical_v6, vhost_fragment
from forensics.ingest.weblog.columns import DOORS, Rows, clients_of, table_of
from forensics.ingest.weblog.entry import USUAL_DOORS, WORDPRESS, Entry, door, read_entry, too_long
from forensics.model import Rejection
from forensics.sentence import template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forensics.ingest.byte_windows import Bytes, Ints
    from forensics.ingest.evidence import Evidence
    from forensics.ingest.weblog.structure import Index, Lines

MAX_THREADS = 4
"""Reading has parts that only one thread can do at a time; more threads than this gain nothing."""

EMPTY_LINE = template("empty line")
_DOOR = {name: number for number, name in enumerate(DOORS)}


def read_log(evidence: Evidence, name: str, *, threads: int | None = None, exact: bool = False) -> Iterator[Batch]:
    """Yield the batches of one log. ``name`` is the format's name in rejections.

    ``threads``: default by the machine, one for small members. ``exact`` reads every line without the vector path: the
    reference that the fast path is tested against.
    """
    if threads is None:
        threads = 1 if evidence.size <= BLOCK else min(os.cpu_count() or 1, MAX_THREADS)
    reader = _Reader(evidence, name, exact=exact)
    with evidence.open() as stream:
        for found in in_order(reader.read, chunks(stream), threads):
            if isinstance(found, Broken):
                raise found.error
            yield found


class _Reader:
    """What all chunks of one member share."""

    def __init__(self, evidence: Evidence, name: str, *, exact: bool) -> None:
        self.exhibit = evidence.exhibit
        self.member = evidence.member
        self.identity = Identity(evidence.exhibit, evidence.member)
        self.name = name
        self.exact = exact

    def read(self, item: Chunk | Overlong | Broken) -> Batch | Broken:
        """Turn one piece of the stream into a batch; thread-safe."""
        if isinstance(item, Chunk):
            return self._chunk(item)
        if isinstance(item, Broken):
            return item
        rejection = self._rejection(item.start, item.end, too_long(item.end - item.start), item.excerpt)
        return Batch(events=to_batch((), event_schema()), rejections=(rejection,))

    def _chunk(self, chunk: Chunk) -> Batch:
        index = structure.index_of(chunk.data)
        index.doubtful[-1] |= chunk.open_end
        if self.exact:
            index.doubtful[:] = True
        lines = structure.lines_of(index)
        vhosts = _mark_plain(chunk.data, index, lines)
        asked = _odd_clients(chunk.data, lines)
        lines = lines.kept()
        rest = index.end > index.start
        empty = len(rest) - int(np.count_nonzero(rest))
        rest[lines.row] = False
        entries, rejections = self._exactly(chunk, index, np.flatnonzero(rest))
        row = np.append(lines.row, np.array([number for number, _ in entries], np.int64))
        order = np.argsort(row, kind="stable")
        cells = Cells(chunk.data, lines.cells)
        rows = Rows(
            lines=lines,
            door=_doors(chunk.data, index.raw, lines),
            clients=clients_of(lines, vhosts, asked, [entry for _, entry in entries], cells),
            entries=[entry for _, entry in entries],
            order=order,
            start=index.start[row][order] + chunk.offset,
            end=index.end[row][order] + chunk.offset,
        )
        unused = {EMPTY_LINE: empty} if empty else {}
        events = table_of(rows, cells, self.identity, self.exhibit, self.member)
        return Batch(events=events, rejections=tuple(rejections), unused=unused)

    def _exactly(self, chunk: Chunk, index: Index, rows: Ints) -> tuple[list[tuple[int, Entry]], list[Rejection]]:
        """Read the given lines one by one."""
        entries, rejections = [], []
        last = len(index.start) - 1
        for row, start, end in zip(rows.tolist(), index.start[rows].tolist(), index.end[rows].tolist(), strict=True):
            line = chunk.data[start:end]
            try:
                entries.append((row, read_entry(line, unterminated=chunk.open_end and row == last)))
            except FieldError as error:
                rejections.append(self._rejection(chunk.offset + start, chunk.offset + end, str(error), line[:200]))
        return entries, rejections

    def _rejection(self, start: int, end: int, reason: str, excerpt: bytes) -> Rejection:
        return Rejection(
            exhibit=self.exhibit,
            member=self.member,
            place=f"bytes:{start}-{end}",
            format=self.name,
            reason=reason,
            excerpt=excerpt.decode("utf-8", "backslashreplace")[:200],
        )


def _mark_plain(data: bytes, index: Index, lines: Lines) -> list[str]:
    """Recognise ``[VHOST] ADDRESS - -`` as plain, too; return the detail fragments of the virtual hosts, by number."""
    rows = np.flatnonzero(lines.ok & ~lines.plain & lines.anonymous)
    end = lines.client_end[rows] - len(structure.ANONYMOUS)
    alone = byte_windows.is_v6(index.raw, lines.start[rows], end)
    newer = rows[alone]
    lines.plain[newer], lines.v6[newer], lines.cells[newer, 1] = True, True, end[alone]
    rows, end = rows[~alone], end[~alone]
    text = data.decode("latin-1") if len(rows) else ""
    clients = [text[a:b].rpartition(" ") for a, b in zip(lines.start[rows].tolist(), end.tolist(), strict=True)]
    start = end - np.array([len(client[2]) for client in clients], np.int64)
    v4 = byte_windows.is_v4(index.raw, start, end)
    v6 = ~v4 & byte_windows.is_v6(index.raw, start, end)
    for at in np.flatnonzero(~(v4 | v6)).tolist():
        v6[at] = is_canonical_v6(clients[at][2])
    keys = [vhost + space for vhost, space, _ in clients]
    fragments = {key: vhost_fragment(_again(key[:-1])) if key else "" for key in dict.fromkeys(keys)}
    numbers = {key: number for number, key in enumerate(fragments, start=1)}
    sure = (v4 | v6) & np.array([fragments[key] is not None for key in keys], np.bool_)
    lines.plain[rows], lines.v6[rows] = sure, v6
    lines.vhost[rows] = [numbers[key] for key in keys]
    lines.cells[rows, 0], lines.cells[rows, 1] = start, end
    return ["", *(fragment or "" for fragment in fragments.values())]


def _again(latin: str) -> str:
    return latin.encode("latin-1").decode("utf-8", "backslashreplace")


def _odd_clients(data: bytes, lines: Lines) -> list[Client]:
    """Read the clients that are no plain address, once per spelling; lines without one stop being ordinary."""
    seen: dict[bytes, Client | None] = {}
    clients = []
    rows = np.flatnonzero(lines.ok & ~lines.plain)
    for row, start, end in zip(rows.tolist(), lines.start[rows].tolist(), lines.client_end[rows].tolist(), strict=True):
        prefix = data[start:end]
        if prefix not in seen:
            seen[prefix] = _client(prefix)
        client = seen[prefix]
        if client is None:
            lines.ok[row] = False
        else:
            clients.append(client)
    return clients


def _client(prefix: bytes) -> Client | None:
    try:
        return client_of(prefix)
    except FieldError:
        return None


def _doors(data: bytes, raw: Bytes, lines: Lines) -> Ints:
    """Return the number of the WordPress door that each request knocks at."""
    doors = np.zeros(len(lines.row), np.int64)
    rows = np.flatnonzero(lines.post)
    for begin, name in USUAL_DOORS.items():
        usual = byte_windows.begins(raw, lines.request_at[rows] + 1, begin)
        doors[rows[usual]], rows = _DOOR[name], rows[~usual]
    for row, at in zip(rows.tolist(), (lines.request_at[rows] + 1).tolist(), strict=True):
        match = WORDPRESS.match(data, at)
        if match:
            doors[row] = _DOOR[door(match[1], match[2])]
    return doors

"""Cut a stream into chunks of whole lines, with byte offsets, flat memory, and nothing lost where a stream breaks."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from forensics.ingest.stream_blocks import BLOCK, read_block
from forensics.ingest.weblog.entry import LINE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

A = TypeVar("A")
B = TypeVar("B")

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Whole lines from byte ``offset`` on, each ended by LF; ``open_end``: the last LF is ours, the file has none."""

    offset: int
    data: bytes
    open_end: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlong:
    """A line that was not kept in memory: its range without the line end, where the next begins, its first bytes."""

    start: int
    end: int
    after: int
    excerpt: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The stream broke here; to be raised after everything before it was handed on."""

    error: Exception


def chunks(stream: BinaryIO, size: int = BLOCK) -> Iterator[Chunk | Overlong | Broken]:
    """Yield the lines of a stream in chunks of about ``size`` bytes. A UTF-8 BOM is skipped; offsets count it."""
    block, error = read_block(stream, size)
    offset = len(_BOM) if block.startswith(_BOM) else 0
    rest = block[offset:]
    while rest or (error is None and block):
        cut = rest.rfind(b"\n") + 1
        if cut:
            yield Chunk(offset=offset, data=rest[:cut])
            offset, rest = offset + cut, rest[cut:]
        if error is not None or not block:
            break
        if len(rest) > LINE_LIMIT:
            overlong, rest, block, error = _skip(stream, size, offset, rest)
            yield overlong
            offset = overlong.after
        else:
            block, error = read_block(stream, size)
            rest += block
    if rest:
        yield Chunk(offset=offset, data=rest + b"\n", open_end=True)
    if error is not None:
        yield Broken(error=error)


def _skip(stream: BinaryIO, size: int, offset: int, begun: bytes) -> tuple[Overlong, bytes, bytes, Exception | None]:
    """Pass over the rest of a line; return it, the bytes after its line end, the last block read and its error."""
    end, excerpt, last = offset + len(begun), begun[:200], begun[-1:]
    while True:
        block, error = read_block(stream, size)
        found = block.find(b"\n")
        if found >= 0:
            last = block[found - 1 : found] if found else last
            after = end + found + 1
            return (
                Overlong(start=offset, end=after - 1 - (last == b"\r"), after=after, excerpt=excerpt),
                block[found + 1 :],
                block,
                error,
            )
        end, last = end + len(block), block[-1:] or last
        if error is not None or not block:
            return Overlong(start=offset, end=end, after=end, excerpt=excerpt), b"", block, error


def in_order(work: Callable[[A], B], items: Iterable[A], threads: int) -> Iterator[B]:
    """Apply ``work`` on threads, a few items ahead, and yield the results in the order of the items."""
    if threads <= 1:
        yield from map(work, items)
        return
    pending: deque[Future[B]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for item in items:
            pending.append(pool.submit(work, item))
            if len(pending) > threads:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()

"""A walker over JSON text that needs neither the whole file in memory nor a file without damage.

It tracks brackets and strings only, cuts out the elements that the patterns name, and never decodes them. Nesting is
bounded; an element larger than ``ITEM_LIMIT`` is reported, not stored. When the brackets stop making sense, or the
file ends in the middle, the rest is reported with its byte range; whole objects inside a damaged stretch are recovered
with byte places, because their index can no longer be known.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

if TYPE_CHECKING:
    from forensics.ingest.alike_records import Own
    from forensics.ingest.record_lines import RecordLines

ITEM_LIMIT = 32 * 1024 * 1024
CHUNK = 2 * 1024 * 1024
MAX_DEPTH = 200
MAX_RECOVERED = 100_000

STRIDE_TRIES = 16
"""Places at which a stretch of a list may be cut; records hold objects, and not every bracket ends a record."""

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[0-9A-Za-z.+-]+', re.DOTALL)
_OBJECT_START = re.compile(rb"(?:^|[\[,])\s*(\{)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A cut-out element: its place, the pattern it matched (``None``: a top-level part that none matches), its bytes.

    ``reason`` is set when the stretch is damaged.
    """

    place: str
    section: str | None = None
    data: bytes = b""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Consecutive elements of a wanted list, decoded together; the first stands at ``list/first``."""

    list: str
    first: int
    section: str
    values: Sequence[Any]


@dataclass(slots=True)
class _Frame:
    is_list: bool
    key: str = ""
    index: int = -1  # counts elements as they begin, because a damaged list may lack a comma
    has_key: bool = False
    used: bool = False  # the value of the current name has begun
    lost: bool = False  # two values under one name: places from here on would be guesses
    seen: dict[str, int] = field(default_factory=dict)

    def name(self, key: str) -> None:
        """Take a member's name; a name that comes twice is numbered (``a#2``), so that no two rows share a place."""
        self.seen[key] = self.seen.get(key, 0) + 1
        self.key = key
        self.has_key, self.used = True, False

    @property
    def name_or_index(self) -> str:
        return str(self.index) if self.is_list else self.key

    @property
    def step(self) -> str:
        """The part of the place; numbered where a name is not the first of its object."""
        number = 1 if self.is_list else self.seen.get(self.key, 1)
        return self.name_or_index if number == 1 else f"{self.key}#{number}"


class _Window:
    """A growing view of the stream: bytes from ``base`` on; bytes before ``keep`` may be dropped."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.base = 0
        self.data = b""
        self.ended = False

    def more(self, keep: int) -> None:
        """Drop bytes before absolute offset ``keep`` and read another chunk."""
        self.data = self.data[keep - self.base :]
        self.base = keep
        chunk = self.stream.read(CHUNK)
        self.ended = not chunk
        self.data += chunk


def walk(
    stream: BinaryIO, patterns: tuple[str, ...], own: Callable[[Mapping[str, Any]], tuple[Own, ...]] | None = None
) -> Iterator[Item | Run]:
    """Yield the elements that ``patterns`` match, top-level parts that none can match, and damaged stretches.

    Stretches of a wanted list that are strict JSON come as one ``Run``: its values are what decoding each element gives.
    ``own`` names the values in which records of a list differ (``AlikeRecords``): others need not be decoded.
    """
    wanted = [(pattern, pattern.split("/")[1:]) for pattern in patterns]
    yield from _Walker(stream, wanted, own).run()


class _Walker:
    def __init__(
        self,
        stream: BinaryIO,
        wanted: list[tuple[str, list[str]]],
        own: Callable[[Mapping[str, Any]], tuple[Own, ...]] | None,
    ) -> None:
        self.window = _Window(stream)
        self.lines = _lines(own, self._fits) if own else None
        self.wanted = wanted
        self.frames: list[_Frame] = []
        self.position = 0
        self.item_start = -1
        self.item_depth = 0
        self.item_section: str | None = None
        self.item_place: str | None = ""
        self.last_good = 0
        self.no_stride_before = 0
        self.documents = 0  # values at the top: from the second on, a pointer would name two places

    def run(self) -> Iterator[Item | Run]:
        while (token := self._next()) is not None:
            text, start, end = token
            if text in (b"{", b"["):
                yield from self._open(text == b"[", start)
                if len(self.frames) > MAX_DEPTH:
                    yield self._damage(start, "nested deeper than 200 levels")
                    return
            elif text in (b"}", b"]"):
                if not self.frames or self.frames[-1].is_list != (text == b"]"):
                    yield from self._broken(end, "brackets do not match here")
                    return
                self.frames.pop()
                yield from self._close(end)
            elif text == b",":
                yield from self._comma()
            elif text == b":":
                pass
            else:
                yield from self._scalar(text, start, end)
            if self.item_start >= 0 and end - self.item_start > ITEM_LIMIT:
                yield from self._broken(end, f"one element is larger than {ITEM_LIMIT >> 20} MiB")
                return
        if self.frames or self.item_start >= 0:
            yield from self._broken(self.window.base + len(self.window.data), "the file ends in the middle")

    def _next(self) -> tuple[bytes, int, int] | None:
        """Return the next token with absolute offsets, reading on when it may be cut by the window."""
        while True:
            window = self.window
            match = _TOKEN.search(window.data, self.position - window.base)
            at_end = match is None or (match.end() == len(window.data) and not window.ended)
            unsure = (
                at_end or window.data.find(b'"', self.position - window.base, match.start() if match else None) >= 0
            )
            if not unsure and match is not None:
                self.position = window.base + match.end()
                return match[0], window.base + match.start(), self.position
            keep = self.position if self.item_start < 0 else self.item_start
            if window.ended or len(window.data) > ITEM_LIMIT:
                return None
            window.more(keep)

    def _stride(self) -> Iterator[Run]:
        """Decode as many whole elements as the window holds, if all of them are wanted and strict JSON.

        What decodes as a list up to a bracket is the same list in the file: JSON is read from left to right.
        """
        if self.item_start >= 0 or self.position < self.no_stride_before:
            return
        section = self._list_section()
        if section is not None:
            self.no_stride_before = self.position + CHUNK
        window = self.window
        if section is None or window.base + len(window.data) < CHUNK:
            return  # a small file gains nothing
        if not window.ended:
            window.more(max(window.base, self.last_good))  # what follows the last good element is evidence of damage
        begin = self.position - window.base
        records = self.lines.cut(window.data, begin) if self.lines else None
        if records is not None:
            yield self._run(section, records, records.end[-1] - begin)
            self.no_stride_before = self.position if records.all else self.position + CHUNK
            return
        data = window.data[begin:]
        end = len(data)
        for _ in range(STRIDE_TRIES):
            end = data.rfind(b"},", 0, end)
            if end < 0:
                return
            values = _elements(data[: end + 1])
            if values is not None and all(map(self._fits, values)):
                yield self._run(section, values, end + 1)
                return

    def _fits(self, value: Any) -> bool:
        return _depth(value) + len(self.frames) <= MAX_DEPTH

    def _run(self, section: str, values: Sequence[Any], end: int) -> Run:
        """Take elements that end so many bytes behind the present position."""
        frame = self.frames[-1]
        place = "".join(f"/{one.step}" for one in self.frames[:-1])
        run = Run(list=place, first=frame.index + 1, section=section, values=values)
        frame.index += len(values)
        frame.used = True
        self.position = self.last_good = self.no_stride_before = self.position + end
        return run

    def _list_section(self) -> str | None:
        """Return the pattern that every element of the open list matches first, if there is one."""
        if not self.frames or not self.frames[-1].is_list or self.frames[-1].lost:
            return None
        path = [frame.name_or_index for frame in self.frames[:-1]]
        for pattern, parts in self.wanted:
            if len(parts) == len(path) + 1 and all(a in ("*", b) for a, b in zip(parts, path, strict=False)):
                return pattern if parts[-1] == "*" else None
        return None

    def _section(self) -> tuple[bool, str | None]:
        """Return whether the element that starts here is to be cut out, and the pattern that it matches."""
        path = [frame.name_or_index for frame in self.frames]
        for pattern, parts in self.wanted:
            if len(parts) == len(path) and all(a in ("*", b) for a, b in zip(parts, path, strict=True)):
                return True, pattern
        unwanted = not any(parts and parts[0] in ("*", path[0]) for _, parts in self.wanted) if path else False
        return len(path) == 1 and unwanted and not self.frames[-1].is_list, None

    def _begin(self, start: int) -> None:
        if self.frames:
            parent = self.frames[-1]
            parent.index += 1
            parent.lost = parent.lost or (parent.used and not parent.is_list)
            parent.used = True
        else:
            self.documents += 1
        if self.item_start >= 0:
            return
        cut, section = self._section()
        if cut:
            self.item_start, self.item_depth, self.item_section = start, len(self.frames), section
            known = not self.frames[-1].lost if self.frames else self.documents == 1
            self.item_place = "".join(f"/{frame.step}" for frame in self.frames) if known else None

    def _open(self, is_list: bool, start: int) -> Iterator[Run]:  # noqa: FBT001 - two bracket kinds
        self._begin(start)
        lost = self.frames[-1].lost if self.frames else self.documents > 1
        self.frames.append(_Frame(is_list=is_list, lost=lost))
        yield from self._stride()

    def _close(self, end: int) -> Iterator[Item]:
        if self.item_start >= 0 and len(self.frames) == self.item_depth:
            yield self._finish(end)

    def _finish(self, end: int) -> Item:
        base = self.window.base
        data = self.window.data[self.item_start - base : end - base]
        section = self.item_section
        place = f"bytes:{self.item_start}-{end}" if self.item_place is None else self.item_place
        item = Item(place=place, section=section, data=b"" if section is None else data)
        self.item_start, self.last_good = -1, end
        return item

    def _scalar(self, text: bytes, start: int, end: int) -> Iterator[Item]:
        frame = self.frames[-1] if self.frames else None
        if frame is not None and not frame.is_list and not frame.has_key:
            if self.item_start >= 0:
                frame.has_key, frame.used = True, False  # inside an element nobody asks for names
            else:
                frame.name(text[1:-1].decode("utf-8", "backslashreplace").replace("~", "~0").replace("/", "~1"))
        elif frame is not None:
            inside = self.item_start >= 0
            self._begin(start)
            if not inside and self.item_start >= 0:
                yield self._finish(end)

    def _comma(self) -> Iterator[Run]:
        if self.frames:
            self.frames[-1].has_key = False
        yield from self._stride()

    def _damage(self, start: int, reason: str) -> Item:
        return Item(place=f"bytes:{start}-", reason=reason, data=self.window.data[-200:])

    def _broken(self, end: int, reason: str) -> Iterator[Item]:
        """Report the damaged stretch, then recover whole objects from it and from the rest of the file."""
        start = self.item_start if self.item_start >= 0 else self.last_good
        window = self.window
        rest = window.data[max(start - window.base, 0) :]
        first = max(start, window.base)
        while len(rest) < ITEM_LIMIT and (chunk := window.stream.read(CHUNK)):
            rest += chunk
        left_over = len(window.stream.read(1)) > 0
        yield Item(place=f"bytes:{first}-{first + len(rest)}", reason=f"damaged JSON: {reason} (byte {end})", data=rest)
        if left_over:
            yield Item(
                place=f"bytes:{first + len(rest)}-", reason="not read: too far behind the damage to be recovered"
            )
        yield from _recover(rest, first, self.item_section, [pattern for pattern, _ in self.wanted])


def _lines(own: Callable[[Mapping[str, Any]], tuple[Own, ...]], fits: Callable[[Any], bool]) -> RecordLines:
    from forensics.ingest.record_lines import RecordLines  # NumPy and Arrow: only where records are alike

    return RecordLines(own, fits)


def _elements(data: bytes) -> list[Any] | None:
    """Decode the elements of a list without its brackets, or return ``None``."""
    try:
        found: list[Any] = msgspec.json.decode(b"[%b]" % data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found


def _depth(value: Any) -> int:
    """Return how many lists and objects stand inside one another."""
    if not isinstance(value, dict | list):
        return 0
    inner = value.values() if isinstance(value, dict) else value
    return 1 + max((_depth(item) for item in inner if isinstance(item, dict | list)), default=0)


def _recover(data: bytes, offset: int, section: str | None, patterns: list[str]) -> Iterator[Item]:
    """Yield whole objects that stand where a list element could stand, outermost first.

    An object belongs to the list whose name stands last before it, else to the list that was open (``section``). With
    neither, it is the only wanted kind, or of no known kind (``""``) where several are wanted.
    """
    if section is None and patterns:
        section = patterns[0] if len(patterns) == 1 else ""
    openings = _Openings(patterns)
    decoder = json.JSONDecoder(strict=False)
    text = data.decode("latin-1")  # one character per byte keeps offsets; values are decoded again from the bytes
    position = found = passed = 0
    while found < MAX_RECOVERED and (match := _OBJECT_START.search(data, position)):
        start = match.start(1)
        try:
            _, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            position = start + 1
            continue
        found += 1
        section = openings.section(data[passed:start], section)
        passed = end
        yield Item(place=f"bytes:{offset + start}-{offset + end}", section=section, data=data[start:end])
        position = end


class _Openings:
    """The names after which a wanted list begins, wherever they stand: ``"name": [``, or ``"name": {`` around it."""

    def __init__(self, patterns: list[str]) -> None:
        self.named: dict[bytes, list[str]] = {}
        for pattern in patterns:
            for part in pattern.split("/")[1:]:
                if part != "*":
                    self.named.setdefault(_spelled(part), []).append(pattern)
        around = {_spelled(p.split("/")[1]) for p in patterns if p.count("/") > _LIST_PARTS}
        lists = b"|".join(map(re.escape, self.named))
        outer = b"|".join(map(re.escape, sorted(around - {b"*"})))
        wrapped = rb'|"(%s)"\s*:\s*\{' % outer if outer else b""
        self.opening = re.compile(rb'"(%s)"\s*:\s*\[%s' % (lists, wrapped)) if lists else None

    def section(self, passed: bytes, section: str | None) -> str | None:
        """Return the pattern of the list that is open after these bytes; ``section`` was open before them."""
        for match in self.opening.finditer(passed) if self.opening else ():
            candidates = self.named[next(name for name in match.groups() if name is not None)]
            if section not in candidates:
                head = (section or "").split("/")[1:2]
                section = next((p for p in candidates if p.split("/")[1:2] == head), candidates[0])
        return section


_LIST_PARTS = 2  # "/list/*"


def _spelled(part: str) -> bytes:
    """The name of a pattern's part as it stands in the file."""
    return part.replace("~1", "/").replace("~0", "~").encode()

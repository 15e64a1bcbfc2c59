"""The answer book: every raw reply with place, time and digest; and what sources read in it, without any network.

On disk a book is a folder of files that never change, so that an interruption leaves nothing half-said::

    replies/<sha256 of the line>.json     one line per reply (``records.py`` says what it holds)
    raw/<sha256>                          the bytes that a server sent

Where the same question was asked several times, the latest reply that settles it counts, else the latest; all are kept. A reply
serves another address only where the source calls its range a leaf, in which nothing more specific can be registered.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property
from pathlib import Path

from forensics import plugins
from forensics.enrichment import records
from forensics.enrichment.records import Record, key_of
from forensics.enrichment.source import Answered, Query, Reply, Source, Unanswered
from forensics.errors import DataError

REPLIES = "replies"
RAW = "raw"
MAX_REPLIES = 100_000
BODIES = 24
"""Raw replies kept in memory between two readings."""

ROUNDS = 12
"""How often a source may ask on about one address; a source that never stops is a defect."""

Said = Answered | Unanswered


@cache
def known_sources() -> Mapping[str, Source]:
    """Return every source there is, by its name."""
    found = plugins.discover("forensics.enrichment.sources", "SOURCE", Source, "forensics.sources")
    named = {source.name: source for source in found.values()}
    if len(named) != len(found):
        raise DataError("two online sources have the same name", hint="Remove the third-party package that brings it")
    return named


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """All questions about an address on a day that follow from each other: what is held of them, and what is missing."""

    replies: tuple[Record, ...]
    missing: tuple[Query, ...]


@dataclass(frozen=True, kw_only=True)
class AnswerBook:
    """Recorded replies, and the sources that read them. ``add`` is for the one who asks; everybody else only reads."""

    given: Mapping[str, Source] | None = None
    folders: tuple[Path, ...] = ()
    _best: dict[tuple[str, str, str, str], Record] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)
    _leaves: dict[str, dict[str, tuple[int, int, int]]] = field(default_factory=dict)
    _unread: dict[str, set[str]] = field(default_factory=dict)
    _subjects: set[str] = field(default_factory=set)
    _bodies: dict[str, bytes] = field(default_factory=dict)

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """The sources that read the replies: those given, or all there are, which are loaded once one is needed."""
        return known_sources() if self.given is None else self.given

    @classmethod
    def load(cls, *folders: Path, sources: Mapping[str, Source] | None = None) -> AnswerBook:
        """Read books from folders; a folder that is not there holds no answers. ``DataError``: damaged."""
        book = cls(given=sources, folders=folders)
        for folder in folders:
            for path in sorted((folder / REPLIES).glob("*.json")):
                book.add(_read_record(path))
                if len(book) > MAX_REPLIES:
                    raise DataError(f"more than {MAX_REPLIES:,} recorded answers", where=str(folder))
        return book

    def __len__(self) -> int:
        """Return how many replies are held."""
        return len(self._names)

    @property
    def digest(self) -> str:
        """The digest of the whole book: of the names of its records, sorted."""
        return hashlib.sha256("".join(f"{name}\n" for name in sorted(self._names)).encode()).hexdigest()

    def add(self, record: Record) -> None:
        """Take a reply in; adding it twice changes nothing."""
        if record.name in self._names:
            return
        self._names.add(record.name)
        before = self._best.get(record.key)
        if before is None or _rank(before) < _rank(record):
            self._best[record.key] = record
        query = record.reply.query
        self._subjects.add(query.subject)
        self._unread.setdefault(query.source, set()).add(query.subject)

    def answers(self, address: str, day: date | None) -> tuple[Said, ...]:
        """Return what every source whose replies are held says about an address on a day, in order of their names.

        Pure: the same book gives the same answers. A source that was never asked says nothing at all here.
        """
        if not self._covers(address):
            return ()
        found = (self.said(source, address, day) for _, source in sorted(self.sources.items()))
        return tuple(item for item in found if item is not None)

    def said(self, source: Source, address: str, day: date | None) -> Said | None:
        """Return what one source says about an address, from its own replies or those about a leaf that holds it."""
        own = self.closure(source, address, day)
        if own.replies and (not own.missing or any(record.settled for record in own.replies)):
            return source.read(address, day, self._with_bodies(own.replies))
        shared = self.leaf(source, address, day)
        replies = shared.replies if shared else own.replies
        return source.read(address, day, self._with_bodies(replies)) if replies else None

    def closure(self, source: Source, address: str, day: date | None) -> Closure:
        """Return which questions about an address are answered, and which remain to be asked next."""
        held: dict[tuple[str, str, str, str], Record] = {}
        missing: dict[tuple[str, str, str, str], Query] = {}
        wanted = tuple(source.queries(address, day))
        for _ in range(ROUNDS):
            fresh = {key_of(query): query for query in wanted if key_of(query) not in held | missing}
            if not fresh:
                break
            held |= {key: self._best[key] for key in fresh if key in self._best}
            missing |= {key: query for key, query in fresh.items() if key not in self._best}
            if not held:
                break
            wanted = tuple(source.follow(address, day, self._with_bodies(held.values())))
        return Closure(replies=tuple(held.values()), missing=tuple(missing.values()))

    def leaf(self, source: Source, address: str, day: date | None) -> Closure | None:
        """Return the complete replies about another address in whose leaf range this one lies."""
        parsed = ipaddress.ip_address(address)
        for subject, (version, first, last) in self._leaves_of(source).items():
            if subject != address and version == parsed.version and first <= int(parsed) <= last:
                found = self.closure(source, subject, day)
                if found.replies and not found.missing:
                    return found
        return None

    def _covers(self, address: str) -> bool:
        """Whether anything held can be about an address; most addresses of a large case were never asked about."""
        if not self._names or address in self._subjects:
            return bool(self._names)
        parsed = ipaddress.ip_address(address)
        version, number = parsed.version, int(parsed)
        return any(
            family == version and first <= number <= last
            for source in self.sources.values()
            for family, first, last in self._leaves_of(source).values()
        )

    def _leaves_of(self, source: Source) -> Mapping[str, tuple[int, int, int]]:
        """Return subject → (version, first, last) of the leaf ranges that a source's replies speak about."""
        found = self._leaves.setdefault(source.name, {})
        for subject in sorted(self._unread.pop(source.name, ())):
            found.pop(subject, None)
            held = self.closure(source, subject, None)
            whole = held.replies and not held.missing and all(record.settled for record in held.replies)
            said = source.read(subject, None, self._with_bodies(held.replies)) if whole else None
            if isinstance(said, Answered) and said.leaf and (span := _span(said)):
                found[subject] = span
        return found

    def _with_bodies(self, held: Iterable[Record]) -> tuple[Reply, ...]:
        return tuple(replace(record.reply, body=self._body(record)) for record in held)

    def _body(self, record: Record) -> bytes:
        """Read the raw bytes of a reply, checked against the digest that names them."""
        name = record.reply.sha256
        if not name or name in self._bodies:
            return self._bodies.get(name, b"")
        for folder in self.folders:
            path = folder / RAW / name
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise DataError(f"a recorded answer cannot be read ({error.strerror})", where=str(path)) from error
            if hashlib.sha256(data).hexdigest() != name:
                raise DataError("a recorded answer does not have the digest of its name", where=str(path))
            while len(self._bodies) >= BODIES:
                self._bodies.pop(next(iter(self._bodies)))
            self._bodies[name] = data
            return data
        raise DataError("the raw bytes of a recorded answer are missing", where=f"{RAW}/{name}")


def files_of(reply: Reply, way_out: str) -> tuple[Record, Sequence[tuple[str, bytes]]]:
    """Return a reply as its record and as the files of a book (name inside the book, bytes), raw bytes first."""
    line = records.encode(reply, way_out)
    record = records.decode(line, "a new reply")
    raw = [(f"{RAW}/{reply.sha256}", reply.body)] if reply.body else []
    return record, [*raw, (f"{REPLIES}/{record.name}.json", line)]


def _read_record(path: Path) -> Record:
    try:
        with path.open("rb") as stream:
            line = stream.read(records.MAX_RECORD + 1)
    except OSError as error:
        raise DataError(f"a recorded answer cannot be read ({error.strerror})", where=str(path)) from error
    record = records.decode(line, str(path))
    if record.name != path.stem:
        raise DataError("a recorded answer does not have the digest of its name", where=str(path))
    return record


def _rank(record: Record) -> tuple[bool, str, str]:
    """Order replies to one question: settled ones above others, later above earlier."""
    return record.settled, record.reply.asked_at.isoformat(), record.name


def _span(said: Answered) -> tuple[int, int, int] | None:
    try:
        first, last = ipaddress.ip_address(said.first), ipaddress.ip_address(said.last)
    except ValueError:
        return None
    return (first.version, int(first), int(last)) if first.version == last.version else None

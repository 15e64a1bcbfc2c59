"""An import: offered files → the importer that claims each → drafts → versions in a store, and a ledger of every entry.

Exactly one importer may claim a file. A file that nobody claims is listed, and so is one that explains others. Entries
go through in batches, so that a list of any length needs bounded memory; each batch is one transaction, and because
importing the same file twice adds nothing, an interrupted import is simply run again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import PurePosixPath
from typing import Final, Protocol

from forensics.errors import DataError
from forensics.model import Record
from forensics.registry import collection_terms
from forensics.registry.casting import Version, whole
from forensics.registry.import_drafts import Workshop
from forensics.registry.import_ledger import IMPORTED, KNOWN, UPDATED, Example, FileLine, Ledger
from forensics.registry.import_sources import Lot, harmless
from forensics.registry.import_values import spelled
from forensics.registry.import_words import Draft, groups_of
from forensics.registry.importer import Collection, Entry, Importer, Refused, Report, Stated, Terms, all_importers
from forensics.registry.offered import Offered
from forensics.registry.store import Appended

BATCH: Final = 20_000
NO_KIND: Final = "the registry keeps no kind of record for this type"
_TLP_SILENT: Final = "not stated (held as AMBER)"
_TERMS: Final = "terms"
Pair = tuple[str, str]


class Shelf(Protocol):
    """Where an import looks for records and puts versions."""

    def naming(self, named: Sequence[Pair]) -> list[Record]:
        """Return the current versions of all records of these (kind, network)."""

    def append(self, records: Sequence[Version]) -> Appended:
        """Add versions."""


@dataclass(slots=True)
class DryShelf:
    """A shelf that keeps what it is given to itself: what would happen, without its happening."""

    under: Shelf
    kept: dict[Pair, dict[str, Version]] = field(default_factory=lambda: defaultdict(dict))

    def naming(self, named: Sequence[Pair]) -> list[Record]:
        """Return the current versions, those of this run before stored ones."""
        found = {record.id: record for record in self.under.naming(named)}
        for pair in named:
            found.update((name, whole(version)) for name, version in self.kept.get(pair, {}).items())
        return list(found.values())

    def append(self, records: Sequence[Version]) -> Appended:
        """Keep versions in memory."""
        for record in records:
            self.kept[record.kind, record.network][record.id] = record
        return Appended(added=len(records), unchanged=0)


@dataclass(slots=True)
class _Run:
    """One import while it runs; ``made`` tells in which file's reading a record (by id) was made."""

    shelf: Shelf
    terms: Terms
    recorded_at: date
    importers: Mapping[str, Importer]
    explaining: Mapping[str, frozenset[str]]
    ledger: Ledger = field(default_factory=Ledger)
    made: dict[str, str] = field(default_factory=dict)


def run(
    files: Sequence[Offered], shelf: Shelf, terms: Terms, recorded_at: date, *, explained_by: Sequence[Offered] = ()
) -> Ledger:
    """Import files into a shelf and return the ledger. Of the files of ``explained_by`` only companions are read.

    Raises:
        DataError: two importers claim one file.
        StorageError: the store cannot be written; the batches before it are in.
    """
    importers = all_importers()
    explaining = {offered.name: _explains(offered, importers) for offered in (*files, *explained_by)}
    state = _Run(shelf=shelf, terms=terms, recorded_at=recorded_at, importers=importers, explaining=explaining)
    companions = [offered for offered in (*files, *explained_by) if explaining[offered.name]]
    for offered in files:
        line = FileLine(name=harmless(offered.name), status="not_recognised")
        state.ledger.files.append(line)
        try:
            line.size, line.sha256 = offered.size, offered.sha256
            name = claimant(offered, importers, terms)
            if name:
                _read(state, offered, companions, line, name)
            else:
                _unclaimed(offered, explaining[offered.name], line)
        except OSError as error:
            line.status, line.why = "not_readable", str(error.strerror)
        offered.forget()
    return state.ledger


def claimant(offered: Offered, importers: Mapping[str, Importer], terms: Terms) -> str:
    """Return the name of the one importer that claims a file, or "".

    Raises:
        DataError: several do.
    """
    found = [name for name, importer in importers.items() if importer.claims(offered, terms)]
    found = [name for name in found if importers[name].told] or found
    if len(found) > 1:
        what = f"{' and '.join(found)} both claim this file"
        raise DataError(what, where=offered.name, hint="Please report this as a defect")
    return found[0] if found else ""


def beside(offered: Offered, files: Sequence[Offered]) -> list[Offered]:
    """Return the other files of the same folder and of those above it, the nearest folder first."""
    own = PurePosixPath(offered.name).parent
    above = {str(folder): distance for distance, folder in enumerate((own, *own.parents))}
    near = [item for item in files if item is not offered and item.folder in above]
    return sorted(near, key=lambda item: (above[item.folder], item.name))


def _explains(offered: Offered, importers: Mapping[str, Importer]) -> frozenset[str]:
    """Return the importers whose files a file explains, and ``_TERMS`` for one that states a licence."""
    try:
        found = {name for name, importer in importers.items() if importer.accompanies(offered)}
    except OSError:
        found = set()
    offered.forget()
    return frozenset(found | ({_TERMS} if collection_terms.states_terms(offered) else set()))


def _unclaimed(offered: Offered, explains: frozenset[str], line: FileLine) -> None:
    line.why = "no importer knows its shape"
    if explains - {_TERMS}:
        line.status, line.why = "companion", "explains the files beside it"
    elif explains:
        line.status, line.why = "terms", "read for the licence of the files beside it"
    elif offered.looks_like_json and offered.damage:
        line.status, line.why = "not_readable", harmless(offered.damage)
    elif not offered.size:
        line.why = "the file is empty"


def _read(state: _Run, offered: Offered, companions: Sequence[Offered], line: FileLine, name: str) -> None:
    """Read one file in batches."""
    near, importer = beside(offered, companions), state.importers[name]
    try:
        reading = importer.read(offered, [item for item in near if name in state.explaining[item.name]], state.terms)
    except DataError as error:
        line.status, line.why = "not_readable", str(error)
        return
    lot = _lot(state, offered, near, reading.collection)
    line.status, line.importer, line.notes = (
        "read",
        importer.title,
        tuple(harmless(note) for note in reading.collection.notes),
    )
    line.collection = _collection(lot)
    while batch := list(islice(reading.entries, BATCH)):
        _batch(state, batch, lot, line)


def _lot(state: _Run, offered: Offered, near: Sequence[Offered], collection: Collection) -> Lot:
    terms = state.terms
    stated, _ = collection_terms.licence(near) if not collection.licence else (collection.licence, "")
    return Lot(
        collection=collection,
        file=offered.name,
        sha256=offered.sha256,
        licence=harmless(terms.licence or stated),
        tlp=_stricter(collection.tlp, terms.tlp),
        source_date=terms.source_date,
        retrieved_at=terms.retrieved_at,
        recorded_at=state.recorded_at,
    )


def _stricter(first: str, second: str) -> str:
    return max((first, second), key=("", "CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED").index)


def _collection(lot: Lot) -> dict[str, str]:
    held = lot.collection
    return {
        "title": harmless(held.title),
        "publisher": harmless(held.publisher),
        "licence": lot.licence,
        "grade": held.grade,
        "grade_reason": harmless(held.grade_reason),
        "tlp": lot.tlp or _TLP_SILENT,
    }


def _batch(state: _Run, batch: Sequence[Entry], lot: Lot, line: FileLine) -> None:
    """Bring a batch of entries into the shelf as one transaction, and count each of them."""
    named = list(_named(state, batch, line))
    workshop = Workshop(lot, state.shelf.naming(list(dict.fromkeys([pair for pair, _ in named]))))
    outcomes: Counter[tuple[str, str]] = Counter()
    for (kind, network), stated in named:
        try:
            draft, new = workshop.take(kind, network, stated)
        except ValueError as error:
            _refuse(state, line, kind, str(error), stated)
            continue
        outcomes[kind, _outcome(state, line, draft, new=new)] += 1
        if stated.reports:
            state.ledger.groups.update(groups_of(stated.reports))
        if lot.source_date is None and not _is_dated(stated.reports):
            state.ledger.undated[kind] += 1
    versions = workshop.versions()
    if versions:
        appended = state.shelf.append(versions)
        state.ledger.held += appended.held
    fresh = [version.id for version in versions if version.id not in workshop.stored_ids]
    state.made.update(dict.fromkeys(fresh, line.name))
    state.ledger.new_records += len(fresh)
    state.ledger.new_versions += len(versions) - len(fresh)
    for (kind, outcome), count in outcomes.items():
        state.ledger.count(line, kind, outcome, count)


def _outcome(state: _Run, line: FileLine, draft: Draft, *, new: bool) -> str:
    """Say what an entry did: a record that this file itself brought in is imported, however often the file says it."""
    if draft.stored is None or state.made.get(draft.stored.id) == line.name:
        return IMPORTED
    return UPDATED if new else KNOWN


def _is_dated(reports: Sequence[Report]) -> bool:
    return bool(reports) and any(report.published for report in reports)


def _named(state: _Run, batch: Sequence[Entry], line: FileLine) -> Iterator[tuple[Pair, Stated]]:
    """Yield kind, canonical value and entry of what can be taken; count the rest."""
    special = state.terms.special
    for entry in batch:
        if isinstance(entry, Stated) and entry.kind:
            try:
                yield spelled(entry.kind, entry.value, special), entry
            except ValueError as error:
                _refuse(state, line, entry.kind, str(error), entry)
        elif isinstance(entry, Stated):
            _refuse(state, line, entry.label, NO_KIND, entry)
        elif isinstance(entry, Refused):
            _refuse(state, line, entry.kind or entry.label, entry.reason, entry)
        else:
            state.ledger.context[harmless(entry.label, 60)] += 1


def _refuse(state: _Run, line: FileLine, kind: str, reason: str, entry: Stated | Refused) -> None:
    example = Example(file=line.name, place=entry.place, value=harmless(entry.value))
    state.ledger.refuse(line, harmless(kind, 60) or "entry", reason, example)

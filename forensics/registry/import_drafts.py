"""From what collections state to versions of records: who counts as one origin, what is new, what is known already. Pure.

The origin of an entry is the report that its collection names for it. Records are kept by kind, value and origin; an
entry of a known origin adds its collection as a source to the record that is there, under the record's own independence
group. Where a collection names several reports and not which, or none, the entry is never a second origin beside one
that is on record: it may be a copy of it. ``NOT_NAMED`` is the one group of everything without a report.

Nothing is ever judged here: a new record is a candidate (or observed, where its publisher gives it as context only), its
window is unknown unless the entry states one, and a record that people have reviewed gets a source and nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from forensics.model import Record, Source
from forensics.registry.casting import Cast, Mould, Version, mould
from forensics.registry.import_sources import Lot, cited_as, harmless, report_source, source_id
from forensics.registry.import_words import (
    Draft,
    described,
    groups_of,
    marking,
    note,
    role,
    says,
    seen,
    strictest,
    unknown,
)
from forensics.registry.importer import Stated
from forensics.registry.record import PAP, TLP
from forensics.registry.states import CANDIDATE, OBSERVED, RETRACTED

NOT_NAMED: Final = "origin-not-named"
_ONE_OF: Final = "from one of the reports "
_PLACES: Final = 20
_ALIKE: Final = 4096
"""So many different sayings of a batch are kept, so that entries that say the same are put into words once."""
_UNREVIEWED: Final = (CANDIDATE, OBSERVED)


def record_id(kind: str, network: str, group: str) -> str:
    """Return the id of the record of an indicator from one origin: the same whenever and wherever it is imported."""
    digest = hashlib.sha256(f"{kind}\0{network}\0{group}".encode()).hexdigest()[:20]
    return f"{kind.replace('_', '-')}-{digest}"


def origin(stated: Sequence[str], stored: Sequence[Record]) -> tuple[Record | None, str]:
    """Return the stored record that an entry of these groups belongs to, and the group under which it counts.

    ``stored`` are the current records of the same indicator, by id. A certain origin takes over a record whose origin was
    not named: what was one list then is a copy of the report now.
    """
    for record in stored:
        if any(group in stated for group in _held(record)):
            return record, record.sources[0].independence_group
    if len(stated) == 1:
        loose = next((record for record in stored if record.sources[0].independence_group == NOT_NAMED), None)
        return loose, stated[0]
    if not stated and stored:
        return stored[0], stored[0].sources[0].independence_group
    return None, stated[0] if stated else NOT_NAMED


def _held(record: Record) -> list[str]:
    """Return the groups of a record, and those that a collection named together without saying which."""
    found = [source.independence_group for source in record.sources if source.independence_group != NOT_NAMED]
    for source in record.sources:
        _, marked, named = source.locator.partition(_ONE_OF)
        found += named.partition(";")[0].split(" ") if marked else []
    return found


class Workshop:
    """Takes the entries of one file in their order and makes the versions that a store is to append."""

    def __init__(self, lot: Lot, stored: Iterable[Record]) -> None:
        """Keep the current records that the store holds about the values of this batch."""
        self.lot = lot
        self._stored: dict[tuple[str, str], list[Record]] = {}
        for record in sorted(stored, key=lambda item: item.id):
            self._stored.setdefault((record.kind, record.network), []).append(record)
        self.stored_ids = frozenset(record.id for held in self._stored.values() for record in held)
        self._drafts: dict[tuple[str, ...], Draft] = {}  # by kind, value and origin, or by the id of the stored record
        self._alike: dict[Hashable, Record | Mould] = {}
        self._cited: dict[Hashable, dict[str, Any]] = {}

    def take(self, kind: str, network: str, stated: Stated) -> tuple[Draft, bool]:
        """Add an entry; return its draft and whether it says anything that is not on record.

        Raises:
            ValueError: the record was retracted, with a reason that can be counted.
        """
        named = groups_of(stated.reports)
        stored = self._stored.get((kind, network), ())
        record, group = origin(named, stored) if stored else (None, named[0] if named else NOT_NAMED)
        if record is not None:
            draft = self._amending(record, group)
            return draft, self._add(draft, stated, named)
        key = (kind, network, group)
        known = self._drafts.get(key)
        if known is not None:
            return known, self._add(known, stated, named)
        draft = self._drafts[key] = Draft(kind, network, group, entries=[stated], changed=True)
        return draft, True

    def _amending(self, record: Record, group: str) -> Draft:
        """Return the draft of a stored record's next version, under its origin from now on, where later entries find it.

        Raises:
            ValueError: the record was retracted.
        """
        if record.state == RETRACTED:
            message = f"the registry has retracted its record of this value and origin ({RETRACTED})"
            raise ValueError(message)
        draft = self._drafts.get((record.id,))
        if draft is None:
            draft = self._drafts[record.id,] = Draft(
                record.kind, record.network, group, stored=record, sources=list(record.sources)
            )
        if any(source.independence_group != group for source in draft.sources):
            draft.group, draft.changed = group, True
            draft.sources = [_under(source, group) for source in draft.sources]
            held = self._stored[record.kind, record.network]
            held[held.index(record)] = replace(record, sources=tuple(draft.sources))
        return draft

    def versions(self) -> list[Version]:
        """Return a version for each draft that says something new."""
        return [self._version(draft) for draft in self._drafts.values() if draft.changed]

    def _version(self, draft: Draft) -> Version:
        if draft.stored is not None:
            return self._amended(self._placed(draft), draft.stored)
        if len(draft.entries) > 1:
            return self._record(self._placed(draft))
        return self._like_another(draft, draft.entries[0])

    def _like_another(self, draft: Draft, stated: Stated) -> Version:
        """Return the record of a new value that one entry states, cast from the first one that says the same."""
        key = (draft.kind, draft.group, stated.rest)
        known = self._alike.get(key)
        if known is None:
            record = self._record(draft)
            if len(self._alike) < _ALIKE:
                self._alike[key] = record
            return record
        if isinstance(known, Record):
            known = self._alike[key] = mould(known)
        name = record_id(draft.kind, draft.network, draft.group)
        return Cast(known, name, draft.network, _locator(stated, groups_of(stated.reports)))

    def _placed(self, draft: Draft) -> Draft:
        """Name every place of the file that states the value, where this batch brings its collection in."""
        if len(draft.entries) == 1:
            return draft
        places = [entry.place for entry in draft.entries]
        for index, source in enumerate(draft.sources):
            if source.id == draft.added:
                rest = source.locator.removeprefix(places[0])
                listed = ", ".join(places[:_PLACES]) + (" and more" if len(places) > _PLACES else "")
                draft.sources[index] = replace(source, locator=f"{listed}{rest}")
        return draft

    def _add(self, draft: Draft, stated: Stated, named: tuple[str, ...]) -> bool:
        """Put an entry into its draft; return whether the record on record lacks the entry, its source or its report."""
        if draft.stored is None:
            self._name_sources(draft)
        new = self._sourced(draft, stated, named)
        draft.entries.append(stated)
        new = new or draft.stored is None or _adds(draft.stored, stated)
        draft.changed = draft.changed or new
        return new

    def _name_sources(self, draft: Draft) -> None:
        """Name the report and the collection of a new record's first entry, if that is still to be done."""
        if draft.sources:
            return
        stated = draft.entries[0]
        named = groups_of(stated.reports)
        draft.added = source_id(self.lot.collection.key, named)
        draft.sources = [report_source(stated.reports[0])] if len(named) == 1 else []
        draft.sources.append(self._collection_source(draft.added, stated, named, draft.group))

    def _sourced(self, draft: Draft, stated: Stated, named: tuple[str, ...]) -> bool:
        """Add the report and the collection where the draft lacks them; return whether it did."""
        key = source_id(self.lot.collection.key, named)
        known = {source.id for source in draft.sources}
        new = len(named) == 1 and named[0] == draft.group and draft.group not in known
        if new:
            draft.sources.insert(0, report_source(stated.reports[0]))
        if key in known:
            return new
        draft.sources.append(self._collection_source(key, stated, named, draft.group))
        draft.added = draft.added or key
        return True

    def _record(self, draft: Draft) -> Record:
        """Return a new record."""
        self._name_sources(draft)
        stated = draft.entries[0]
        lot, collection = self.lot, self.lot.collection
        report = stated.reports[0] if len(groups_of(stated.reports)) == 1 else None
        published = (report.published if report else None) or lot.source_date
        return Record(
            id=record_id(draft.kind, draft.network, draft.group),
            set=draft.group,
            kind=draft.kind,
            network=draft.network,
            role=role(draft),
            description=described(draft, ""),
            basis=(collection.basis,),
            valid_from=stated.valid_from,
            valid_until=stated.valid_until,
            observed_at=seen(draft),
            published_at=published,
            recorded_at=lot.recorded_at,
            superseded_at=None,
            state=CANDIDATE if any(entry.to_detect for entry in draft.entries) else OBSERVED,
            sharing_class="unknown",
            grade=collection.grade,
            sources=tuple(draft.sources),
            link_b=(),
            tlp=marking(draft, lot),
            pap=strictest([entry.pap or "AMBER" for entry in draft.entries], PAP),
            licence=lot.licence,
            unknown=unknown(draft, stated, published),
            note=note(collection),
        )

    def _collection_source(self, key: str, stated: Stated, named: tuple[str, ...], group: str) -> Source:
        """Return the collection as a source: its file by digest, and where in it the entry stands."""
        several = len(named) > 1
        alike = (key, group, stated.reports if several else ())
        said = self._cited.get(alike)
        if said is None:
            said = cited_as(self.lot, key, stated, group, several=several)
            if len(self._cited) < _ALIKE:
                self._cited[alike] = said
        return Source(locator=_locator(stated, named), **said)

    def _amended(self, draft: Draft, old: Record) -> Record:
        """Return the next version of a stored record: further sources, and facts where nobody has reviewed it."""
        day = max(self.lot.recorded_at, old.recorded_at)
        version = replace(
            old, sources=tuple(draft.sources), recorded_at=day, version=old.version + 1, superseded_at=None
        )
        if not draft.entries or old.state not in _UNREVIEWED:
            return version
        stated = next((entry for entry in draft.entries if _new_period(old, entry)), draft.entries[0])
        period = _new_period(old, stated)
        return replace(
            version,
            description=described(draft, old.description),
            valid_from=stated.valid_from if period else old.valid_from,
            valid_until=stated.valid_until if period else old.valid_until,
            observed_at=tuple(sorted({*old.observed_at, *seen(draft)})),
            state=CANDIDATE if any(entry.to_detect for entry in draft.entries) else old.state,
            tlp=strictest([old.tlp, marking(draft, self.lot)], TLP),
            pap=strictest([old.pap, *(entry.pap or old.pap for entry in draft.entries)], PAP),
            published_at=old.published_at or (stated.reports[0].published if len(stated.reports) == 1 else None),
            unknown=tuple(dict.fromkeys((*old.unknown, *draft.limits))),
        )


def _locator(stated: Stated, named: Sequence[str]) -> str:
    """Return where in its file an entry stands, and which reports it may be from if the file does not say which."""
    return f"{stated.place}; {_ONE_OF}{' '.join(named)}" if len(named) > 1 else stated.place


def _adds(old: Record, stated: Stated) -> bool:
    """Whether an entry says anything that a stored record lacks; a record that people reviewed takes no statements."""
    if old.state not in _UNREVIEWED:
        return False
    texts = [*stated.said, *((f"family: {stated.family}",) if stated.family else ()), *stated.caveats]
    if any(not says(old, harmless(text)) for text in texts) or _new_period(old, stated):
        return True
    return not set(stated.observed_at) <= set(old.observed_at) or (old.state == OBSERVED and stated.to_detect)


def _new_period(old: Record, stated: Stated) -> bool:
    """Whether an entry states a whole period and the record none."""
    whole = stated.valid_from is not None and stated.valid_until is not None
    return whole and old.valid_from is None and old.valid_until is None


def _under(source: Source, group: str) -> Source:
    return source if source.independence_group == group else replace(source, independence_group=group)

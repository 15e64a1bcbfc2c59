"""Which versions of which records may go into a release for a circle of readers. Default-deny, by record and reason. Pure.

A record stays at home when

- its newest version is marked for a smaller circle than the release (a mark may have been raised after a mistake);
- nobody has judged it (``observed``): it may be about a case;
- it accuses somebody and no version of it names two different people: an accusation of one person is not published.

What has been published once is not taken back by silence: versions of the release before stay, and so retractions, disputes
and their reasons travel to everybody who holds them. A record that was withdrawn from the circle (its mark was raised) ends
there without a reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from forensics.errors import DataError
from forensics.registry.record import TLP, written
from forensics.registry.states import OBSERVED, accuses, two_people

if TYPE_CHECKING:
    from forensics.model import Record

CIRCLE, UNJUDGED, ONE_PERSON = (
    "marked for a smaller circle (TLP)",
    "observed, and judged by nobody",
    "accuses somebody on the word of one person",
)


def publishable(
    records: Iterable[Record], tlp: str, before: Sequence[Record] = ()
) -> tuple[tuple[Record, ...], dict[str, int]]:
    """Return the versions for a release, and how many records stay at home for which reason.

    ``before`` are the records of the release before.

    Raises:
        DataError: something that was published is not in the registry any more, or says something else.
    """
    public = {(record.id, record.version): record for record in before}
    chosen: list[Record] = []
    held_back: Counter[str] = Counter()
    ordered = sorted(records, key=lambda record: (record.id, record.version))
    for name, group in groupby(ordered, key=lambda record: record.id):
        versions = list(group)
        known = [version for version in versions if (name, version.version) in public]
        why = _stays(versions, tlp, published=bool(known))
        held_back[why] += bool(why)
        kept = known if why else [item for item in versions if item in known or _within(item, tlp)]
        for version in kept:
            _same(public.pop((name, version.version), None), version)
        chosen += kept
    if public:
        name, number = min(public)
        what = f"version {number} of record {name} was published and is not in the registry any more"
        raise DataError(what, where="registry", hint="Retract a record instead of removing it: a retraction travels")
    return tuple(chosen), {why: count for why, count in sorted(held_back.items()) if why}


def _stays(versions: Sequence[Record], tlp: str, *, published: bool) -> str:
    if not _within(versions[-1], tlp):
        return CIRCLE
    if published:
        return ""
    if versions[-1].state == OBSERVED:
        return UNJUDGED
    if any(accuses(version) for version in versions) and not any(two_people(version) for version in versions):
        return ONE_PERSON
    return ""


def _within(record: Record, tlp: str) -> bool:
    return TLP.index(record.tlp) <= TLP.index(tlp)


def _same(public: Record | None, version: Record) -> None:
    """Refuse a version that says something else than what was published; only its end may be new."""
    if public is None or written(replace(public, superseded_at=version.superseded_at)) == written(version):
        return
    what = f"version {version.version} of record {version.id} was published with another content"
    raise DataError(what, where="registry", hint="Change a record by a new version, never in place")

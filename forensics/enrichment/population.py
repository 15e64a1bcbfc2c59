"""How many addresses a country announces on a day, by AS: the base rates that a match is weighed against.

Counts are of announced IPv4 addresses in one snapshot, the one nearest to the day that knows the country at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from forensics.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from forensics.enrichment.snapshots import SnapshotTable

_CODE_LENGTH = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """The announced IPv4 addresses of a country. ``total`` 0 with no snapshot means: not known, not "none".

    ``gap_days`` is the snapshot's date minus the day asked for. ``by_as`` maps AS number to addresses in the country,
    in ascending order of the number.
    """

    country: str
    snapshot: str = ""
    as_of: date | None = None
    gap_days: int | None = None
    total: int = 0
    by_as: Mapping[int, int] = field(default_factory=dict)


def population(snapshots: Sequence[SnapshotTable], day: date, country: str) -> Population:
    """Return the announced IPv4 addresses of a country on a day, by AS.

    Raises:
        UsageError: ``country`` is no two-letter code.
        DataError: a snapshot is damaged.
    """
    if not (len(country) == _CODE_LENGTH and country.isascii() and country.isalpha() and country.isupper()):
        message = f"not a two-letter country code: {country[:20]!r}"
        raise UsageError(message, hint="Write it in capitals, such as AZ")
    for table in _by_distance(snapshots, day):
        counts = table.v4.announced_by(country)
        if counts:
            return Population(
                country=country,
                snapshot=table.manifest.id,
                as_of=table.manifest.as_of,
                gap_days=(table.manifest.as_of - day).days,
                total=sum(counts.values()),
                by_as=counts,
            )
    return Population(country=country)


def _by_distance(snapshots: Sequence[SnapshotTable], day: date) -> list[SnapshotTable]:
    """Return the snapshots nearest to the day first; of two equally near, the earlier."""
    known = [table for table in snapshots if table.manifest.kind == "ip_asn"]
    return sorted(known, key=lambda table: (abs((table.manifest.as_of - day).days), table.manifest.as_of))

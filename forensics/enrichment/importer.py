"""The contract of an importer of a user's own data: a frozen value in a module of its own.

A module in ``enrichment/importers`` has a docstring (what the file is, where its date stands, what is kept of it) and one
constant ``IMPORTER = Importer(...)``. ``read`` turns a file into range tables or a table of names; it writes nothing,
reads no clock, and never takes a date from a file's time stamp.

Every row of the file ends in a table, as *unused* by a stated rule, or as *rejected* with its place and reason. A row
that goes missing is a wrong answer later (the wider prefix around it answers instead), so the caller refuses a file with
rejected rows unless the user says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from forensics.errors import DataError, UsageError
from forensics.plugins import discover

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    import pyarrow as pa

    from forensics.enrichment.lookup import RangeTable
    from forensics.enrichment.source_file import SourceFile

MADE_KINDS = ("ip_asn", "ip_country", "registry_country", "net_class", "passive_dns")
CLASS_WORDS = frozenset({
    "hosting", "hosting_or_vpn", "vpn", "tor_exit", "proxy", "cdn", "public_dns", "mobile", "cgnat", "education",
    "government", "satellite", "anycast", "mail_service",
})  # fmt: skip
"""What a network may be called. In a table the word is followed by the list that says so: ``vpn/some-list``."""
MOST_SHOWN = 1000
"""Rejected rows that are kept with place and reason; further ones are only counted."""
MOST_CLASS_SETS = 255


class RowError(ValueError):
    """A row of the file is not understood; the reason is told with the row's place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user says: the kind to make ("" where it is plain), what a list is called, and of which day the data is.

    The day is for warnings only; an importer never makes it the date of its data.
    """

    kind: str = ""
    list_name: str = ""
    day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A row that is not understood: ``line:N`` or ``byte:N``, and why."""

    place: str
    reason: str


@dataclass(slots=True)
class Ledger:
    """What became of the rows of one file."""

    rows: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    rejections: int = 0
    unused: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def reject(self, place: str, reason: object) -> None:
        """Count a row that is not understood."""
        self.rejections += 1
        if len(self.rejected) < MOST_SHOWN:
            self.rejected.append(Rejected(place=place, reason=str(reason)[:300]))

    def leave_out(self, rule: str, count: int = 1) -> None:
        """Count rows that are left out by a rule."""
        if count:
            self.unused[rule] = self.unused.get(rule, 0) + count

    def warn(self, text: str) -> None:
        """Note something that the user should know."""
        if text not in self.warnings:
            self.warnings.append(text)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Imported:
    """A file as tables. ``as_of`` is the day that the data states, ``named_day`` the day in its file name.

    Ranges and names for all kinds but ``passive_dns``, which has ``names_seen`` (see ``passive_dns``).
    """

    kind: str
    ledger: Ledger
    as_of: date | None = None
    named_day: date | None = None
    v4: RangeTable | None = None
    v6: RangeTable | None = None
    names: Mapping[int, str] = field(default_factory=dict)
    names_seen: pa.Table | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """A form of data. ``recognises`` looks at the ends of a file and at its name, ``read`` reads it whole.

    Raises (``read``):
        DataError: the file is damaged, or is cut off.
        UsageError: the user must say which kind is meant.
    """

    title: str
    kinds: tuple[str, ...]
    recognises: Callable[[SourceFile], bool]
    read: Callable[[SourceFile, Options], Imported]


@cache
def all_importers() -> dict[str, Importer]:
    """Return every importer by name. Third parties add theirs in the entry-point group ``forensics.importers``."""
    return discover("forensics.enrichment.importers", "IMPORTER", Importer, group="forensics.importers")


def importer_of(source: SourceFile) -> tuple[str, Importer]:
    """Return the one importer that recognises a file, with its name.

    Raises:
        DataError: none does, or several do.
    """
    found = [(name, item) for name, item in all_importers().items() if item.recognises(source)]
    if not found:
        known = "; ".join(item.title for item in all_importers().values())
        raise DataError("not recognised as data about addresses", where=source.name, hint=f"These are read: {known}")
    if len(found) > 1:
        names = ", ".join(name for name, _ in found)
        raise DataError(
            f"recognised as more than one form: {names}", where=source.name, hint="This is a defect of ours"
        )
    return found[0]


def chosen_kind(options: Options, possible: tuple[str, ...], where: str, *, ambiguous: str = "") -> str:
    """Return the kind that the user named, or else the first possible one unless that would be a guess.

    Raises:
        UsageError: the file cannot give the kind, or ``ambiguous`` says why none may be chosen for the user.
    """
    if options.kind and options.kind not in possible:
        hint = f"It can give {', '.join(possible)}" if possible else "It holds nothing that is kept"
        raise UsageError(f"this file gives no {options.kind}", where=where, hint=hint)
    if options.kind:
        return options.kind
    if ambiguous:
        raise UsageError(ambiguous, where=where, hint=f"Say which with --kind {' or --kind '.join(possible)}")
    return possible[0]

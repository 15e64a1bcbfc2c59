"""The contract of an export format: a frozen value in a module of its own.

A module in ``ingest/formats`` has a docstring (what the export is, how a user obtains it, its time semantics, versions
seen) and one constant ``FORMAT = Format(...)``. The driver digests, locates, catches, counts and seals; a format only
says *is this mine*, *where are the rows*, and *what does a row mean*.

Two lanes. *Row* formats give ``rows`` and a pure ``event``. *Bulk* formats give ``batches``: whole columnar batches.

Every row ends as an ``Event``, as ``Unused`` by a rule, or as a rejection: ``event`` raises ``FieldError`` (or a reader
yields ``Flaw``) and the driver adds the place. A format contains no ``try``, no logging and no registration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from forensics.ingest import fields
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.model import (
    NO_ADDRESS,
    UNDATED,
    Action,
    AddressSeen,
    Event,
    Initiator,
    Kind,
    Moment,
    Outcome,
    Rejection,
    event_id,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from forensics.ingest.alike import Alike
    from forensics.ingest.alike_records import AlikeRecords

__all__ = ["Batch", "FieldError", "Flaw", "Format", "ReadyRows", "Row", "Stated", "Stretch", "Unused", "Values"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row as a reader found it: its place, its raw fields, and facts about the whole file.

    ``section`` names the list or table inside the file (for JSON: the pointer of the list); ``shared`` holds facts
    that apply to all rows of the file (account, export date), read once by the format's ``rows``. ``repair`` names what
    a reader had to mend to read the row; it is written into the event's detail.
    """

    evidence: Evidence
    place: str
    fields: Mapping[str, Any]
    section: str = ""
    shared: Mapping[str, Any] = field(default_factory=dict)
    repair: str = ""

    def text(self, *keys: str) -> str:
        """Return the first of these fields that holds a non-empty scalar, as text; "" if none does."""
        return fields.text(self.fields, *keys)

    def need(self, *keys: str) -> str:
        """Like ``text``, but a missing or empty value is a ``FieldError``."""
        return fields.need(self.fields, *keys)

    def address(self, *keys: str) -> AddressSeen:
        """Read the first present field as an address (port, brackets, v4-mapped handled); ``NO_ADDRESS`` if absent."""
        return fields.address(self.text(*keys))

    def epoch(self, *keys: str, unit: int = 1) -> Moment:
        """Read seconds (``unit=1``), milliseconds (1_000) or microseconds (1_000_000) since 1970 UTC."""
        return fields.epoch(self.fields, *keys, unit=unit)

    def time(self, *keys: str) -> Moment:
        """Read a written time with an explicit zone (see ``fields.instant``); a missing one is ``UNDATED``."""
        return fields.instant(self.text(*keys))

    def event(  # noqa: PLR0913 - the event's columns are its parameters
        self,
        *,
        provider: str,
        service: str,
        action: Action,
        kind: Kind = Kind.EVENT,
        when: Moment = UNDATED,
        end: Moment = UNDATED,
        account: str = "",
        action_text: str = "",
        outcome: Outcome = Outcome.UNKNOWN,
        initiator: Initiator = Initiator.UNKNOWN,
        address: AddressSeen = NO_ADDRESS,
        user_agent: str = "",
        device: str = "",
        stated_place: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> Event:
        """Build the event of this row; identity and place are filled in from the evidence."""
        evidence = self.evidence
        return Event(
            event_id=event_id(evidence.exhibit, evidence.member, self.place),
            kind=kind,
            time=when.utc,
            time_end=end.utc,
            time_text=when.text,
            zone_basis=when.zone,
            precision=when.precision,
            provider=provider,
            service=service,
            account=account,
            action=action,
            action_text=action_text,
            outcome=outcome,
            initiator=initiator,
            address=address.address,
            source_port=address.port,
            address_text=address.text,
            address_form=address.form,
            user_agent=user_agent,
            device=device,
            stated_place=stated_place,
            exhibit=evidence.exhibit,
            member=evidence.member,
            place=self.place,
            detail=fields.detail({**(detail or {}), "repair": self.repair}),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Consecutive elements of one JSON list, as rows that are not made yet; the first stands at ``list/first``."""

    evidence: Evidence
    list: str
    first: int
    section: str
    values: Sequence[Any]
    shared: Mapping[str, Any] = field(default_factory=dict)

    def row(self, at: int) -> Row:
        """Return one of the rows; an element that is no object becomes a row with the single field ``value``."""
        value = self.values[at]
        found = value if isinstance(value, dict) else {"value": value}
        place = f"{self.list}/{self.first + at}"
        return Row(evidence=self.evidence, place=place, fields=found, section=self.section, shared=self.shared)


Values = tuple[Any, ...]
"""The values of an event in the order of its columns (``event_table.event_schema``)."""


class ReadyRows(NamedTuple):
    """Some rows that a reader of millions puts straight into the columns of the event table (``event_values``).

    Making a ``Row`` and an ``Event`` of each costs more than what they say. ``rows`` are the same, one by one, for which
    the driver asks where ``values`` fails, so that a mistake over one row costs that row.
    """

    values: Callable[[], list[Values]]
    rows: Callable[[], Iterator[Row | Flaw | Unused]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """A row, or a stretch of a file, that a reader could not read: place, reason, first characters as found."""

    place: str
    reason: str
    excerpt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unused:
    """A row that a stated rule leaves out; ``rule`` is a short sentence, counted and printed. ``rows`` may be many."""

    rule: str
    rows: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The bulk lane's unit: events in the schema of ``event_table.event_schema``, and what became of the other rows."""

    events: pa.RecordBatch
    rejections: tuple[Rejection, ...] = ()
    unused: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A fact that a member states about the whole export, such as the account's time zone.

    It holds for every member below the folder that lies ``levels`` above the member's own folder; with -1 for the member
    itself and no other.
    """

    name: str
    value: str
    levels: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """An export format.

    ``title`` one line for people; ``provider`` the provider's name in events; ``claims`` recognises a member by its
    shape (head, keys, header line; never by file name alone); ``rows`` yields ``Row``, ``Flaw`` or ``Unused`` (or
    ``ReadyRows``);
    ``event`` says what a row means (pure); ``batches`` is the bulk lane instead of ``rows`` and ``event``.

    ``alike`` names the values in which rows of a CSV file or of a JSON list differ that mean the same otherwise: such
    rows are read together (``rows`` yields those of a list as a ``Stretch``). It changes nothing but the time that reading takes.

    ``media`` lets a format look at pictures, films and sounds, too; the others are not asked about them.

    ``states`` reads what a member says about its whole export; ``needs`` names such facts that this format wants: its
    members are read last, with ``Evidence.told`` filled in. ``documentation`` replaces the module's docstring for a
    format that is made from a mapping file.
    """

    title: str
    provider: str
    claims: Callable[[Evidence], bool]
    rows: Callable[[Evidence], Iterator[Row | Stretch | ReadyRows | Flaw | Unused]] | None = None
    event: Callable[[Row], Event | Unused] | None = None
    batches: Callable[[Evidence], Iterator[Batch]] | None = None
    states: Callable[[Evidence], Iterator[Stated]] | None = None
    alike: Alike | AlikeRecords | None = None
    needs: tuple[str, ...] = ()
    media: bool = False
    documentation: str = ""

    def __post_init__(self) -> None:
        """A format has exactly one lane."""
        if (self.batches is None) == (self.rows is None or self.event is None):
            message = f"{self.title}: give either rows and event, or batches"
            raise ValueError(message)

"""``CaseView``: everything a report prints, as plain frozen values. The pipeline builds it; this stage only reads it.

The same view gives the HTML page, the terminal text and later the PDF, so the three can never disagree. Every field
but ``case_id`` may be empty; an empty part is printed as "none", never left out. No field holds a clock reading: the
times in a view come from the evidence, from the analysis seal, or from the user.

Every text may be hostile (account names and user agents are chosen by whoever logs in). The renderers neutralise all
of them; the view carries them as found.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from forensics.model import CaseGraph, Coverage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from forensics.model import (
        Action,
        AddressContext,
        Exhibit,
        Finding,
        Link,
        Record,
        Rejection,
        Role,
        Session,
        Snapshot,
    )
    from forensics.report.lead import Lead


@dataclass(frozen=True, slots=True, kw_only=True)
class ExhibitRow:
    """One exhibit as received. ``format`` is the title of what was recognised; ``rows`` counts its rows."""

    exhibit: Exhibit
    format: str = ""
    rows: int = 0
    obtained: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRow:
    """One address: whose it is, when it was seen, and what dated sources say about it.

    ``context`` is as of the event; ``latest`` is what the newest snapshot says, and is only ever printed as a warning.
    ``registry`` says in words what the registry of known infrastructure holds, "" for nothing.
    """

    address: str
    role: Role
    first: datetime | None
    last: datetime | None
    events: int
    providers: tuple[str, ...] = ()
    context: AddressContext | None = None
    latest: AddressContext | None = None
    registry: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something on the timeline: a session if ``end`` is given, else one event. Times are aware UTC.

    ``number`` is how many neighbours it stands for, where there are too many to tell apart.
    """

    start: datetime
    role: Role
    action: Action
    label: str = ""
    end: datetime | None = None
    number: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One account on the timeline.

    ``covered`` are the spans (aware UTC) for which the exports hold records; ``no_data`` are spans known to hold none.
    If ``covered`` is given, everything outside it counts as "no data". If neither is given, nothing is claimed.
    """

    provider: str
    account: str
    marks: tuple[Mark, ...] = ()
    no_data: tuple[tuple[datetime, datetime], ...] = ()
    covered: tuple[tuple[datetime, datetime], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """When sessions of one account and role begin: (weekday, hour) to number, in the owner's zone; Monday is 0."""

    provider: str
    account: str
    role: Role
    cells: Mapping[tuple[int, int], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """How far one kind of data of an account reaches; ``told`` says what its absence or silence means.

    ``kind`` is the format's title, ``first`` and ``last`` are aware UTC, ``gaps`` are sentences.
    """

    provider: str
    account: str
    kind: str
    facts: int
    first: datetime | None = None
    last: datetime | None = None
    gaps: tuple[str, ...] = ()
    retention: str = ""
    told: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStep:
    """One step of the incident, numbered in the picture and told in the list below it."""

    at: datetime
    label: str
    provider: str = ""
    account: str = ""
    role: Role | None = None
    finding: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryUsed:
    """A registry release that was compared: name, version, SHA-256 of the release, licence, number of records."""

    name: str
    version: str
    digest: str
    licence: str
    records: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The checkpoint of the *analysis* seal; later acts do not change it, so a report stays the same.

    ``root`` is base64 as in the checkpoint file (C2SP tlog-checkpoint). ``note`` is the whole signed text, if there is
    one; else the three lines are printed.
    """

    origin: str
    size: int
    root: str
    note: str = ""

    @property
    def text(self) -> str:
        """The text a reader compares with the file: the signed note, or its three lines."""
        return self.note or f"{self.origin}\n{self.size}\n{self.root}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """The input of every renderer.

    ``created`` is a text given by the pipeline (the time of the analysis seal), never a clock reading of this stage.
    ``addresses_total`` and ``sessions_total`` are the true counts when only the first rows are handed over (0: the
    rows are all there are). ``incident`` fixes the zoom of the timeline; ``None`` lets the timeline choose.
    A finding is tied to the links whose address its ``facts`` name under ``address`` or ``addresses``.
    ``scale`` is (range, words) of the verbal scale in use. ``next_steps``, if given, stand instead of those in
    ``passages``.
    """

    case_id: str
    reference: str = ""
    title: str = ""
    sample: bool = False
    tool_version: str = ""
    created: str = ""
    tlp: str = ""
    pap: str = ""
    examiner: str = ""
    mandate: str = ""
    owner_summary: tuple[str, ...] = ()
    owner_zone: str = ""
    exhibits: tuple[ExhibitRow, ...] = ()
    coverage: Coverage = field(default_factory=lambda: Coverage(files=0, members=()))
    covered: tuple[Covered, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    findings: tuple[Finding, ...] = ()
    sessions: tuple[Session, ...] = ()
    sessions_total: int = 0
    addresses: tuple[AddressRow, ...] = ()
    addresses_total: int = 0
    lanes: tuple[Lane, ...] = ()
    habits: tuple[Habit, ...] = ()
    key_steps: tuple[KeyStep, ...] = ()
    incident: tuple[datetime, datetime] | None = None
    leads: tuple[Lead, ...] = ()
    links: tuple[Link, ...] = ()
    graph: CaseGraph = field(default_factory=CaseGraph)
    records: tuple[Record, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()
    registries: tuple[RegistryUsed, ...] = ()
    parameters: str = ""
    checkpoint: Checkpoint | None = None
    key_fingerprint: str = ""
    limits: tuple[str, ...] = ()
    scale: tuple[tuple[str, str], ...] = ()
    scale_citation: str = ""
    next_steps: tuple[str, ...] = ()

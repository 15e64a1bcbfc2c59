"""The contract of a detector: what a module of ``detectors/`` offers as ``DETECTOR``.

A detector puts questions to the tables of a case (``facts``: events that repeat no other; ``sessions`` and
``session_addresses``: what was made of them) and tells findings. It works by column: a question is SQL that groups and
counts where the rows lie, and what comes back is bounded, whatever the size of the log. Answers never depend on the
order in which evidence was given: every question orders its rows, and picks rows by value, never by position.

A finding states facts and no score. What would make it innocent stands beside it; what the owner declared is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Protocol

from forensics.attribution.material import MAX_BASIS, second
from forensics.attribution.sequence import Takeover
from forensics.attribution.sessions import declared, owner_day
from forensics.model import AddressContext, Finding, Owner, Place
from forensics.plugins import discover
from forensics.sentence import Sentence, say

Row = Mapping[str, Any]


class Ask(Protocol):
    """Puts a question in SQL, with named values, to the tables of a case; times come back as aware UTC."""

    def __call__(self, question: str, /, **values: object) -> Sequence[Row]:
        """Return the rows of the answer in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a detector may look at: the tables, the owner's declarations, sequences, and dated context of an address.

    ``covered`` are the rows of the coverage map: how far each provider's data reaches.
    """

    ask: Ask
    owner: Owner
    takeovers: tuple[Takeover, ...] = ()
    context: Callable[[str, date], AddressContext] | None = None
    covered: tuple[Row, ...] = ()

    def is_owners(self, address: str | None, moment: datetime) -> bool:
        """Whether the owner declares the address for that day."""
        return address is not None and declared(self.owner, address, owner_day(self.owner, moment)) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """A question about what the rows show. ``order`` is its place among the findings, ``kinds`` what it may tell.

    One that ``compares`` tells something against what the owner declared, and is not asked where nothing was.
    """

    title: str
    kinds: tuple[str, ...]
    order: int
    find: Callable[[Scene], Iterable[Finding]]
    compares: bool = False


def detectors() -> tuple[Detector, ...]:
    """Return every detector there is, in their order."""
    found = discover("forensics.attribution.detectors", "DETECTOR", Detector, "forensics.detectors")
    return tuple(item for _, item in sorted(found.items(), key=lambda pair: (pair[1].order, pair[0])))


def detected(scene: Scene) -> tuple[Finding, ...]:
    """Ask every detector that applies; their findings are not numbered yet."""
    asked = [item for item in detectors() if scene.owner.declares_baseline or not item.compares]
    return tuple(finding for item in asked for finding in item.find(scene))


# --- words and rows that detectors share ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a detector says, before it becomes a finding."""

    kind: str
    statement: Sentence
    basis: tuple[Place, ...]
    alternatives: tuple[Sentence, ...]
    challenge: Sentence
    facts: Mapping[str, object] = field(default_factory=dict)

    def finding(self) -> Finding:
        """Return it as a finding without a number; facts have no strength."""
        return Finding(
            id="",
            kind=self.kind,
            statement=self.statement,
            strength=None,
            basis=self.basis[:MAX_BASIS],
            alternatives=self.alternatives,
            challenge=self.challenge,
            facts=self.facts,
        )


FIRST_ROW = "min({'time': time, 'exhibit': exhibit, 'member': member, 'place': place})"
"""SQL for the earliest row of a group, by value: equal evidence gives the same row in any order."""


def placed(rows: Iterable[Row], *names: str) -> tuple[Place, ...]:
    """Return the places that rows hold under these names (structs of ``FIRST_ROW``), or in their own columns; each once."""
    held = [row[name] for row in rows for name in names if row[name] is not None] if names else list(rows)
    return tuple(dict.fromkeys(Place(exhibit=one["exhibit"], member=one["member"], place=one["place"]) for one in held))


def listed(held: Row) -> tuple[Place, ...]:
    """Return the first places of a row that holds them as lists, so that two such rows fit into one finding."""
    found = zip(held["exhibits"], held["members"], held["places"], strict=True)
    return tuple(Place(exhibit=one, member=two, place=three) for one, two, three in found)[: MAX_BASIS // 2]


@cache
def _epoch() -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC)


def of_minute(number: int) -> datetime:
    """Return the beginning of a minute counted from 1970 UTC."""
    return _epoch() + timedelta(minutes=number)


def period(first: datetime, last: datetime) -> Sentence:
    """Say a period; an instant is no period."""
    if first == last:
        return say("at {time} UTC", time=second(first))
    return say("between {first} and {last} UTC", first=second(first), last=second(last))

"""What findings are made of, and the plain words that they share."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from forensics.attribution.clock_pair import ClockPair
from forensics.attribution.foreign import Foreign
from forensics.attribution.sequence import Takeover, provider_of
from forensics.attribution.surroundings import SequenceEvidence
from forensics.model import Action, AddressContext, Coverage, Event, Finding, Link, Place, Record
from forensics.sentence import Sentence, Stamp, paragraph, say, stamp

MAX_LISTED = 50


MAX_BASIS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything that findings are made of; plain values only. ``events`` are those whose action a finding tells."""

    events: tuple[Event, ...]
    foreign: Foreign
    takeovers: tuple[Takeover, ...]
    contexts: Mapping[tuple[str, date], AddressContext]
    links: tuple[Link, ...]
    link_words: Mapping[tuple[str, str], tuple[str, ...]]
    records: Mapping[str, Record]
    mails: tuple[Event, ...]
    coverage: Coverage
    baseline_exists: bool
    phishing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    further_unlisted: int = 0
    listed_as: Mapping[str, str] = field(default_factory=dict)
    clocks: tuple[ClockPair, ...] = ()
    around: tuple[SequenceEvidence, ...] = ()
    detected: tuple[Finding, ...] = ()
    link_on_record: Mapping[str, tuple[Sentence, ...]] = field(default_factory=dict)
    link_groups: Mapping[str, Sequence[Mapping[str, object]]] = field(default_factory=dict)


def second(moment: datetime) -> Stamp:
    """Write a time to the second, where the sentence says that it is UTC."""
    return stamp(moment)


def clock(moment: datetime) -> Stamp:
    """Write a time for people: UTC, to the second."""
    return stamp(moment, "UTC")


def span(first: datetime, last: datetime) -> str:
    """Write a period for people; an instant is no period."""
    if first == last:
        return say("at {time}", time=clock(first))
    return say("between {first} and {last}", first=clock(first), last=clock(last))


def places(events: Iterable[Event]) -> tuple[Place, ...]:
    """Return the places of events, each once, as many as a reader can check."""
    return tuple(dict.fromkeys(event.where for event in events))[:MAX_BASIS]


def count(number: int, one: str, many: str = "") -> str:
    """Write a number with its noun, for the terminal; a report needs ``say_n``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(words: Sequence[str]) -> str:
    """Join words in their order, each once."""
    unique = list(dict.fromkeys(words))
    if len(unique) < 2:  # noqa: PLR2004 - a list of one
        return unique[0] if unique else say("nothing")
    return say("{first} and {last}", first=paragraph(unique[:-1], ", "), last=unique[-1])


def object_of(event: Event) -> str:
    """Return the name of what an act was done to, or "" where the row does not name it."""
    named = json.loads(event.detail).get("group")
    return named if isinstance(named, str) else ""


def by_provider(events: Sequence[Event], actions: tuple[Action, ...]) -> Iterable[tuple[str, list[Event]]]:
    """Group dated events of these actions by provider; the same fact told by several rows counts once."""
    found: dict[str, dict[tuple[object, ...], Event]] = defaultdict(dict)
    for event in events:
        if event.action in actions:
            found[provider_of(event)].setdefault((event.action, event.time, event.action_text, object_of(event)), event)
    return [(provider, list(facts.values())) for provider, facts in sorted(found.items())]

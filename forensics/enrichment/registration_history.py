"""Old versions of a registered range: which were valid on the day of the event, and what they said.

Two sources tell them (RIPEstat historical-whois, the RIPE database's ``--list-versions``), with the same limits: only
the RIPE database, only back to the last time the object was created, no persons, mail addresses filtered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from forensics.enrichment import reading, registration
from forensics.enrichment.reading import bounded, said
from forensics.enrichment.registration import Registration
from forensics.enrichment.source import Answered, Reply, ReplyStatus, Unanswered
from forensics.enrichment.validity import Version, valid_on
from forensics.sentence import dated, say

MOST_VERSIONS = 3  # versions of one day that are fetched; more than one is rare


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What is known of a range: its key, all versions, and the records of those that were fetched, by number."""

    key: str
    first: str
    last: str
    versions: tuple[Version, ...]
    records: Mapping[str, Registration]
    warnings: tuple[str, ...] = ()


def wanted(versions: Sequence[Version], day: date | None) -> tuple[Version, ...]:
    """Return the versions to read: those valid on the day; without a day the newest."""
    if day is None:
        return tuple(versions[-1:])
    return valid_on(versions, day)[:MOST_VERSIONS]


def answer(
    source: str, subject: str, day: date | None, history: History, replies: Sequence[Reply]
) -> Answered | Unanswered:
    """Say what the versions of the day said."""
    chosen = wanted(history.versions, day)
    if not chosen:
        return reading.unanswered(source, subject, replies, _absent(history, day), ReplyStatus.NOT_FOUND)
    statements = [
        *said(
            "last_changed",
            (chosen[-1].since.date().isoformat(),),
            note=f"version {chosen[-1].number} of {len(history.versions)}",
        )
    ]
    warnings: list[str] = []
    for version in chosen:
        record = history.records.get(version.number)
        if record is None:
            warnings.append(
                say(
                    "version {version} of {key} was valid {period}, but its text was not obtained; --show-version {version}"
                    " shows it",
                    version=bounded(version.number),
                    key=bounded(history.key),
                    period=_period(version),
                )
            )
            continue
        reason = registration.placeholder(record)
        if reason:
            warnings.append(say("version {version}: {reason}", version=bounded(version.number), reason=reason))
            continue
        until = version.until.date() if version.until is not None else None
        statements += registration.statements(
            replace(record, since=version.since.date(), until=until, last_changed=None)
        )
        warnings += record.warnings
    if len(chosen) > 1:
        number = len(valid_on(history.versions, day)) if day is not None else len(chosen)
        told = (
            say("each is told with its period")
            if number == len(chosen)
            else say("the first {n} are told", n=f"{len(chosen)}")
        )
        warnings.append(
            say(
                "the record was changed on {day}: {n} versions were valid on that day; {told}",
                day=dated(day),
                n=f"{number}",
                told=told,
            )
        )
    return reading.answered(
        Answered(
            source=source,
            subject=subject,
            statements=tuple(dict.fromkeys(statements)),
            first=history.first,
            last=history.last,
            warnings=(*warnings, *history.warnings),
        ),
        replies,
    )


def _period(version: Version) -> str:
    since = str(version.since.date())
    if version.until is None:
        return say("from {since} until now", since=since)
    return say("from {since} until {until}", since=since, until=str(version.until.date()))


def _absent(history: History, day: date | None) -> str:
    """Return why no version was valid."""
    if not history.versions:
        return f"no version of {bounded(history.key)} is listed"
    first = history.versions[0].since.date()
    if day is not None and first > day:
        key = bounded(history.key)
        return f"the history of {key} begins on {first}, after the event of {day}: who held the range then is not in it"
    return f"{bounded(history.key)} was deleted on {day}"

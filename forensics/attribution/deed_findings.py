"""Findings about what was done, and about what is missing: exports, deletions, deceptive mails, rows not read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from forensics.attribution.material import (
    MAX_BASIS,
    MAX_LISTED,
    Material,
    by_provider,
    clock,
    count,
    listed,
    object_of,
    places,
)
from forensics.model import Action, Event, Finding, Place

MAX_NAMED = 20
"""Deleted things that a sentence names one by one."""

EXPORTS = (Action.EXPORT_REQUESTED, Action.EXPORT_READY, Action.EXPORT_DOWNLOADED)


DELETIONS = (Action.GROUP_DELETED, Action.CONTENT_DELETED)


_EXPORT_WORDS = {
    Action.EXPORT_REQUESTED: "requested",
    Action.EXPORT_READY: "ready for download",
    Action.EXPORT_DOWNLOADED: "downloaded",
}


def exports(material: Material) -> Iterable[Finding]:
    """Yield one finding per provider at which copies of all data were requested, made ready or fetched."""
    for provider, events in by_provider(material.events, EXPORTS):
        done = listed([f"{_EXPORT_WORDS[event.action]} {_at(event)}" for event in events])
        yield Finding(
            id="",
            kind="data_export",
            statement=f"A copy of the account's data at {provider} was {done}.{_during(material, events)}",
            strength=None,
            basis=places(events),
            alternatives=("The owner asked for the copy, for example to secure evidence.",),
            challenge="Ask the provider when, from which address and to which destination the copy was delivered.",
            facts={"provider": provider, "events": len(events)},
        )


def _during(material: Material, events: Sequence[Event]) -> str:
    steps = {step.where for takeover in material.takeovers for step in takeover.steps}
    inside = [event for event in events if event.where in steps]
    if not material.takeovers or not inside:
        return ""
    return (
        " It falls into the sequence above."
        if len(inside) == len(events)
        else " Part of it falls into the sequence above."
    )


def deletions(material: Material) -> Iterable[Finding]:
    """Yield one finding per provider at which groups or content were deleted."""
    for provider, events in by_provider(material.events, DELETIONS):
        groups = [event for event in events if event.action is Action.GROUP_DELETED]
        content = [event for event in events if event.action is Action.CONTENT_DELETED]
        item = "other item" if groups else "item"
        what = " and ".join(count(len(some), noun) for some, noun in ((groups, "group"), (content, item)) if some)
        yield Finding(
            id="",
            kind="deletion",
            statement=f"{what} {'was' if len(events) == 1 else 'were'} deleted at {provider}: {_told([*groups, *content])}."
            f"{_during(material, events)}",
            strength=None,
            basis=places(events),
            alternatives=("The owner or another administrator deleted it.", "The provider removed it under its rules."),
            challenge="Ask the provider for the record of the deletion (actor, address, time) and for restoration.",
            facts={"provider": provider, "groups": len(groups), "events": len(events)},
        )


def _told(events: Sequence[Event]) -> str:
    """Name what was deleted, each with its time; a long list stays in the event table."""
    named = [f"“{_object(event)}” {_at(event)}" for event in events]
    further = len(named) - MAX_NAMED
    more = [f"{further:,} more, which are in the event table"] if further > 0 else []
    return listed([*named[:MAX_NAMED], *more])


def _at(event: Event) -> str:
    return f"at {clock(event.time)}" if event.time else "at an unknown time"


def _object(event: Event) -> str:
    """Return the name of what was deleted, or the provider's own words where no name is stated."""
    return object_of(event) or event.action_text


def phishing(material: Material) -> Iterable[Finding]:
    """Yield one finding per mail that imitates an alert, with the reasons for saying so."""
    for event in material.mails[:MAX_LISTED]:
        reasons = material.phishing.get(event.event_id, ())
        when = f" at {clock(event.time)}" if event.time else ""
        yield Finding(
            id="",
            kind="phishing",
            statement=f"A mail received{when} imitates a security alert: {'; '.join(reasons) or 'see its headers'}.",
            strength=None,
            basis=(event.where,),
            alternatives=("A genuine mail was forwarded or re-sent in a way that broke its authentication.",),
            challenge="Check the signature with the sender's public key of that date, and the headers of the receiving server.",
            facts={"address": event.address, "reasons": list(reasons)},
        )

    further = material.mails[MAX_LISTED:]
    if further:
        yield Finding(
            id="",
            kind="phishing",
            statement=f"{count(len(further), 'further mail')} {'imitates' if len(further) == 1 else 'imitate'} a security"
            " alert. The event table lists them.",
            strength=None,
            basis=places(further),
            alternatives=("Genuine mails were forwarded or re-sent in a way that broke their authentication.",),
            challenge="Check each signature with the sender's public key of that date.",
            facts={"mails": len(further)},
        )


def gaps(material: Material) -> Iterable[Finding]:
    """Yield what could not be read: it is no part of the other findings."""
    coverage = material.coverage
    unread = [member for member in coverage.members if member.status in ("unrecognised", "rejected")]
    if coverage.rejections or unread:
        yield Finding(
            id="",
            kind="coverage_gap",
            statement=f"{count(coverage.rejections, 'row')} of {coverage.rows:,} could not be read, and"
            f" {count(len(unread), 'file')} {'was' if len(unread) == 1 else 'were'} not recognised or not readable."
            " What they hold is not part of these findings.",
            strength=None,
            basis=tuple(Place(exhibit=member.exhibit, member=member.member) for member in unread)[:MAX_BASIS],
            alternatives=(),
            challenge="The coverage table lists each of them with its place and reason.",
            facts={"rejections": coverage.rejections, "files": [member.name for member in unread][:MAX_LISTED]},
        )

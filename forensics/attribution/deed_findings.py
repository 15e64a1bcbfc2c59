"""Findings about what was done, and about what is missing: exports, deletions, deceptive mails, rows not read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from forensics.attribution.material import (
    MAX_BASIS,
    MAX_LISTED,
    Material,
    by_provider,
    clock,
    listed,
    object_of,
    places,
)
from forensics.model import Action, Event, Finding, Place
from forensics.sentence import paragraph, say, say_n, template

MAX_NAMED = 20
"""Deleted things that a sentence names one by one."""

EXPORTS = (Action.EXPORT_REQUESTED, Action.EXPORT_READY, Action.EXPORT_DOWNLOADED)


DELETIONS = (Action.GROUP_DELETED, Action.CONTENT_DELETED)


_EXPORT_WORDS = {
    Action.EXPORT_REQUESTED: template("requested {at}"),
    Action.EXPORT_READY: template("ready for download {at}"),
    Action.EXPORT_DOWNLOADED: template("downloaded {at}"),
}


def exports(material: Material) -> Iterable[Finding]:
    """Yield one finding per provider at which copies of all data were requested, made ready or fetched."""
    for provider, events in by_provider(material.events, EXPORTS):
        done = listed([say(_EXPORT_WORDS[event.action], at=_at(event)) for event in events])
        said = say("A copy of the account's data at {provider} was {done}.", provider=provider, done=done)
        yield Finding(
            id="",
            kind="data_export",
            statement=paragraph([said, _during(material, events)]),
            strength=None,
            basis=places(events),
            alternatives=(say("The owner asked for the copy, for example to secure evidence."),),
            challenge=say("Ask the provider when, from which address and to which destination the copy was delivered."),
            facts={"provider": provider, "events": len(events)},
        )


def _during(material: Material, events: Sequence[Event]) -> str:
    steps = {step.where for takeover in material.takeovers for step in takeover.steps}
    inside = [event for event in events if event.where in steps]
    if not material.takeovers or not inside:
        return ""
    return (
        say("It falls into the sequence above.")
        if len(inside) == len(events)
        else say("Part of it falls into the sequence above.")
    )


def deletions(material: Material) -> Iterable[Finding]:
    """Yield one finding per provider at which groups or content were deleted."""
    for provider, events in by_provider(material.events, DELETIONS):
        groups = [event for event in events if event.action is Action.GROUP_DELETED]
        content = [event for event in events if event.action is Action.CONTENT_DELETED]
        what = _number(len(groups), len(content))
        said = say_n(
            "{what} was deleted at {provider}: {told}.",
            "{what} were deleted at {provider}: {told}.",
            len(events),
            what=what,
            provider=provider,
            told=_told([*groups, *content]),
        )
        yield Finding(
            id="",
            kind="deletion",
            statement=paragraph([said, _during(material, events)]),
            strength=None,
            basis=places(events),
            alternatives=(
                say("The owner or another administrator deleted it."),
                say("The provider removed it under its rules."),
            ),
            challenge=say(
                "Ask the provider for the record of the deletion (actor, address, time) and for restoration."
            ),
            facts={"provider": provider, "groups": len(groups), "events": len(events)},
        )


def _number(groups: int, items: int) -> str:
    """Say how many groups and other things were deleted."""
    if not groups:
        return say_n("{n} item", "{n} items", items)
    of_groups = say_n("{n} group", "{n} groups", groups)
    others = say_n("{n} other item", "{n} other items", items)
    return say("{first} and {last}", first=of_groups, last=others) if items else of_groups


def _told(events: Sequence[Event]) -> str:
    """Name what was deleted, each with its time; a long list stays in the event table."""
    named = [say("“{name}” {at}", name=_object(event), at=_at(event)) for event in events]
    further = len(named) - MAX_NAMED
    more = (
        [say_n("{n} more, which is in the event table", "{n} more, which are in the event table", further)]
        if further > 0
        else []
    )
    return listed([*named[:MAX_NAMED], *more])


def _at(event: Event) -> str:
    return say("at {time}", time=clock(event.time)) if event.time else say("at an unknown time")


def _object(event: Event) -> str:
    """Return the name of what was deleted, or the provider's own words where no name is stated."""
    return object_of(event) or event.action_text


def phishing(material: Material) -> Iterable[Finding]:
    """Yield one finding per mail that imitates an alert, with the reasons for saying so."""
    for event in material.mails[:MAX_LISTED]:
        reasons = material.phishing.get(event.event_id, ())
        yield Finding(
            id="",
            kind="phishing",
            statement=_imitates(event, reasons),
            strength=None,
            basis=(event.where,),
            alternatives=(say("A genuine mail was forwarded or re-sent in a way that broke its authentication."),),
            challenge=say(
                "Check the signature with the sender's public key of that date, and the headers of the receiving server."
            ),
            facts={"address": event.address, "reasons": list(reasons)},
        )

    further = material.mails[MAX_LISTED:]
    if further:
        yield Finding(
            id="",
            kind="phishing",
            statement=say_n(
                "{n} further mail imitates a security alert. The event table lists them.",
                "{n} further mails imitate a security alert. The event table lists them.",
                len(further),
            ),
            strength=None,
            basis=places(further),
            alternatives=(say("Genuine mails were forwarded or re-sent in a way that broke their authentication."),),
            challenge=say("Check each signature with the sender's public key of that date."),
            facts={"mails": len(further)},
        )


def _imitates(event: Event, reasons: Sequence[str]) -> str:
    """Say when a mail came and why it is taken for an imitation."""
    why = paragraph(reasons, "; ") or say("see its headers")
    if event.time is None:
        return say("A mail received imitates a security alert: {reasons}.", reasons=why)
    return say("A mail received at {time} imitates a security alert: {reasons}.", time=clock(event.time), reasons=why)


def gaps(material: Material) -> Iterable[Finding]:
    """Yield what could not be read: it is no part of the other findings."""
    coverage = material.coverage
    unread = [member for member in coverage.members if member.status in ("unrecognised", "rejected")]
    if coverage.rejections or unread:
        yield Finding(
            id="",
            kind="coverage_gap",
            statement=say(
                "{rows} could not be read, and {files}. What they hold is not part of these findings.",
                rows=say_n("{n} row of {total}", "{n} rows of {total}", coverage.rejections, total=coverage.rows),
                files=say_n(
                    "{n} file was not recognised or not readable",
                    "{n} files were not recognised or not readable",
                    len(unread),
                ),
            ),
            strength=None,
            basis=tuple(Place(exhibit=member.exhibit, member=member.member) for member in unread)[:MAX_BASIS],
            alternatives=(),
            challenge=say("The coverage table lists each of them with its place and reason."),
            facts={"rejections": coverage.rejections, "files": [member.name for member in unread][:MAX_LISTED]},
        )

"""Findings: numbered statements in plain words, each with its basis, its strength and the ways to attack it.

The order is fixed, so that equal evidence gives equal numbers. A statement says what rows show; it never says who
typed, who ordered, or what an organisation did.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from forensics.attribution.context_words import told
from forensics.attribution.link_b import offered
from forensics.attribution.sequence import Takeover, provider_of
from forensics.model import (
    Action,
    AddressContext,
    Coverage,
    Event,
    Finding,
    Link,
    LinkB,
    Place,
    Record,
    Role,
    Session,
)

MAX_LISTED = 50
MAX_BASIS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything that findings are made of; plain values only."""

    events: tuple[Event, ...]
    sessions: tuple[Session, ...]
    takeovers: tuple[Takeover, ...]
    contexts: Mapping[tuple[str, date], AddressContext]
    links: tuple[Link, ...]
    link_words: Mapping[tuple[str, str], tuple[str, ...]]
    records: Mapping[str, Record]
    mails: tuple[Event, ...]
    seen_elsewhere: Mapping[str, tuple[str, ...]]
    coverage: Coverage
    baseline_exists: bool
    phishing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def findings(material: Material) -> tuple[Finding, ...]:
    """Return all findings, numbered F-1, F-2, … in a fixed order of kinds."""
    makers = (_unexplained, _sequences, _exports, _deletions, _registry, _across, _codes, _phishing, _gaps)
    made = [finding for maker in makers for finding in maker(material)]
    return tuple(replace(finding, id=f"F-{number}") for number, finding in enumerate(made, start=1))


def clock(moment: datetime) -> str:
    """Write a time for people: UTC, to the second."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _places(events: Iterable[Event]) -> tuple[Place, ...]:
    return tuple(dict.fromkeys(event.where for event in events))[:MAX_BASIS]


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _listed(words: Sequence[str]) -> str:
    unique = list(dict.fromkeys(words))
    return unique[0] if len(unique) == 1 else f"{', '.join(unique[:-1])} and {unique[-1]}" if unique else "nothing"


def _unexplained(material: Material) -> Iterable[Finding]:
    foreign = [item for item in material.sessions if item.role is Role.UNEXPLAINED]
    if not foreign:
        return
    if not material.baseline_exists:
        yield _no_baseline(foreign)
        return
    by_address: dict[str, list[Session]] = defaultdict(list)
    for session in foreign:
        by_address[session.address or ""].append(session)
    ordered = sorted(by_address.items(), key=lambda item: (item[1][0].first, item[0]))
    for address, sessions in ordered[:MAX_LISTED]:
        yield _one_address(material, address, sessions)
    if len(ordered) > MAX_LISTED:
        rest = [session for _, sessions in ordered[MAX_LISTED:] for session in sessions]
        yield Finding(
            id="",
            kind="unexplained_session",
            statement=f"{_count(len(rest), 'further session')} from {len(ordered) - MAX_LISTED:,} further addresses"
            " are not explained by what the owner declared. They are listed in the session table.",
            strength=None,
            basis=_places(event for session in rest for event in session.events),
            alternatives=_SESSION_ALTERNATIVES,
            challenge=_SESSION_CHALLENGE,
        )


def _no_baseline(foreign: Sequence[Session]) -> Finding:
    addresses = {session.address for session in foreign if session.address}
    return Finding(
        id="",
        kind="unexplained_session",
        statement=f"{_count(len(foreign), 'session')} from {_count(len(addresses), 'address', 'addresses')} are"
        " unexplained, because no address, device or clean period of the owner was declared. This says nothing about"
        " whose sessions they are.",
        strength=None,
        basis=_places(event for session in foreign for event in session.events),
        alternatives=("All of these sessions may be the owner's own.",),
        challenge="Declare the owner's addresses, devices or a clean period (--owner FILE) and run the analysis again.",
        facts={"addresses": sorted(addresses)[:MAX_LISTED]},
    )


_SESSION_ALTERNATIVES = (
    "The owner used a network or device that was not declared (travel, a friend's connection, a VPN).",
    "Somebody used the account with the owner's consent.",
    "The provider recorded the address of a service of its own or of a mobile gateway.",
)
_SESSION_CHALLENGE = (
    "Show that the owner was on this network or had this device at the time (tickets, router or operator records), or"
    " that the rows are wrong; then the session becomes the owner's and everything below is computed again."
)


def _one_address(material: Material, address: str, sessions: Sequence[Session]) -> Finding:
    first, last = min(item.first for item in sessions), max(item.last for item in sessions)
    where = f"from {address}" if address else "from an address that the export does not state"
    accounts = _listed([f"{item.provider}{f' ({item.account})' if item.account else ''}" for item in sessions])
    reasons = list(dict.fromkeys(reason for item in sessions for reason in item.reasons))
    context = material.contexts.get((address, first.date()))
    origin = f" On that day the address was {told(context)}." if address else ""
    classes = f" Known class: {', '.join(context.classes)}." if context is not None and context.classes else ""
    return Finding(
        id="",
        kind="unexplained_session",
        statement=f"The account was opened {where} at {accounts}: {_count(len(sessions), 'session')} between"
        f" {clock(first)} and {clock(last)}. Nothing that the owner declared explains them: {'; '.join(reasons[:3])}."
        f"{origin}{classes}",
        strength=None,
        basis=_places(event for session in sessions for event in session.events),
        alternatives=_SESSION_ALTERNATIVES,
        challenge=_SESSION_CHALLENGE,
        facts={
            "address": address or None,
            "first": first.isoformat(),
            "last": last.isoformat(),
            "providers": sorted({item.provider for item in sessions}),
            "sessions": [item.id for item in sessions],
            "devices": sorted({item.device for item in sessions if item.device}),
            "reasons": reasons,
        },
    )


def _sequences(material: Material) -> Iterable[Finding]:
    for takeover in material.takeovers:
        kinds = _listed([step.words for step in takeover.steps])
        silent = "".join(
            f" {item.provider.capitalize()} shows no step"
            + (", although its data covers the time." if item.covered else "; its data does not cover the whole time.")
            for item in takeover.silent
        )
        back = f" From {clock(takeover.regained[0].time)} the owner acts again." if takeover.regained else ""
        yield Finding(
            id="",
            kind="takeover_sequence",
            statement=f"Between {clock(takeover.first)} and {clock(takeover.last)} the accounts at"
            f" {_listed(list(takeover.providers))} ({_count(len(takeover.providers), 'provider')}) show one sequence of"
            f" {_count(len(takeover.steps), 'step')}: {kinds}.{back}{silent}",
            strength=None,
            basis=tuple(dict.fromkeys(step.where for step in takeover.steps))[:MAX_BASIS],
            alternatives=(
                (
                    "Each step also occurs in ordinary use; it is their order and density around unexplained sessions that is"
                    " reported."
                ),
                (
                    "Steps without an address (codes, deletions, exports) cannot be tied to a session by an address. They"
                    " happened while the session was the last one opened."
                ),
            ),
            challenge="Show that the owner did one of the steps, or that a time is wrong: the sequence is rebuilt without it.",
            facts={
                "providers": list(takeover.providers),
                "steps": [
                    {
                        "time": step.time.isoformat(),
                        "provider": step.provider,
                        "action": str(step.action),
                        "address": step.address,
                        "session": step.session or None,
                        "text": step.text,
                    }
                    for step in takeover.steps
                ],
                "regained": [
                    {"time": step.time.isoformat(), "provider": step.provider, "action": str(step.action)}
                    for step in takeover.regained
                ],
                "silent": [{"provider": item.provider, "covered": item.covered} for item in takeover.silent],
            },
        )


_EXPORTS = (Action.EXPORT_REQUESTED, Action.EXPORT_READY, Action.EXPORT_DOWNLOADED)
_DELETIONS = (Action.GROUP_DELETED, Action.CONTENT_DELETED)


def _exports(material: Material) -> Iterable[Finding]:
    for provider, events in _by_provider(material.events, _EXPORTS):
        done = _listed([f"{_EXPORT_WORDS[event.action]} at {clock(event.time)}" for event in events if event.time])
        yield Finding(
            id="",
            kind="data_export",
            statement=f"A copy of the account's data at {provider} was {done}.{_during(material, events)}",
            strength=None,
            basis=_places(events),
            alternatives=("The owner asked for the copy, for example to secure evidence.",),
            challenge="Ask the provider when, from which address and to which destination the copy was delivered.",
            facts={"provider": provider, "events": len(events)},
        )


_EXPORT_WORDS = {
    Action.EXPORT_REQUESTED: "requested",
    Action.EXPORT_READY: "ready for download",
    Action.EXPORT_DOWNLOADED: "downloaded",
}


def _by_provider(events: Sequence[Event], actions: tuple[Action, ...]) -> Iterable[tuple[str, list[Event]]]:
    """Group dated events of these actions by provider; the same fact told by several rows counts once."""
    found: dict[str, dict[tuple[object, ...], Event]] = defaultdict(dict)
    for event in events:
        if event.action in actions:
            found[provider_of(event)].setdefault((event.action, event.time, event.action_text), event)
    return [(provider, list(facts.values())) for provider, facts in sorted(found.items())]


def _during(material: Material, events: Sequence[Event]) -> str:
    inside = [
        event
        for event in events
        if any(step.where == event.where for takeover in material.takeovers for step in takeover.steps)
    ]
    if not material.takeovers or not inside:
        return ""
    return (
        " It falls into the sequence above."
        if len(inside) == len(events)
        else " Part of it falls into the sequence above."
    )


def _deletions(material: Material) -> Iterable[Finding]:
    for provider, events in _by_provider(material.events, _DELETIONS):
        groups = [event for event in events if event.action is Action.GROUP_DELETED]
        what = _count(len(groups), "group") if groups else _count(len(events), "item")
        told_as = _listed([f"“{_object(event)}” at {clock(event.time)}" for event in events if event.time])
        yield Finding(
            id="",
            kind="deletion",
            statement=f"{what} {'was' if len(groups or events) == 1 else 'were'} deleted at {provider}: {told_as}."
            f"{_during(material, events)}",
            strength=None,
            basis=_places(events),
            alternatives=("The owner or another administrator deleted it.", "The provider removed it under its rules."),
            challenge="Ask the provider for the record of the deletion (actor, address, time) and for restoration.",
            facts={"provider": provider, "groups": len(groups), "events": len(events)},
        )


def _object(event: Event) -> str:
    """Return the name of what was deleted, or the provider's own words where no name is stated."""
    named = json.loads(event.detail).get("group")
    return named if isinstance(named, str) and named else event.action_text


def _registry(material: Material) -> Iterable[Finding]:
    for link in material.links:
        record = material.records.get(link.record)
        quoted: tuple[LinkB, ...] = ()
        said = ""
        words = material.link_words.get((link.address, link.record), ())
        if record is None:
            statement = (
                f"{link.address} (in use at {clock(link.at)}) is not on record: no registry used here lists it, and no"
                " recorded address lies near enough to it to weigh anything."
            )
        else:
            context = material.contexts.get((link.address, link.at.date()))
            offer = offered(record, context.classes if context is not None else ())
            quoted = offer.statements
            cited = "; ".join(f"“{item.statement}” (grade {item.grade}, {item.source})" for item in quoted)
            said = f" Quoted, not computed: {cited}." if quoted else f" {offer.says}"
            statement = _registry_words(link, record)
        yield Finding(
            id="",
            kind="registry_link",
            statement=statement + said,
            strength=link.strength if record is not None else None,
            basis=_places(event for session in _of(material, link.address) for event in session.events),
            alternatives=words or ("Registries are incomplete: absence from them says little.",),
            challenge="Compute the ratio again with other assumptions; the derivation lists every number that enters it."
            if record is not None
            else "Look the address up in further registries, as of the date.",
            facts={
                "address": link.address,
                "at": link.at.isoformat(),
                "ring": link.ring,
                "record": link.record or None,
                "window": link.window or None,
                "gap_days": link.gap_days,
                "assumptions": list(link.assumptions),
                "derivation": dict(link.derivation),
                "link_b": [
                    {"entity": b.entity, "statement": b.statement, "source": b.source, "grade": b.grade} for b in quoted
                ],
            },
        )


def _of(material: Material, address: str) -> list[Session]:
    return [item for item in material.sessions if item.address == address and item.role is Role.UNEXPLAINED]


_RING_WORDS = {
    "exact": "The same address is",
    "assignment": "An address of the same assignment is",
    "neighbourhood": "An address of the same small block is",
    "prefix": "An address of the same announced block is",
    "origin_as": "An address of the same network is",
}


def _registry_words(link: Link, record: Record) -> str:
    window = {
        "inside": "inside the period recorded for it",
        "before": "before the period recorded for it",
        "after": "after the period recorded for it",
    }.get(link.window, "its period of use is not on record")
    same = _RING_WORDS.get(link.ring, "An address of the same country is")
    strength = link.strength
    more = "more" if strength.lr >= 1 else "less"
    return (
        f"{link.address} (in use at {clock(link.at)}): {same} on record {record.id} ({record.role}), {window}. What was"
        f" found is about {_figure(max(strength.lr, 1 / strength.lr))} times {more} probable if these sessions came from"
        f" the same infrastructure as the recorded incidents than from {strength.against} (range"
        f" {_figure(strength.lr_low)} to {_figure(strength.lr_high)}: {strength.words}). Who ran that infrastructure is not"
        " computed."
    )


def _figure(ratio: float) -> str:
    """Write a ratio with two significant digits: more would feign a precision that the model does not have."""
    rounded = float(f"{ratio:.2g}")
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:g}"  # noqa: PLR2004 - from here on no decimals


def _across(material: Material) -> Iterable[Finding]:
    foreign = [item for item in material.sessions if item.role is Role.UNEXPLAINED]
    if not material.baseline_exists:
        return
    for address in sorted({item.address for item in foreign if item.address}):
        own = [item for item in foreign if item.address == address]
        providers = sorted({item.provider for item in own} | set(material.seen_elsewhere.get(address, ())))
        if len(providers) > 1:
            yield _same(
                f"The address {address}",
                [_RECORDS.get(name, name) for name in providers],
                own,
                {"address": address, "providers": providers},
            )
    for device in sorted({item.device for item in foreign if item.device}):
        own = [item for item in foreign if item.device == device]
        addresses = sorted({item.address for item in own if item.address})
        if len(addresses) > 1:
            yield Finding(
                id="",
                kind="cross_provider",
                statement=f"The same device identifier {device} was used from {_listed(addresses)}. This ties the sessions"
                " from these addresses to one browser or device, whatever the addresses are.",
                strength=None,
                basis=_places(event for session in own for event in session.events),
                alternatives=("Cookies can be copied from one device to another.",),
                challenge="Ask the provider for the full identifier behind the shortened one in the export.",
                facts={"device": device, "addresses": addresses},
            )


_RECORDS = {"weblog": "a web-server log", "mail": "mail headers"}


def _same(subject: str, providers: list[str], own: Sequence[Session], facts: dict[str, object]) -> Finding:
    return Finding(
        id="",
        kind="cross_provider",
        statement=f"{subject} occurs in the records of {_listed(providers)}, which were kept independently of each other.",
        strength=None,
        basis=_places(event for session in own for event in session.events),
        alternatives=(
            "Several people share the address (mobile operator, office, VPN).",
            "The address changed hands between the times recorded.",
        ),
        challenge="Ask the network for who held the address at each of the times, with source ports where recorded.",
        facts=facts,
    )


def _codes(material: Material) -> Iterable[Finding]:
    steps = {
        step.where for takeover in material.takeovers for step in takeover.steps if step.action is Action.CODE_SENT
    }
    codes = [event for event in material.events if event.action is Action.CODE_SENT and event.where in steps]
    if codes:
        services = _listed(sorted({provider_of(event) for event in codes}))
        yield Finding(
            id="",
            kind="sms_code",
            statement=f"{_count(len(codes), 'sign-in code')} for {services} arrived in the hours around the unexplained"
            " sessions. A session that follows a code which the owner did not use means that somebody else could read it.",
            strength=None,
            basis=_places(codes),
            alternatives=(
                "The owner requested or used the codes.",
                "The codes were obtained by a phishing page, not on the way to the phone.",
            ),
            challenge="Ask the mobile operator for message delivery and forwarding records of the number.",
            facts={"codes": len(codes), "services": sorted({provider_of(event) for event in codes})},
        )


def _phishing(material: Material) -> Iterable[Finding]:
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


def _gaps(material: Material) -> Iterable[Finding]:
    coverage = material.coverage
    unread = [member for member in coverage.members if member.status in ("unrecognised", "rejected")]
    if coverage.rejections or unread:
        yield Finding(
            id="",
            kind="coverage_gap",
            statement=f"{_count(coverage.rejections, 'row')} of {coverage.rows:,} could not be read, and"
            f" {_count(len(unread), 'file')} {'was' if len(unread) == 1 else 'were'} not recognised or not readable."
            " What they hold is not part of these findings.",
            strength=None,
            basis=tuple(Place(exhibit=member.exhibit, member=member.member) for member in unread)[:MAX_BASIS],
            alternatives=(),
            challenge="The coverage table lists each of them with its place and reason.",
            facts={"rejections": coverage.rejections, "files": [member.name for member in unread][:MAX_LISTED]},
        )

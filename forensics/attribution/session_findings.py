"""Findings about sessions: what the owner does not explain, the sequence, addresses and devices across providers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from forensics.attribution.context_words import classes_told, registry_told, told
from forensics.attribution.foreign import Foreign, SharedAddress, SharedDevice
from forensics.attribution.material import MAX_BASIS, MAX_LISTED, Material, clock, listed, places, span
from forensics.attribution.sequence import Takeover, provider_of
from forensics.attribution.session_reasons import reason_told
from forensics.model import Action, Finding, Session
from forensics.sentence import paragraph, say, say_n

_SESSION_ALTERNATIVES = (
    say("The owner used a network or device that was not declared (travel, a friend's connection, a VPN)."),
    say("Somebody used the account with the owner's consent."),
    say("The provider recorded the address of a service of its own or of a mobile gateway."),
)


_SESSION_CHALLENGE = say(
    "Show that the owner was on this network or had this device at the time (tickets, router or operator records), or"
    " that the rows are wrong; then the session becomes the owner's and everything below is computed again."
)


_RECORDS = {"weblog": say("a web-server log"), "mail": say("mail headers")}


def unexplained(material: Material) -> Iterable[Finding]:
    """Yield one finding per address whose sessions the owner does not explain; one for all without a baseline."""
    foreign = material.foreign
    if not foreign.sessions:
        return
    if not material.baseline_exists:
        yield _no_baseline(foreign)
        return
    for item in foreign.by_address:
        yield _one_address(material, item.address, item.sessions)
    if foreign.rest_addresses:
        yield Finding(
            id="",
            kind="unexplained_session",
            statement=say_n(
                "{n} further session from {addresses} is not explained by what the owner declared. It is listed in the session"
                " table.",
                "{n} further sessions from {addresses} are not explained by what the owner declared. They are listed in the"
                " session table.",
                foreign.rest_sessions,
                addresses=say_n("{n} further address", "{n} further addresses", foreign.rest_addresses),
            ),
            strength=None,
            basis=foreign.rest_basis,
            alternatives=_SESSION_ALTERNATIVES,
            challenge=_SESSION_CHALLENGE,
        )


def _no_baseline(foreign: Foreign) -> Finding:
    return Finding(
        id="",
        kind="unexplained_session",
        statement=say(
            "{sessions} from {addresses} are unexplained, because no address, device or clean period of the owner was"
            " declared. This says nothing about whose sessions they are.",
            sessions=say_n("{n} session", "{n} sessions", foreign.sessions),
            addresses=say_n("{n} address", "{n} addresses", foreign.addresses),
        ),
        strength=None,
        basis=foreign.basis,
        alternatives=(say("All of these sessions may be the owner's own."),),
        challenge=say(
            "Declare the owner's addresses, devices or a clean period (--owner FILE) and run the analysis again."
        ),
        facts={"addresses": list(foreign.first_addresses)},
    )


def _one_address(material: Material, address: str, sessions: Sequence[Session]) -> Finding:
    first, last = min(item.first for item in sessions), max(item.last for item in sessions)
    reasons = list(dict.fromkeys(reason for item in sessions for reason in item.reasons))
    context = material.contexts.get((address, min(item.at for item in sessions).date()))
    said = [
        say(
            "{opened}: {sessions} {span}. Nothing that the owner declared explains them: {reasons}.",
            opened=_said(address, sessions),
            sessions=say_n("{n} session", "{n} sessions", len(sessions)),
            span=span(first, last),
            reasons=paragraph(map(reason_told, reasons[:3]), "; "),
        ),
        say("On that day {told}.", told=told(context)) if address else "",
        classes_told(context, ports=any(item.ports for item in sessions)),
        registry_told(context),
    ]
    return Finding(
        id="",
        kind="unexplained_session",
        statement=paragraph(said),
        strength=None,
        basis=tuple(dict.fromkeys(place for session in sessions for place in session.places))[:MAX_BASIS],
        alternatives=_SESSION_ALTERNATIVES,
        challenge=_SESSION_CHALLENGE,
        facts={
            "address": address or None,
            "first": first.isoformat(),
            "last": last.isoformat(),
            "providers": sorted({item.provider for item in sessions}),
            "sessions": [item.id for item in sessions],
            "devices": sorted({item.device for item in sessions if item.device}),
            "reasons": [reason_told(reason) for reason in reasons],
        },
    )


def _said(address: str, sessions: Sequence[Session]) -> str:
    """Say at which accounts somebody entered, and which only name the address: lists, background use, ended sessions."""
    names = {
        (item.provider, item.account): f"{item.provider} ({item.account})" if item.account else item.provider
        for item in sessions
    }
    entered = {(item.provider, item.account) for item in sessions if item.entered}
    into = listed([name for key, name in names.items() if key in entered])
    others = listed([name for key, name in names.items() if key not in entered])
    if not entered:
        if not address:
            return say(
                "An address that the export does not state is one of records of use at {others}, none of which says that the"
                " account was opened from it",
                others=others,
            )
        return say(
            "{address} is an address of records of use at {others}, none of which says that the account was opened from it",
            address=address,
            others=others,
        )
    where = address or say("an address that the export does not state")
    if len(entered) == len(names):
        return say("The account was opened from {address} at {accounts}", address=where, accounts=into)
    return say(
        "The account was opened from {address} at {accounts}, and records of use at {others} name it, too",
        address=where,
        accounts=into,
        others=others,
    )


def sequences(material: Material) -> Iterable[Finding]:
    """Yield one finding per takeover sequence, with what the owner did afterwards and who is silent."""
    for takeover in material.takeovers:
        yield Finding(
            id="",
            kind="takeover_sequence",
            statement=_sequence(takeover),
            strength=None,
            basis=tuple(dict.fromkeys(step.where for step in takeover.steps))[:MAX_BASIS],
            alternatives=(
                say(
                    "Each step also occurs in ordinary use; it is their order and density around unexplained sessions that is"
                    " reported."
                ),
                say(
                    "Steps without an address (codes, deletions, exports) cannot be tied to a session by an address. They"
                    " happened while the session was the last one opened."
                ),
            ),
            challenge=say(
                "Show that the owner did one of the steps, or that a time is wrong: the sequence is rebuilt without it."
            ),
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
                "undecided": [
                    {"time": step.time.isoformat(), "provider": step.provider, "action": str(step.action)}
                    for step in takeover.undecided
                ],
                "silent": [{"provider": item.provider, "covered": item.covered} for item in takeover.silent],
            },
        )


def _sequence(takeover: Takeover) -> str:
    """Tell the steps, what is undecided, when the owner acts again and who is silent."""
    parts: list[str] = [
        say(
            "Between {first} and {last} the accounts at {accounts} ({providers}) show one sequence of {steps}: {kinds}.",
            first=clock(takeover.first),
            last=clock(takeover.last),
            accounts=listed(list(takeover.providers)),
            providers=say_n("{n} provider", "{n} providers", len(takeover.providers)),
            steps=say_n("{n} step", "{n} steps", len(takeover.steps)),
            kinds=listed([step.words for step in takeover.steps]),
        )
    ]
    if takeover.undecided:
        parts.append(
            say_n(
                "{n} further step may be the owner's: no unexplained session is tied to them.",
                "{n} further steps may be the owner's: no unexplained session is tied to them.",
                len(takeover.undecided),
            )
        )
    if takeover.regained:
        parts.append(say("From {time} the owner acts again.", time=clock(takeover.regained[0].time)))
    for item in takeover.silent:
        provider = item.provider.capitalize()
        if item.covered:
            parts.append(say("{provider} shows no step, although its data covers the time.", provider=provider))
        else:
            parts.append(say("{provider} shows no step; its data does not cover the whole time.", provider=provider))
    return paragraph(parts)


def across(material: Material) -> Iterable[Finding]:
    """Yield what ties unexplained sessions together: one address at several providers, one device at several addresses."""
    if not material.baseline_exists:
        return
    foreign = material.foreign
    found = [*map(_same_address, foreign.shared_addresses), *map(_same_device, foreign.shared_devices)][:MAX_LISTED]
    yield from found
    further = foreign.shared_total - len(found)
    if further:
        yield Finding(
            id="",
            kind="cross_provider",
            statement=say_n(
                "{n} further address or device ties unexplained sessions together. The session table holds it.",
                "{n} further addresses or devices tie unexplained sessions together. The session table holds them.",
                further,
            ),
            strength=None,
            basis=(),
            alternatives=(say("Several people share an address (mobile operator, office, VPN)."),),
            challenge=say(
                "Narrow the question with a clean period or further declared addresses, and run the analysis again."
            ),
            facts={"further": further},
        )


def _same_device(shared: SharedDevice) -> Finding:
    further = shared.total - len(shared.addresses)
    addresses = listed(shared.addresses)
    if further:
        addresses = say("{first} and {more} more", first=addresses, more=further)
    return Finding(
        id="",
        kind="cross_provider",
        statement=say(
            "The same device identifier {device} was used from {addresses}. This ties the sessions from these addresses to"
            " one browser or device, whatever the addresses are.",
            device=shared.device,
            addresses=addresses,
        ),
        strength=None,
        basis=shared.basis,
        alternatives=(say("Cookies can be copied from one device to another."),),
        challenge=say("Ask the provider for the full identifier behind the shortened one in the export."),
        facts={"device": shared.device, "addresses": list(shared.addresses), "addresses_total": shared.total},
    )


def _same_address(shared: SharedAddress) -> Finding:
    names = listed([_RECORDS.get(name, name) for name in shared.providers])
    return Finding(
        id="",
        kind="cross_provider",
        statement=say(
            "The address {address} occurs in the records of {sources}, which were kept independently of each other.",
            address=shared.address,
            sources=names,
        ),
        strength=None,
        basis=shared.basis,
        alternatives=(
            say("Several people share the address (mobile operator, office, VPN)."),
            say("The address changed hands between the times recorded."),
        ),
        challenge=say(
            "Ask the network for who held the address at each of the times, with source ports where recorded."
        ),
        facts={"address": shared.address, "providers": list(shared.providers)},
    )


def codes(material: Material) -> Iterable[Finding]:
    """Yield one finding for the sign-in codes of the sequences."""
    steps = {
        step.where for takeover in material.takeovers for step in takeover.steps if step.action is Action.CODE_SENT
    }
    codes = [event for event in material.events if event.action is Action.CODE_SENT and event.where in steps]
    if codes:
        services = listed(sorted({provider_of(event) for event in codes}))
        yield Finding(
            id="",
            kind="sms_code",
            statement=say_n(
                "{n} sign-in code for {services} arrived in the hours around the unexplained sessions. A session that follows"
                " a code which the owner did not use means that somebody else could read it.",
                "{n} sign-in codes for {services} arrived in the hours around the unexplained sessions. A session that follows"
                " a code which the owner did not use means that somebody else could read it.",
                len(codes),
                services=services,
            ),
            strength=None,
            basis=places(codes),
            alternatives=(
                say("The owner requested or used the codes."),
                say("The codes were obtained by a phishing page, not on the way to the phone."),
            ),
            challenge=say("Ask the mobile operator for message delivery and forwarding records of the number."),
            facts={"codes": len(codes), "services": sorted({provider_of(event) for event in codes})},
        )

"""Findings about sessions: what the owner does not explain, the sequence, addresses and devices across providers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from forensics.attribution.context_words import classes_told, registry_told, told
from forensics.attribution.foreign import Foreign, SharedAddress, SharedDevice
from forensics.attribution.material import MAX_BASIS, MAX_LISTED, Material, clock, count, listed, places, span
from forensics.attribution.sequence import provider_of
from forensics.model import Action, Finding, Session

_SESSION_ALTERNATIVES = (
    "The owner used a network or device that was not declared (travel, a friend's connection, a VPN).",
    "Somebody used the account with the owner's consent.",
    "The provider recorded the address of a service of its own or of a mobile gateway.",
)


_SESSION_CHALLENGE = (
    "Show that the owner was on this network or had this device at the time (tickets, router or operator records), or"
    " that the rows are wrong; then the session becomes the owner's and everything below is computed again."
)


_RECORDS = {"weblog": "a web-server log", "mail": "mail headers"}


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
            statement=f"{count(foreign.rest_sessions, 'further session')} from {foreign.rest_addresses:,} further addresses"
            " are not explained by what the owner declared. They are listed in the session table.",
            strength=None,
            basis=foreign.rest_basis,
            alternatives=_SESSION_ALTERNATIVES,
            challenge=_SESSION_CHALLENGE,
        )


def _no_baseline(foreign: Foreign) -> Finding:
    return Finding(
        id="",
        kind="unexplained_session",
        statement=f"{count(foreign.sessions, 'session')} from {count(foreign.addresses, 'address', 'addresses')} are"
        " unexplained, because no address, device or clean period of the owner was declared. This says nothing about"
        " whose sessions they are.",
        strength=None,
        basis=foreign.basis,
        alternatives=("All of these sessions may be the owner's own.",),
        challenge="Declare the owner's addresses, devices or a clean period (--owner FILE) and run the analysis again.",
        facts={"addresses": list(foreign.first_addresses)},
    )


def _one_address(material: Material, address: str, sessions: Sequence[Session]) -> Finding:
    first, last = min(item.first for item in sessions), max(item.last for item in sessions)
    reasons = list(dict.fromkeys(reason for item in sessions for reason in item.reasons))
    context = material.contexts.get((address, min(item.at for item in sessions).date()))
    origin = f" On that day {told(context)}." if address else ""
    classes = classes_told(context, ports=any(item.ports for item in sessions)) + registry_told(context)
    return Finding(
        id="",
        kind="unexplained_session",
        statement=f"{_said(address, sessions)}: {count(len(sessions), 'session')}"
        f" {span(first, last)}. Nothing that the owner declared explains them: {'; '.join(reasons[:3])}."
        f"{origin}{classes}",
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
            "reasons": reasons,
        },
    )


def _said(address: str, sessions: Sequence[Session]) -> str:
    """Say at which accounts somebody entered, and which only name the address: lists, background use, ended sessions."""
    names = {
        (item.provider, item.account): f"{item.provider}{f' ({item.account})' if item.account else ''}"
        for item in sessions
    }
    entered = {(item.provider, item.account) for item in sessions if item.entered}
    into = listed([name for key, name in names.items() if key in entered])
    others = listed([name for key, name in names.items() if key not in entered])
    if not entered:
        named = f"{address} is an address" if address else "An address that the export does not state is one"
        return f"{named} of records of use at {others}, none of which says that the account was opened from it"
    where = f"from {address}" if address else "from an address that the export does not state"
    more = f", and records of use at {others} name it, too" if len(entered) < len(names) else ""
    return f"The account was opened {where} at {into}{more}"


def sequences(material: Material) -> Iterable[Finding]:
    """Yield one finding per takeover sequence, with what the owner did afterwards and who is silent."""
    for takeover in material.takeovers:
        kinds = listed([step.words for step in takeover.steps])
        silent = "".join(
            f" {item.provider.capitalize()} shows no step"
            + (", although its data covers the time." if item.covered else "; its data does not cover the whole time.")
            for item in takeover.silent
        )
        undecided = (
            f" {count(len(takeover.undecided), 'further step')} may be the owner's: no unexplained session is tied to them."
            if takeover.undecided
            else ""
        )
        back = f" From {clock(takeover.regained[0].time)} the owner acts again." if takeover.regained else ""
        yield Finding(
            id="",
            kind="takeover_sequence",
            statement=f"Between {clock(takeover.first)} and {clock(takeover.last)} the accounts at"
            f" {listed(list(takeover.providers))} ({count(len(takeover.providers), 'provider')}) show one sequence of"
            f" {count(len(takeover.steps), 'step')}: {kinds}.{undecided}{back}{silent}",
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
                "undecided": [
                    {"time": step.time.isoformat(), "provider": step.provider, "action": str(step.action)}
                    for step in takeover.undecided
                ],
                "silent": [{"provider": item.provider, "covered": item.covered} for item in takeover.silent],
            },
        )


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
            statement=f"{count(further, 'further address or device', 'further addresses or devices')} tie"
            " unexplained sessions together. The session table holds them.",
            strength=None,
            basis=(),
            alternatives=("Several people share an address (mobile operator, office, VPN).",),
            challenge="Narrow the question with a clean period or further declared addresses, and run the analysis again.",
            facts={"further": further},
        )


def _same_device(shared: SharedDevice) -> Finding:
    further = shared.total - len(shared.addresses)
    more = f" and {further:,} more" if further else ""
    return Finding(
        id="",
        kind="cross_provider",
        statement=f"The same device identifier {shared.device} was used from {listed(shared.addresses)}{more}. This"
        " ties the sessions from these addresses to one browser or device, whatever the addresses are.",
        strength=None,
        basis=shared.basis,
        alternatives=("Cookies can be copied from one device to another.",),
        challenge="Ask the provider for the full identifier behind the shortened one in the export.",
        facts={"device": shared.device, "addresses": list(shared.addresses), "addresses_total": shared.total},
    )


def _same_address(shared: SharedAddress) -> Finding:
    names = listed([_RECORDS.get(name, name) for name in shared.providers])
    return Finding(
        id="",
        kind="cross_provider",
        statement=f"The address {shared.address} occurs in the records of {names}, which were kept independently of each"
        " other.",
        strength=None,
        basis=shared.basis,
        alternatives=(
            "Several people share the address (mobile operator, office, VPN).",
            "The address changed hands between the times recorded.",
        ),
        challenge="Ask the network for who held the address at each of the times, with source ports where recorded.",
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
            statement=f"{count(len(codes), 'sign-in code')} for {services} arrived in the hours around the unexplained"
            " sessions. A session that follows a code which the owner did not use means that somebody else could read it.",
            strength=None,
            basis=places(codes),
            alternatives=(
                "The owner requested or used the codes.",
                "The codes were obtained by a phishing page, not on the way to the phone.",
            ),
            challenge="Ask the mobile operator for message delivery and forwarding records of the number.",
            facts={"codes": len(codes), "services": sorted({provider_of(event) for event in codes})},
        )

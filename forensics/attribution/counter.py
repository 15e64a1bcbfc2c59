"""Counter-hypotheses: what else could explain an address that is on record, tested where data allows.

Every attribution finding prints all of them, each with its result and with what would change it.
"""

from __future__ import annotations

from dataclasses import dataclass

from forensics.model import AddressContext, ContextStatus, Record
from forensics.sentence import dated, say, say_n
from forensics.spoken import said_class


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known about a match when its alternatives are weighed."""

    context: AddressContext | None
    record: Record
    window: str
    gap_days: int | None
    sharing: str
    source_ports: bool
    addresses_compared: int
    records_compared: int
    coincidence: float


def counter_hypotheses(known: Circumstances) -> tuple[str, ...]:
    """Return the alternatives in a fixed order; none is left out because it is unlikely."""
    groups = len({source.independence_group for source in known.record.sources})
    return (
        _reassigned(known),
        _shared(known),
        say(
            "Rented proxy or compromised machine inside the block: not testable from these records. A statement of the network"
            " about the machine at that address and time would settle it."
        ),
        _routing(known.context),
        say(
            "Clock or time-zone error: the times carry their zone as written in the export. A shift by a day would change this"
            " only where the recorded period begins or ends."
        ),
        say_n(
            "Error or circular citation in the registry: the record rests on {n} independent source; a re-publication adds"
            " nothing.",
            "Error or circular citation in the registry: the record rests on {n} independent sources; a re-publication adds"
            " nothing.",
            groups,
        ),
        _coincidence(known),
        say("False flag: somebody may use infrastructure because it points to others. An address cannot exclude that."),
        say(
            "The owner's own mobile gateway or a service of the provider: the owner's networks were compared and do not"
            " explain it."
        ),
    )


def _coincidence(known: Circumstances) -> str:
    """Write a small chance so that people can picture it; 0 means that the population is not known."""
    if not known.coincidence:
        return say_n(
            "Coincidence: {n} address was compared with {recorded} recorded. Chance alone gives an exact hit in an unknown"
            " share of such comparisons. All are reported, also those without a hit.",
            "Coincidence: {n} addresses were compared with {recorded} recorded. Chance alone gives an exact hit in an unknown"
            " share of such comparisons. All are reported, also those without a hit.",
            known.addresses_compared,
            recorded=known.records_compared,
        )
    return say_n(
        "Coincidence: {n} address was compared with {recorded} recorded. Chance alone gives an exact hit in one of {many}"
        " such comparisons. All are reported, also those without a hit.",
        "Coincidence: {n} addresses were compared with {recorded} recorded. Chance alone gives an exact hit in one of {many}"
        " such comparisons. All are reported, also those without a hit.",
        known.addresses_compared,
        recorded=known.records_compared,
        many=round(float(f"{1 / known.coincidence:.2g}")),
    )


def _reassigned(known: Circumstances) -> str:
    if known.window == "inside":
        return say(
            "Re-assigned to somebody else since: the time lies inside the recorded period. Proof of another assignment on"
            " that day would remove the link."
        )
    if known.gap_days is None:
        return say(
            "Re-assigned to somebody else: when the recorded use began and ended is unknown, so this cannot be excluded."
            " The registry history of the block at that date would tell."
        )
    return say_n(
        "Re-assigned to somebody else: {n} day lies between the time and what is on record. The registry history of the"
        " block would tell whether the assignment continued.",
        "Re-assigned to somebody else: {n} days lie between the time and what is on record. The registry history of the"
        " block would tell whether the assignment continued.",
        abs(known.gap_days),
    )


def _shared(known: Circumstances) -> str:
    port = say("source ports are in the export") if known.source_ports else say("the export holds no source port")
    if known.sharing in ("cgnat", "mobile", "vpn", "proxy", "tor"):
        return say(
            "Shared address ({sharing}): yes. It stands for all its users, and nothing about an organisation follows from it;"
            " {port}.",
            sharing=said_class(known.sharing),
            port=port,
        )
    told = (
        say("its class is unknown")
        if known.sharing == "unknown"
        else say("it is recorded as {sharing}", sharing=said_class(known.sharing))
    )
    return say(
        "Shared by several users (carrier NAT, office, VPN, Tor): {told}; {port}. One letter of the network about the address"
        " type at that date would settle it.",
        told=told,
        port=port,
    )


def _routing(context: AddressContext | None) -> str:
    if context is None or context.origin_as.value is None:
        return say(
            "Route leak or hijack: no snapshot shows who announced the address then; routing history of the day would tell."
        )
    if context.origin_as.status is ContextStatus.BRACKETED:
        return say(
            "Route leak or hijack: snapshots before and after show {network}; a short diversion between them would be seen"
            " only in routing history of the day.",
            network=context.origin_as.value,
        )
    return say(
        "Route leak or hijack: {network} is known only from {day}; routing history of the day would tell.",
        network=context.origin_as.value,
        day=dated(context.origin_as.as_of),
    )

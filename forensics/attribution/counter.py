"""Counter-hypotheses: what else could explain an address that is on record, tested where data allows.

Every attribution finding prints all of them, each with its result and with what would change it.
"""

from __future__ import annotations

from dataclasses import dataclass

from forensics.model import AddressContext, ContextStatus, Record


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
        (
            "Rented proxy or compromised machine inside the block: not testable from these records. A statement of the network"
            " about the machine at that address and time would settle it."
        ),
        _routing(known.context),
        (
            "Clock or time-zone error: the times carry their zone as written in the export. A shift by a day would change this"
            " only where the recorded period begins or ends."
        ),
        (
            f"Error or circular citation in the registry: the record rests on {groups} independent"
            f" {'source' if groups == 1 else 'sources'}; a re-publication adds nothing."
        ),
        (
            f"Coincidence: {_addresses(known.addresses_compared)} compared with {known.records_compared:,} recorded. Chance alone"
            f" gives an exact hit in {_share(known.coincidence)} such comparisons. All are reported, also those without a hit."
        ),
        "False flag: somebody may use infrastructure because it points to others. An address cannot exclude that.",
        "The owner's own mobile gateway or a service of the provider: the owner's networks were compared and do not explain it.",
    )


def _addresses(number: int) -> str:
    return "1 address was" if number == 1 else f"{number:,} addresses were"


def _share(chance: float) -> str:
    """Write a small chance so that people can picture it; 0 means that the population is not known."""
    return f"one of {float(f'{1 / chance:.2g}'):,.0f}" if chance else "an unknown share of"


def _reassigned(known: Circumstances) -> str:
    if known.window == "inside":
        return (
            "Re-assigned to somebody else since: the time lies inside the recorded period. Proof of another assignment on"
            " that day would remove the link."
        )
    if known.gap_days is None:
        return (
            "Re-assigned to somebody else: when the recorded use began and ended is unknown, so this cannot be excluded."
            " The registry history of the block at that date would tell."
        )
    return (
        f"Re-assigned to somebody else: {abs(known.gap_days):,} days lie between the time and what is on record."
        " The registry history of the block would tell whether the assignment continued."
    )


def _shared(known: Circumstances) -> str:
    port = "source ports are in the export" if known.source_ports else "the export holds no source port"
    if known.sharing in ("cgnat", "mobile", "vpn", "proxy", "tor"):
        return (
            f"Shared address ({known.sharing}): yes. It stands for all its users, and nothing about an organisation follows"
            f" from it; {port}."
        )
    told = "its class is unknown" if known.sharing == "unknown" else f"it is recorded as {known.sharing}"
    return (
        f"Shared by several users (carrier NAT, office, VPN, Tor): {told}; {port}. One letter of the network about the"
        " address type at that date would settle it."
    )


def _routing(context: AddressContext | None) -> str:
    if context is None or context.origin_as.value is None:
        return "Route leak or hijack: no snapshot shows who announced the address then; routing history of the day would tell."
    if context.origin_as.status is ContextStatus.BRACKETED:
        return (
            f"Route leak or hijack: snapshots before and after show {context.origin_as.value}; a short diversion between"
            " them would be seen only in routing history of the day."
        )
    return (
        f"Route leak or hijack: {context.origin_as.value} is known only from {context.origin_as.as_of}; routing history of"
        " the day would tell."
    )

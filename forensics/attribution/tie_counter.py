"""Counter-hypotheses of a value that two cases share: what else could explain it, and what would change the result. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from forensics.attribution.parameters import SHARED_CLASSES


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One other explanation: what it is, what the data says about it, and what would change the result."""

    hypothesis: str
    result: str
    would_change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TieFacts:
    """What is known about a shared value when its alternatives are weighed.

    ``expected`` is the mean number of pairs that chance alone makes the same (``near``: makes lie so near); 0: unknown.
    """

    gap_days: int
    sharing: str
    sharing_basis: str
    pairs: int
    expected: float
    accounts_in_common: int
    cases: int
    near: bool = False


def about_address(known: TieFacts) -> tuple[Alternative, ...]:
    """Return the alternatives for an address or a network, in a fixed order; none is left out for being unlikely."""
    return (
        _reassigned(known),
        _shared(known),
        Alternative(
            hypothesis="Compromised machine or rented proxy at that address, used by unrelated people",
            result="Not testable from these cases.",
            would_change="A statement of the network about the machine at that address on both days.",
        ),
        Alternative(
            hypothesis="An address of either owner, of a helper or of a place that both visit, which nobody declared",
            result="Addresses that either owner declares or used as their own were left out before anything was compared.",
            would_change="Both owners naming the address, or the networks of their office, helpers and meeting places.",
        ),
        _coincidence(known),
        _selection(known),
        *_same_person(known),
        _clock(),
        Alternative(
            hypothesis="False flag: somebody uses infrastructure because it points to others",
            result="An address cannot exclude that, least of all one that is on a published list.",
            would_change="Evidence other than addresses.",
        ),
    )


def about_device(known: TieFacts, *, visible: int) -> tuple[Alternative, ...]:
    """Return the alternatives for a device identifier; ``visible`` is how many of its characters the exports show."""
    return (
        Alternative(
            hypothesis="Another device with the same visible characters",
            result=f"The exports show {visible} characters; {known.pairs:,} pairs of identifiers were compared.",
            would_change="The whole identifier from the provider, for both accounts.",
        ),
        Alternative(
            hypothesis="One machine, several people: rented, borrowed, sold, public, or of a helper who served both owners",
            result="Devices that either owner declares or used as their own were left out; helpers are not in the records.",
            would_change="Both owners naming everybody who repaired or secured their accounts, with which machine.",
        ),
        Alternative(
            hypothesis="An artefact of the provider that gives several browsers one identifier",
            result="Not testable from these cases.",
            would_change="The provider saying how the identifier is made and whether it is ever used twice.",
        ),
        _selection(known),
        *_same_person(known),
        Alternative(
            hypothesis="Cookies that were copied from one machine to another",
            result="Cannot be excluded: the identifier stands for a browser profile, and profiles can be copied.",
            would_change="Further marks of the machine on both days, such as client, language and screen.",
        ),
    )


def about_steps() -> tuple[Alternative, ...]:
    """Return the alternatives for the order of steps."""
    return (
        Alternative(
            hypothesis="The order follows from how accounts work, or from advice that many intruders share",
            result="Not counted: nobody has published how often unrelated takeovers follow one order.",
            would_change="A collection of takeovers that are known to be unrelated.",
        ),
    )


def _reassigned(known: TieFacts) -> Alternative:
    result = (
        "Both cases saw the address on one day."
        if known.gap_days == 0
        else f"{known.gap_days:,} days lie between the two uses; the weight is lowered for that time."
    )
    return Alternative(
        hypothesis="Re-assigned to somebody else in between",
        result=result,
        would_change="The registry history of the block, or the network's own list of assignments, for the time between.",
    )


def _shared(known: TieFacts) -> Alternative:
    if known.sharing in SHARED_CLASSES:
        result = f"Yes: {known.sharing} ({known.sharing_basis}). It stands for all its users and ties nothing."
    elif known.sharing == "unknown":
        result = "Its class is unknown, so every way of holding it was run and the low end is neutral or below."
    else:
        result = (
            f"It is recorded as {known.sharing} ({known.sharing_basis}). That it still was on other days is assumed; the"
            " time in between lowers the weight."
        )
    return Alternative(
        hypothesis="Shared by several users (carrier NAT, office, VPN, Tor)",
        result=result,
        would_change="One letter of the network about the type of the address on both days, with source ports.",
    )


def _coincidence(known: TieFacts) -> Alternative:
    told = f"{known.pairs:,} {'pair' if known.pairs == 1 else 'pairs'} of addresses were compared"
    alike = "lie so near each other" if known.near else "be the same"
    result = (
        f"{told}; among unrelated sources {known.expected:.2g} of them would {alike} on average."
        if known.expected
        else f"{told}; how many would {alike} among unrelated sources is unknown for lack of a population."
    )
    return Alternative(
        hypothesis="Coincidence", result=result, would_change="A population with more addresses, or fewer comparisons."
    )


def _selection(known: TieFacts) -> Alternative:
    return Alternative(
        hypothesis="Selection: only what is the same gets told",
        result=(
            f"All that was compared without a match is listed or counted, too; {known.cases} cases were compared in this run."
        ),
        would_change="Cases that were looked at and left out of this run.",
    )


def _same_person(known: TieFacts) -> tuple[Alternative, ...]:
    if not known.accounts_in_common:
        return ()
    return (
        Alternative(
            hypothesis="Both cases tell of one account",
            result=(
                f"{known.accounts_in_common} account names occur in both cases. Sessions that both tell alike were left out;"
                " others may still be one intrusion told twice."
            ),
            would_change="Showing that the accounts are different, or counting the two cases as one.",
        ),
    )


def _clock() -> Alternative:
    return Alternative(
        hypothesis="Clock or time-zone error",
        result="Times carry their zone as written. A shift of a day changes the time in between by a day, no more.",
        would_change="A clock shown to be wrong by months.",
    )

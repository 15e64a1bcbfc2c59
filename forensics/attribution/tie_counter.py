"""Counter-hypotheses of a value that two cases share: what else could explain it, and what would change the result. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from forensics.attribution.parameters import SHARED_CLASSES
from forensics.sentence import say, say_n
from forensics.spoken import said_class


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
            hypothesis=say("Compromised machine or rented proxy at that address, used by unrelated people"),
            result=say("Not testable from these cases."),
            would_change=say("A statement of the network about the machine at that address on both days."),
        ),
        Alternative(
            hypothesis=say(
                "An address of either owner, of a helper or of a place that both visit, which nobody declared"
            ),
            result=say(
                "Addresses that either owner declares or used as their own were left out before anything was compared."
            ),
            would_change=say(
                "Both owners naming the address, or the networks of their office, helpers and meeting places."
            ),
        ),
        _coincidence(known),
        _selection(known),
        *_same_person(known),
        _clock(),
        Alternative(
            hypothesis=say("False flag: somebody uses infrastructure because it points to others"),
            result=say("An address cannot exclude that, least of all one that is on a published list."),
            would_change=say("Evidence other than addresses."),
        ),
    )


def about_device(known: TieFacts, *, visible: int) -> tuple[Alternative, ...]:
    """Return the alternatives for a device identifier; ``visible`` is how many of its characters the exports show."""
    return (
        Alternative(
            hypothesis=say("Another device with the same visible characters"),
            result=say(
                "The exports show {visible} characters; {pairs} pairs of identifiers were compared.",
                visible=visible,
                pairs=known.pairs,
            ),
            would_change=say("The whole identifier from the provider, for both accounts."),
        ),
        Alternative(
            hypothesis=say(
                "One machine, several people: rented, borrowed, sold, public, or of a helper who served both owners"
            ),
            result=say(
                "Devices that either owner declares or used as their own were left out; helpers are not in the records."
            ),
            would_change=say(
                "Both owners naming everybody who repaired or secured their accounts, with which machine."
            ),
        ),
        Alternative(
            hypothesis=say("An artefact of the provider that gives several browsers one identifier"),
            result=say("Not testable from these cases."),
            would_change=say("The provider saying how the identifier is made and whether it is ever used twice."),
        ),
        _selection(known),
        *_same_person(known),
        Alternative(
            hypothesis=say("Cookies that were copied from one machine to another"),
            result=say("Cannot be excluded: the identifier stands for a browser profile, and profiles can be copied."),
            would_change=say("Further marks of the machine on both days, such as client, language and screen."),
        ),
    )


def about_steps() -> tuple[Alternative, ...]:
    """Return the alternatives for the order of steps."""
    return (
        Alternative(
            hypothesis=say("The order follows from how accounts work, or from advice that many intruders share"),
            result=say("Not counted: nobody has published how often unrelated takeovers follow one order."),
            would_change=say("A collection of takeovers that are known to be unrelated."),
        ),
    )


def _reassigned(known: TieFacts) -> Alternative:
    result = (
        say("Both cases saw the address on one day.")
        if known.gap_days == 0
        else say_n(
            "{n} day lies between the two uses; the weight is lowered for that time.",
            "{n} days lie between the two uses; the weight is lowered for that time.",
            known.gap_days,
        )
    )
    return Alternative(
        hypothesis=say("Re-assigned to somebody else in between"),
        result=result,
        would_change=say(
            "The registry history of the block, or the network's own list of assignments, for the time between."
        ),
    )


def _shared(known: TieFacts) -> Alternative:
    if known.sharing in SHARED_CLASSES:
        result = say(
            "Yes: {sharing} ({basis}). It stands for all its users and ties nothing.",
            sharing=said_class(known.sharing),
            basis=known.sharing_basis,
        )
    elif known.sharing == "unknown":
        result = say("Its class is unknown, so every way of holding it was run and the low end is neutral or below.")
    else:
        result = say(
            "It is recorded as {sharing} ({basis}). That it still was on other days is assumed; the time in between lowers"
            " the weight.",
            sharing=said_class(known.sharing),
            basis=known.sharing_basis,
        )
    return Alternative(
        hypothesis=say("Shared by several users (carrier NAT, office, VPN, Tor)"),
        result=result,
        would_change=say("One letter of the network about the type of the address on both days, with source ports."),
    )


def _coincidence(known: TieFacts) -> Alternative:
    told = say_n("{n} pair of addresses was compared", "{n} pairs of addresses were compared", known.pairs)
    expected = f"{known.expected:.2g}"
    if known.expected and known.near:
        result = say(
            "{told}; among unrelated sources {expected} of them would lie so near each other on average.",
            told=told,
            expected=expected,
        )
    elif known.expected:
        result = say(
            "{told}; among unrelated sources {expected} of them would be the same on average.",
            told=told,
            expected=expected,
        )
    elif known.near:
        result = say(
            "{told}; how many would lie so near each other among unrelated sources is unknown for lack of a population.",
            told=told,
        )
    else:
        result = say(
            "{told}; how many would be the same among unrelated sources is unknown for lack of a population.", told=told
        )
    return Alternative(
        hypothesis=say("Coincidence"),
        result=result,
        would_change=say("A population with more addresses, or fewer comparisons."),
    )


def _selection(known: TieFacts) -> Alternative:
    return Alternative(
        hypothesis=say("Selection: only what is the same gets told"),
        result=say(
            "All that was compared without a match is listed or counted, too; {n} cases were compared in this run.",
            n=known.cases,
        ),
        would_change=say("Cases that were looked at and left out of this run."),
    )


def _same_person(known: TieFacts) -> tuple[Alternative, ...]:
    if not known.accounts_in_common:
        return ()
    return (
        Alternative(
            hypothesis=say("Both cases tell of one account"),
            result=say(
                "{n} account names occur in both cases. Sessions that both tell alike were left out; others may still be one"
                " intrusion told twice.",
                n=known.accounts_in_common,
            ),
            would_change=say("Showing that the accounts are different, or counting the two cases as one."),
        ),
    )


def _clock() -> Alternative:
    return Alternative(
        hypothesis=say("Clock or time-zone error"),
        result=say(
            "Times carry their zone as written. A shift of a day changes the time in between by a day, no more."
        ),
        would_change=say("A clock shown to be wrong by months."),
    )

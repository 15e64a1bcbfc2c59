"""Groups of evidence beside the address: one term each, or a sentence why there is none. Pure.

log10 LR = Σ λ·log10 LR over the groups. Features that can restate one another are one group, and a group gives one term:
the weightiest of its features, so that a further feature that depends on it changes nothing. λ is 1 for the address, and
for another group 0.5, because nobody has shown that any is independent of the address.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from forensics.attribution.alternatives import Range
from forensics.attribution.device_term import Ratio, Terms, chance, device_term, visible
from forensics.attribution.joint import alone_within, product
from forensics.attribution.noted import significant
from forensics.attribution.strength import reason, strength
from forensics.sentence import Sentence, say, say_n

if TYPE_CHECKING:
    from forensics.attribution.parameters import Parameters
    from forensics.model import Link, Record

ADDRESS, CLIENT = "address", "client"
GROUPS = (ADDRESS, "server fingerprint", "naming", CLIENT, "tooling and content", "behaviour")
FINGERPRINTS = ("tls_certificate", "ssh_host_key")
KINDS = ("device_id", "mail_helo", "domain", *FINGERPRINTS)
"""Kinds of records that other groups than the address compare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """The term of a group. ``ratio`` ``None``: not evaluated, and ``why`` says for lack of what."""

    group: str
    ratio: Ratio | None
    weight: float
    why: Sentence

    def __post_init__(self) -> None:
        """Refuse a weight that would let a group count more than once."""
        if not 0 < self.weight <= 1:
            message = f"no weight of a group: {self.weight!r}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a case holds beside the addresses, about one address.

    ``devices`` are identifiers of its unexplained sessions, ``names`` what machines at it called themselves in mail.
    ``records`` are the records of other kinds in the set, each with its window on that day.
    """

    devices: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    records: tuple[tuple[Record, str], ...] = ()


def terms_of(held: Held, numbers: Terms) -> tuple[Term, ...]:
    """Return the term of every group but the address, in order; most of them say that there is no data."""
    return (
        _server(held),
        _naming(held),
        _client(held, numbers),
        _none("tooling and content", say("not evaluated: no data. No record of the set describes tools or texts.")),
        _none(
            "behaviour",
            say(
                "not evaluated: no data. No density of hours of the population is at hand, and office hours fit most people."
            ),
        ),
    )


def combined(terms: Iterable[Term]) -> Ratio | None:
    """Return all groups as one ratio; of a group with several terms only the weightiest counts."""
    chosen: dict[str, tuple[Ratio, float]] = {}
    for term in terms:
        if term.ratio is not None and _heavier(term.ratio, chosen.get(term.group)):
            chosen[term.group] = (term.ratio, term.weight)
    if not chosen:
        return None
    low, middle, high = (
        10 ** math.fsum(weight * math.log10(getattr(ratio, end)) for ratio, weight in chosen.values())
        for end in ("low", "middle", "high")
    )
    return Ratio(low=significant(low), middle=significant(middle), high=significant(high))


def _heavier(ratio: Ratio, held: tuple[Ratio, float] | None) -> bool:
    return held is None or abs(math.log10(ratio.middle)) > abs(math.log10(held[0].middle))


def with_groups(
    link: Link, others: Sequence[Term], country: str, parameters: Parameters
) -> tuple[Link, tuple[Term, ...]]:
    """Return a link with the terms of other groups in its strength, and the terms with the address in front."""
    address = _as_ratio(product(link))
    own = Term(group=ADDRESS, ratio=address, weight=1.0, why=say("the rings above, with all addresses of the client."))
    found = (own, *others)
    whole = combined(found)
    if whole is None or all(term.ratio is None for term in others):
        return link, found
    within = alone_within(link)
    network = None if within is None else combined((replace(own, ratio=_as_ratio(within)), *others))
    second = None if network is None else _as_range(network)
    held = strength(_as_range(whole), second, country, parameters, matched=bool(link.record))
    before = link.strength
    return (
        replace(
            link,
            strength=replace(held, against_network=before.against_network, why=reason(held, before)),
            derivation={**link.derivation, "LR of all groups": whole.middle},
        ),
        found,
    )


def as_rows(terms: Iterable[Term]) -> list[dict[str, object]]:
    """Return terms as plain values for a finding; numbers are ``None`` where a group was not evaluated."""
    return [
        {
            "group": term.group,
            "lr_low": term.ratio.low if term.ratio else None,
            "lr": term.ratio.middle if term.ratio else None,
            "lr_high": term.ratio.high if term.ratio else None,
            "weight": term.weight,
            "why": term.why,
        }
        for term in terms
    ]


def same_device(one: str, other: str, least: int) -> bool | None:
    """Say whether two identifiers can be of one device; ``None`` where they cannot be compared.

    They are compared where they are of one kind, by the characters that both show; exports mask the rest.
    """
    shown = sorted((visible(one), visible(other)), key=len)
    if one.partition(":")[0] != other.partition(":")[0] or len(shown[0]) < least:
        return None
    return shown[1].startswith(shown[0])


def devices_on_record(held: Held, least: int) -> tuple[tuple[str, str], ...]:
    """Return which devices of the sessions are on record, as (device, id of the record), whatever the address is."""
    return tuple(
        (device, record.id)
        for device in held.devices
        for record, _ in held.records
        if record.kind == "device_id" and same_device(device, record.network, least)
    )


def _client(held: Held, numbers: Terms) -> Term:
    """Return the one term of all device identifiers, whether one is on record or none is."""
    known = [record.network for record, window in held.records if record.kind == "device_id" and window == "inside"]
    if not any(record.kind == "device_id" for record, _ in held.records):
        return _none(
            CLIENT,
            say(
                "not evaluated: no data. No record of the set names a device, and no population of browsers is stated."
            ),
        )
    pairs = [(one, other, same_device(one, other, numbers.least_characters)) for one in held.devices for other in known]
    pairs = [item for item in pairs if item[2] is not None]
    if not pairs:
        return _none(
            CLIENT,
            say("not evaluated: no device of the sessions can be compared with one on record inside its period."),
        )
    shared = [(one, other) for one, other, same in pairs if same]
    likeliest = max(max(chance(one, numbers), chance(other, numbers)) for one, other, _ in pairs)
    ratio = device_term(len(shared), len(pairs), likeliest, numbers)
    if not shared:
        why = say_n(
            "{n} comparison of devices, none on record: counts against.",
            "{n} comparisons of devices, none on record: counts against.",
            len(pairs),
        )
    else:
        why = say("the device {device} is on record as {record}.", device=shared[0][0], record=shared[0][1])
    return Term(group=CLIENT, ratio=ratio, weight=numbers.weight, why=why)


def _server(held: Held) -> Term:
    number = sum(record.kind in FINGERPRINTS for record, _ in held.records)
    if not number:
        return _none(
            "server fingerprint", say("not evaluated: no data. No record of the set is a certificate or host key.")
        )
    why = say_n(
        "not evaluated: {n} certificate or host key is on record, and the evidence holds none of the machine.",
        "not evaluated: {n} certificates or host keys are on record, and the evidence holds none of the machine.",
        number,
    )
    return _none("server fingerprint", why)


def _naming(held: Held) -> Term:
    """Return the term of names: never one of its own, for a name restates who holds the address."""
    names = {record.network: record.id for record, _ in held.records if record.kind in ("mail_helo", "domain")}
    if not names:
        return _none("naming", say("not evaluated: no data. No record of the set is a name of a machine."))
    found = next((name for name in held.names if name in names), None)
    if found is None:
        return _none("naming", say("not evaluated: no mail shows a name on record for a machine at this address."))
    return _none(
        "naming",
        say(
            "not counted: a machine at this address called itself {name}, as on record {record}. A name in HELO is the"
            " machine's own claim, not confirmed and dated, so it belongs to the group of the address.",
            name=found,
            record=names[found],
        ),
    )


def _none(group: str, why: Sentence) -> Term:
    return Term(group=group, ratio=None, weight=1.0, why=why)


def _as_ratio(held: Range) -> Ratio:
    low, high = min(*held.lowest, held.middle), max(*held.highest, held.middle)
    return Ratio(low=low, middle=held.middle, high=high)


def _as_range(held: Ratio) -> Range:
    return Range(lowest=(held.low,) * 3, highest=(held.high,) * 3, middle=held.middle)

"""What sort of address it is: hosting, VPN, Tor exit, mobile … each with who says so and from when.

A cell of a snapshot holds words with blanks between: ``class`` or ``class/list``. A list speaks for a day as origins do:
its newest issue not later than the day and its oldest one later. A class weakens what an address can prove, so one
witness is enough to raise it; a claim names its list and date, and the date of the other issue that does not list the
address, so that it stays attackable. An address on no list is of class "unknown": no list knows home lines, and the
absence of an address from lists of data centres does not make it one.

The broad list of the MISP project says ``hosting_or_vpn``: it mixes VPN providers and data centres, covers 9 % of IPv4
and was made to spot false positives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensics.enrichment.operators import operator_of
from forensics.model import ClassClaim
from forensics.sentence import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from forensics.enrichment.selection import Sighting
    from forensics.model import Snapshot

UNKNOWN = "unknown"
FLAGS = {"anonymous-proxy": "proxy"}
"""Flags of the IPFire location database that mean a class of another name."""
_FLAG = "flag "


def split(word: str) -> tuple[str, str]:
    """Return (class, list) of a word in a cell; a class without a list stands for a flag of its snapshot."""
    name, _, listed = word.partition("/")
    return (FLAGS[name], f"{_FLAG}{name}") if name in FLAGS else (name, listed)


def claims(
    issues: Iterable[tuple[str, Sequence[Snapshot]]], listed: Mapping[str, frozenset[str]], day: date
) -> list[ClassClaim]:
    """Return what lists say of an address.

    ``issues`` gives per list, by its word, the snapshots that hold it before and after the day; ``listed`` gives per id
    the words of the address in it.
    """
    found = []
    for word, snapshots in issues:
        naming = [held for held in snapshots if word in listed.get(held.id, ())]
        silent = [held.as_of for held in snapshots if held not in naming]
        name, source = split(word)
        found += [
            ClassClaim(
                name=name,
                source=_source(held.source, source),
                snapshot=held.id,
                as_of=held.as_of,
                gap_days=(held.as_of - day).days,
                unsaid=silent[0] if silent else None,
            )
            for held in naming
        ]
    return found


def _source(publisher: str, listed: str) -> str:
    """Return who says it: a list by its name, a flag with the data set that carries it."""
    if listed.startswith(_FLAG):
        return say("{source}, flag {flag}", source=publisher, flag=listed.removeprefix(_FLAG))
    return listed or publisher


def operator_claims(sightings: Iterable[Sighting], day: date) -> list[ClassClaim]:
    """Return what our own table says of the networks that announced the address before or after the day."""
    found = {}
    for held in sightings:
        operator = operator_of(held.asn, held.name)
        if operator is None:
            continue
        for name in operator.classes:
            found[name, operator.asn] = ClassClaim(
                name=name,
                source=say("own table of operators: {network}", network=f"AS{operator.asn} {operator.holder}"),
                as_of=operator.as_of,
                gap_days=(operator.as_of - day).days,
            )
    return list(found.values())


def unknown(issues: Sequence[tuple[str, Sequence[Snapshot]]], day: date) -> ClassClaim:
    """Return the claim that stands where nothing else does: which lists are silent, by the date nearest to the day."""
    dates = sorted(
        {held.as_of for _, snapshots in issues for held in snapshots}, key=lambda item: abs((item - day).days)
    )
    return ClassClaim(
        name=UNKNOWN,
        source=say("on none of {n} lists and flags at hand", n=f"{len(issues)}")
        if issues
        else say("no list is at hand"),
        as_of=dates[0] if dates else None,
        gap_days=(dates[0] - day).days if dates else None,
    )

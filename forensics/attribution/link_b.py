"""Link B, the gate: may a statement about an entity be offered beside a match? It is quoted, never computed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics.attribution.parameters import SERVICE_CLASSES, sharing_class
from forensics.attribution.rings import SUPPORTING_STATE
from forensics.sentence import say, say_n
from forensics.spoken import said_record_state

if TYPE_CHECKING:
    from collections.abc import Collection

    from forensics.model import LinkB, Record

_CARRIES = re.compile("[A-C][1-3]")
_OWN = ("exact", "assignment")
"""Rings in which a statement about the recorded address is about the observed one, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """The statements that may be offered, how many independent origins they have, and the sentence to print."""

    statements: tuple[LinkB, ...]
    groups: int
    says: str


def offered(record: Record, classes: Collection[str] = (), ring: str = "exact") -> Offered:
    """Return what a match with ``record`` may be said to point to.

    ``classes`` is what dated context says about the address. A VPN, proxy or Tor exit suppresses Link B, since the
    service is the operator and not its user; so does a record that is no indicator, and so does an address that is not on
    record itself (``ring``): who held a recorded address says nothing of its neighbours. Statements of one origin count
    once, by their best grade.
    """
    if ring not in _OWN:
        return _none(say("what is on record is about another address, and nearness does not carry it over"))
    if record.state != SUPPORTING_STATE:
        return _none(said_record_state(record.state))
    if SERVICE_CLASSES & {record.sharing_class, sharing_class(classes)}:
        return _none(say("the address belongs to a service that anybody can use"))
    carrying = [said for said in record.link_b if _CARRIES.fullmatch(said.grade)]
    if not carrying:
        return _none(say("no cited statement of grade C3 or better exists"))
    best: dict[str, LinkB] = {}
    for said in sorted(carrying, key=lambda item: (item.grade, item.source)):
        best.setdefault(said.independence_group, said)
    says = say_n(
        "Quoted, not computed here; {n} independent origin, graded.",
        "Quoted, not computed here; {n} independent origins, graded.",
        len(best),
    )
    return Offered(statements=tuple(best.values()), groups=len(best), says=says)


def _none(why: str) -> Offered:
    return Offered(statements=(), groups=0, says=say("No organisational attribution offered: {why}.", why=why))

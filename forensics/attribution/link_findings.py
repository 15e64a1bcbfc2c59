"""Findings about known infrastructure: Link A with its strength, Link B quoted beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from forensics.attribution.link_b import offered
from forensics.attribution.material import Material, clock, count
from forensics.attribution.verdict import figure, told
from forensics.attribution.wording import NOT_SHOWN
from forensics.model import Finding, Link, LinkB, Record
from forensics.sentence import Sentence, say

_RING_WORDS = {
    "exact": "The same address is",
    "assignment": "An address of the same assignment is",
    "neighbourhood": "An address of the same small block is",
    "prefix": "An address of the same announced block is",
    "origin_as": "An address of the same network is",
}


def registry(material: Material) -> Iterable[Finding]:
    """Yield one finding per unexplained address: on record with its weight, or not on record."""
    for link in material.links:
        record = material.records.get(link.record)
        quoted: tuple[LinkB, ...] = ()
        said = ""
        words = material.link_words.get((link.address, link.record), ())
        if record is None:
            statement = _unlisted(link, material.listed_as.get(link.address, ""))
            said = "".join(_device(*pair) for pair in material.link_devices.get(link.address, ()))
        else:
            context = material.contexts.get((link.address, link.at.date()))
            assumed = str(link.derivation.get("sharing class", ""))
            offer = offered(record, (*(context.classes if context is not None else ()), assumed), link.ring)
            quoted = offer.statements
            cited = "; ".join(f"“{item.statement}” (grade {item.grade}, {item.source})" for item in quoted)
            said = f" Quoted, not computed: {cited}." if quoted else f" {offer.says}"
            statement = _registry_words(link, record)
        yield Finding(
            id="",
            kind="registry_link",
            statement=statement + said,
            strength=link.strength if record is not None else None,
            basis=material.foreign.weighed.get(link.address, ()),
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
                **({"factors": [_factor(item) for item in link.factors]} if link.factors else {}),
                **_groups(material.link_groups.get(link.address, ())),
                **({"not_shown": [NOT_SHOWN]} if record is not None else {}),
                "link_b": [
                    {"entity": b.entity, "statement": b.statement, "source": b.source, "grade": b.grade} for b in quoted
                ],
            },
        )
    if material.further_unlisted:
        yield _further(material)


def _groups(rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """Return the terms of all groups of evidence, and in words those beside the address; nothing where none was asked."""
    if not rows:
        return {}
    return {"groups": list(rows), "other_groups": [_group(row) for row in rows[1:]]}


def _group(row: Mapping[str, object]) -> Sentence:
    why = row["why"] if isinstance(row["why"], str) else ""
    group, ratio = str(row["group"]), row["lr"]
    if not isinstance(ratio, float):
        return say("{group}: {why}", group=group, why=why)
    weight = f"{row['weight']:g}"
    return say("{group}: ratio {lr}, lambda {weight}: {why}", group=group, lr=figure(ratio), weight=weight, why=why)


def _factor(link: Link) -> dict[str, object]:
    """Return another address of the same client, whose ratio is multiplied in, with its own derivation."""
    return {
        "address": link.address,
        "at": link.at.isoformat(),
        "ring": link.ring,
        "window": link.window or None,
        "gap_days": link.gap_days,
        "derivation": dict(link.derivation),
    }


def _unlisted(link: Link, named: str) -> str:
    """Say that nothing is weighed. What a registry names without supporting anything is named, not passed over."""
    used = f"{link.address} (in use at {clock(link.at)})"
    if named:
        return (
            f"{used} is named by a registry, but the record is not weighed here, because it describes a block or is not"
            f" active: {named}."
        )
    return (
        f"{used} is not on record: no registry used here lists it, and no recorded address lies near enough to it to"
        " weigh anything."
    )


def _device(device: str, record: str) -> Sentence:
    """Say that a device is on record although the address is not: told, and not weighed without an address."""
    return say(
        " A device of these sessions, {device}, is on record as {record}; without a recorded address near it, it is told and"
        " not weighed.",
        device=device,
        record=record,
    )


def _further(material: Material) -> Finding:
    """Say what was not looked at as closely as the addresses above."""
    return Finding(
        id="",
        kind="registry_link",
        statement=f"{count(material.further_unlisted, 'further unexplained address', 'further unexplained addresses')} are on no"
        " record themselves. Whether recorded addresses lie near them was not weighed, because there are so many.",
        strength=None,
        basis=(),
        alternatives=("Registries are incomplete: absence from them says little.",),
        challenge="Narrow the question with a clean period or further declared addresses, and run the analysis again.",
        facts={"further": material.further_unlisted},
    )


def _registry_words(link: Link, record: Record) -> str:
    window = {
        "inside": "inside the period recorded for it",
        "before": "before the period recorded for it",
        "after": "after the period recorded for it",
    }.get(link.window, "its period of use is not on record")
    same = _RING_WORDS.get(link.ring, "An address of the same country is")
    return (
        f"{link.address} (in use at {clock(link.at)}): {same} on record {record.id} ({record.role}), {window}."
        f" {told(link.strength)} Who ran that infrastructure is not computed."
    )

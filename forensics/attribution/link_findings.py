"""Findings about known infrastructure: Link A with its strength, Link B quoted beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from forensics.attribution.link_b import offered
from forensics.attribution.material import Material, clock
from forensics.attribution.verdict import figure, told
from forensics.attribution.wording import NOT_SHOWN
from forensics.model import Finding, Link, LinkB, Record
from forensics.sentence import Figure, Sentence, paragraph, say, say_n, template
from forensics.spoken import said_group

_COUNTRY_WORDS = template(
    "{address} (in use at {time}): An address of the same country is on record {record} ({role}), {window}."
)
_RING_WORDS = {
    "exact": template("{address} (in use at {time}): The same address is on record {record} ({role}), {window}."),
    "assignment": template(
        "{address} (in use at {time}): An address of the same assignment is on record {record} ({role}), {window}."
    ),
    "neighbourhood": template(
        "{address} (in use at {time}): An address of the same small block is on record {record} ({role}), {window}."
    ),
    "prefix": template(
        "{address} (in use at {time}): An address of the same announced block is on record {record} ({role}), {window}."
    ),
    "origin_as": template(
        "{address} (in use at {time}): An address of the same network is on record {record} ({role}), {window}."
    ),
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
            said = paragraph(material.link_on_record.get(link.address, ()))
        else:
            context = material.contexts.get((link.address, link.at.date()))
            assumed = str(link.derivation.get("sharing class", ""))
            offer = offered(record, (*(context.classes if context is not None else ()), assumed), link.ring)
            quoted = offer.statements
            cited = paragraph(map(_cited, quoted), "; ")
            said = say("Quoted, not computed: {statements}.", statements=cited) if quoted else offer.says
            statement = _registry_words(link, record)
        yield Finding(
            id="",
            kind="registry_link",
            statement=paragraph([statement, said]),
            strength=link.strength if record is not None else None,
            basis=material.foreign.weighed.get(link.address, ()),
            alternatives=words or (say("Registries are incomplete: absence from them says little."),),
            challenge=say(
                "Compute the ratio again with other assumptions; the derivation lists every number that enters it."
            )
            if record is not None
            else say("Look the address up in further registries, as of the date."),
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


def _cited(item: LinkB) -> str:
    return say(
        "“{statement}” (grade {grade}, {source})", statement=item.statement, grade=item.grade, source=item.source
    )


def _groups(rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """Return the terms of all groups of evidence, and in words those beside the address; nothing where none was asked."""
    if not rows:
        return {}
    return {"groups": list(rows), "other_groups": [_group(row) for row in rows[1:]]}


def _group(row: Mapping[str, object]) -> Sentence:
    why = row["why"] if isinstance(row["why"], str) else ""
    group, ratio = said_group(str(row["group"])), row["lr"]
    if not isinstance(ratio, float):
        return say("{group}: {why}", group=group, why=why)
    weight = Figure(f"{row['weight']:g}")
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
    if named:
        return say(
            "{address} (in use at {time}) is named by a registry, but the record is not weighed here, because it describes a"
            " block or is not active: {named}.",
            address=link.address,
            time=clock(link.at),
            named=named,
        )
    return say(
        "{address} (in use at {time}) is not on record: no registry used here lists it, and no recorded address lies near"
        " enough to it to weigh anything.",
        address=link.address,
        time=clock(link.at),
    )


def _further(material: Material) -> Finding:
    """Say what was not looked at as closely as the addresses above."""
    return Finding(
        id="",
        kind="registry_link",
        statement=say_n(
            "{n} further unexplained address is on no record itself. Whether recorded addresses lie near it was not weighed,"
            " because there are so many.",
            "{n} further unexplained addresses are on no record themselves. Whether recorded addresses lie near them was not"
            " weighed, because there are so many.",
            material.further_unlisted,
        ),
        strength=None,
        basis=(),
        alternatives=(say("Registries are incomplete: absence from them says little."),),
        challenge=say(
            "Narrow the question with a clean period or further declared addresses, and run the analysis again."
        ),
        facts={"further": material.further_unlisted},
    )


def _registry_words(link: Link, record: Record) -> str:
    window = {
        "inside": say("inside the period recorded for it"),
        "before": say("before the period recorded for it"),
        "after": say("after the period recorded for it"),
    }.get(link.window, say("its period of use is not on record"))
    same = say(
        _RING_WORDS.get(link.ring, _COUNTRY_WORDS),
        address=link.address,
        time=clock(link.at),
        record=record.id,
        role=record.role,
        window=window,
    )
    return paragraph([same, told(link.strength), say("Who ran that infrastructure is not computed.")])

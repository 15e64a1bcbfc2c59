"""Findings and links as the page shows them: anchors, basis, strength in words, derivations. No markup but gauges."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from forensics.report import gauge, phrases
from forensics.report.profiles import WHOLE, Profile
from forensics.report.svg import PEN, Pen
from forensics.report.texts import named, text
from forensics.sentence import paragraph, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forensics.model import Finding, Link, Strength
    from forensics.report.view import CaseView


Row = tuple[str | int | tuple[str, ...], ...]
"""The cells of one table row: texts, counts, and lists of sentences."""

_PLAIN_ID = re.compile(r"[A-Za-z]{1,4}-[0-9]{1,6}", re.ASCII)
_CARRYING = re.compile(r"[ABC][123]", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One finding, ready to print. ``derivations`` are (title, rows); ``brief`` is the strength in one line."""

    finding: Finding
    anchor: str
    kind: str
    basis: tuple[tuple[str, str, str, str], ...]
    basis_more: str
    strength: tuple[tuple[str, str], ...]
    brief: str
    reading: str
    gauge: str
    facts: tuple[tuple[str, str], ...]
    derivations: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    citation: str


def short(digest: str) -> str:
    """Return the first digits of a digest."""
    return digest[: phrases.SHORT]


def grade_carries(grade: str) -> bool:
    """Whether an Admiralty grade is C3 or better in both parts; else no organisation may be named as a conclusion."""
    return _CARRYING.fullmatch(grade) is not None


def anchors(view: CaseView) -> list[str]:
    """Return the page anchor of each finding: its id if that is plain (``F-3``) and not taken, else its position."""
    taken: set[str] = set()
    named = []
    for n, finding in enumerate(view.findings, 1):
        free = _PLAIN_ID.fullmatch(finding.id) and finding.id not in taken
        named.append(finding.id if free else f"finding-{n}")
        taken.add(finding.id)
    return named


def cards(view: CaseView, pen: Pen = PEN, profile: Profile = WHOLE) -> tuple[Card, ...]:
    """Return the findings of a view in its order, each as deep as the profile shows it."""
    numbers = {row.exhibit.sha256: f"EX-{n}" for n, row in enumerate(view.exhibits, 1)}
    pairs = zip(view.findings, anchors(view), strict=True)
    made = (_card(view, pen, finding, anchor, numbers, profile.basis) for finding, anchor in pairs)
    return tuple(made if profile.derivations else (replace(card, facts=(), derivations=()) for card in made))


def _card(view: CaseView, pen: Pen, finding: Finding, anchor: str, numbers: Mapping[str, str], most: int) -> Card:
    """Put one finding into words, with at most so many places; a brute-force attack may rest on a million lines."""
    held = len(finding.basis)
    where = f"findings.json, forensics findings CASE --explain {finding.id}"
    root = view.checkpoint.root if view.checkpoint else text("none")
    return Card(
        finding=finding,
        anchor=anchor,
        kind=named("kind", finding.kind),
        basis=tuple(
            (numbers.get(spot.exhibit, ""), short(spot.exhibit), spot.member, spot.place)
            for spot in finding.basis[:most]
        ),
        basis_more=text("finding.basis.more", shown=most, total=held, where=where) if held > most else "",
        strength=_strength_rows(finding, finding.strength) if finding.strength else (),
        brief=brief(finding.strength) if finding.strength else "",
        reading=phrases.readings(finding.strength) if finding.strength else "",
        gauge=gauge.render(finding.strength, pen) if finding.strength else "",
        facts=_facts({name: value for name, value in finding.facts.items() if _prints(name, value)}),
        derivations=_derivations(view, finding),
        citation=text("citation", finding=finding.id, case=view.reference or view.case_id, root=root),
    )


def brief(strength: Strength) -> str:
    """Return "strong support: likelihood ratio 1,200 (range 470 to 2,200)"; the weaker alternative leads."""
    if strength.lr_network is not None and strength.words_country not in ("", strength.words):
        return text(
            "strength.brief.network",
            words=strength.words,
            network=phrases.ratio(strength.lr_network),
            ratio=phrases.ratio_range(strength),
            country=strength.words_country,
        )
    return text("strength.brief", words=strength.words, ratio=phrases.ratio_range(strength))


def _strength_rows(finding: Finding, strength: Strength) -> tuple[tuple[str, str], ...]:
    """Return the rows of the strength table: proposition, number and range, words, against Hd1, against Hd2.

    The proposition has a fixed wording for links to known infrastructure; other findings say theirs in the statement.
    """
    proposition = [(text("strength.proposition"), text("strength.proposition.link"))]
    network = text("strength.network.none")
    if strength.lr_network is not None:
        network = text(
            "strength.network.value",
            lr=phrases.ratio(strength.lr_network),
            words=strength.words_network or text("not_stated"),
        )
    return (
        *(proposition if finding.kind == "registry_link" else ()),
        (text("strength.lr"), phrases.ratio_range(strength)),
        (text("strength.words"), strength.words),
        (text("strength.against"), _with_words(strength.against, strength.words_country)),
        (text("strength.network"), network),
        *(((text("strength.why"), strength.why),) if strength.why else ()),
    )


def _with_words(against: str, words: str) -> str:
    """Return the first alternative with its words, where a second one was weighed beside it."""
    return text("strength.against.value", against=against, words=words) if words else against


def links_of(view: CaseView, finding: Finding) -> list[Link]:
    """Return the links whose address the finding's facts name."""
    told = finding.facts.get("addresses", finding.facts.get("address", ()))
    wanted = {told} if isinstance(told, str) else {str(item) for item in _items(told)}
    return [link for link in view.links if link.address in wanted]


def _derivations(view: CaseView, finding: Finding) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Return the computation behind a strength: the one that the finding carries, else those of its links."""
    own = finding.facts.get("derivation")
    if isinstance(own, Mapping):
        return ((text("finding.derivation"), _facts(own)),)
    if finding.strength is None:
        return ()
    return tuple(
        (text("finding.derivation_of", address=link.address), _facts(link.derivation))
        for link in links_of(view, finding)
    )


def _items(value: object) -> Iterable[object]:
    """Return the members of a list-like fact, or nothing."""
    return value if isinstance(value, list | tuple | set | frozenset) else ()


def _prints(name: str, value: object) -> bool:
    """Whether a value belongs into the card: no empty ones, and no tables (steps have a section of their own)."""
    tabular = isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value)
    return name not in ("derivation", "link_b") and not tabular and value not in ([], (), {}, "", None)


def _facts(facts: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Return the facts as name and value; collections as a comma list, sets in order so that no hash order shows."""
    return tuple((str(name), _fact(value)) for name, value in facts.items())


def _fact(value: object) -> str:
    """Put one fact into words."""
    if isinstance(value, set | frozenset):
        return paragraph(sorted(_fact(item) for item in value), ", ")
    if isinstance(value, list | tuple):
        return paragraph(map(_fact, value), ", ")
    if isinstance(value, Mapping):
        return paragraph(
            (say("{name}: {value}", name=str(name), value=_fact(item)) for name, item in value.items()), ", "
        )
    return text("unknown") if value is None else phrases.number(value)


def link_rows(view: CaseView) -> list[Row]:
    """Return one row per comparison: address, time, ring, record, window, strength, Hd2, assumptions."""
    known = {record.id: record.description or record.network for record in view.records}
    return [
        (
            link.address,
            phrases.when(link.at),
            phrases.link_ring(link),
            link.record,
            known.get(link.record, ""),
            phrases.link_window(link) if link.record else "",
            brief(link.strength),
            link.assumptions,
        )
        for link in view.links
    ]

"""``attribute``: what the model assumes, what another assumption would change, and how the ratio moves with each.

A case is judged again in memory; nothing is written into it, and nothing that is computed here is ever a finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from forensics import event_store
from forensics.attribution import whatif
from forensics.attribution.link_b import offered
from forensics.attribution.parameters import default
from forensics.attribution.sensitivity import KEYS as EXAMPLE_KEYS
from forensics.attribution.sensitivity import Sensitivity, example_of, sensitivity, with_settings
from forensics.attribution.verdict import figure
from forensics.case import CaseFolder
from forensics.errors import UsageError
from forensics.pipeline import explained_findings
from forensics.pipeline.judgement import Enricher, finding_row, judge
from forensics.pipeline.judging_again import inputs_of
from forensics.pipeline.linking import Linked, Premises, link_all
from forensics.pipeline.registries import load
from forensics.pipeline.sealed_log import last_analysis
from forensics.sentence import say

if TYPE_CHECKING:
    from pathlib import Path

    from forensics.attribution.whatif import Supposed
    from forensics.model import Link
    from forensics.pipeline.judgement import Judgement

NOT_A_FINDING = say("A what-if: nothing of this is a finding, and nothing in the case was changed.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one address amounts to under one set of assumptions; without a record nothing is weighed."""

    record: str
    ring: str
    window: str
    strength: Mapping[str, Any] | None
    named: tuple[str, ...]
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """An address, its finding, and the verdict before and after; a verdict is ``None`` where it was not weighed."""

    finding: str
    address: str
    before: Verdict | None
    after: Verdict | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """The result of supposing something else."""

    case: str
    supposed: Supposed
    registries: tuple[str, ...]
    moved: tuple[Moved, ...]
    sealed: bool

    def as_json(self) -> dict[str, Any]:
        """Return the documented object of ``attribute --json``."""
        return {
            "schema": "forensics/what-if/1",
            "case": self.case,
            "finding": False,
            "changes": [asdict(change) for change in self.supposed.changes],
            "registries": list(self.registries),
            "same_as_sealed": self.sealed,
            "verdicts": [asdict(item) for item in self.moved],
        }

    def lines(self) -> Iterator[str]:
        """Say the result: the changed assumptions, then each verdict before and after."""
        yield NOT_A_FINDING
        for change in self.supposed.changes:
            yield say("Supposed: {key} = {after} instead of {before}", **asdict(change))
        if self.registries:
            yield say("Supposed: other registries: {names}", names=", ".join(self.registries))
        if not self.sealed:
            yield say(
                "This version judges the sealed evidence differently from the version that sealed it; `forensics replay`"
                " says where. Before and after are both of this version."
            )
        for item in self.moved:
            yield say("{finding} {address}", finding=item.finding or "-", address=item.address)
            yield say("    before: {told}", told=_told(item.before))
            yield say("    after:  {told}", told=_told(item.after))
        if not self.moved:
            yield say("The case has no unexplained address, so nothing is weighed.")


def what_if(folder: Path, settings: Sequence[str], registries: Sequence[str]) -> WhatIf:
    """Judge a sealed case with other assumptions, beside the ones it was sealed with."""
    supposed = whatif.suppose(default(), settings)
    case = CaseFolder.open(folder)
    inputs = inputs_of(case, last_analysis(case.path))
    other = load(registries) if registries else inputs.registries
    with event_store.workroom(case.path) as (connection, work):
        judged = judge(connection, inputs, work)
        context_of = Enricher(inputs).context
        premises = Premises(snapshots=inputs.snapshots, as_of=inputs.as_of, supposed=supposed)
        after = link_all(judged.store, judged.known, context_of, other, premises)
        links = {link.address: link for link in (*judged.links, *after.links)}
        classes = {item.address: context_of(item.address, item.at.date()).classes for item in links.values()}
    sealed = [row for row in case.read_json("findings.json")["findings"] if row["kind"] == "registry_link"]
    again = [finding_row(item) for item in judged.findings if item.kind == "registry_link"]
    return WhatIf(
        case=str(case.path),
        supposed=supposed,
        registries=tuple(f"{item.name} {item.version}" for item in other.used) if registries else (),
        moved=tuple(_moved(judged, after, classes)),
        sealed=_strengths(sealed) == _strengths(again),
    )


def assumptions() -> list[dict[str, Any]]:
    """Return the assumptions that may be changed, with the values that the model holds."""
    held = default()
    rows = []
    for key in whatif.keys(held):
        shown = {"class": "vpn", "population": "1", "users": "1"}.get(key)
        if shown is None:
            rows.append({"key": key, "value": _value(key)})
        else:
            rows.append({"key": key, "value": whatif.suppose(held, [f"{key}={shown}"]).changes[0].before})
    return rows


def table(folder: Path, settings: Sequence[str], finding: str) -> tuple[str, Sensitivity]:
    """Return the id of the finding that is an exact hit, and how its ratio moves with the premises."""
    example_settings = [item for item in settings if item.partition("=")[0] in EXAMPLE_KEYS]
    supposed = whatif.suppose(default(), [item for item in settings if item not in example_settings], EXAMPLE_KEYS)
    for document in explained_findings.documents(folder):
        if (
            document["ring"] == "exact"
            and document["strength"]
            and finding.lower() in ("", document["finding"].lower())
        ):
            example = with_settings(example_of(document), example_settings)
            return document["finding"], sensitivity(example, supposed.parameters)
    where = finding or str(folder)
    raise UsageError("no finding with an exact hit", where=where, hint="`forensics findings CASE` lists them")


def table_json(finding: str, found: Sensitivity) -> dict[str, Any]:
    """Return the documented object of ``attribute --table --json``."""
    return {"schema": "forensics/sensitivity/1", "finding": finding, **asdict(found)}


def table_lines(finding: str, found: Sensitivity) -> Iterator[str]:
    """Say how the ratio moves, in lines that a terminal and a printer take."""
    held = found.example
    yield NOT_A_FINDING
    yield say(
        "{finding}: an exact hit in a population of {n} addresses, {near} of them nearer than the country",
        finding=finding,
        n=held.population,
        near=held.population - held.rings["country"],
    )
    yield say("other addresses of the same client, by ring: {rings}", rings=", ".join(held.others) or "none")
    yield ""
    yield _columns("registry", "pi0", "hit x others", "in the period", f"{held.gap_days:,} days, static", "dynamic")
    for row in found.sizes:
        yield _columns(
            f"{row.registry:,}",
            f"{row.pi0:g}",
            f"{_figure(row.hit)} x {row.others:.2f}",
            f"{_figure(row.inside)} {row.inside_words}",
            f"{_figure(row.static)} {row.static_words}",
            f"{_figure(row.dynamic)} {row.dynamic_words}",
        )
    yield say("A registry of 1 is the address picked by its own match: its figures may not be used.")
    yield ""
    yield say("class of the address (registry {n}, mean pi0)", n=held.rings["exact"])
    for item in found.classes:
        yield f"{item.scenario:<20}{_figure(item.together):>10} {item.words}"
    yield ""
    if found.network is None:
        yield say("against another user of the same network: not computed, its size is not known")
    else:
        yield say(
            "against another user of the same network ({n} addresses, {k} on record), the hit alone: {ratio} {words}",
            n=held.network,
            k=held.network_registry,
            ratio=_figure(found.network),
            words=found.network_words,
        )


def _columns(*cells: str) -> str:
    widths = (9, 7, 18, 40, 40, 0)
    return "".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _figure(value: float) -> str:
    """Write a figure of the table: whole from 10 on, else with one decimal."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"  # noqa: PLR2004 - from here on no decimals


def _value(key: str) -> str:
    """Return what the model holds for a key, by supposing it again."""
    held = default()
    probe = {"cap": "2", "exits": "1", "pi0.high": "0.9", "pi0.low": "0.001"}.get(key, "")
    if probe or not key.startswith(("pi0", "scatter")):
        return whatif.suppose(held, [f"{key}={probe or 1}"]).changes[0].before
    return f"{held.pi0:g}" if key.startswith("pi0") else f"{held.scatter[key.partition('.')[2]]:g}"


def _moved(judged: Judgement, after: Linked, classes: Mapping[str, tuple[str, ...]]) -> Iterator[Moved]:
    ids = {str(item.facts.get("address")): item.id for item in judged.findings if item.kind == "registry_link"}
    one = {link.address: link for link in judged.links}
    two = {link.address: link for link in after.links}
    for address in dict.fromkeys([*one, *two]):
        yield Moved(
            finding=ids.get(address, ""),
            address=address,
            before=_verdict(one.get(address), judged.linked, classes),
            after=_verdict(two.get(address), after, classes),
        )


def _verdict(link: Link | None, linked: Linked, classes: Mapping[str, tuple[str, ...]]) -> Verdict | None:
    if link is None:
        return None
    record = linked.records.get(link.record)
    if record is None:
        return Verdict(record="", ring=link.ring, window="", strength=None, named=(), because="")
    offer = offered(record, (*classes[link.address], str(link.derivation.get("sharing class", ""))), link.ring)
    return Verdict(
        record=link.record,
        ring=link.ring,
        window=link.window,
        strength=asdict(link.strength),
        named=tuple(sorted({item.entity for item in offer.statements})),
        because=offer.says,
    )


def _told(verdict: Verdict | None) -> str:
    if verdict is None:
        return say("not among the addresses that are weighed")
    if verdict.strength is None:
        return say("not on record, and no recorded address near enough to weigh anything")
    held = verdict.strength
    network = (
        ""
        if held["lr_network"] is None
        else say(", {ratio} against the same network", ratio=figure(held["lr_network"]))
    )
    return say(
        "{words}: likelihood ratio {lr} (range {low} to {high}){network}; {ring}, record {record}, window {window}. {link_b}",
        words=held["words"],
        lr=figure(held["lr"]),
        low=figure(held["lr_low"]),
        high=figure(held["lr_high"]),
        network=network,
        ring=verdict.ring,
        record=verdict.record,
        window=verdict.window,
        link_b=verdict.because,
    )


def _strengths(rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    return [(row["facts"].get("address"), row["strength"]) for row in rows]

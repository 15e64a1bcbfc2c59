"""A comparison of cases as the documented object and in plain words. Names of cases are told only where asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from forensics.attribution.case_ties import NEAR, SHARED, TIE
from forensics.attribution.device_term import terms
from forensics.attribution.parameters import default

if TYPE_CHECKING:
    from forensics.attribution.case_clusters import Cluster, Edge
    from forensics.attribution.case_ties import PairOfCases, Tie
    from forensics.model import Link, Strength
    from forensics.pipeline.compared_cases import ComparedCase
    from forensics.pipeline.correlating import Correlation

SCHEMA = "forensics/correlation/1"
NO_CLUSTER = "No cases hang together: no pair has a lower bound that is high enough."
NOT_COMPUTED = (
    "Not computed: who stood behind a case, who typed, who gave orders.",
    "Sessions that nothing explains are not hostile for that reason; owners may have forgotten an address of their own.",
    "Compared were unexplained sessions only. Cases that were not given are not part of any figure.",
)
_TLP = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
_TITLES = ((TIE, "Ties"), (SHARED, "In both cases, and ties nothing"), (NEAR, "Near, and ties nothing"))
_LEFT_OUT = {
    "addresses_of_an_owner": "addresses that are an owner's in one of the cases",
    "addresses_of_one_network_only": "addresses of private networks",
    "sessions_of_unknown_role": "sessions of unknown role",
    "unexplained_sessions_without_address": "unexplained sessions without an address",
}


def as_json(found: Correlation, *, names: bool) -> dict[str, Any]:
    """Return the documented object (docs/schemas/correlation.json)."""
    model, added = default(), terms()
    return {
        "schema": SCHEMA,
        "tlp": strictest(case.tlp for case in found.cases),
        "cases": [_case(case, left, names=names) for case, left in zip(found.cases, found.left_out, strict=True)],
        "pairs": [_pair(pair) for pair in found.pairs],
        "clusters": [_cluster(item) for item in found.clusters],
        "parameters": {
            "ring_model": {"version": model.version, "sha256": model.digest},
            "correlation": {"version": added.version, "sha256": added.digest, "device_weight": added.weight},
            "scale": model.scale_citation,
        },
        "snapshots": list(found.snapshots),
        "registries": [
            {"name": name, "version": version, "digest": digest} for name, version, digest in found.registries
        ],
        "not_computed": list(NOT_COMPUTED),
    }


def strictest(marks: Iterable[str]) -> str:
    """Return the strictest sharing mark; one that nobody knows counts as the strictest."""
    return max(marks, key=lambda mark: _TLP.index(mark) if mark in _TLP else len(_TLP))


def _case(case: ComparedCase, left_out: Mapping[str, int], *, names: bool) -> dict[str, Any]:
    held: dict[str, Any] = {
        "case": case.id,
        "verified": case.verified,
        "made_for_this_comparison": case.made_here,
        "left_out": dict(left_out),
        "lacking": list(case.lacking),
    }
    return {**held, "name": case.name, "title": case.title} if names else held


def _pair(pair: PairOfCases) -> dict[str, Any]:
    return {
        "cases": [side.case for side in pair.sides],
        "tied_by": {kind: sum(item.kind == kind for item in pair.tied) for kind in ("address", "device")},
        "strength": _strength(pair.strength),
        "bridges": pair.bridges,
        "ties": [_tie(item) for item in pair.ties],
        "further": pair.further,
        "compared": {
            "address_pairs": pair.pairs_compared,
            "expected_by_chance": float(f"{pair.expected:.6g}"),
            "told_twice": pair.told_twice,
            "accounts_in_common": pair.accounts_in_common,
            "sides": [asdict(side) | {"unmatched": list(side.unmatched)} for side in pair.sides],
        },
        "notes": list(pair.notes),
    }


def _tie(item: Tie) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "value": item.value,
        "standing": item.standing,
        "why": item.why,
        "ring": item.ring,
        "uses": [asdict(use) for use in item.uses],
        "strength": _strength(item.strength),
        "directions": [_direction(link) for link in item.directions],
        "counter_hypotheses": [asdict(other) for other in item.alternatives],
        "says": item.says,
    }


def _direction(link: Link) -> dict[str, Any]:
    return {
        "address": link.address,
        "at": link.at.date().isoformat(),
        "against_case": str(link.derivation.get("set", "")),
        "ring": link.ring,
        "window": link.window,
        "gap_days": link.gap_days,
        "strength": _strength(link.strength),
        "assumptions": list(link.assumptions),
        "derivation": dict(link.derivation),
    }


def _strength(held: Strength | None) -> dict[str, Any] | None:
    return None if held is None else asdict(held)


def _cluster(item: Cluster) -> dict[str, Any]:
    return {
        "cases": list(item.cases),
        "edges": [_edge(edge) for edge in item.edges],
        "weakest": _edge(item.weakest),
        "would_split": [_edge(edge) for edge in item.splits],
        "not_claimed": [list(pair) for pair in item.not_claimed],
    }


def _edge(edge: Edge) -> dict[str, Any]:
    return {"cases": [edge.one, edge.other], "lr_low": edge.lr_low}


# --- words ------------------------------------------------------------------------------------------------------------


def lines(found: Correlation, *, names: bool) -> Iterator[str]:
    """Say a comparison in plain words."""
    yield f"{len(found.cases)} cases compared. Sharing mark: TLP:{strictest(case.tlp for case in found.cases)}"
    for case, left in zip(found.cases, found.left_out, strict=True):
        yield from case_lines(case, left, names=names)
    for pair in found.pairs:
        yield ""
        yield from pair_lines(pair)
    for item in found.clusters:
        yield ""
        yield from cluster_lines(item)
    if not found.clusters:
        yield from ("", NO_CLUSTER)
    yield from ("", "What this does not show")
    yield from (f"- {text}" for text in NOT_COMPUTED)


def case_lines(case: ComparedCase, left_out: Mapping[str, int], *, names: bool) -> Iterator[str]:
    """Say which case it is, and what of it is not compared."""
    said = [*([f"{case.name} ({case.title or 'no title'})"] if names else [])]
    said += [] if case.verified else ["NOT VERIFIED: what it says may have been changed"]
    said += ["analysed for this comparison only, under a one-time key"] if case.made_here else []
    yield f"{case.id}{': ' if said else ''}{'; '.join(said)}"
    yield from (f"  not compared: {number:,} {_LEFT_OUT[name]}" for name, number in left_out.items() if number)
    yield from (f"  lacking: {text}" for text in case.lacking)


def pair_lines(pair: PairOfCases) -> Iterator[str]:
    """Say what two cases share: the verdict first, then what it rests on, further in."""
    one, other = pair.sides
    yield f"{one.case} and {other.case}: {verdict(pair)}"
    if pair.strength is not None:
        held = pair.strength
        yield (
            f"  Together: likelihood ratio {_figure(held.lr)} (range {_figure(held.lr_low)} to {_figure(held.lr_high)}:"
            f" {held.words_country or held.words}), one source behind both against {held.against}. The best of several"
            f" addresses counts only its share of them, and devices count with the weight {terms().weight:g}."
        )
        if held.lr_network is not None:
            yield (
                f"  The same against two users of one network: likelihood ratio {_figure(held.lr_network)}"
                f" ({held.words_network}). Taken together: {held.words}."
            )
    for standing, title in _TITLES:
        held_here = [item for item in pair.ties if item.standing == standing]
        if held_here:
            yield f"  {title}"
        for item in held_here:
            yield from _tie_lines(item)
    if pair.further:
        yield f"  {pair.further:,} further shared or near values are not listed."
    yield f"  Compared: {pair.pairs_compared:,} pairs of addresses; {_expected(pair)}"
    for side in pair.sides:
        listed = ", ".join(side.unmatched) + (" …" if side.unmatched_total > len(side.unmatched) else "")
        yield f"  Without a match: {side.unmatched_total:,} of {side.addresses:,} addresses of {side.case}: {listed or 'none'}"
    yield from (f"  {text}" for text in pair.notes)


def verdict(pair: PairOfCases) -> str:
    """Say what ties two cases, in one phrase."""
    addresses, devices = (sum(item.kind == kind for item in pair.tied) for kind in ("address", "device"))
    said = [
        f"{number} {one if number == 1 else many}"
        for number, one, many in ((addresses, "address", "addresses"), (devices, "device", "devices"))
        if number
    ]
    return f"tied by {' and '.join(said)}" if said else "nothing ties them"


def _tie_lines(item: Tie) -> Iterator[str]:
    yield f"    {item.kind}: {item.value}"
    for use in item.uses:
        days = use.first if use.first == use.last else f"{use.first} to {use.last}"
        yield f"      in {use.case}: {days}{f', {use.address}' if use.address not in ('', item.value) else ''}"
    yield f"      {item.says}"
    if item.strength is not None and item.strength.lr_network is not None:
        yield (
            f"      Against another user of the same network: {_figure(item.strength.lr_network)}"
            f" ({item.strength.words_network})"
        )
    if item.standing == NEAR:
        return
    for other in item.alternatives:
        yield f"      - {other.hypothesis}. {other.result} Would change it: {other.would_change}"


def cluster_lines(item: Cluster) -> Iterator[str]:
    """Say which cases hang together and what would split them."""
    yield f"Hang together: {', '.join(item.cases)}"
    for edge in item.edges:
        yield f"  {edge.one} and {edge.other}: at least {_figure(edge.lr_low)}"
    yield f"  No stronger than its weakest edge: {item.weakest.one} and {item.weakest.other}, {_figure(item.weakest.lr_low)}"
    yield from (f"  Would split it: losing the edge between {edge.one} and {edge.other}" for edge in item.splits)
    yield from (
        f"  Nothing is said about {one} and {other}: too many edges lie between" for one, other in item.not_claimed
    )


def _expected(pair: PairOfCases) -> str:
    if not pair.expected:
        return "how many would be the same by chance is unknown for lack of a population."
    return f"among unrelated sources {pair.expected:.2g} of them would be the same on average."


def _figure(value: float) -> str:
    rounded = float(f"{value:.2g}")
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:g}"  # noqa: PLR2004 - two digits

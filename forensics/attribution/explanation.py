"""The derivation of a weighed address, read back from its finding: inputs, results and numbered steps. Pure.

``explanation`` reads the row of a finding as it is sealed, not the model that made it, so that what is explained is what
was sealed. Its ``inputs`` and ``evaluations`` are enough to compute every figure again without this program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from forensics.attribution import ratios
from forensics.attribution.explained_steps import Reading, Step, steps
from forensics.attribution.parameters import Parameters
from forensics.attribution.rings import COUNTED, Counts
from forensics.attribution.wording import NOT_SHOWN, PROPOSITION

QUANTILES = ("low", "mean", "high")
_HALF_LIFE = "half-life days, "
_OTHERS = "others recorded as "


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One finding with its whole derivation: ``document`` for machines, ``steps`` for people."""

    document: Mapping[str, Any]
    steps: tuple[Step, ...]


def weighed(row: Mapping[str, Any]) -> bool:
    """Say whether a finding rests on a computation that can be explained; earlier versions noted less of it."""
    notes = row["facts"].get("derivation", {})
    return all(name in notes for name in ("LR middle", "window", "scatter country"))


def explanation(row: Mapping[str, Any], parameters: Parameters) -> Explanation:
    """Explain the row of a finding for which ``weighed`` holds.

    ``parameters`` gives words: provenances and the scale. Where the finding was made with another file, their place
    says so, and every number is still that of the finding.
    """
    facts = row["facts"]
    notes = facts["derivation"]
    same = parameters.digest in str(notes["parameters"])
    inputs = _inputs(facts, parameters, same=same)
    factors = [_of_factor(item, parameters, same=same) for item in facts.get("factors", [])]
    evaluations = _evaluations(notes)
    document = {
        "schema": "forensics/derivation/1",
        "finding": row["id"],
        "statement": row["statement"],
        "propositions": {
            "hp": PROPOSITION,
            "hd1": (row["strength"] or {}).get("against", ""),
            "hd2": (row["strength"] or {}).get("against_network", ""),
        },
        **inputs,
        "evaluations": evaluations,
        "factors": factors,
        "product": notes.get("LR of the product"),
        "groups": facts.get("groups", []),
        "combined": notes.get("LR of all groups"),
        "coincidence": _coincidence(notes),
        "cap": notes["cap"],
        "scale": [{"above": above, "words": words} for above, words in parameters.scale] if same else [],
        "scale_citation": parameters.scale_citation if same else "",
        "strength": row["strength"],
        "not_shown": [NOT_SHOWN],
    }
    told = steps(_reading(facts, parameters), row, factors, document)
    listed = [{"title": step.title, "lines": list(step.lines), "source": step.source} for step in told]
    whole = {**document, "steps": listed, "assumptions": facts["assumptions"], "link_b": facts["link_b"]}
    return Explanation(
        document={**whole, **{key: row[key] for key in ("alternatives", "challenge", "basis")}}, steps=told
    )


def _inputs(facts: Mapping[str, Any], parameters: Parameters, *, same: bool) -> dict[str, Any]:
    """Return what enters the computation of one address."""
    notes = facts["derivation"]
    return {
        "address": facts["address"],
        "at": facts["at"],
        "ring": facts["ring"],
        "record": facts.get("record"),
        "window": notes["window"],
        "gap_days": int(notes["gap days"]) if "gap days" in notes else None,
        "sharing_class": notes["sharing class"],
        "population": {
            "addresses": int(notes["population addresses"]),
            "users": int(notes["population users"]) if "population users" in notes else None,
            "users_per_address": notes.get("users per address"),
            "source": notes["population"],
        },
        "set": {"id": notes["set"], "excluded": notes["records excluded"]},
        "exact_reuse": {
            **{name: notes[f"pi0 {name}"] for name in QUANTILES},
            "provenance": parameters.pi0_provenance if same else "",
        },
        "scatter": {
            **{ring: notes[f"scatter {ring}"] for ring in COUNTED[1:]},
            "provenance": parameters.scatter_provenance if same else "",
        },
        "scenarios": [_scenario(name, notes, parameters) for name in _scenarios(notes)],
        "middle_scenario": notes["middle scenario"],
        "parameters": notes["parameters"],
    }


def _of_factor(facts: Mapping[str, Any], parameters: Parameters, *, same: bool) -> dict[str, Any]:
    """Return another address of the same client with what its ratio is computed from."""
    notes = facts["derivation"]
    held = _inputs(facts, parameters, same=same)
    told = [
        {"title": step.title, "lines": list(step.lines), "source": step.source}
        for step in steps(_reading(facts, parameters), None, (), {})
    ]
    return {**held, "evaluations": _evaluations(notes), "steps": told}


def _scenarios(notes: Mapping[str, Any]) -> list[str]:
    return [key.removeprefix(_HALF_LIFE) for key in notes if key.startswith(_HALF_LIFE)]


def _scenario(name: str, notes: Mapping[str, Any], parameters: Parameters) -> dict[str, Any]:
    held = parameters.scenarios.get(name)
    return {
        "name": name,
        "half_life_days": notes[f"{_HALF_LIFE}{name}"],
        "users": int(notes.get(f"users behind it, {name}", 0)),
        "exits": int(notes.get(f"exits, {name}", 0)),
        "exits_share": notes.get(f"share using the service, {name}", 0.0),
        "provenance": held.provenance if held is not None else "",
    }


def _evaluations(notes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the evaluation against the country and, where there is one, against the same network."""
    found = [_evaluation(notes, "country", "", "LR")]
    if "LR network middle" in notes:
        found.append(_evaluation(notes, "network", "network ", "LR network"))
    return found


def _evaluation(notes: Mapping[str, Any], against: str, prefix: str, name: str) -> dict[str, Any]:
    size = notes["network addresses"] if prefix else notes["population addresses"]
    others = [
        (*key.removeprefix(f"{prefix}{_OTHERS}").split(", weighed as "), int(value))
        for key, value in notes.items()
        if key.startswith(f"{prefix}{_OTHERS}")
    ]
    results = {
        scenario: {
            "q_exact": notes[f"{prefix}q exact, {scenario}"],
            "still": notes[f"S, {scenario}"],
            "lr": {quantile: notes[f"{name}, {scenario}, pi0 {quantile}"] for quantile in QUANTILES},
        }
        for scenario in _scenarios(notes)
        if f"{name}, {scenario}, pi0 mean" in notes
    }
    return {
        "against": against,
        "addresses": int(size),
        "rings": {ring: int(notes[f"{prefix}count {ring}"]) for ring in COUNTED},
        "recorded": int(notes[f"{prefix}recorded addresses"]),
        "recorded_of_the_match": int(notes.get(f"{prefix}recorded addresses of the match", 0)),
        "others_shared": [{"class": held, "scenario": scenario, "addresses": n} for held, scenario, n in others],
        "results": results,
        "lowest": {quantile: notes[f"{name} lowest, pi0 {quantile}"] for quantile in QUANTILES},
        "highest": {quantile: notes[f"{name} highest, pi0 {quantile}"] for quantile in QUANTILES},
        "middle": notes[f"{name} middle"],
    }


def _coincidence(notes: Mapping[str, Any]) -> dict[str, Any] | None:
    if "addresses compared" not in notes:
        return None
    names = {
        "addresses": "addresses compared",
        "records": "records compared",
        "expected": "exact hits expected by chance",
        "chance": "chance of an exact hit",
        "near": "addresses in this ring or nearer",
        "near_chance": "chance of a hit in this ring or nearer",
    }
    return {name: notes.get(key) for name, key in names.items()}


def _reading(facts: Mapping[str, Any], parameters: Parameters) -> Reading:
    """Return the notes of one address, with the rings that are weighed together under each alternative."""
    notes = facts["derivation"]
    held = replace(parameters, scatter={ring: notes[f"scatter {ring}"] for ring in COUNTED[1:]})
    ring = "country" if facts["ring"] == "elsewhere" else facts["ring"]
    blocks = {}
    for prefix, outer in (("", COUNTED[1:]), ("network ", ratios.NETWORK_RINGS)):
        if f"{prefix}count exact" in notes:
            counts = Counts(rings={name: int(notes[f"{prefix}count {name}"]) for name in COUNTED})
            blocks[prefix] = ratios.block(ring, counts, held, outer)
    return Reading(notes=notes, address=facts["address"], ring=ring, blocks=blocks)

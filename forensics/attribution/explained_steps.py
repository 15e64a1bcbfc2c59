"""The steps of a derivation as formula lines with the numbers put in: a reader with a calculator arrives at the same.

Every line ends in the number that is sealed; what stands before it computes that number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forensics.attribution.group_terms import formulas
from forensics.attribution.rings import COUNTED
from forensics.attribution.wording import PROPOSITION
from forensics.sentence import Sentence, say

QUANTILES = ("low", "mean", "high")
_WHOLE = 1e15
"""Up to here every whole number is exact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: what it computes, its lines, and where its numbers are from ("" where from the steps above)."""

    title: Sentence
    lines: tuple[str, ...]
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The notes of one address. ``blocks`` are, by prefix of the notes, (rings of the scatter, rings of the count)."""

    notes: Mapping[str, Any]
    address: str
    ring: str
    blocks: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]


def steps(
    held: Reading, row: Mapping[str, Any] | None, factors: Sequence[Mapping[str, Any]], document: Mapping[str, Any]
) -> tuple[Step, ...]:
    """Return the steps in the order of the computation; without ``row`` those of one address alone."""
    found = [*_of_address(held, document)]
    if row is None:
        return tuple(found)
    if factors:
        found.append(_product(held, factors))
    if document["groups"]:
        found.append(_groups(document))
    if document["coincidence"]:
        found.append(_coincidence(document["coincidence"], held.notes))
    if row["strength"]:
        found.append(_words(held.notes, row["strength"], document))
    return tuple(found)


def _of_address(held: Reading, document: Mapping[str, Any]) -> Iterator[Step]:
    if document:
        yield _propositions(document["propositions"])
    yield _rings(held)
    yield _scatter(held, document)
    yield _shares(held, "", say("Shares q of an unrelated source (Hd1)"))
    yield _time(held, document)
    yield _ratios(held, "", "LR", say("Likelihood ratios against Hd1, one per scenario and rate of exact re-use"))
    if "network addresses" in held.notes:
        yield _network_rings(held)
        yield _shares(held, "network ", say("Shares q of another user of the same network (Hd2)"))
        title = say("Likelihood ratios against Hd2, one per scenario and rate of exact re-use")
        yield _ratios(held, "network ", "LR network", title)


def _propositions(said: Mapping[str, Any]) -> Step:
    lines = [say("Hp: {text}", text=PROPOSITION)]
    lines += [say("Hd1: they came from {text}.", text=said["hd1"])] if said["hd1"] else []
    lines += [say("Hd2: they came from {text}.", text=said["hd2"])] if said["hd2"] else []
    return Step(title=say("What is weighed"), lines=tuple(lines))


def _rings(held: Reading) -> Step:
    notes = held.notes
    counts = [int(notes[f"count {ring}"]) for ring in COUNTED]
    lines = [say("N = {n} announced addresses", n=int(notes["population addresses"]))]
    lines += [say("{ring}: {n}", ring=ring, n=n) for ring, n in zip(COUNTED, counts, strict=True)]
    lines.append(say("sum: {terms} = {total}", terms=" + ".join(f"{n:,}" for n in counts), total=sum(counts)))
    lines.append(say("{address} lies in the ring {ring}", address=held.address, ring=held.ring))
    return Step(title=say("Rings around the recorded addresses"), lines=tuple(lines), source=str(notes["population"]))


def _network_rings(held: Reading) -> Step:
    notes = held.notes
    counts = [int(notes[f"network count {ring}"]) for ring in COUNTED[:-1]]
    lines = [say("N = {n} addresses of the network on that day", n=int(notes["network addresses"]))]
    lines += [say("{ring}: {n}", ring=ring, n=n) for ring, n in zip(COUNTED, counts, strict=False)]
    return Step(title=say("Rings within the same network"), lines=tuple(lines), source=str(notes["population"]))


def _scatter(held: Reading, document: Mapping[str, Any]) -> Step:
    notes = held.notes
    low, mean, high = (number(notes[f"pi0 {name}"]) for name in QUANTILES)
    lines = [say("pi(exact) = pi0 = {mean} (95 %: {low} to {high})", low=low, mean=mean, high=high)]
    rings, counted = held.blocks[""]
    if held.ring != "exact" and rings:
        terms, total = _sum([notes[f"scatter {ring}"] for ring in rings])
        lines.append(
            say(
                "{rings} are weighed together, so that no ratio rises outward: (1 - pi0) x ({terms}) = (1 - pi0) x {total}",
                rings=" + ".join(rings),
                terms=terms,
                total=total,
            )
            if len(rings) > 1
            else say("pi({ring}) = (1 - pi0) x {total}", ring=counted[0], total=total)
        )
    sources = [document[name]["provenance"] for name in ("exact_reuse", "scatter")] if document else []
    return Step(title=say("Rates pi of an operator who comes back"), lines=tuple(lines), source=" ".join(sources))


def _shares(held: Reading, prefix: str, title: Sentence) -> Step:
    notes = held.notes
    size = int(notes[f"{prefix}addresses"] if prefix else notes["population addresses"])
    own = int(notes.get(f"{prefix}recorded addresses of the match", 0))
    shared = [
        (key.split(", weighed as ")[1], int(value))
        for key, value in notes.items()
        if key.startswith(f"{prefix}others recorded as ")
    ]
    single = int(notes[f"{prefix}recorded addresses"]) - own - sum(n for _, n in shared)
    lines = []
    for name in _named(notes, f"{prefix}q exact, "):
        terms = [f"{own} x {_weight(notes, name, size)}"] if own else []
        terms += [f"{n} x {_weight(notes, scenario, size)}" for scenario, n in shared]
        terms += [f"{single:,} / {size:,}"] if single else []
        value = number(notes[f"{prefix}q exact, {name}"])
        lines.append(say("{name}: q(exact) = {terms} = {value}", name=name, terms=" + ".join(terms), value=value))
    _, counted = held.blocks[prefix]
    if held.ring != "exact" and counted:
        lines.append(_outer(held, prefix, counted))
    return Step(title=title, lines=tuple(lines))


def _outer(held: Reading, prefix: str, counted: tuple[str, ...]) -> Sentence:
    notes = held.notes
    total = sum(int(notes[f"{prefix}count {ring}"]) for ring in COUNTED)
    outside = total - int(notes[f"{prefix}count exact"])
    terms, _ = _sum([notes[f"{prefix}count {ring}"] for ring in counted])
    return say(
        "q({rings}) = (1 - q(exact)) x ({terms}) / {outside}",
        rings=" + ".join(counted),
        terms=terms,
        outside=outside,
    )


def _weight(notes: Mapping[str, Any], name: str, size: int) -> str:
    """Return the weight of one address as a formula: one customer, several users, or one of a pool of exits."""
    if f"exits, {name}" in notes:
        share, exits = notes[f"share using the service, {name}"], notes[f"exits, {name}"]
        return f"max({number(share)} / {number(exits)}, 1 / {size:,})"
    if f"users behind it, {name}" in notes:
        users = number(notes[f"users behind it, {name}"])
        average = (
            f"{number(notes['population users'])} / {number(notes['population addresses'])}"
            if "population users" in notes
            else number(notes["users per address"])
        )
        return f"min(1, max({users} / ({average} x {size:,}), 1 / {size:,}))"
    return f"1 / {size:,}"


def _time(held: Reading, document: Mapping[str, Any]) -> Step:
    notes = held.notes
    near = notes["window"] in ("none", "inside")
    gap = 0.0 if near else abs(float(notes.get("gap days", 0.0)))
    dated = near or "gap days" in notes
    lines = []
    for name in _named(notes, "S, "):
        still = number(notes[f"S, {name}"])
        days = number(notes[f"half-life days, {name}"])
        lines.append(
            say("{name}: S = 2 ^ -({gap} / {days}) = {still}", name=name, gap=number(gap), days=days, still=still)
            if dated
            else say("{name}: no date is on record, so S = 0", name=name)
        )
    if notes["window"] == "unknown":
        lines.append(say("The period on record is unknown: the range also holds 1, as if nothing were left."))
    provenances = {item["name"]: item["provenance"] for item in document.get("scenarios", [])}
    source = "; ".join(f"{name}: {said}" for name, said in provenances.items() if said)
    return Step(title=say("What time leaves of a match (S)"), lines=tuple(lines), source=source)


def _ratios(held: Reading, prefix: str, name: str, title: Sentence) -> Step:
    notes = held.notes
    lines: list[Sentence] = []
    for scenario in _named(notes, f"{prefix}q exact, "):
        lines += [
            _ratio(held, prefix, scenario, quantile, notes[f"{name}, {scenario}, pi0 {quantile}"])
            for quantile in QUANTILES
        ]
    lines += [
        say(
            "pi0 {quantile}: lowest {low}, highest {high}",
            quantile=quantile,
            low=number(notes[f"{name} lowest, pi0 {quantile}"]),
            high=number(notes[f"{name} highest, pi0 {quantile}"]),
        )
        for quantile in QUANTILES
    ]
    middle = number(notes[f"{name} middle"])
    lines.append(say("middle figure: {scenario}, pi0 mean: {value}", scenario=notes["middle scenario"], value=middle))
    return Step(title=title, lines=tuple(lines))


def _ratio(held: Reading, prefix: str, scenario: str, quantile: str, result: float) -> Sentence:
    notes = held.notes
    pi0, q = number(notes[f"pi0 {quantile}"]), number(notes[f"{prefix}q exact, {scenario}"])
    formula = f"{pi0} / {q}"
    if held.ring != "exact":
        rings, counted = held.blocks[prefix]
        if not counted:
            formula = "1"
        elif float(notes[f"{prefix}q exact, {scenario}"]) < 1:  # else nothing is left for the other rings
            total = sum(int(notes[f"{prefix}count {ring}"]) for ring in COUNTED)
            outside = total - int(notes[f"{prefix}count exact"])
            _, inside = _sum([notes[f"{prefix}count {ring}"] for ring in counted])
            _, scatter = _sum([notes[f"scatter {ring}"] for ring in rings])
            formula = f"min((1 - {pi0}) x {scatter} / ((1 - {q}) x {inside} / {outside:,}), {formula})"
    still = number(notes[f"S, {scenario}"])
    return say(
        "{scenario}, pi0 {quantile}: L = {formula}; if L > 1: 1 + {still} x (L - 1), else L = {result}",
        scenario=scenario,
        quantile=quantile,
        formula=formula,
        still=still,
        result=number(result),
    )


def _product(held: Reading, factors: Sequence[Mapping[str, Any]]) -> Step:
    notes = held.notes
    middles = [number(item["evaluations"][0]["middle"]) for item in factors]
    lines = [
        say("{address}, ring {ring}: {value}", address=item["address"], ring=item["ring"], value=value)
        for item, value in zip(factors, middles, strict=True)
    ]
    lines.append(
        say(
            "{terms} = {value}",
            terms=" x ".join([number(notes["LR middle"]), *middles]),
            value=number(notes["LR of the product"]),
        )
    )
    for end in ("lowest", "highest"):
        for quantile in QUANTILES:
            terms = [notes[f"LR {end}, pi0 {quantile}"], *(item["evaluations"][0][end][quantile] for item in factors)]
            lines.append(say("{end}, pi0 {quantile}: {terms}", end=end, quantile=quantile, terms=_times(terms)))
    return Step(title=say("All addresses of the same client, those on no record included"), lines=tuple(lines))


def _groups(document: Mapping[str, Any]) -> Step:
    lines = [line for item in document["groups"] for line in _group(item)]
    held = [item for item in document["groups"] if item["lr"] is not None]
    if len(held) > 1:
        terms = " x ".join(f"{number(item['lr'])} ^ {number(item['weight'])}" for item in held)
        lines.append(say("log10 LR = sum of lambda x log10 LR: {terms} = {value}", terms=terms,
                         value=number(document["combined"])))  # fmt: skip
    source = " ".join(item["source"] for item in held if item.get("source"))
    return Step(title=say("Groups of evidence, one term each"), lines=tuple(lines), source=source)


def _group(item: Mapping[str, Any]) -> Iterator[Sentence]:
    """Yield the lines of one group: its ratio with lambda, and the three figures that the ratio is computed from."""
    told = {"group": item["group"], "weight": number(item["weight"]), "why": item["why"]}
    if item["lr"] is None:
        yield say("{group}: no number (lambda {weight}): {why}", **told)
        return
    low, middle, high = (number(item[name]) for name in ("lr_low", "lr", "lr_high"))
    yield say(
        "{group}: LR = {lr} (range {low} to {high}), lambda = {weight}. {why}", lr=middle, low=low, high=high, **told
    )
    if item.get("pi") is not None:
        for end, formula, value in formulas(item):
            yield say(
                "{group}, {end}: LR = {formula} = {value}",
                group=item["group"],
                end=end,
                formula=formula,
                value=number(value),
            )
    if not item.get("against_network", True):
        yield say(
            "{group}: not counted against another user of the same network, who may show the same.", group=item["group"]
        )


def _coincidence(found: Mapping[str, Any], notes: Mapping[str, Any]) -> Step:
    values: dict[str, str | int | float] = {
        "n": int(found["addresses"]),
        "records": int(found["records"]),
        "size": int(notes["population addresses"]),
    }
    lines: tuple[Sentence, ...] = (
        say("exact, expected: {n} x {records} / {size} = {value}", **values, value=number(found["expected"])),
        say(
            "exact, at least one: 1 - (1 - {records} / {size}) ^ {n} = {value}", **values, value=number(found["chance"])
        ),
    )
    if found["near"] is not None:
        values["near"] = int(found["near"])
        value = number(found["near_chance"])
        near = say("in this ring or nearer: 1 - (1 - {near} / {size}) ^ {n} = {value}", **values, value=value)
        lines = (*lines, near)
    return Step(title=say("Hits that chance alone gives among all comparisons"), lines=lines)


def _words(notes: Mapping[str, Any], strength: Mapping[str, Any], document: Mapping[str, Any]) -> Step:
    cap = number(notes["cap"])
    lines = [
        say(
            "{low} to {high}, middle {lr}, none above the cap of {cap}",
            low=number(strength["lr_low"]),
            high=number(strength["lr_high"]),
            lr=number(strength["lr"]),
            cap=cap,
        ),
        *(say("over {above}: {words}", above=number(item["above"]), words=item["words"]) for item in document["scale"]),
        say("against Hd1: {words}", words=strength.get("words_country") or strength["words"]),
    ]
    if strength.get("lr_network") is not None:
        value = number(strength["lr_network"])
        lines.append(say("against Hd2: {value}: {words}", value=value, words=strength["words_network"]))
    lines.append(say("headline, the weaker of both: {words}", words=strength["words"]))
    lines += [strength["why"]] if strength.get("why") else []
    return Step(title=say("Words from the printed scale"), lines=tuple(lines), source=document["scale_citation"])


def number(value: float) -> str:
    """Write a number as it enters: whole ones with separators, others with six significant digits."""
    if float(value).is_integer() and abs(value) < _WHOLE:
        return f"{int(value):,}"
    return f"{value:.6g}"


def _named(notes: Mapping[str, Any], prefix: str) -> list[str]:
    return [key.removeprefix(prefix) for key in notes if key.startswith(prefix)]


def _sum(values: Sequence[float]) -> tuple[str, str]:
    """Return the terms of a sum, and the sum."""
    return " + ".join(map(number, values)), number(round(sum(values), 12))


def _times(values: Sequence[float]) -> str:
    return " x ".join(map(number, values))

# mypy: disable-error-code="no-any-return"
"""Compute the likelihood ratios of a derivation again, with nothing but the Python that everybody has.

    forensics findings CASE --explain F-7 --json > derivation.json
    python3 recompute_derivation.py derivation.json

It reads the inputs of the document (counts, rates, half-lives, users), computes every ratio by the formulas of
docs/attribution-model.md, and compares with what the document says. It imports nothing of the tool on purpose: somebody
who does not trust the tool can read these lines instead. Exit status: 0 all figures agree, 1 one does not.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Told = Any
"""An object of the document."""
Figure = tuple[str, Any, Any]
"""What a figure is called, what is computed here, and what the document says."""
OUTSIDE = ("assignment", "neighbourhood", "prefix", "origin_as", "country")
RATES = ("low", "mean", "high")


def six(value: float) -> float:
    """Round to six significant digits, as printed."""
    return float(f"{value:.6g}")


def weight(scenario: Told, size: int, population: Told) -> float:
    """Share of unrelated sources behind one address."""
    if scenario["exits"]:
        return float(max(scenario["exits_share"] / scenario["exits"], 1 / size))
    if scenario["users"]:
        each = population["users_per_address"] or population["users"] / population["addresses"]
        return min(1.0, max(scenario["users"] / (each * size), 1 / size))
    return 1 / size


def share_of_exact(scenario: Told, told: Told, case: Told) -> float:
    """Give q of the exact ring: all recorded addresses together."""
    scenarios = {item["name"]: item for item in case["scenarios"]}
    size, rest = told["addresses"], told["recorded"] - told["recorded_of_the_match"]
    share = told["recorded_of_the_match"] * weight(scenario, size, case["population"])
    for other in told["others_shared"]:
        share += other["addresses"] * weight(scenarios[other["scenario"]], size, case["population"])
        rest -= other["addresses"]
    return min(1.0, share + rest / size)


def outer_ratio(ring: str, told: Told, case: Told) -> float | None:
    """(sum of scatter) / (sum of counts / outside) of the rings that are weighed together with this one, or None."""
    names = OUTSIDE if told["against"] == "country" else OUTSIDE[:-1]
    counts, scatter = told["rings"], case["scatter"]
    there = [name for name in names if counts[name]]
    if not there:
        return None
    home: dict[
        str, str
    ] = {}  # a ring without addresses hands its rate to the next one outward, the outermost to the one inside it
    for place, name in enumerate(names):
        home[name] = next((other for other in names[place:] if counts[other]), there[-1])
    runs: list[tuple[float, int, set[str]]] = [
        (sum(scatter[name] for name in names if home[name] == host), counts[host], {host}) for host in there
    ]
    place = 1
    while place < len(runs):  # a ratio may not rise outward: runs that would are joined
        (rate, number, held), (more_rate, more_number, more) = runs[place - 1], runs[place]
        if more_rate / more_number > rate / number:
            runs[place - 1 : place + 1] = [(rate + more_rate, number + more_number, held | more)]
            place = max(1, place - 1)
        else:
            place += 1
    outside = sum(counts.values()) - counts["exact"]
    rate, number, _ = next(run for run in runs if home[ring] in run[2])
    return float(rate / (number / outside))


def ratio(scenario: Told, rate: float, told: Told, case: Told) -> float:
    """One likelihood ratio: one way of holding the address, one rate of exact re-use."""
    share = share_of_exact(scenario, told, case)
    found = rate / share
    if case["ring"] != "exact":
        ring = "country" if case["ring"] == "elsewhere" else case["ring"]
        outer = outer_ratio(ring, told, case)
        if outer is None:
            found = 1.0
        elif share < 1:
            found = min((1 - rate) / (1 - share) * outer, found)
    return 1 + fraction_left(scenario, case) * (found - 1) if found > 1 else found


def fraction_left(scenario: Told, case: Told) -> float:
    """S, what time leaves."""
    if case["window"] in ("inside", "none"):
        return 1.0
    if case["gap_days"] is None:
        return 0.0
    return 2 ** (-abs(case["gap_days"]) / scenario["half_life_days"])


def evaluation(told: Told, case: Told) -> Iterator[Figure]:
    """All ratios against one alternative: (lowest by rate, highest by rate, middle)."""
    lowest: dict[str, float] = {}
    highest: dict[str, float] = {}
    middle = None
    for name in RATES:
        values = [1.0] if case["window"] == "unknown" else []
        for scenario in case["scenarios"]:
            if scenario["name"] not in told["results"]:
                continue
            value = six(ratio(scenario, case["exact_reuse"][name], told, case))
            yield f"{scenario['name']}, pi0 {name}", value, told["results"][scenario["name"]]["lr"][name]
            values.append(value)
            if (name, scenario["name"]) == ("mean", case["middle_scenario"]):
                middle = value
        lowest[name], highest[name] = min(values), max(values)
        yield f"lowest, pi0 {name}", lowest[name], told["lowest"][name]
        yield f"highest, pi0 {name}", highest[name], told["highest"][name]
    yield "middle", middle, told["middle"]


def of_address(case: Told) -> Iterator[Figure]:
    """Every figure of one address: (name, computed, told)."""
    for told in case["evaluations"]:
        for name, computed, said in evaluation(told, case):
            yield f"{case['address']} against {told['against']}: {name}", computed, said


def of_groups(document: Told) -> Iterator[Figure]:
    """The three figures of every group that compares something: (name, computed, told)."""
    for item in document["groups"]:
        if item["pi"] is None:
            continue
        pi, q = item["pi"], item["q"]
        ends = {"lr": ("mean", "mean"), "lr_low": ("low", "high"), "lr_high": ("high", "low")}
        for name, (rate, share) in ends.items():
            found, missed = pi[rate] / q[share], (1 - pi[share]) / (1 - q[rate])
            value = min(found, item["cap"]) if item["matched"] else min(missed, 1.0)
            yield f"{item['group']}: {name}", six(value), item[name]


def groups_at(document: Told, address: float, end: str, *, network: bool = False) -> float:
    """One ratio for all groups of evidence: the address and the weighted logarithms of the others."""
    logs = [math.log10(address)]
    logs += [
        item["weight"] * math.log10(item[end])
        for item in document["groups"]
        if item["lr"] and item["group"] != "address" and (item["against_network"] or not network)
    ]
    return six(10 ** sum(logs)) if len(logs) > 1 else address


def verdict(document: Told) -> Iterator[Figure]:
    """The printed range and the words of both alternatives: (name, computed, told)."""
    said, cap = document["strength"], document["cap"]
    country = document["evaluations"][0]
    factors = [item["evaluations"][0] for item in document["factors"]]
    low = [six(math.prod([country["lowest"][name], *(one["lowest"][name] for one in factors)])) for name in RATES]
    high = [six(math.prod([country["highest"][name], *(one["highest"][name] for one in factors)])) for name in RATES]
    middle = six(math.prod([country["middle"], *(one["middle"] for one in factors)]))
    if factors:
        yield "product", middle, document["product"]
    low_end = groups_at(document, min(*low, middle), "lr_low")
    high_end = groups_at(document, max(*high, middle), "lr_high")
    whole = groups_at(document, middle, "lr")
    yield "lr_low", six(min(low_end, cap)), said["lr_low"]
    yield "lr", six(min(whole, cap)), said["lr"]
    yield "lr_high", six(min(high_end, cap)), said["lr_high"]
    yield "words_country", in_words(whole, low_end, document), said["words_country"]
    headline = said["words_country"]
    if len(document["evaluations"]) > 1:
        network = document["evaluations"][1]
        within = groups_at(document, network["middle"], "lr", network=True)
        least = min(*network["lowest"].values(), network["middle"])
        within_low = groups_at(document, least, "lr_low", network=True)
        yield "lr_network", six(min(within, cap)), said["lr_network"]
        if within < whole:
            headline = in_words(within, within_low, document)
    elif said["why"]:
        headline = in_words(min(whole, 1000.0), min(low_end, 1000.0), document)
    yield "words", headline, said["words"]


def in_words(value: float, low: float, document: Told) -> str:
    """The words of the printed scale, those of the low end beside them where they differ."""
    middle, least = (words_of(number, document) for number in (value, low))
    return middle if middle == least else f"{middle} (low end: {least})"


def words_of(value: float, document: Told) -> str:
    """The words of one ratio."""
    bands = document["scale"]
    if value >= document["cap"]:
        return [band["words"] for band in bands if document["cap"] > band["above"]][-1] + ", at least"
    value = six(value)
    if value == 1:
        return "no support either way"
    if value > 1:
        return [band["words"] for band in bands if value > band["above"]][-1]
    return [band["words"] for band in bands if 1 / value > band["above"]][-1] + " for the alternative"


def recomputed(document: Told) -> list[Figure]:
    """Every figure of a derivation: a list of (name, computed, told)."""
    found = list(of_address(document))
    for factor in document["factors"]:
        found += of_address(factor)
    found += of_groups(document)
    return found + (list(verdict(document)) if document["strength"] else [])


def agrees(computed: Any, told: Any) -> bool:
    """Whether words are equal, and numbers to the sixth digit."""
    if isinstance(told, str) or told is None:
        return computed == told
    return math.isclose(computed, told, rel_tol=1e-5)


def main(path: str) -> int:
    """Compare, say what was compared, and return the exit status."""
    document = json.loads(Path(path).read_text(encoding="utf-8"))
    found = recomputed(document)
    wrong = [item for item in found if not agrees(item[1], item[2])]
    for name, computed, told in wrong:
        sys.stdout.write(f"DIFFERS: {name}: computed {computed}, told {told}\n")
    sys.stdout.write(f"{len(found)} figures of {document['finding']} recomputed, {len(wrong)} differ\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

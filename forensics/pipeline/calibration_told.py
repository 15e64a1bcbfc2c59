"""What ``calibrate`` found, as documented JSON (docs/schemas/calibration.json), as lines, and as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forensics.attribution import calibrate as figures
from forensics.attribution.noted import significant
from forensics.attribution.strength import STRONG
from forensics.pipeline.calibrating import BLOCKS, BY_NETWORK, STRONGEST, UNIFORM, gate
from forensics.report import tippett
from forensics.sentence import say, say_n

if TYPE_CHECKING:
    from pathlib import Path

    from forensics.pipeline.calibrating import Calibration, Innocents, Reading
    from forensics.sentence import Sentence

SCHEMA = "forensics/calibration/1"
_COLUMNS = "  {:>12}  {:>12}  {:>12}  {:>27}  {:>12}  {:>12}"


def as_json(found: Calibration) -> dict[str, Any]:
    """Return the documented object."""
    broken = gate(found)
    space = found.space
    return {
        "schema": SCHEMA,
        "country": found.wish.country,
        "at": (found.wish.at or space.as_of).isoformat(),
        "snapshot": {"id": space.snapshot, "as_of": space.as_of.isoformat(), "gap_days": space.gap_days},
        "population": {"addresses": space.population.addresses, "networks": len(space.population.by_as)},
        "draws": found.wish.draws,
        "seed": found.wish.seed,
        "parameters": {
            "version": found.parameters.version,
            "sha256": found.parameters.digest,
            "set": dict(found.changes),
        },
        "registries": [
            {"name": name, "version": version, "digest": digest} for name, version, digest in found.registries
        ],
        "without_addresses_here": dict(space.away),
        "readings": [_reading(found, item) for item in found.readings],
        "holds": not broken,
        "broken": broken,
        "says": [str(text) for text in says(found)],
    }


def says(found: Calibration) -> list[Sentence]:
    """Return what the figures are and are not, in sentences."""
    space = found.space
    said = []
    if not space.sets:
        said.append(
            say("No registry used here has an active record with an address or a network in {country}: nothing can be"
                " falsely attributed there, and nothing found. Name a registry with --registry.", country=found.wish.country)
        )  # fmt: skip
    said.append(
        say("{addresses} announced IPv4 addresses of {country} in {networks} networks, from {snapshot}, {gap} days from the"
            " day asked about. Nobody counts IPv6 customers: no IPv6 address is drawn.",
            addresses=space.population.addresses, country=found.wish.country, networks=len(space.population.by_as),
            snapshot=space.snapshot, gap=abs(space.gap_days))
    )  # fmt: skip
    if space.away["sets"] or space.away["records"]:
        said.append(
            say("Not in {country}, so without effect here: {records} records, {sets} of the sets as a whole.",
                country=found.wish.country, records=space.away["records"], sets=space.away["sets"])
        )  # fmt: skip
    said.append(
        say("Innocents are addresses that no list calls shared; such a flag can only lower a ratio. Users of each network"
            " come from the file given.") if found.wish.users else
        say("Innocents are addresses that no list calls shared; such a flag can only lower a ratio. How many users a"
            " network has is not known here: drawn by network, each network counts alike (--users FILE gives numbers).")
    )  # fmt: skip
    if not space.sets:
        return said
    said.append(
        say("Cllr and Tippett plot use same-source draws from the model's own scatter. They show that the model agrees with"
            " itself; they are no measure of accuracy, for which cases of known origin would be needed.")
    )  # fmt: skip
    if any(item.sets > 1 for item in found.readings):
        said.append(
            say("An address is told by the set that holds it most closely. That compares it with every set, so the bound"
                " for all sets together is as many times higher as there are sets.")
        )  # fmt: skip
    if found.further_networks:
        said.append(
            say_n("{n} further recorded network was not drawn from by itself.",
                  "{n} further recorded networks were not drawn from by themselves.", found.further_networks)
        )  # fmt: skip
    return said


def lines(found: Calibration) -> list[str]:
    """Return everything in words and tables."""
    told = as_json(found)
    out = [*told["says"], ""]
    for reading in told["readings"]:
        name = reading["set"] or say_n("best of {n} set", "best of {n} sets", reading["sets"])
        out.append(
            say("Set {name}, {reading}: {n} records", name=name, reading=reading["reading"], n=reading["records"])
        )
        for people in reading["innocents"]:
            out += _people_lines(people)
        if reading["cllr"] is not None:
            out.append(
                say("  Cllr {value} (bootstrap {low} to {high}; enumerated {exact}), for consistency only",
                    **{key: f"{reading['cllr'][key]:.4f}" for key in ("value", "low", "high", "exact")})
            )  # fmt: skip
        out.append("")
    if told["readings"]:
        out.append(
            say("All rules hold, by enumeration.")
            if told["holds"]
            else say("RULES BROKEN: do not use this model here.")
        )
    return [*out, *told["broken"]]


def plot(found: Calibration, path: Path) -> None:
    """Write the Tippett plot of the largest set in its strongest reading; all points are in the JSON."""
    from forensics.errors import DataError

    held = [item for item in found.readings if item.reading == STRONGEST and item.same is not None]
    largest = max(held, key=lambda item: item.records, default=None)
    if largest is None or largest.same is None:
        raise DataError("there is nothing to draw: no set has an address in the country", where=str(path))
    unrelated = figures.spread(largest.scored.ratio, found.innocents[0].hits)
    title = say("Tippett plot: {country}, set {name}", country=found.wish.country, name=largest.name)
    path.write_text(tippett.render(figures.tippett(largest.same, unrelated), title) + "\n", encoding="utf-8")


def _reading(found: Calibration, item: Reading) -> dict[str, Any]:
    cost = None
    points: list[dict[str, float]] = []
    if item.same is not None and item.same_exact is not None:
        unrelated = figures.spread(item.scored.ratio, found.innocents[0].hits)
        everybody = figures.spread(item.scored.ratio, found.innocents[0].weights)
        cost = {
            "value": significant(figures.cllr(item.same, unrelated)),
            "low": significant(item.cost_interval[0]),
            "high": significant(item.cost_interval[1]),
            "exact": significant(figures.cllr(item.same_exact, everybody)),
        }
        points = [
            {"ratio": significant(ratio), "same_source": significant(same), "innocents": significant(other)}
            for ratio, same, other in figures.tippett(item.same, unrelated)
        ]
    return {
        "set": item.name,
        "reading": item.reading,
        "sets": item.sets,
        "records": item.records,
        "innocents": [_people(item, people) for people in found.innocents],
        "cllr": cost,
        "tippett": points,
    }


def _people(item: Reading, people: Innocents) -> dict[str, Any]:
    import numpy as np

    scored = item.scored
    drawn, exact = figures.spread(scored.ratio, people.hits), figures.spread(scored.ratio, people.weights)
    reported = figures.spread(scored.reported, people.weights)
    within = np.nan_to_num(scored.network, nan=0.0)
    network = None
    if people.asn is not None and not bool(np.isnan(scored.network[people.weights > 0]).all()):
        network = _mean(figures.spread(within, people.hits), figures.spread(within, people.weights))
    strong = scored.said > STRONG
    carried = scored.network > STRONG
    return {
        "name": people.name,
        "bounded": people.name == UNIFORM,
        "rates": [_rate(threshold, item.sets, drawn, exact, reported) for threshold in figures.THRESHOLDS],
        "mean": _mean(drawn, exact),
        "mean_network": network,
        "strong": {
            "by_country": _share(people, strong),
            "by_country_and_not_by_network": _share(people, strong & ~carried),
            "reported": _share(people, scored.worded > 0),
            "reported_and_not_by_network": _share(people, scored.worded > scored.carried),
        },
    }


def _rate(
    threshold: float, sets: int, drawn: figures.Spread, exact: figures.Spread, reported: figures.Spread
) -> dict[str, Any]:
    hits, number = drawn.number_at_least(threshold), int(drawn.total)
    low, high = figures.interval(hits, number)
    return {
        "ratio": threshold,
        "bound": min(1.0, sets / threshold),
        "hits": hits,
        "rate": significant(hits / number),
        "low": significant(low),
        "high": significant(high),
        "exact": significant(exact.at_least(threshold)),
        "exact_reported": significant(reported.at_least(threshold)),
    }


def _mean(drawn: figures.Spread, exact: figures.Spread) -> dict[str, float]:
    return {
        "drawn": significant(drawn.mean),
        "standard_error": significant(drawn.standard_error),
        "exact": significant(exact.mean),
    }


def _share(people: Innocents, chosen: Any) -> float:
    return significant(float(people.weights[chosen].sum() / people.weights.sum()))


def _people_lines(people: dict[str, Any]) -> list[str]:
    named = {
        UNIFORM: say("uniform over the announced addresses"),
        BY_NETWORK: say("network by network"),
        BLOCKS: say("the blocks that hold recorded addresses (hard negatives)"),
    }
    told = named.get(people["name"]) or say("all addresses of {network} (hard negatives)", network=people["name"])
    mean, network, strong = people["mean"], people["mean_network"], people["strong"]
    out = [
        say("  Innocents: {who}", who=told),
        _COLUMNS.format("ratio from", "bound", "share", "95 % interval", "enumerated", "as reported"),
    ]
    for place, rate in enumerate(people["rates"]):
        if place and not people["rates"][place - 1]["hits"] and not people["rates"][place - 1]["exact"]:
            break  # nobody reaches a higher ratio either
        spread = f"{rate['low']:.3g} to {rate['high']:.3g}"
        bound = f"{rate['bound']:.3g}" if people["bounded"] else "-"
        row = (f"{rate['ratio']:,.0f}", bound, f"{rate['rate']:.3g}", spread)
        out.append(_COLUMNS.format(*row, f"{rate['exact']:.3g}", f"{rate['exact_reported']:.3g}"))
    out.append(
        say("  Mean ratio against the country: {drawn} (standard error {error}), enumerated {exact}",
            drawn=f"{mean['drawn']:.4f}", error=f"{mean['standard_error']:.4f}", exact=f"{mean['exact']:.6f}")
    )  # fmt: skip
    if network is not None:
        out.append(
            say("  Mean ratio against the network: {drawn}, enumerated {exact}",
                drawn=f"{network['drawn']:.4f}", exact=f"{network['exact']:.6f}")
        )  # fmt: skip
    out.append(
        say("  “Strong” or more: {country} of them by the country alone; as reported {reported}, of which the network does"
            " not carry {alone}", country=f"{strong['by_country']:.3g}", reported=f"{strong['reported']:.3g}",
            alone=f"{strong['reported_and_not_by_network']:.3g}")
    )  # fmt: skip
    return out

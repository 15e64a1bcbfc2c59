"""``calibrate``: how often this registry and this model would blame an innocent address of a country. No packet leaves.

Innocents are drawn from every announced address of the country (uniform), network by network (each equally often, or by
a given number of users), and as hard negatives: from the very networks and blocks that hold recorded addresses. Each set
is told as its records stand on the day, and at its strongest: each record inside its period and with one customer.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from forensics.attribution import calibrate as figures
from forensics.attribution.best_link import innermost
from forensics.attribution.innocents import Cell, cut, linked
from forensics.attribution.parameters import Parameters, default
from forensics.attribution.strength import STRONG, headline
from forensics.enrichment import snapshots
from forensics.errors import UsageError
from forensics.pipeline import registries
from forensics.pipeline.calibration_space import Space, assumed, changed, space, strongest, users
from forensics.pipeline.offline import no_network

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from forensics.model import Link

MAX_DRAWS = 100_000_000
MAX_NETWORKS = 20
AS_RECORDED, STRONGEST = "as recorded", "strongest"
UNIFORM, BY_NETWORK, BLOCKS = "uniform", "by network", "recorded blocks"
_FIGURES = ("ratio", "network", "reported", "said", "worded", "carried")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a user asks for. ``networks`` are further AS whose addresses are hard negatives."""

    country: str
    at: date | None = None
    registries: tuple[str, ...] = ()
    folders: tuple[Path, ...] = ()
    draws: int = 1_000_000
    seed: int = 1
    settings: tuple[str, ...] = ()
    networks: tuple[int, ...] = ()
    users: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scored:
    """What each cell is told: arrays of shape (cells,).

    The ratio (Hd1), ``network`` (Hd2; NaN: does not apply), the ratio whose words lead, and the ratio of the word that a
    finding prints by Hd1 alone. ``worded`` and ``carried`` are 1 where
    the headline says "strong" or more, and where the words against the network do, too. ``rings`` are names.
    """

    ratio: NDArray[np.float64]
    network: NDArray[np.float64]
    reported: NDArray[np.float64]
    said: NDArray[np.float64]
    worded: NDArray[np.float64]
    carried: NDArray[np.float64]
    rings: tuple[str, ...] = ()
    pi: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Innocents:
    """A population of innocents: weights by cell, and how often each cell was drawn. ``asn`` names a network's own."""

    name: str
    weights: NDArray[np.float64]
    hits: NDArray[np.int64]
    asn: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """One set (``sets`` > 1: the best of several) in one reading, with draws of its own scatter where it has one."""

    name: str
    reading: str
    sets: int
    records: int
    scored: Scored
    same: figures.Spread | None = None
    same_exact: figures.Spread | None = None
    cost_interval: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """All that was drawn and counted."""

    wish: Wish
    space: Space
    changes: Mapping[str, str]
    parameters: Parameters
    cells: tuple[Cell, ...]
    innocents: tuple[Innocents, ...]
    readings: tuple[Reading, ...]
    registries: tuple[tuple[str, str, str], ...]
    further_networks: int = 0


def calibrate(wish: Wish) -> Calibration:
    """Draw, enumerate and score; ``UsageError`` where the wish has no meaning."""
    if not 1 <= wish.draws <= MAX_DRAWS:
        raise UsageError(f"draws are between 1 and {MAX_DRAWS:,}", where="--draws", hint="Leave it at 1000000")
    if not 0 <= wish.seed < 1 << 63:
        raise UsageError("a seed is a whole number from 0", where="--seed", hint="Leave it at 1")
    with no_network():
        used = registries.load(registries.chosen(wish.registries)).used
        held = space(snapshots.load(*wish.folders), used, wish.country, wish.at)
        named = tuple(sorted((item.name, item.version, item.digest) for item in used))
        return calibrated(wish, held, named)


def calibrated(wish: Wish, held: Space, named: tuple[tuple[str, str, str], ...] = ()) -> Calibration:
    """Calibrate in a given space: a function of its arguments alone."""
    parameters, changes = assumed(default(), wish.settings)
    sets = [changed(item, changes) for item in held.sets]
    cells = cut(held.ranges, sets)
    at = datetime.combine(wish.at or held.as_of, datetime.min.time(), tzinfo=UTC)
    innocents, further = _innocents(wish, held, cells) if sets else ((), 0)
    readings = []
    for reading, chosen in ((AS_RECORDED, sets), (STRONGEST, [strongest(item) for item in sets])):
        links = [list(linked(cells, item, held.population, parameters, at)) for item in chosen]
        for records, found in zip(chosen, links, strict=True):
            scored = _scored(found, parameters)
            readings.append(_own(records.id, reading, len(records.usable), scored, cells, innocents[0], wish))
        if len(chosen) > 1:
            best = [
                innermost(pair) or max(pair, key=lambda item: item.strength.lr) for pair in zip(*links, strict=True)
            ]
            number = sum(len(item.usable) for item in chosen)
            scored = _scored(best, parameters)
            readings.append(Reading(name="", reading=reading, sets=len(chosen), records=number, scored=scored))
    return Calibration(
        wish=wish,
        space=held,
        changes=changes,
        parameters=parameters,
        cells=cells,
        innocents=innocents,
        readings=tuple(readings),
        registries=named,
        further_networks=further,
    )


def _innocents(wish: Wish, held: Space, cells: Sequence[Cell]) -> tuple[tuple[Innocents, ...], int]:
    """Return the populations, each drawn from with a seed of its own name, and how many networks were left out."""
    import numpy as np

    sizes = np.array([cell.size for cell in cells], dtype=np.float64)
    asns = np.array([cell.asn for cell in cells], dtype=np.int64)
    shares = _shares(wish, held)
    recorded = {item.asn for records in held.sets for item in records.usable if item.asn in held.population.by_as}
    networks = sorted({*(asn for asn in recorded if asn is not None), *wish.networks})
    blocks = {
        int(item.network[0]) >> 8
        for records in held.sets
        for item in records.usable
        if item.network.version == 4  # noqa: PLR2004
    }
    within = np.array([cell.first >> 8 in blocks for cell in cells], dtype=bool)
    wanted: list[tuple[str, NDArray[np.float64], int | None]] = [
        (UNIFORM, sizes, None),
        (BY_NETWORK, sizes * np.array([shares.get(cell.asn, 0.0) for cell in cells]), None),
        (BLOCKS, np.where(within, sizes, 0.0), None),
        *((f"AS{asn}", np.where(asns == asn, sizes, 0.0), asn) for asn in networks[:MAX_NETWORKS]),
    ]
    made = [
        Innocents(name=name, weights=weights, hits=figures.drawn(weights, wish.draws, _seed(wish, name)), asn=asn)
        for name, weights, asn in wanted
        if weights.sum() > 0
    ]
    return tuple(made), max(0, len(networks) - MAX_NETWORKS)


def _shares(wish: Wish, held: Space) -> dict[int, float]:
    """Return the weight of one address of each network: its users over its addresses, or one network like another."""
    counted = users(wish.users) if wish.users else dict.fromkeys(held.population.by_as, 1)
    return {asn: counted.get(asn, 0) / size for asn, size in held.population.by_as.items() if size}


def _scored(links: Sequence[Link], parameters: Parameters) -> Scored:
    """Return the figures of each cell; a link that many cells share is read once."""
    import numpy as np

    strong = tuple(said for above, said in parameters.scale if above >= STRONG)
    known: dict[tuple[object, ...], tuple[float, ...]] = {}
    rows = []
    for item in links:
        key = (id(item.derivation), item.ring)
        if key not in known:
            ratio = float(item.derivation.get("LR middle", item.strength.lr))
            within = float(item.derivation.get("LR network middle", math.nan))
            held = item.strength
            worded, carried = held.lr > 1 and held.words.startswith(strong), held.words_network.startswith(strong)
            known[key] = (ratio, within, headline(held), held.lr, float(worded), float(carried))
        rows.append(known[key])
    columns = dict(zip(_FIGURES, np.array(rows, dtype=np.float64).T, strict=True))
    steps = links[0].derivation if links else {}
    pi = {key.removeprefix("pi "): float(value) for key, value in steps.items() if key.startswith("pi ")}
    return Scored(**columns, rings=tuple(item.ring for item in links), pi=pi)


def _own(  # noqa: PLR0913, PLR0917 - what one reading consists of
    name: str, reading: str, records: int, scored: Scored, cells: Sequence[Cell], uniform: Innocents, wish: Wish
) -> Reading:
    """Return the reading of one set, with draws from the scatter that the model itself assumes (π by ring)."""
    weights = _scatter(scored, cells)
    hits = figures.drawn(weights, wish.draws, _seed(wish, f"scatter {reading} {name}"))
    same = figures.spread(scored.ratio, hits)
    unrelated = figures.spread(scored.ratio, uniform.hits)
    return Reading(
        name=name,
        reading=reading,
        sets=1,
        records=records,
        scored=scored,
        same=same,
        same_exact=figures.spread(scored.ratio, weights),
        cost_interval=figures.cllr_interval(same, unrelated, _seed(wish, f"cost {reading} {name}")),
    )


def _scatter(scored: Scored, cells: Sequence[Cell]) -> NDArray[np.float64]:
    """Return the weights of cells where a source scatters as π says; within a ring every address equally often."""
    import numpy as np

    sizes = np.array([cell.size for cell in cells], dtype=np.float64)
    rings = np.array(scored.rings)
    weights = np.zeros(len(cells))
    for ring, share in sorted(scored.pi.items()):
        within = rings == ring
        held = float(sizes[within].sum())
        if held > 0:
            weights += np.where(within, sizes * share / held, 0.0)
    return weights


def _seed(wish: Wish, name: str) -> tuple[int, int]:
    return wish.seed, int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")


def gate(found: Calibration) -> list[str]:
    """Return what breaks the rules of a valid model, by exact enumeration; [] where it may be used."""
    import numpy as np

    said = []
    for reading in found.readings:
        scored = reading.scored
        where = f"{reading.name or 'all sets'} ({reading.reading})"
        everybody = figures.spread(scored.ratio, found.innocents[0].weights)
        said += [f"{where}: {text}" for text in figures.violations(everybody, reading.sets)]
        for people in found.innocents:
            if people.asn is None:
                continue
            within = figures.spread(np.nan_to_num(scored.network, nan=0.0), people.weights)
            said += [f"{where}, {people.name}: {text}" for text in figures.violations(within, reading.sets)]
        alone = (scored.worded > scored.carried) | ((scored.reported > STRONG) & ~(scored.network > STRONG))
        if bool(alone.any()):
            said.append(f"{where}: a reported word is stronger than another user of the network allows")
    return said

"""The likelihood ratio of each ring: π (how an operator scatters) over q (how unrelated sources fall), and decay. Pure.

Both distributions sum to 1, so the mean ratio of innocent addresses is 1 and the share of them with a ratio of x or
more is at most 1/x (Markov; Turing's rule). Where a rule lowers a ratio (decay, cap by the exact ring) the mean only
falls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forensics.attribution.parameters import Parameters, Scenario
from forensics.attribution.rings import COUNTED, Counts, Population

_OUTER = COUNTED[1:]
NETWORK_RINGS = COUNTED[1:-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """π, q and π/q by ring, before decay. Rings without a count are merged outward and share their host's ratio.

    ``pooled`` names the rings that were weighed together so that no ratio rises outward: Σπ/Σq is the ratio of each.
    """

    pi: Mapping[str, float]
    q: Mapping[str, float]
    ratio: Mapping[str, float]
    pooled: tuple[tuple[str, ...], ...]


def weight(scenario: Scenario, population: Population, parameters: Parameters, size: int) -> float:
    """Return the share of unrelated sources behind one address of a scenario, in a population of ``size`` addresses.

    One customer: 1/N. m users: m/U, never below 1/N. One of a pool of exits: the service's share over the pool.
    """
    if scenario.pool:
        return max(scenario.pool_share / scenario.pool, 1 / size)
    if scenario.users:
        average = population.users / population.addresses if population.users else parameters.users_per_address
        return min(1.0, max(scenario.users / (average * size), 1 / size))
    return 1 / size


def table(
    counts: Counts, q_exact: float, pi_exact: float, parameters: Parameters, outer: tuple[str, ...] = _OUTER
) -> Table:
    """Return the ratios of all counted rings for one rate of exact re-use and one weight of the exact ring.

    ``outer`` are the rings of the alternative: within one network (Hd2) there is no country, its π is left out, and
    the mean ratio is below 1.
    """
    hosts = _hosts(counts, outer)
    outside = counts.total - counts.rings["exact"]
    pi, q = {"exact": pi_exact}, {"exact": q_exact}
    for ring in dict.fromkeys(hosts.values()):
        pi[ring] = (1 - pi_exact) * sum(parameters.scatter[inner] for inner, host in hosts.items() if host == ring)
        q[ring] = (1 - q_exact) * counts.rings[ring] / outside
    blocks = _pooled([(ring, pi[ring], q[ring]) for ring in pi if ring != "exact"])
    exact = pi_exact / q_exact
    # A shared exit may weigh less than its network. Pooling it would lend it the network's weight, so the network is
    # held down to it instead: nobody scores higher by being further away.
    ratio = {"exact": exact}
    for names in blocks:
        share = sum(q[ring] for ring in names)  # 0 where the exact ring holds everything: so many shared exits
        ratio |= dict.fromkeys(names, min(sum(pi[ring] for ring in names) / share, exact) if share > 0 else exact)
    for ring in outer:
        ratio[ring] = ratio[hosts[ring]] if ring in hosts else 1.0
    return Table(pi=pi, q=q, ratio=ratio, pooled=tuple(names for names in blocks if len(names) > 1))


def block(
    ring: str, counts: Counts, parameters: Parameters, outer: tuple[str, ...] = _OUTER
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the rings whose scatter, and those whose counts, together make up the ratio of an outer ring.

    Neither π0 nor the weight of the exact ring changes them. Both are empty where nothing outside is counted.
    """
    hosts = _hosts(counts, outer)
    if ring not in hosts:
        return (), ()
    held = [
        (host, sum(parameters.scatter[inner] for inner in hosts if hosts[inner] == host), float(counts.rings[host]))
        for host in dict.fromkeys(hosts.values())
    ]
    names = next(names for names in _pooled(held) if hosts[ring] in names)
    return tuple(inner for inner in outer if hosts[inner] in names), names


def chance_of_a_hit(observed: int, recorded: int, size: int) -> float:
    """Return the probability that chance alone gives at least one hit: 1 - (1 - R/N)^n.

    ``recorded`` counts addresses (256 for each disjoint /24, when neighbours are asked about).
    """
    return float(1 - (1 - min(1.0, recorded / size)) ** observed)


def decay(gap_days: float | None, half_life_days: float) -> float:
    """Return S = 2^(-gap/half-life); without any date nothing is left of the evidence (S = 0)."""
    if gap_days is None:
        return 0.0
    return float(2.0 ** (-abs(gap_days) / half_life_days))


def decayed(ratio: float, still: float) -> float:
    """Return 1 + S (LR - 1) for a supporting ratio; evidence against is not softened by age."""
    return 1 + still * (ratio - 1) if ratio > 1 else ratio


def _hosts(counts: Counts, outer: tuple[str, ...]) -> dict[str, str]:
    """Return for each outer ring the ring that holds its π: itself, else the next outer with a count, else inner."""
    counted = [ring for ring in outer if counts.rings[ring] > 0]
    if not counted:
        return {}
    return {
        ring: next((other for other in outer[index:] if other in counted), counted[-1])
        for index, ring in enumerate(outer)
    }


def _pooled(rings: list[tuple[str, float, float]]) -> list[tuple[str, ...]]:
    """Return blocks whose ratios do not rise outward, by pooling adjacent violators (the sums of π and q stay)."""
    order = {ring: index for index, ring in enumerate(_OUTER)}
    blocks: list[tuple[tuple[str, ...], float, float]] = []
    for ring, pi, q in sorted(rings, key=lambda item: order[item[0]]):
        blocks.append(((ring,), pi, q))
        while len(blocks) > 1 and blocks[-1][1] * blocks[-2][2] > blocks[-2][1] * blocks[-1][2]:
            names, more_pi, more_q = blocks.pop()
            held, held_pi, held_q = blocks.pop()
            blocks.append(((*held, *names), held_pi + more_pi, held_q + more_q))
    return [names for names, _, _ in blocks]

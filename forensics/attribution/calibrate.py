"""How often the model blames the innocent: distributions of ratios, drawn and enumerated, and what they must obey. Pure.

A ``Spread`` holds the distinct ratios of a population of addresses and the share of each. What must hold where the
population is the one that the ratios were computed against (Good, attributing the rule to Turing): the mean ratio of
innocents is at most 1, and the share of them with a ratio of x or more is at most 1/x at *every* x.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

THRESHOLDS = (10.0, 100.0, 1000.0, 1e4, 1e5, 1e6)
ROUNDING = 1e-5
"""Printed ratios have six significant digits, so sums of them are this exact."""
CHUNK = 1 << 18
REPLICATES = 1000
_LEVEL = 0.975


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spread:
    """Distinct ratios in ascending order and the number (or share) of addresses with each; both of shape (k,)."""

    ratios: NDArray[np.float64]
    counts: NDArray[np.float64]

    @property
    def total(self) -> float:
        """All that was counted."""
        return float(self.counts.sum())

    @property
    def mean(self) -> float:
        """The mean ratio."""
        return math.fsum((self.ratios * self.counts).tolist()) / self.total

    @property
    def standard_error(self) -> float:
        """The standard error of the mean, where the counts are draws."""
        spread = math.fsum(((self.ratios - self.mean) ** 2 * self.counts).tolist()) / self.total
        return math.sqrt(spread / self.total)

    def at_least(self, threshold: float) -> float:
        """Return the share of addresses with a ratio of ``threshold`` or more."""
        return float(self.counts[self.ratios >= threshold].sum()) / self.total

    def number_at_least(self, threshold: float) -> int:
        """Return the number of draws with a ratio of ``threshold`` or more."""
        return int(self.counts[self.ratios >= threshold].sum())


def spread(ratios: NDArray[np.float64], counts: NDArray[np.float64] | NDArray[np.int64]) -> Spread:
    """Return the distribution of ratios given cell by cell; the order of cells does not matter."""
    import numpy as np

    values, place = np.unique(ratios, return_inverse=True)
    held = np.zeros(len(values))
    np.add.at(held, place, counts)
    kept = held > 0
    return Spread(ratios=values[kept], counts=held[kept])


def drawn(weights: NDArray[np.float64], number: int, seed: Sequence[int]) -> NDArray[np.int64]:
    """Return how often each cell was hit by ``number`` innocents; ``weights`` are by cell, of any sum.

    Draws are made in chunks, so that memory does not grow with their number. The same seed gives the same draws.
    """
    import numpy as np

    source = np.random.default_rng(np.random.SeedSequence(list(seed)))
    behind = np.cumsum(weights)
    hits = np.zeros(len(weights), dtype=np.int64)
    for start in range(0, number, CHUNK):
        size = min(CHUNK, number - start)
        place = np.searchsorted(behind, source.random(size) * behind[-1], side="right")
        hits += np.bincount(np.minimum(place, len(weights) - 1), minlength=len(weights))
    return hits


def interval(hits: int, number: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a rate (E. B. Wilson, JASA 22, 1927)."""
    z = NormalDist().inv_cdf(_LEVEL)
    rate, square = hits / number, z * z / number
    middle, half = rate + square / 2, z * math.sqrt(rate * (1 - rate) / number + square / number / 4)
    low, high = (middle - half) / (1 + square), (middle + half) / (1 + square)
    return (0.0 if hits == 0 else max(0.0, low), 1.0 if hits == number else min(1.0, high))


def violations(found: Spread, comparisons: int = 1) -> list[str]:
    """Return where a distribution of innocents breaks the rules; [] for a model that may be used.

    ``comparisons`` is the number of sets of which the best counted: mean and bound are as many times higher.
    """
    said = []
    if found.mean > comparisons * (1 + ROUNDING):
        said.append(f"mean ratio of innocents {found.mean:.6g} is above {comparisons}")
    for ratio in found.ratios[found.ratios > 0].tolist():
        share, bound = found.at_least(ratio), comparisons / ratio
        if share > bound * (1 + ROUNDING):
            said.append(f"share {share:.3g} with a ratio of {ratio:.6g} or more is above {bound:.3g}")
    return said


def cllr(same: Spread, unrelated: Spread) -> float:
    """Return the log-likelihood-ratio cost in bits: 0 is perfect, 1 says nothing (Brümmer and du Preez, 2006)."""
    import numpy as np

    missed = float((same.counts * np.log2(1 + 1 / same.ratios)).sum()) / same.total
    blamed = float((unrelated.counts * np.log2(1 + unrelated.ratios)).sum()) / unrelated.total
    return (missed + blamed) / 2


def cllr_interval(same: Spread, unrelated: Spread, seed: Sequence[int]) -> tuple[float, float]:
    """Return the 95 % percentile interval of the cost over bootstrap samples of both distributions of draws."""
    import numpy as np

    source = np.random.default_rng(np.random.SeedSequence(list(seed)))
    costs = np.zeros(REPLICATES)
    for part, price in ((same, np.log2(1 + 1 / same.ratios)), (unrelated, np.log2(1 + unrelated.ratios))):
        again = source.multinomial(int(part.total), part.counts / part.total, size=REPLICATES)
        costs += (again * price).sum(axis=1) / part.total / 2
    low, high = np.quantile(costs, [1 - _LEVEL, _LEVEL]).tolist()
    return low, high


def tippett(same: Spread, unrelated: Spread) -> list[tuple[float, float, float]]:
    """Return (x, share of same-source draws ≥ x, share of unrelated draws ≥ x) at every ratio that occurs."""
    values = sorted({*same.ratios.tolist(), *unrelated.ratios.tolist()})
    return [(value, same.at_least(value), unrelated.at_least(value)) for value in values]

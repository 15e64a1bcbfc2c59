"""What a group of evidence weighs: one comparison, matched or not, with its rates pi and q, its cap and its provenance. Pure.

Under Hp the same source shows the same value with the rate pi, under Hd an unrelated one shows it with the rate q:

    matched      LR = min(pi / q, cap)
    not matched  LR = min((1 - pi) / (1 - q), 1)

So the mean ratio of unrelated sources is at most 1, whatever the rates are. Where q is not below pi, a match would say
nothing, and there is no term: neither for a match nor against one.
"""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from forensics.attribution.device_term import Ratio
from forensics.attribution.noted import significant

FILE = Path(__file__).with_name("evidence-groups-v1.toml")

Rates = tuple[float, float, float]
"""Low, mean and high."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The numbers of one group: ``shared`` is q without what is counted in the case (all 0: nothing but that)."""

    shared: Rates
    cap: float
    provenance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The numbers of ``evidence-groups-v1.toml``; ``weight`` is lambda."""

    version: str
    digest: str
    weight: float
    weight_provenance: str
    same: Rates
    same_provenance: str
    fingerprint: Rule
    naming: Rule
    agent: Rule
    least_population: int
    device_cap: float
    device_provenance: str

    @property
    def named(self) -> str:
        """The file by version and digest."""
        return f"evidence-groups version {self.version}, SHA-256 {self.digest}"


@cache
def numbers() -> Numbers:
    """Return the numbers that come with this version."""
    data = FILE.read_bytes()
    held: dict[str, Any] = tomllib.loads(data.decode())
    device, agent = held["device"], held["user_agent"]
    return Numbers(
        version=str(held["version"]),
        digest=hashlib.sha256(data).hexdigest(),
        weight=held["groups"]["weight"],
        weight_provenance=held["groups"]["provenance"],
        same=_rates(held["same"]),
        same_provenance=held["same"]["provenance"],
        fingerprint=_rule(held["server_fingerprint"]),
        naming=_rule(held["naming"]),
        agent=_rule(agent),
        least_population=agent["least_population"],
        device_cap=device["cap"],
        device_provenance=device["provenance"],
    )


def _rates(held: Mapping[str, Any]) -> Rates:
    return held["low"], held["mean"], held["high"]


def _rule(held: Mapping[str, Any]) -> Rule:
    shared = _rates(held) if "low" in held else (0.0, 0.0, 0.0)
    return Rule(shared=shared, cap=held["cap"], provenance=held["provenance"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One comparison with everything that its ratio is computed from; ``q`` has six digits, as printed."""

    matched: bool
    pi: Rates
    q: Rates
    cap: float

    def at(self, pi: float, q: float) -> float:
        """Return the ratio at one rate of each."""
        return min(pi / q, self.cap) if self.matched else min((1 - pi) / (1 - q), 1.0)

    @property
    def corners(self) -> Mapping[str, tuple[float, float]]:
        """The (pi, q) that give the low end, the middle and the high end."""
        (low, mean, high), (rare, usual, often) = self.pi, self.q
        ends = ((low, often), (high, rare)) if self.matched else ((high, rare), (low, often))
        return {"low": ends[0], "middle": (mean, usual), "high": ends[1]}

    @property
    def ratio(self) -> Ratio:
        """The ratio with its range."""
        return Ratio(**{name: significant(self.at(*rates)) for name, rates in self.corners.items()})


def compared(pi: Rates, q: Sequence[float], cap: float, *, matched: bool) -> Compared | None:
    """Return a comparison, or ``None`` where chance is no rarer than a return of the same source."""
    low, mean, high = (significant(min(1.0, value)) for value in q)
    return Compared(matched=matched, pi=pi, q=(low, mean, high), cap=cap) if high < pi[0] else None


def counted_share(seen: int, population: int) -> float:
    """Return how often at most (one-sided 95 %) a text comes that ``seen`` of ``population`` others show, ours included."""
    return min(1.0, (seen + 3 + 2 * math.sqrt(seen)) / (population + 1))


def as_row(held: Compared | None) -> dict[str, object]:
    """Return a comparison as plain values of a finding; every value is ``None`` where there is none."""
    if held is None:
        return {"matched": None, "pi": None, "q": None, "cap": None}
    return {"matched": held.matched, "pi": _named(held.pi), "q": _named(held.q), "cap": held.cap}


def _named(rates: Rates) -> dict[str, float]:
    return dict(zip(("low", "mean", "high"), rates, strict=True))


def formulas(row: Mapping[str, Any]) -> Iterator[tuple[str, str, float]]:
    """Yield (end, formula with the numbers put in, its value) of a row that ``as_row`` made, the middle first."""
    pi, q = row["pi"], row["q"]
    held = Compared(
        matched=row["matched"],
        pi=(pi["low"], pi["mean"], pi["high"]),
        q=(q["low"], q["mean"], q["high"]),
        cap=row["cap"],
    )
    corners = held.corners
    for end, name in (("middle", "lr"), ("low", "lr_low"), ("high", "lr_high")):
        rate, share = corners[end]
        shown = (
            f"min({rate:g} / {share:g}, {held.cap:g})" if held.matched else f"min((1 - {rate:g}) / (1 - {share:g}), 1)"
        )
        yield end, shown, row[name]

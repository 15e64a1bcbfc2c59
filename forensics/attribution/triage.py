"""An order in which to read unexplained sessions: how unlike the owner's own sessions each is. Never a finding. Pure.

The ratio is that of Freeman et al., "Who Are You?" (NDSS 2016, doi 10.14722/ndss.2016.23240), equation 7, without data about
attacks per user, as Wiefling et al. 2022 (doi 10.1145/3546069) run it:

    S(x) = product over the features k of  p(x_k) / p(x_k | own)    times   (1 / users) / (own sessions / all sessions)

A feature has levels from the finest to the coarsest, and is interpolated over them:

    p(x) = w_0 p(x_0) + sum over the coarser levels k of  w_k p(x_0 | x_k) p(x_k)

Among all rows, p(x_0) is smoothed: (n / N) (1 - M / (N + M)) for a value that n of N rows show, 1 / (N + M) for one that none
shows, where M is 1 and the number of different values at each coarser level. The owner's side is not smoothed; a value that
the owner never showed has p(x | own) = p(x) / 4. The authors never published their code, so this is the texts' reading.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from forensics.attribution.client_parts import client_parts
from forensics.attribution.noted import significant

Levels = tuple[str, ...]
"""The values of one feature, from the finest to the coarsest."""

WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "address": {"address": 0.6, "network": 0.3, "country": 0.1},
    "client": {"text": 0.5387, "browser": 0.2680, "system": 0.1882, "device": 0.0051},
}
"""Weights of the levels by feature: those of the RBA notebook (das-group/rba-algorithm, MIT)."""
NEVER_SHOWN = 4.0


class History:
    """How often rows showed each value of one feature, level by level."""

    def __init__(self, feature: str) -> None:
        """Begin without rows."""
        self._levels = WEIGHTS[feature]
        self.rows = 0
        self._shown: Counter[tuple[int, str]] = Counter()
        self._both: Counter[tuple[int, str, str]] = Counter()

    def add(self, values: Levels) -> None:
        """Count a row."""
        self.rows += 1
        for level, value in enumerate(values):
            self._shown[level, value] += 1
            self._both[level, values[0], value] += 1

    def never(self, values: Levels) -> tuple[str, ...]:
        """Return the levels at which no row shows the value."""
        return tuple(
            name
            for level, (name, value) in enumerate(zip(self._levels, values, strict=True))
            if (level, value) not in self._shown
        )

    def likelihood(self, values: Levels, different: int | None = None) -> float:
        """Return p(x), interpolated over the levels; ``different`` is M where the finest level is smoothed."""
        if not self.rows and different is None:
            return 0.0
        shown, first = self._shown[0, values[0]], values[0]
        weights = tuple(self._levels.values())
        found = weights[0] * (shown / self.rows if different is None else _smoothed(shown, self.rows, different))
        for level, value in enumerate(values[1:], 1):
            if rows := self._shown[level, value]:
                found += weights[level] * (self._both[level, first, value] / rows) * (rows / self.rows)
        return found

    def different(self) -> int:
        """Return M: 1, and the number of different values at each level but the finest."""
        return 1 + sum(level > 0 for level, _ in self._shown)


def _smoothed(shown: int, rows: int, different: int) -> float:
    if shown:
        return shown / rows * (1 - different / (rows + different))
    return 1 / (rows + different)


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One feature of a session: its values, p(x), p(x | own), and the levels at which the owner never showed the value."""

    feature: str
    values: Levels
    p: float
    p_own: float
    never: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The ratio of a session with its factors; a feature that its row does not show is left out."""

    ratio: float
    factors: tuple[Factor, ...]

    @property
    def new(self) -> int:
        """At how many levels the owner never showed the value: what orders sessions of one ratio."""
        return sum(len(item.never) for item in self.factors)


class Triage:
    """The owner's explained sessions, and the rows of others where a case holds some."""

    def __init__(self) -> None:
        """Begin without rows."""
        self._own = {name: History(name) for name in WEIGHTS}
        self._all = {name: History(name) for name in WEIGHTS}
        self.own_rows = self.rows = 0
        self._different: dict[str, int] = {}

    def add(self, shown: Mapping[str, Levels], *, own: bool) -> None:
        """Count a row of the owner or of somebody else."""
        self.rows += 1
        self.own_rows += own
        self._different.clear()
        for name, values in shown.items():
            self._all[name].add(values)
            if own:
                self._own[name].add(values)

    def score(self, shown: Mapping[str, Levels], users: int) -> Score | None:
        """Return the ratio of a session among so many users; ``None`` where the owner has no explained session."""
        if not self.own_rows:
            return None
        factors = tuple(self._factor(name, values) for name, values in shown.items())
        ratio = (1 / users) / (self.own_rows / self.rows)
        for factor in factors:
            ratio *= factor.p / factor.p_own
        return Score(ratio=significant(ratio), factors=factors)

    def _factor(self, name: str, values: Levels) -> Factor:
        own, everybody = self._own[name], self._all[name]
        if name not in self._different:
            self._different[name] = everybody.different()
        p = everybody.likelihood(values, self._different[name])
        p_own = own.likelihood(values) or p / NEVER_SHOWN
        return Factor(feature=name, values=values, p=p, p_own=p_own, never=own.never(values))


def features(address: str | None, network: str | None, country: str | None, client: str) -> dict[str, Levels]:
    """Return the features that a row shows. An unknown network or country is the address's alone: no two are alike."""
    shown: dict[str, Levels] = {}
    if address:
        shown["address"] = (address, network or f"unknown, of {address}", country or f"unknown, of {address}")
    if client:
        shown["client"] = (client, *client_parts(client))
    return shown

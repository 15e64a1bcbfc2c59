"""The ratio of Freeman et al. as published, in the plainest way: rows are counted one by one, nothing is imported from the tool.

A row is ``{"user": …, "address": [address, AS, country], "client": [text, browser, system, device]}``. ``freeman_ratio`` follows
equation 7 of doi 10.14722/ndss.2016.23240 with the weights and the smoothing of the notebook das-group/rba-algorithm.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Row = dict[str, Any]
WEIGHTS = {"address": [0.6, 0.3, 0.1], "client": [0.5387, 0.2680, 0.1882, 0.0051]}


def share(rows: Sequence[Row], feature: str, levels: dict[int, str]) -> float:
    """The share of rows that show these values at these levels."""
    return sum(all(row[feature][level] == value for level, value in levels.items()) for row in rows) / len(rows)


def interpolated(rows: Sequence[Row], feature: str, values: Sequence[str], finest: float) -> float:
    """w_0 times what is given for the finest level, and w_k p(x_0 | x_k) p(x_k) for every coarser one."""
    total = WEIGHTS[feature][0] * finest
    for level in range(1, len(values)):
        coarse = [row for row in rows if row[feature][level] == values[level]]
        if coarse:
            total += WEIGHTS[feature][level] * share(coarse, feature, {0: values[0]}) * len(coarse) / len(rows)
    return total


def freeman_ratio(attempt: Row, own: Sequence[Row], everybody: Sequence[Row], users: int) -> float:
    """S(x): how much likelier an attack than the owner, if all users are attacked equally."""
    score = 1.0
    for feature in WEIGHTS:
        if feature not in attempt:
            continue
        values = attempt[feature]
        rows = [row for row in everybody if feature in row]
        mine = [row for row in own if feature in row]
        different = 1 + sum(len({row[feature][level] for row in rows}) for level in range(1, len(values)))
        shown = sum(row[feature][0] == values[0] for row in rows)
        n = len(rows)
        finest = shown / n * (1 - different / (n + different)) if shown else 1 / (n + different)
        among_all = interpolated(rows, feature, values, finest)
        among_own = interpolated(mine, feature, values, share(mine, feature, {0: values[0]})) if mine else 0.0
        score *= among_all / (among_own or among_all / 4)
    return score * (1 / users) / (len(own) / len(everybody))

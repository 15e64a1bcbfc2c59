"""Likelihood ratios in words, with the scale that is printed beside them."""

from __future__ import annotations

import math

from forensics.attribution.parameters import Parameters


def words(ratio: float, parameters: Parameters) -> str:
    """Return the verbal equivalent of a ratio. Below 1 the findings support the alternative by the reciprocal.

    The upper end of each step is exclusive; exactly 1 is no support. At the cap the words say "at least".
    """
    if math.isclose(ratio, 1.0, rel_tol=1e-9):
        return parameters.scale[0][1]
    if ratio < 1:
        return f"{_step(1 / ratio, parameters)} for the alternative"
    said = _step(ratio, parameters)
    return f"{said}, at least" if ratio >= parameters.cap else said


def _step(ratio: float, parameters: Parameters) -> str:
    """Return the step that holds a ratio above 1; the cap itself belongs to the step below it."""
    for top, said in parameters.scale[1:]:
        if ratio < top or (ratio == top == parameters.cap):
            return said
    return parameters.beyond


def capped(ratio: float, parameters: Parameters) -> float:
    """Return a ratio no larger than what validation can carry."""
    return min(ratio, parameters.cap)


def rounded(value: float) -> float:
    """Round to six significant digits, so that a printed number can be compared as text."""
    return float(f"{value:.6g}")


def printed_scale(parameters: Parameters) -> tuple[tuple[str, str], ...]:
    """Return the scale as (range, words) for a report."""
    rows = [("1", parameters.scale[0][1])]
    low = 1.0
    for top, said in parameters.scale[1:]:
        rows.append((f"{low:,.0f} to {top:,.0f}", said))
        low = top
    rows.append((f"over {low:,.0f}", parameters.beyond))
    return tuple(rows)

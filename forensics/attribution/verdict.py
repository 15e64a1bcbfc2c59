"""A strength in a sentence: both alternatives with their numbers, and the weaker of them as the headline. Pure.

A ratio is never turned into a probability of anything, and no organisation is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensics.sentence import Figure, Sentence, paragraph, say

if TYPE_CHECKING:
    from forensics.model import Strength

_EVEN = (0.95, 1.05)
"""Ratios that are 1 within the printed precision."""
_WHOLE = 10
"""From here on a ratio is printed without decimals."""


def figure(ratio: float) -> Figure:
    """Write a ratio with two significant digits: more would feign a precision that the model does not have."""
    rounded = float(f"{ratio:.2g}")
    return Figure(f"{rounded:,.0f}" if rounded >= _WHOLE else f"{rounded:g}")


def told(strength: Strength) -> Sentence:
    """Say a strength: the first alternative with its range, the second one, what the headline is, and why."""
    words = strength.words_country or strength.words
    ends = {"low": figure(strength.lr_low), "high": figure(strength.lr_high), "words": words}
    first = paragraph((_weighed(strength), say(" (range {low} to {high}: {words}).", **ends)), join="")
    return paragraph((first, *_second(strength)))


def _weighed(strength: Strength) -> Sentence:
    against = strength.against
    if _EVEN[0] <= strength.lr <= _EVEN[1]:
        return say(
            "What was found is about equally probable whether these sessions came from the same infrastructure as the"
            " recorded incidents or from {against}",
            against=against,
        )
    if strength.lr > 1:
        return say(
            "What was found is about {ratio} times more probable if these sessions came from the same infrastructure as"
            " the recorded incidents than from {against}",
            ratio=figure(strength.lr),
            against=against,
        )
    return say(
        "What was found is about {ratio} times less probable if these sessions came from the same infrastructure as the"
        " recorded incidents than from {against}",
        ratio=figure(1 / strength.lr),
        against=against,
    )


def _second(strength: Strength) -> tuple[str, ...]:
    if strength.lr_network is None:
        return (strength.why,)
    return (
        say(
            "Against {against} the ratio is {ratio}: {words}.",
            against=strength.against_network or say("another user of the same network"),
            ratio=figure(strength.lr_network),
            words=strength.words_network,
        ),
        say("Taken together: {words}.", words=strength.words),
        strength.why,
    )

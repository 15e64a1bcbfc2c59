"""How alike two takeover sequences are, told as behaviour and in words: the order of the kinds of step. Pure.

No ratio is computed: nobody has counted how often unrelated intruders take the same steps in the same order, and the way
accounts work fixes much of it (a password can be changed only after the account was opened).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forensics.attribution.sequence import STEP_WORDS
from forensics.sentence import paragraph, say

STEPS: Mapping[str, str] = {str(action): words for action, words in STEP_WORDS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """The kinds of step that come in the same order in both, and how many kinds each sequence has."""

    common: tuple[str, ...]
    of_one: int
    of_other: int

    @property
    def says(self) -> str:
        """The comparison in words."""
        return say(
            "{n} kinds of step come in the same order in both takeover sequences, of {one} and {other}: {steps}. Behaviour,"
            " weak, no ratio: the way accounts work fixes much of the order, and many intruders act alike.",
            n=len(self.common),
            one=self.of_one,
            other=self.of_other,
            steps=paragraph((STEPS[name] for name in self.common), "; "),
        )


def alike(one: Sequence[str], other: Sequence[str]) -> Alike | None:
    """Compare two lists of actions by their first occurrences; ``None`` where fewer than two kinds are in order."""
    first, second = _kinds(one), _kinds(other)
    common = _longest(first, second)
    if len(common) < 2:  # noqa: PLR2004 - one step has no order
        return None
    return Alike(common=common, of_one=len(first), of_other=len(second))


def _kinds(actions: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in actions if name in STEPS))


def _longest(one: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
    """Return the longest common subsequence; of several, the alphabetically first, so that order of input is no matter."""
    held: list[list[tuple[str, ...]]] = [[()] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, left in enumerate(one, 1):
        for j, right in enumerate(other, 1):
            options = [held[i - 1][j], held[i][j - 1]]
            options += [(*held[i - 1][j - 1], left)] if left == right else []
            held[i][j] = min(options, key=lambda found: (-len(found), found))
    return held[-1][-1]

"""What is told around a sequence: plain values, so that findings can be made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forensics.model import Place
from forensics.sentence import Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceEvidence:
    """What is added to the finding of one sequence: sentences, rows and facts."""

    said: tuple[Sentence, ...]
    basis: tuple[Place, ...]
    facts: Mapping[str, object]

"""Two sources that tell some of the same events: how far their clocks are apart, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forensics.model import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockPair:
    """Rows of one source that match rows of another by provider, action and address, counted by offset.

    ``rows`` maps minutes (what must be added to the source's clock to agree with the surer one) to the number of rows.
    ``states_instant`` is false where the source has wall-clock texts only.
    """

    provider: str
    source: Place
    surer: Place
    ground: str
    rows: Mapping[int, int] = field(default_factory=dict)
    states_instant: bool = True

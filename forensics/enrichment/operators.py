"""What is known about whole autonomous systems and no data set states: which ones are mobile networks.

Behind a mobile operator's address stand many subscribers at once; only the operator can tell them apart, and only with
the source port and the exact time. The table is kept by hand, so every row has its date and its ground.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

_MOBILE = "the dated AS tables name this holder; that it is a mobile operator is common knowledge, from no data set"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A fact about one AS: the holder, what it runs, on what ground, and the day this was last looked at."""

    asn: int
    holder: str
    classes: tuple[str, ...]
    ground: str
    as_of: date


OPERATORS: dict[int, Operator] = {
    row.asn: row
    for row in (
        Operator(asn=31721, holder="Azercell", classes=("mobile",), ground=_MOBILE, as_of=date(2026, 11, 1)),
        Operator(asn=42779, holder="Azerfon (Nar)", classes=("mobile",), ground=_MOBILE, as_of=date(2026, 11, 1)),
        Operator(asn=197830, holder="Bakcell", classes=("mobile",), ground=_MOBILE, as_of=date(2026, 11, 1)),
    )
}

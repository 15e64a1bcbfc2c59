"""How much of the table changes in a gap: what a stale origin AS may be worth.

Measured as the share of IPv4 addresses announced at both ends of an interval whose origin AS differs; the tables at the
two ends are of different producers, who differ by 0.4 to 1.3 % in one month. Azerbaijan stands for its own because it
changed twice as fast as the world after 2022.

=======================  ======  ===========
interval                 world   Azerbaijan
=======================  ======  ===========
2020-09-21 → 2022-10-29   7.7 %    7.4 %
2022-10-29 → 2025-04-02   7.6 %   19.8 %
2025-04-02 → 2026-06-17   4.2 %   11.2 %
2020-09-21 → 2026-09-16  16.6 %   30.7 %
=======================  ======  ===========
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from forensics.model import ContextStatus
from forensics.sentence import say, say_n

if TYPE_CHECKING:
    from forensics.model import Context

WORLD = "world"
_DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Per cent of announced addresses that change their origin AS in a year, up to a day (``None``: ever since)."""

    until: date | None
    per_year: float


RATES: dict[str, tuple[Rate, ...]] = {
    WORLD: (Rate(until=None, per_year=3.5),),
    "AZ": (Rate(until=date(2022, 10, 29), per_year=3.6), Rate(until=None, per_year=8.6)),
}


def drift(first: date, last: date, country: str) -> int:
    """Return the per cent of addresses of a country to expect with another origin AS after this interval, at most 100."""
    begin, end = min(first, last), max(first, last)
    share = 0.0
    for rate in RATES.get(country, RATES[WORLD]):
        stop = end if rate.until is None else min(max(rate.until, begin), end)
        share += max((stop - begin).days, 0) / _DAYS_PER_YEAR * rate.per_year
        begin = max(begin, stop)
    return min(round(share), 100)


def drift_note(origin: Context, day: date, country: str | None) -> tuple[int | None, str]:
    """Return the drift of a stale origin AS in per cent and the sentence that says it; nothing for any other origin."""
    if origin.status is not ContextStatus.STALE or origin.gap_days is None or origin.as_of is None:
        return None, ""
    world = drift(day, origin.as_of, WORLD)
    named = {"network": str(origin.value), "share": _about(world)}
    if country is None or country not in RATES:
        return world, say_n(
            "{network}: in a gap of {n} day {share} of routed addresses change their AS",
            "{network}: in a gap of {n} days {share} of routed addresses change their AS",
            abs(origin.gap_days),
            **named,
        )
    own = drift(day, origin.as_of, country)
    return own, say_n(
        "{network}: in a gap of {n} day {share} of routed addresses change their AS (addresses in {country}: {own})",
        "{network}: in a gap of {n} days {share} of routed addresses change their AS (addresses in {country}: {own})",
        abs(origin.gap_days),
        country=country,
        own=_about(own),
        **named,
    )


def _about(share: int) -> str:
    return say("about {n} %", n=share) if share else say("less than 1 %")

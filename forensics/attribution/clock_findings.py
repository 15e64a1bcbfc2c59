"""Clocks that disagree: the same events in two sources, one of them with a time zone that nothing in its rows states.

A page that shows 09:49 without a zone and a file that gives the same login in epoch seconds calibrate each other. The
offset is taken only where it repeats: at least two matching rows, more than match without any offset, and twice as
many as for any other offset. Matching rows agree in provider, action and address.
"""

from __future__ import annotations

from collections.abc import Iterable

from forensics.attribution.clock_pair import ClockPair
from forensics.attribution.material import Material
from forensics.model import Finding
from forensics.sentence import say, say_n

MIN_ROWS = 2
LEAD = 2
"""How many times more rows the best offset must have than the second best."""


def offset(pair: ClockPair) -> int | None:
    """Return the offset in minutes that the rows agree on, or ``None`` where they do not."""
    ordered = sorted(pair.rows.items(), key=lambda item: (-item[1], abs(item[0]), item[0]))
    if not ordered or ordered[0][1] < MIN_ROWS:
        return None
    best, found = ordered[0]
    second = ordered[1][1] if len(ordered) > 1 else 0
    agrees = pair.rows.get(0, 0)
    if best != 0 and (found <= agrees or found < LEAD * second):
        return None
    return best


def clocks(material: Material) -> Iterable[Finding]:
    """Yield one finding per source whose clock is off, or whose unstated zone the other source reveals."""
    for pair in material.clocks:
        found = offset(pair)
        if found is None or (found == 0 and pair.states_instant):
            continue
        rows = pair.rows[found]
        if pair.states_instant:
            said = say_n(
                "{n} row of one source of {provider} stands in another one, too, with a time that differs by {hours}:"
                " the clock of the first ({ground}) is not what its rule says.",
                "{n} rows of one source of {provider} stand in another one, too, with times that differ by the same {hours}:"
                " the clock of the first ({ground}) is not what its rule says.",
                rows,
                provider=pair.provider,
                hours=_hours(found),
                ground=pair.ground,
            )
        else:
            zone = "UTC" if found == 0 else f"UTC{_hours(-found)}"
            said = say_n(
                "{n} row without a time zone of {provider} stands in another source, too: its clock was {zone}. No instant"
                " was given to it; with this offset it can be dated.",
                "{n} rows without a time zone of {provider} stand in another source, too: their clock was {zone}. No instant"
                " was given to them; with this offset they can be dated.",
                rows,
                provider=pair.provider,
                zone=zone,
            )
        yield Finding(
            id="",
            kind="clock_conflict",
            statement=said,
            strength=None,
            basis=(pair.source, pair.surer),
            alternatives=(say("Regular background use of the same address repeats at whole quarters of an hour."),),
            challenge=say("Compare the rows of both files one by one, and look for a zone setting in the export."),
            facts={
                "add_minutes": found,
                "rows": rows,
                "rows_by_offset": {str(minutes): number for minutes, number in sorted(pair.rows.items())},
                "ground": pair.ground,
            },
        )


def _hours(minutes: int) -> str:
    sign = "-" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    return f"{sign}{hours:02d}:{rest:02d}"

"""The year of log lines that state none: derived from what the file or its name says, never from a file's time.

What counts: a neighbouring line with a year (rsyslog changed to ISO times in the middle of many a file), the rotation
date in the file's name (``auth.log-20200312``: the last line is not after it), the period that journalctl prints at the
top, or the examiner's word about the last line (``assumed.year``). From such an anchor years are counted along the lines:
a step back by more than half a year is a New Year. A step back of days to half a year may be a gap of a year or files
put together in another order, so the anchor does not hold beyond it. 29 February must fall into a leap year, else what
was derived is wrong and is dropped. A pause of a whole year or more between two lines cannot be seen.
"""

from __future__ import annotations

import calendar
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date

from forensics.ingest.evidence import Evidence
from forensics.ingest.syslog_lines import date_of
from forensics.ingest.text_lines import lines

ASSUMED_YEAR = "assumed.year"
"""The name under which the examiner's year (of the last line) is told."""

NO_YEAR = "neither the file nor its name states a year"
_MANY = "the file states several years that exclude each other"
_LEAP = "the year that the file states is contradicted by a line of 29 February"
_ROTATED = re.compile(r"[-._](20\d\d)-?(\d\d)-?(\d\d)(?:-?\d{2,10})?(?:\.(?:log|txt|gz|xz|bz2|zst))*$")
_JOURNAL = re.compile(
    r"-- (?:Logs begin|Journal begins) at \S+ (\d{4})-(\d\d)-(\d\d) .*?ends? at \S+ (\d{4})-(\d\d)-(\d\d) .*--"
)
_DAYS = (0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335)
_NEW_YEAR, _DISORDER, _TURN = 183, 2, 364
_MAX_STEPS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """The year of a stretch of lines and on what ground; ``year`` 0 is unknown, and ``why`` says so."""

    year: int
    why: str
    assumed: bool = False


@dataclass(slots=True, kw_only=True)
class _Segment:
    """Lines among which years can be counted: steps of (first line, years since the first line) and what is known."""

    steps: list[tuple[int, int]]
    bases: dict[int, str] = field(default_factory=dict)
    leaps: set[int] = field(default_factory=set)
    last: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Years:
    """The years of a file's lines."""

    starts: tuple[int, ...]
    dated: tuple[Dated, ...]

    def at(self, number: int) -> Dated:
        """Return what is known about the line with this number."""
        place = bisect_right(self.starts, number) - 1
        return self.dated[place] if place >= 0 else Dated(year=0, why=NO_YEAR)


def years_of(evidence: Evidence) -> Years:
    """Read the times of all lines once and derive the years."""
    segments: list[_Segment] = []
    before: int | None = None
    period: re.Match[str] | None = None
    steps = 0
    for line in lines(evidence):
        found = date_of(line.text)
        if found is None:
            period = _JOURNAL.match(line.text) or period
            continue
        year, month, day = found
        if not (1 <= month <= len(_DAYS) and 1 <= day <= 31):  # noqa: PLR2004 - days of a month
            continue
        at = _DAYS[month - 1] + day
        turn = None if before is None else _turn(at - before)
        before = at
        if turn is None or steps > _MAX_STEPS:
            segments.append(_Segment(steps=[(line.number, 0)]))
        elif turn:
            segments[-1].steps.append((line.number, segments[-1].steps[-1][1] + turn))
        steps += turn != 0
        _learn(segments[-1], year, month, day)
    return _years(evidence, segments, period)


def _turn(days: int) -> int | None:
    """Return by how many years the count changes between two lines so many days apart; ``None``: it is lost."""
    if days < -_NEW_YEAR:
        return 1
    if days < -_DISORDER:
        return None
    return -1 if days >= _TURN else 0  # 31 December just after 1 January: lines a little out of order


def _learn(segment: _Segment, year: int, month: int, day: int) -> None:
    count = segment.steps[-1][1]
    segment.last = (month, day)
    if year:
        segment.bases.setdefault(year - count, f"a line of the file that states {year}")
    if (month, day) == (2, 29):
        segment.leaps.add(count)


def _years(evidence: Evidence, segments: list[_Segment], period: re.Match[str] | None) -> Years:
    starts: list[int] = []
    dated: list[Dated] = []
    for segment in segments:
        if segment is segments[-1]:
            _learn_end(evidence, segment, period)
        base, why, assumed = _base(evidence, segment, is_last=segment is segments[-1])
        for number, count in segment.steps:
            starts.append(number)
            dated.append(Dated(year=base + count if base else 0, why=why, assumed=assumed))
    return Years(starts=tuple(starts), dated=tuple(dated))


def _learn_end(evidence: Evidence, segment: _Segment, period: re.Match[str] | None) -> None:
    """Let the file's name and journalctl's header say the year of the last line."""
    count = segment.steps[-1][1]
    rotated = _ROTATED.search(evidence.basename)
    if rotated:
        year, month, day = (int(part) for part in rotated.groups())
        if 1 <= month <= 12 and 1 <= day <= 31:  # noqa: PLR2004 - a date
            segment.bases.setdefault(
                year - (segment.last > (month, day)) - count, f"the file's name, {evidence.basename}"
            )
    if period:
        numbers = [int(part) for part in period.groups()]
        first, end = tuple(numbers[:3]), tuple(numbers[3:])
        fitting = [
            year for year in range(first[0], min(end[0], first[0] + 50) + 1) if first <= (year, *segment.last) <= end
        ]
        if len(fitting) == 1:
            segment.bases.setdefault(fitting[0] - count, "the period that journalctl prints at the top")


def _base(evidence: Evidence, segment: _Segment, *, is_last: bool) -> tuple[int, str, bool]:
    """Return (year of the segment's first line or 0, ground, whether it is the examiner's)."""
    assumed = False
    bases = segment.bases
    told = evidence.told.get(ASSUMED_YEAR)
    if not bases and is_last and told and re.fullmatch(r"[12]\d{3}", told.value):
        bases = {int(told.value) - segment.steps[-1][1]: f"year of the last line, {told.value}, from the {told.source}"}
        assumed = True
    if not bases:
        return 0, NO_YEAR, False
    if len(bases) > 1:
        return 0, _MANY, False
    base, why = next(iter(bases.items()))
    if any(not calendar.isleap(base + count) for count in segment.leaps):
        return 0, _LEAP, False
    within = date.min.year < base and base + segment.steps[-1][1] < date.max.year
    return (base, why, assumed) if within else (0, _MANY, False)

"""The time arithmetic of the timeline: which window to enlarge, where data is missing, where the ticks stand. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from forensics.model import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from forensics.report.view import KeyStep, Lane

    Span = tuple[datetime, datetime]

APART = timedelta(hours=24)
"""A pause longer than this ends an incident: what follows is another day's story and gets no enlarged picture."""

STEP_WEIGHT = 3
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS = (60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 2 * 86400, 7 * 86400, 14 * 86400)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)
_YEAR = 12


def whole(lanes: Sequence[Lane], steps: Sequence[KeyStep]) -> Span | None:
    """Return the span from the first to the last time in the view, or ``None`` if there is none."""
    times = [step.at for step in steps]
    for lane in lanes:
        times += [mark.start for mark in lane.marks]
        times += [mark.end for mark in lane.marks if mark.end]
        times += [edge for band in (*lane.covered, *lane.no_data) for edge in band]
    return _padded(min(times), max(times), 0.01) if times else None


def incident(lanes: Sequence[Lane], steps: Sequence[KeyStep]) -> Span | None:
    """Return the window to enlarge: the densest run of unexplained records and key steps without a day's pause.

    Density counts a key step as three records. Of two equal runs the earlier wins. Without either, the window is the
    whole span.
    """
    points = [(step.at, STEP_WEIGHT) for step in steps]
    points += [(mark.start, mark.number) for lane in lanes for mark in lane.marks if mark.role is Role.UNEXPLAINED]
    if not points:
        return whole(lanes, steps)
    points.sort(key=lambda point: point[0])
    runs: list[list[tuple[datetime, int]]] = [[points[0]]]
    for point in points[1:]:
        if point[0] - runs[-1][-1][0] > APART:
            runs.append([])
        runs[-1].append(point)
    best = max(runs, key=lambda run: sum(weight for _, weight in run))
    return _padded(best[0][0], best[-1][0], 0.04)


def _padded(start: datetime, end: datetime, share: float) -> Span:
    """Widen a span a little, and a single instant to some minutes, so that no mark sits on the frame."""
    margin = max((end - start) * share, timedelta(minutes=5))
    return _shift(start, -margin), _shift(end, margin)


def _shift(moment: datetime, by: timedelta) -> datetime:
    """Move a time, stopping at the first and last year that exist (hostile records do name the year 9999)."""
    try:
        return moment + by
    except OverflowError:
        return moment


def missing(lane: Lane, window: Span) -> list[Span]:
    """Return the disjoint spans of the window without data: those declared, and all outside ``covered`` if given."""
    gaps = list(lane.no_data)
    if lane.covered:
        edge = window[0]
        for first, last in union(lane.covered):
            gaps.append((edge, first))
            edge = max(edge, last)
        gaps.append((edge, window[1]))
    clipped = [(max(first, window[0]), min(last, window[1])) for first, last in gaps]
    return union((first, last) for first, last in clipped if first < last)


def union(spans: Iterable[Span]) -> list[Span]:
    """Return the same instants as disjoint spans in order."""
    joined: list[Span] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def ticks(window: Span, most: int) -> list[datetime]:
    """Return at most ``most`` round UTC instants inside the window, from minutes to decades apart."""
    first, last = window
    for seconds in _SECONDS:
        if (last - first) / timedelta(seconds=seconds) <= most:
            step = timedelta(seconds=seconds)
            return _walk(_EPOCH - ((_EPOCH - first) // step) * step, last, step)
    found: list[datetime] = []
    for months in _MONTHS:
        found = _month_ticks(first, last, months)
        if len(found) <= most:
            return found
    every = -(-len(found) // most)
    return found[::every]


def _walk(start: datetime, last: datetime, step: timedelta) -> list[datetime]:
    """Return start, start + step, … up to last."""
    count = (last - start) // step + 1
    return [start + step * index for index in range(count)]


def _month_ticks(first: datetime, last: datetime, months: int) -> list[datetime]:
    """Return the first days of every n-th month inside the window."""
    lowest = -(-(first.year * _YEAR + first.month - 1) // months)
    highest = (last.year * _YEAR + last.month - 1) // months
    days = [
        datetime(index * months // _YEAR, index * months % _YEAR + 1, 1, tzinfo=UTC)
        for index in range(max(lowest, -(-_YEAR // months)), highest + 1)
    ]
    return [moment for moment in days if first <= moment <= last]

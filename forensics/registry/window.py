"""Where a day stands relative to what is known about a record's period. Unknown is an answer; it is never "always"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from forensics.model import Record

INSIDE, BEFORE, AFTER, UNKNOWN = "inside", "before", "after", "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A day against a record.

    ``gap_days`` is signed like every gap of this tool: nearest known day minus the day asked for, so a negative gap
    means "known only from before". ``basis`` says what the nearest day is: ``valid`` (the stated period), ``observed``,
    ``published`` (only the day of publication is known) or ``none``.
    """

    window: str
    gap_days: int | None = None
    nearest: date | None = None
    basis: str = "none"


def classify(record: Record, at: date | None) -> Standing:
    """Return where ``at`` stands. ``inside`` needs a closed period or an observation on that very day."""
    if at is None:
        return Standing(window=UNKNOWN)
    start, end = record.valid_from, record.valid_until
    if at in record.observed_at:
        return Standing(window=INSIDE, gap_days=0, nearest=at, basis="observed")
    if start is not None and at < start:
        return _standing(BEFORE, start, at, "valid")
    if end is not None and at >= end:
        return _standing(AFTER, end - timedelta(days=1), at, "valid")
    closed = start is not None and end is not None
    return Standing(window=INSIDE, gap_days=0, nearest=at, basis="valid") if closed else _nearest(record, at)


def _nearest(record: Record, at: date) -> Standing:
    """Return the standing of a day that no closed period decides; of two equally near days, the earlier."""
    known = [(day, "observed") for day in record.observed_at]
    if record.valid_from is not None:
        known.append((record.valid_from, "valid"))
    if record.valid_until is not None:
        known.append((record.valid_until - timedelta(days=1), "valid"))
    if not known and record.published_at is not None:
        known = [(record.published_at, "published")]
    if not known:
        return Standing(window=UNKNOWN)
    nearest, basis = known[0] if len(known) == 1 else min(known, key=lambda item: (abs((item[0] - at).days), item))
    return _standing(UNKNOWN, nearest, at, basis)


def sentence(record: Record, standing: Standing, at: date | None) -> str:
    """Return the standing in plain words, with the state of the record where it takes support away."""
    said = _plain(record, standing, at)
    if record.state in ("disputed", "retracted"):
        return f"{said}; the record is {record.state} and supports nothing"
    unjudged = {"candidate": "a candidate", "observed": "an observation that nobody has judged"}.get(record.state)
    return f"{said}; the record is {unjudged} and supports nothing yet" if unjudged else said


def _plain(record: Record, standing: Standing, at: date | None) -> str:
    if at is None:
        return "no day was asked for, so nothing is said about any day"
    if standing.window == INSIDE:
        if standing.basis == "observed":
            return f"the record was observed on {at}"
        return f"the record covers {at} ({record.valid_from} until {record.valid_until}, last day not included)"
    if standing.nearest is None or standing.gap_days is None:
        return f"nothing on record covers {at}; no date at all is on record"
    days = abs(standing.gap_days)
    far = "the same day" if days == 0 else f"{days:,} {'day' if days == 1 else 'days'}"
    side = "" if days == 0 else " before" if standing.gap_days < 0 else " after"
    if standing.window in (BEFORE, AFTER):
        edge = "begins on" if standing.window == BEFORE else "ends with"
        return f"nothing on record covers {at}; the period on record {edge} {standing.nearest}, {far}{side}"
    event = {"observed": "was observed on", "published": "was published", "valid": "is dated"}[standing.basis]
    return f"nothing on record covers {at}; the record {event} {standing.nearest}, {far}{side}"


def _standing(window: str, nearest: date, at: date, basis: str) -> Standing:
    return Standing(window=window, gap_days=(nearest - at).days, nearest=nearest, basis=basis)

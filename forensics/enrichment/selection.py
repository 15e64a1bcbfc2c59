"""Which dated values hold for a day, and how well: the rules, without any table.

For a day t, ``before`` is the newest snapshot not later than t, ``after`` the oldest one later than t.

==================================  ===============  ==============================================================
case                                status           value
==================================  ===============  ==============================================================
one of the very day                 near             that value, with a gap of 0 days
both agree                          bracketed        that value; both dates are given
they disagree                       changed-between  none: both values stand in ``other`` and none wins
one side only, at most 90 days off  near             that value
one side only, further off          stale            that value, with the drift to expect
neither has a value                 unrouted         none
==================================  ===============  ==============================================================

A bracket is drawn around origins whoever produced the tables: same-month producers differ about 0.4 to 1.3 % of
addresses. Countries of two producers differ for about 2 to 6 %, and their names are spelled differently; so what counts
is the source that is nearest to the day, another source cannot overrule it and stands beside (``judge_by_source``). It
can support it: a country that is far away on one side is bracketed by another source that agrees on the other side.

When the user asks for another day than the event's (``--as-of``), one snapshot answers, the gap still counts from the
event, and nothing is called bracketed: a bracket around another day says nothing about the event.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from forensics.model import Context, ContextStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from forensics.model import Snapshot

NEAR_DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What one snapshot says about one address. ``None`` and "" are real answers: not announced, not stated."""

    snapshot: Snapshot
    asn: int | None = None
    name: str | None = None
    country: str | None = None
    classes: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()  # where several networks announced the prefix at once; ``asn`` is the first


def around(day: date, dates: Sequence[date], *, single: bool) -> tuple[int, ...]:
    """Return the places of the snapshots that speak for a day: (before, after), or one of them.

    ``dates`` are in ascending order. With ``single``, the nearer side alone (the earlier one of two equally near).
    """
    before = max((place for place, held in enumerate(dates) if held <= day), default=None)
    after = min((place for place, held in enumerate(dates) if held > day), default=None)
    sides = tuple(place for place in (before, after) if place is not None)
    if single and sides:
        return (min(sides, key=lambda place: abs((dates[place] - day).days)),)
    return sides


def nearest(sightings: Sequence[Sighting], day: date) -> Sighting:
    """Return the sighting whose snapshot is nearest to the day; of two equally near, the earlier."""
    return sightings[_nearest(sightings, day)]


def _nearest(sightings: Sequence[Sighting], day: date) -> int:
    """Return the place of the nearest sighting: the first of them where several are equally near."""
    gaps = [abs((held.snapshot.as_of - day).days) for held in sightings]
    return gaps.index(min(gaps))


def judge(sightings: Sequence[Sighting], day: date, value_of: Callable[[Sighting], str | None]) -> Context:
    """Return the value that one or two sightings support, by the table in this module's docstring."""
    if not sightings:
        return Context(value=None)
    views = [one_sided(held, day, value_of(held)) for held in sightings]
    chosen = views[_nearest(sightings, day)]
    others = tuple([view for view in views if view is not chosen])
    if not others:
        return chosen
    if views[0].gap_days == 0:
        return replace(chosen, other=others if others[0].value == chosen.value else ())
    if views[0].value != views[1].value:
        return Context(value=None, status=ContextStatus.CHANGED_BETWEEN, other=tuple(views))
    return replace(chosen, status=chosen.status if chosen.value is None else ContextStatus.BRACKETED, other=others)


def judge_by_source(
    groups: Sequence[Sequence[Sighting]], day: date, value_of: Callable[[Sighting], str | None]
) -> Context:
    """Return the value of the source that is nearest to the day; what the nearest of each other source says is in ``other``.

    Each group holds what one source says before and after the day, in order of time; a group without a value is silent.
    """
    speaking = [[held for held in group if value_of(held) is not None] for group in groups]
    speaking = [group for group in speaking if group]
    if not speaking:
        return Context(value=None)
    speaking.sort(key=lambda group: (abs((nearest(group, day).snapshot.as_of - day).days), group[0].snapshot.as_of))
    own = judge(speaking[0], day, value_of)
    beside = [one_sided(nearest(group, day), day, value_of(nearest(group, day))) for group in speaking[1:]]
    across = [view for view in beside if view.value == own.value and _opposite(view, own)]
    status = ContextStatus.BRACKETED if own.status is ContextStatus.STALE and across else own.status
    return replace(own, status=status, other=(*own.other, *beside))


def _opposite(one: Context, other: Context) -> bool:
    """Whether two values are from the two sides of the day."""
    return (one.gap_days or 0) * (other.gap_days or 0) < 0


def one_sided(held: Sighting, day: date, value: str | None) -> Context:
    """Return a value as one snapshot alone supports it."""
    gap = (held.snapshot.as_of - day).days
    if value is not None:
        status = ContextStatus.NEAR if abs(gap) <= NEAR_DAYS else ContextStatus.STALE
    else:  # an announced address without, say, a country is not "unrouted"
        status = ContextStatus.UNROUTED if held.asn is None else ContextStatus.UNKNOWN
    return Context(value=value, snapshot=held.snapshot.id, as_of=held.snapshot.as_of, gap_days=gap, status=status)


def judge_name(sightings: Sequence[Sighting], day: date, origin: Context) -> Context:
    """Return the holder's name that goes with an origin AS, each name from its own snapshot only.

    Two snapshots of one source that name the AS differently disagree. Two sources spell names differently anyway
    ("Delta Telecom Ltd", "DT-AS"): then the nearer name stands with its own date, never as bracketed, and ``other``
    holds the second one.
    """
    if not sightings:
        return Context(value=None)
    name = judge(sightings, day, lambda held: held.name)
    comparable = len({held.snapshot.source for held in sightings}) == 1
    if origin.value is None or comparable or name.status is not ContextStatus.CHANGED_BETWEEN:
        return name
    views = name.other
    chosen = views[sightings.index(nearest(sightings, day))]
    return replace(chosen, other=tuple(view for view in views if view is not chosen))

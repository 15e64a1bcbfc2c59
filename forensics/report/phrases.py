"""Values put into words: times, gaps, ratios, places, contexts. Pure functions; all wording comes from ``texts``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from forensics.model import ContextStatus
from forensics.report.texts import TEXTS, named, plural, text
from forensics.sentence import Figure, Sentence, dated, paragraph
from forensics.spoken import said_class

if TYPE_CHECKING:
    from datetime import date, datetime

    from forensics.model import AddressContext, Context, Link, Place, Strength

SHORT = 12
"""Hex digits of a digest shown in running text; the whole digest stands in the exhibit table."""


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def when(moment: datetime | None) -> str:
    """Return ``2020-03-11 00:43:10``; a fraction of a second is kept, because it is part of the evidence."""
    if moment is None:
        return text("unknown")
    written = moment.replace(tzinfo=None).isoformat(" ")
    return written.rstrip("0") if moment.microsecond else written


def day(value: date | None) -> str:
    """Return an ISO day for a table, or "unknown"; ``dated`` is for a sentence."""
    return value.isoformat()[:10] if value else text("unknown")


def zone_of(name: str) -> ZoneInfo | None:
    """Return the zone of an IANA name, or ``None`` for a name that no zone has (the owner may have mistyped it)."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None


def offset(moment: datetime) -> str:
    """Return the offset of an aware time as ``UTC+04:00``."""
    written = f"{moment:%z}"
    return f"UTC{written[:3]}:{written[3:5]}"


def in_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the time in a zone; the first and last day that exist stay in UTC, where other zones have no such day."""
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment


def local(moment: datetime | None, zone: ZoneInfo | None) -> str:
    """Return the time in a zone with its offset, so that summer time is never guessed by the reader."""
    if moment is None or zone is None:
        return ""
    there = in_zone(moment, zone)
    return f"{when(there)} ({offset(there)})"


def span(first: datetime | None, last: datetime | None) -> str:
    """Return "first to last" with the day written once if both are on it."""
    if first is None or last is None or first == last:
        return when(first or last)
    end = when(last)
    return text("span", first=when(first), last=end[11:] if first.date() == last.date() else end)


def number(value: object) -> str:
    """Return a derivation value: counts with separators, other numbers with six digits, everything else as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value if isinstance(value, Sentence) else str(value)
    if isinstance(value, int) or (value.is_integer() and abs(value) < 1e15):  # noqa: PLR2004 - exact in a float
        return count(int(value))
    figures, _, power = f"{value:,.6g}".partition("e")
    return Figure(f"{figures} \N{MULTIPLICATION SIGN} 10{str(int(power)).translate(_RAISED)}" if power else figures)


def count(value: int) -> Figure:
    """Return a count with thousands separators."""
    return Figure(f"{value:,}")


def ratio(value: float) -> str:
    """Return a likelihood ratio with the precision it deserves: two figures, or one decimal below ten."""
    if not math.isfinite(value):
        return text("unknown")
    if value <= 0 or value >= 10:  # noqa: PLR2004 - ten is where two figures become whole numbers
        digits = 0 if value <= 0 else max(math.floor(math.log10(value)) - 1, 0)
        return Figure(f"{round(value / 10**digits) * 10**digits:,.0f}")
    return Figure(f"{value:.2g}" if value < 1 else f"{value:.1f}".removesuffix(".0"))


def ratio_range(strength: Strength) -> str:
    """Return "1,200 (range 470 to 2,200)"."""
    return text("strength.range", lr=ratio(strength.lr), low=ratio(strength.lr_low), high=ratio(strength.lr_high))


def reading(strength: Strength) -> str:
    """Return the sentence that says what a ratio means, without turning it into a probability of guilt."""
    lr = strength.lr
    if not math.isfinite(lr) or lr <= 0 or 0.95 <= lr <= 1.05:  # noqa: PLR2004 - even within the printed precision
        return text("strength.reading.even")
    if lr < 1:
        return text("strength.reading.low", n=ratio(1 / lr))
    return text("strength.reading", lr=ratio(lr))


def readings(strength: Strength) -> str:
    """Return what a ratio means, and the same against another user of the same network where that is the weaker."""
    said, within = reading(strength), strength.lr_network
    if within is None or strength.words_country in ("", strength.words) or not math.isfinite(within) or within <= 0:
        return said
    more = text("strength.reading.network", lr=ratio(within)) if within >= 1 else text("strength.reading.network.low")
    return paragraph([said, more])


def gap(days: int | None) -> str:
    """Return a signed gap (snapshot minus event) in words."""
    if days is None:
        return text("gap.unknown")
    if days == 0:
        return text("gap.same")
    return plural("gap.after" if days > 0 else "gap.before", abs(days))


def holder(context: AddressContext) -> str:
    """Return "AS64497 Example Hosting (country code QZ)" from the dated values that are there."""
    parts = [part for part in (context.origin_as.value, context.as_name.value) if part]
    held: list[str] = [" ".join(parts) if parts else text("context.as.none")]
    if context.origin_as.status is ContextStatus.CHANGED_BETWEEN:
        # Neither value may stand alone in the headline: which of them held on the day is exactly what is not known.
        told = dict.fromkeys(value.value or text("unknown") for value in (context.origin_as, *context.origin_as.other))
        return text("context.unsettled", values=paragraph(told, text("context.or")))
    if context.country.value:
        held.append(text("context.country", country=context.country.value))
    if context.prefix:
        held.append(text("context.prefix", prefix=context.prefix))
    return paragraph(held, ", ")


def differs(context: AddressContext, latest: AddressContext) -> bool:
    """Whether the newest snapshot names another holder than the one of the event's day.

    Names are compared within one series of snapshots only: two producers spell the same holder differently.
    """
    pairs = [(context.origin_as, latest.origin_as), (context.country, latest.country)]
    if _series(context.as_name) == _series(latest.as_name):
        pairs.append((context.as_name, latest.as_name))
    return any(then.value != now.value for then, now in pairs)


def _series(value: Context) -> str:
    """Return the name of a snapshot without its date: ``asn`` of ``asn-2026-09-16``."""
    return value.snapshot.removesuffix(f"-{value.as_of}")


def supported(context: AddressContext) -> list[str]:
    """Return the sentences that say which snapshots carry the values and how well.

    Name and country are mentioned where they rest on something else than the origin network does.
    """
    origin = context.origin_as
    lines = _support(origin)
    for key, value in (("context.name", context.as_name), ("context.code", context.country)):
        if _ground(value) != _ground(origin):
            lines.append(paragraph([text(key, value=value.value or text("unknown")), *_support(value)]))
    return lines


def class_lines(context: AddressContext) -> list[str]:
    """Return a sentence per class: who says so, and from when."""
    lines: list[str] = []
    for claim in context.class_claims:
        if claim.name not in context.classes:
            continue
        words = {"classes": said_class(claim.name.replace("_", " ")), "source": claim.source}
        if claim.as_of is None:
            lines.append(text("context.class", **words))
        elif claim.unsaid is None:
            lines.append(text("context.class.dated", day=dated(claim.as_of), **words))
        else:
            lines.append(text("context.class.unsaid", day=dated(claim.as_of), unsaid=dated(claim.unsaid), **words))
    return lines


def said_lines(context: AddressContext) -> list[str]:
    """Return what sealed answers of registries hold about an address, and what limits them."""
    lines: list[str] = [
        text("context.said." + item.what, value=item.value, source=item.source, asked=dated(item.asked))
        for item in context.said
        if "context.said." + item.what in TEXTS
    ]
    return [*dict.fromkeys(lines), *(text("context.caution", text=warning) for warning in context.warnings)]


def _ground(context: Context) -> tuple[object, ...]:
    """What a value rests on, whatever the value is."""
    return (context.status, context.snapshot, *(other.snapshot for other in context.other))


def _support(context: Context) -> list[str]:
    """Return the sentences for one value."""
    lines = []
    if context.snapshot:
        lines.append(
            text("context.snapshot", snapshot=context.snapshot, day=dated(context.as_of), gap=gap(context.gap_days))
        )
    lines.append(text(f"status.{context.status.value}"))
    return lines + [_second(context, other) for other in context.other]


def _second(context: Context, other: Context) -> str:
    """Return what the second snapshot says: that it agrees, or its own value."""
    if other.value == context.value:
        return text("context.agrees", snapshot=other.snapshot, day=dated(other.as_of), gap=gap(other.gap_days))
    return text("context.other", value=other.value or text("unknown"), snapshot=other.snapshot, day=dated(other.as_of))


def place(where: Place) -> str:
    """Return "member, place" without the exhibit."""
    return ", ".join(part for part in (where.member, where.place) if part)


def link_ring(link: Link) -> str:
    """Return the ring of a link in words; a ring of a newer model is printed as it is called there."""
    said = named("ring", link.ring)
    return said if isinstance(said, Sentence) else said.replace("_", " ")


def link_window(link: Link) -> str:
    """Return where the event lies relative to the record's period."""
    said = named("window", link.window)
    return paragraph([said, plural("gap.days", abs(link.gap_days))], ", ") if link.gap_days else said

"""Dated context in words: never a value without the date it is from and how well it is supported."""

from __future__ import annotations

from datetime import date

from forensics.model import AddressContext, Context, ContextStatus


def told(context: AddressContext | None) -> str:
    """Say who announced an address on the day, with the support; one clause without a final full stop."""
    if context is None or context.at is None:
        return "no dated context is known for it"
    if context.origin_as.status is ContextStatus.SPECIAL:
        return f"the address lay in special-purpose space ({context.special}): no public network announces it"
    if context.origin_as.status is ContextStatus.UNROUTED:
        return f"no snapshot shows it announced on {context.at}{_country(context)}"
    if context.origin_as.status is ContextStatus.CHANGED_BETWEEN:
        return f"its network changed around {context.at}: {_both(context)}; neither may be named for that day"
    if context.origin_as.value is None:
        return f"no snapshot can say who announced it on {context.at}"
    name = f" {context.as_name.value}" if context.as_name.value else ""
    who = f"{context.origin_as.value}{name}{_country(context)}"
    return f"the address was announced by {who}, {support(context.origin_as, context.at)}"


def support(value: Context, day: date | None) -> str:
    """Say how well a value is supported for a day."""
    if value.status is ContextStatus.BRACKETED:
        days = sorted({str(item.as_of) for item in (value, *value.other)})
        return f"as the snapshots of {' and '.join(days)} agree"
    if value.status is ContextStatus.NEAR:
        return f"as of {value.as_of}, {_days(value.gap_days)} the day"
    if value.status is ContextStatus.STALE:
        return (
            f"but only as of {value.as_of}, {_days(value.gap_days)} the day: it may have been another network on {day}"
        )
    return f"status {value.status}"


def _days(gap: int | None) -> str:
    if gap is None:
        return "at an unknown distance from"
    return f"{abs(gap):,} days {'after' if gap > 0 else 'before'}"


def _country(context: AddressContext) -> str:
    return f", country {context.country.value}" if context.country.value else ""


def _both(context: AddressContext) -> str:
    return " and ".join(f"{item.value or 'unannounced'} as of {item.as_of}" for item in context.origin_as.other)

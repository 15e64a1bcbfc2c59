"""Dated context in words: never a value without the date it is from and how well it is supported."""

from __future__ import annotations

from datetime import date

from forensics.model import AddressContext, ClassClaim, Context, ContextStatus, Said


def told(context: AddressContext | None) -> str:
    """Say who announced an address on the day, with the support; one clause without a final full stop."""
    if context is None or context.at is None:
        return "no dated context is known for it"
    if context.origin_as.status is ContextStatus.SPECIAL:
        return f"the address lay in special-purpose space ({context.special}): no public network announces it"
    if context.origin_as.status is ContextStatus.UNROUTED:
        return f"no snapshot shows it announced on {context.at}{_country(context)}"
    if context.origin_as.status is ContextStatus.CHANGED_BETWEEN:
        held = f"{context.same_holder} held both" if context.same_holder else "neither may be named for that day"
        return f"its network changed around {context.at}: {_both(context)}; {held}"
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


def classes_told(context: AddressContext | None, *, ports: bool) -> str:
    """Say what sort of address it is, who says so and from when; and what a shared address asks of the evidence."""
    claims = [item for item in context.class_claims if item.name in context.classes] if context is not None else []
    if not claims:
        return ""
    said = "; ".join(dict.fromkeys(f"{item.name.replace('_', ' ')} ({_witness(item)})" for item in claims))
    text = f" Known class: {said}."
    if {item.name for item in claims} & _BEHIND_NAT:
        text += " Many people share such an address at one time. Only the operator can tell which customer it was, from the time"
        text += " to the second and the source port; " + (
            "the export states the port." if ports else "the export states no port, so the operator may not be able to."
        )
    return text


def registry_told(context: AddressContext | None) -> str:
    """Say what sealed answers of registries hold about the address, each with its source and day, and their limits."""
    if context is None or not context.said:
        return ""
    held = [item for what in _TOLD for item in context.said if item.what == what]
    said = "; ".join(dict.fromkeys(f"{_TOLD[item.what]} {item.value} ({_answered(item)})" for item in held))
    warnings = "".join(f" Caution: {text.rstrip('.')}." for text in context.warnings)
    return (f" Registries answered: {said}." if said else "") + warnings


_BEHIND_NAT = {"mobile", "cgnat"}
_TOLD = {
    "address_holder": "address held by",
    "net_name": "network",
    "announcing_as": "announced by",
    "as_holder": "that network is held by",
    "abuse_contact": "abuse contact",
    "reverse_name_confirmed": "name",
}


def _witness(claim: ClassClaim) -> str:
    dated = f", {claim.as_of}" if claim.as_of else ""
    return f"{claim.source}{dated}" + (f", not on its issue of {claim.unsaid}" if claim.unsaid else "")


def _answered(item: Said) -> str:
    """Say whose answer it is, when it was obtained and for which time it holds."""
    span = [f"since {item.since}" if item.since else "", f"until {item.until}" if item.until else ""]
    return ", ".join(part for part in (item.source, *span, f"asked on {item.asked}" if item.asked else "") if part)


def _days(gap: int | None) -> str:
    if gap is None:
        return "at an unknown distance from"
    return f"{abs(gap):,} days {'after' if gap > 0 else 'before'}"


def _country(context: AddressContext) -> str:
    return f", country {context.country.value}" if context.country.value else ""


def _both(context: AddressContext) -> str:
    return " and ".join(f"{item.value or 'unannounced'} as of {item.as_of}" for item in context.origin_as.other)

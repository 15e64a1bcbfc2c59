"""Dated context in words: never a value without the date it is from and how well it is supported."""

from __future__ import annotations

from datetime import date

from forensics.model import AddressContext, ClassClaim, Context, ContextStatus, Said
from forensics.sentence import Sentence, dated, paragraph, say, say_n, template
from forensics.spoken import said_class


def told(context: AddressContext | None) -> str:
    """Say who announced an address on the day, with the support; one clause without a final full stop."""
    if context is None or context.at is None:
        return say("no dated context is known for it")
    if context.origin_as.status is ContextStatus.SPECIAL:
        return say(
            "the address lay in special-purpose space ({special}): no public network announces it",
            special=context.special,
        )
    if context.origin_as.status is ContextStatus.UNROUTED:
        return _unrouted(context)
    if context.origin_as.status is ContextStatus.CHANGED_BETWEEN:
        return _changed(context)
    if context.origin_as.value is None:
        return say("no snapshot can say who announced it on {day}", day=dated(context.at))
    return _announced(context)


def _unrouted(context: AddressContext) -> str:
    day, country = dated(context.at), context.country.value
    if country:
        return say("no snapshot shows it announced on {day}, country {country}", day=day, country=country)
    return say("no snapshot shows it announced on {day}", day=day)


def _changed(context: AddressContext) -> str:
    held = (
        say("{holder} held both", holder=context.same_holder)
        if context.same_holder
        else say("neither may be named for that day")
    )
    return say(
        "its network changed around {day}: {networks}; {held}",
        day=dated(context.at),
        networks=_both(context),
        held=held,
    )


def _announced(context: AddressContext) -> str:
    who = " ".join(part for part in (context.origin_as.value, context.as_name.value) if part)
    held = support(context.origin_as, context.at)
    if context.country.value:
        return say(
            "the address was announced by {network}, country {country}, {support}",
            network=who,
            country=context.country.value,
            support=held,
        )
    return say("the address was announced by {network}, {support}", network=who, support=held)


def support(value: Context, day: date | None) -> str:
    """Say how well a value is supported for a day."""
    if value.status is ContextStatus.BRACKETED:
        days = [dated(day) for day in sorted({item.as_of for item in (value, *value.other) if item.as_of})]
        return say("as the snapshots of {days} agree", days=paragraph(days, say(" and ")))
    if value.status is ContextStatus.NEAR:
        return say("as of {day}, {distance}", day=dated(value.as_of), distance=_days(value.gap_days))
    if value.status is ContextStatus.STALE:
        return say(
            "but only as of {then}, {distance}: it may have been another network on {day}",
            then=dated(value.as_of),
            distance=_days(value.gap_days),
            day=dated(day),
        )
    return say("status {status}", status=str(value.status))


def classes_told(context: AddressContext | None, *, ports: bool) -> str:
    """Say what sort of address it is, who says so and from when; and what a shared address asks of the evidence."""
    claims = [item for item in context.class_claims if item.name in context.classes] if context is not None else []
    if not claims:
        return ""
    said = paragraph(dict.fromkeys(map(_classed, claims)), "; ")
    text = [say("Known class: {classes}.", classes=said)]
    if {item.name for item in claims} & _BEHIND_NAT:
        text.append(
            say(
                "Many people share such an address at one time. Only the operator can tell which customer it was, from the"
                " time to the second and the source port; the export states the port."
            )
            if ports
            else say(
                "Many people share such an address at one time. Only the operator can tell which customer it was, from the"
                " time to the second and the source port; the export states no port, so the operator may not be able to."
            )
        )
    return paragraph(text)


def registry_told(context: AddressContext | None) -> str:
    """Say what sealed answers of registries hold about the address, each with its source and day, and their limits."""
    if context is None or not context.said:
        return ""
    held = [item for what in _TOLD for item in context.said if item.what == what]
    said = paragraph(dict.fromkeys(map(_answered, held)), "; ")
    return paragraph(
        [
            say("Registries answered: {answers}.", answers=said) if said else "",
            *(say("Caution: {text}.", text=_unstopped(text)) for text in context.warnings),
        ]
    )


_BEHIND_NAT = {"mobile", "cgnat"}
_TOLD = {
    "address_holder": template("address held by {value} ({source})"),
    "net_name": template("network {value} ({source})"),
    "announcing_as": template("announced by {value} ({source})"),
    "as_holder": template("that network is held by {value} ({source})"),
    "abuse_contact": template("abuse contact {value} ({source})"),
    "reverse_name_confirmed": template("name {value} ({source})"),
}


def _unstopped(text: str) -> str:
    """Return a warning without its full stop; ours have none."""
    return text if isinstance(text, Sentence) and not text.endswith(".") else text.rstrip(".")


def _classed(claim: ClassClaim) -> str:
    """Say of which class an address is, by whom and as of when."""
    name = said_class(claim.name.replace("_", " "))
    if not claim.as_of:
        return say("{class_name} ({source})", class_name=name, source=claim.source)
    if not claim.unsaid:
        return say("{class_name} ({source}, {day})", class_name=name, source=claim.source, day=dated(claim.as_of))
    return say(
        "{class_name} ({source}, {day}, not on its issue of {unsaid})",
        class_name=name,
        source=claim.source,
        day=dated(claim.as_of),
        unsaid=dated(claim.unsaid),
    )


def _answered(item: Said) -> str:
    """Say whose answer it is, when it was obtained and for which time it holds."""
    source = [
        item.source,
        say("since {day}", day=dated(item.since)) if item.since else "",
        say("until {day}", day=dated(item.until)) if item.until else "",
        say("asked on {day}", day=dated(item.asked)) if item.asked else "",
    ]
    return say(_TOLD[item.what], value=item.value, source=paragraph(source, ", "))


def _days(gap: int | None) -> str:
    if gap is None:
        return say("at an unknown distance from the day")
    if gap > 0:
        return say_n("{n} day after the day", "{n} days after the day", gap)
    return say_n("{n} day before the day", "{n} days before the day", -gap)


def _both(context: AddressContext) -> str:
    return paragraph(
        (
            say("{network} as of {day}", network=item.value or say("unannounced"), day=dated(item.as_of))
            for item in context.origin_as.other
        ),
        say(" and "),
    )

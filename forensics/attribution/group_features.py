"""The term of each group of evidence beside the address: what is compared, and what is said where nothing can be. Pure.

Every comparison is made whether it matches or not, against the records that hold on the day. A match that no data can
weigh is said in words and changes no number.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache

from forensics.attribution.device_term import Terms
from forensics.attribution.device_term import terms as device_terms
from forensics.attribution.group_client import client
from forensics.attribution.group_terms import Numbers, compared
from forensics.attribution.group_terms import numbers as group_numbers
from forensics.attribution.group_values import (
    CERTIFICATE,
    DEVICE,
    DIGESTS,
    DOMAIN,
    HELO,
    HOST_KEY,
    SHOWN,
    Held,
    Value,
    browser,
    same_device,
    under,
    values,
)
from forensics.attribution.groups import BEHAVIOUR, NAMING, SERVER, TOOLING, Term, apart, numbered, too_common, untold
from forensics.sentence import Sentence, paragraph, say, say_n

_KEY = "ssh-key:"


def terms_of(held: Held, devices: Terms, numbers: Numbers) -> tuple[Term, ...]:
    """Return the term of every group but the address, in order; most of them say that there is no data."""
    if not held.records:  # a case may have many thousand links, and most sets hold addresses alone
        return (*_without_records(), _behaviour(held.hours))
    return (
        _server(held, numbers),
        _naming(held, numbers),
        client(held, devices, numbers),
        _tooling(held),
        _behaviour(held.hours),
    )


@cache
def _without_records() -> tuple[Term, ...]:
    """Return what every group but behaviour says where the set holds nothing but addresses."""
    held, numbers = Held(), group_numbers()
    return _server(held, numbers), _naming(held, numbers), client(held, device_terms(), numbers), _tooling(held)


def told_on_record(held: Held, least: int) -> Iterator[Sentence]:
    """Yield a sentence for each value of the sessions that is on record although their address is not."""
    for device, value in _devices(held, least):
        yield say(
            "A device of these sessions, {device}, is on record as {record}; without a recorded address near it, it is told"
            " and not weighed.",
            device=device,
            record=value.record,
        )
    texts = {*_keys(held), *filter(browser, held.agents)}
    named = [value for value in values(held.records, HOST_KEY, DEVICE) if value.text in texts]
    named += [value for _, value in under((*held.names, *held.confirmed), values(held.records, HELO, DOMAIN))]
    for value in named:
        yield say(
            "{value}, which these sessions or their address showed, is on record as {record}; without a recorded address"
            " near it, it is told and not weighed.",
            value=value.text[:SHOWN],
            record=value.record,
        )


def _devices(held: Held, least: int) -> Iterator[tuple[str, Value]]:
    for device in held.devices:
        for value in values(held.records, DEVICE):
            if same_device(device, value.text, least):
                yield device, value


# --- certificate and host key ---------------------------------------------------------------------------------------


def _keys(held: Held) -> tuple[str, ...]:
    """Return the keys with which the sessions were opened, as OpenSSH prints them (only log-ins that succeeded)."""
    return tuple(item.removeprefix(_KEY) for item in held.devices if item.startswith(f"{_KEY}SHA256:"))


def _server(held: Held, numbers: Numbers) -> Term:
    """Return the term of host keys. Only a key that its record calls that of one machine can give a number."""
    number = len(values(held.records, HOST_KEY, CERTIFICATE))
    if not number:
        return untold(SERVER, say("not evaluated: no data. No record of the set is a certificate or host key."))
    shown, known = _keys(held), values(held.records, HOST_KEY)
    if not shown or not known:
        return untold(
            SERVER,
            say_n(
                "not evaluated: {n} certificate or host key is on record, and the evidence holds none of the machine.",
                "not evaluated: {n} certificates or host keys are on record, and the evidence holds none of the machine.",
                number,
            ),
        )
    if any(item.text.startswith(_KEY) for item in values(held.records, DEVICE)):
        return untold(
            SERVER, say("not counted: keys of this set are compared as devices of the client, and count once.")
        )
    usable = [item for item in known if item.inside and item.dedicated and not item.reports & held.reports]
    same = [item for item in known if item.text in shown]
    said = paragraph(_key_in_words(item, held) for item in same if item not in usable)
    if not usable:
        return untold(
            SERVER, said or say("not evaluated: no host key is on record as that of one machine on that day.")
        )
    matched = [item for item in same if item in usable]
    found = compared(numbers.same, numbers.fingerprint.shared, numbers.fingerprint.cap, matched=bool(matched))
    why = (
        say("the key {key} of these sessions is on record as {record}.", key=matched[0].text, record=matched[0].record)
        if matched
        else say_n(
            "{n} host key of one machine is on record, and the sessions show another: counts against.",
            "{n} host keys of one machine each are on record, and the sessions show others: counts against.",
            len(usable),
        )
    )
    if found is None:
        return too_common(SERVER, paragraph((why if matched else "", said)))
    term = numbered(SERVER, found, numbers.fingerprint, numbers, paragraph((why, said)))
    return apart(term)


def _key_in_words(item: Value, held: Held) -> Sentence:
    if item.reports & held.reports:
        return say(
            "not counted: the key {key} of these sessions is on record as {record}, from the report that lists the address:"
            " it is the same fact again.",
            key=item.text,
            record=item.record,
        )
    if not item.inside:
        return say(
            "not counted: the key {key} of these sessions is on record as {record}, outside its period.",
            key=item.text,
            record=item.record,
        )
    return say(
        "not counted: the key {key} of these sessions is on record as {record}, and no record says that only one machine"
        " holds it. Makers build the same key into many.",
        key=item.text,
        record=item.record,
    )


# --- naming -----------------------------------------------------------------------------------------------------------


def _naming(held: Held, numbers: Numbers) -> Term:
    """Return the term of names. Only a name that led to the address on that day, by a sensor, can give a number."""
    if not values(held.records, HELO, DOMAIN):
        return untold(NAMING, say("not evaluated: no data. No record of the set is a name of a machine."))
    known = [item for item in values(held.records, DOMAIN) if item.inside]
    told = [*_names_in_words(held)]
    if not (known and held.confirmed and held.size):
        return untold(
            NAMING,
            paragraph(told)
            if told
            else say("not evaluated: no mail and no sensor shows a name on record for a machine at this address."),
        )
    match = next(under(held.confirmed, known), None)
    if match is not None and held.reports:
        again = say(
            "not counted: {name} led to this address on that day and is on record as {record}. The address itself is on"
            " record, so the name restates it.",
            name=match[0],
            record=match[1].record,
        )
        return untold(NAMING, paragraph((again, *told)))
    rule = numbers.naming
    share = tuple(extra + held.hosts / held.size for extra in rule.shared)
    found = compared(numbers.same, share, rule.cap, matched=match is not None)
    count = say_n(
        "{n} host of the recorded domains was seen", "{n} hosts of the recorded domains were seen", held.hosts
    )
    among = say("{count} on that day among {size} addresses.", count=count, size=held.size)
    why = (
        say(
            "{name} led to this address on that day and is on record as {record}.",
            name=match[0],
            record=match[1].record,
        )
        if match
        else say_n(
            "{n} name led to this address on that day, none on record: counts against.",
            "{n} names led to this address on that day, none on record: counts against.",
            len(held.confirmed),
        )
    )
    if found is None:
        return too_common(NAMING, paragraph(((why, among) if match else ()) + tuple(told)))
    return numbered(NAMING, found, rule, numbers, paragraph((why, among, *told)))


def _names_in_words(held: Held) -> Iterator[Sentence]:
    """Yield what is on record and gives no number: a claim of the machine, or a name without a day."""
    known = values(held.records, HELO, DOMAIN)
    for name, value in under(held.names, known):
        yield say(
            "not counted: a machine at this address called itself {name}, as on record {record}. A name in HELO is the"
            " machine's own claim, not confirmed and dated, so it belongs to the group of the address.",
            name=name,
            record=value.record,
        )
    for name, value in under(held.reverse, known):
        yield say(
            "not counted: the holder of the range calls this address {name}, as on record {record}. The name was asked for"
            " on another day and restates who holds the address.",
            name=name,
            record=value.record,
        )


# --- tools and behaviour ----------------------------------------------------------------------------------------------


def _tooling(held: Held) -> Term:
    number = len(values(held.records, *DIGESTS))
    if not number:
        return untold(TOOLING, say("not evaluated: no data. No record of the set describes tools or texts."))
    return untold(
        TOOLING,
        say_n(
            "not evaluated: {n} digest of a file is on record, and rows about log-ins hold no files.",
            "not evaluated: {n} digests of files are on record, and rows about log-ins hold no files.",
            number,
        ),
    )


@lru_cache(maxsize=4_096)
def _behaviour(hours: tuple[int, ...]) -> Term:
    """Say what was seen; no record tells hours or an order of steps, and nobody has counted either."""
    seen = say("These sessions began in these hours (UTC): {hours}.", hours=", ".join(f"{hour:02}" for hour in hours))
    why = say(
        "No density of hours of the population is at hand, office hours fit most people, and no record of the set tells an"
        " order of steps."
    )
    return untold(BEHAVIOUR, paragraph((say("not evaluated: no data."), seen if hours else "", why)))

"""What a case and the records of a set hold beside the address, as values that can be compared. Pure.

A value that several records name is compared once, and a re-publication is no second record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from forensics.attribution.device_term import visible

if TYPE_CHECKING:
    from forensics.model import Record

HOST_KEY, CERTIFICATE, HELO, DOMAIN, DEVICE = "ssh_host_key", "tls_certificate", "mail_helo", "domain", "device_id"
DIGESTS = ("md5", "sha1", "sha256")
KINDS = (DEVICE, HELO, DOMAIN, CERTIFICATE, HOST_KEY, *DIGESTS)
"""Kinds of records that other groups than the address compare."""
SHOWN = 120
"""Characters of a stranger's text that a sentence quotes."""
_INSIDE = "inside"
BROWSER = "Mozilla/5.0 ("
PROGRAM = "bot|crawl|spider|slurp|https?:"
"""What stands in the texts of programs that read sites by themselves, in any case of letters."""
_PROGRAM = re.compile(PROGRAM, re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a case holds beside the addresses, about one address, and the records to compare it with.

    ``devices`` and ``agents`` (whole client texts) are of its unexplained sessions, ``hours`` the UTC hours in which these
    began. ``names`` are what machines at it called themselves in mail, ``confirmed`` names that pointed to it on that day
    by a sensor, ``reverse`` names that the holder of its range wrote, on another day. ``records`` are those of other
    kinds in the set, each with its window on that day; ``reports`` the origins of the record of the very address ("exact"
    ring only). ``others`` addresses show a browser, ``showing`` says how many of them each recorded text; ``hosts`` are
    seen under the recorded domains among ``size`` addresses (the country's or the network's, whichever are fewer).
    """

    devices: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    hours: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    reverse: tuple[str, ...] = ()
    records: tuple[tuple[Record, str], ...] = ()
    reports: frozenset[str] = frozenset()
    others: int = 0
    showing: Mapping[str, int] = field(default_factory=dict)
    hosts: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One recorded value, however many records name it: ``inside`` if one of its origins covers the day."""

    text: str
    record: str
    inside: bool
    dedicated: bool
    reports: frozenset[str]


def values(records: Iterable[tuple[Record, str]], *kinds: str) -> tuple[Value, ...]:
    """Return the recorded values of some kinds in order; of each origin only the first publication counts."""
    origins: dict[str, dict[str, tuple[Record, str]]] = {}
    chosen = [item for item in records if item[0].kind in kinds]
    for record, window in sorted(chosen, key=lambda item: (str(item[0].published_at or "unknown"), item[0].id)):
        of_value = origins.setdefault(record.network, {})
        of_value.setdefault(record.sources[0].independence_group, (record, window))
    return tuple(
        Value(
            text=text,
            record=next(iter(held.values()))[0].id,
            inside=any(window == _INSIDE for _, window in held.values()),
            dedicated=all(record.sharing_class == "dedicated" for record, _ in held.values()),
            reports=frozenset(held),
        )
        for text, held in sorted(origins.items())
    )


def same_device(one: str, other: str, least: int) -> bool | None:
    """Say whether two identifiers can be of one device; ``None`` where they cannot be compared.

    They are compared where they are of one kind, by the characters that both show; exports mask the rest.
    """
    shown = sorted((visible(one), visible(other)), key=len)
    if one.partition(":")[0] != other.partition(":")[0] or len(shown[0]) < least:
        return None
    return shown[1].startswith(shown[0])


def under(names: Iterable[str], known: Iterable[Value]) -> Iterator[tuple[str, Value]]:
    """Yield the names that are recorded, or lie below a recorded domain, with the recorded value."""
    recorded = {item.text: item for item in known}
    for name in names:
        labels = name.split(".")
        for place in range(len(labels)):
            if (found := recorded.get(".".join(labels[place:]))) is not None:
                yield name, found
                break


def browser(text: str) -> bool:
    """Whether a client text is one that browsers send and that names no program that reads sites by itself."""
    return text.startswith(BROWSER) and not _PROGRAM.search(text)

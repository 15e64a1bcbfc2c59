"""What may leave a case: a ``Bundle`` of ``Item`` values, whose every text comes from a closed list or has a closed form.

A bundle cannot hold an account, a name, an event, a user agent or a device of the case: there is no member for it, and
the members that are text refuse what is not of their form. The one free text is ``note``; ``screening`` reads it before.
"""

from __future__ import annotations

import ipaddress
import json
import re
from calendar import monthrange
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

TLP = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
"""TLP 2.0 (FIRST), from the widest circle to the narrowest."""
PAP = ("CLEAR", "GREEN", "AMBER", "RED")
"""Permissible Actions Protocol, from the widest to the narrowest."""
GRAINS = ("month", "day")

ROLES = {
    "takeover_step": "used in sessions that were part of a sequence of steps in which accounts were taken over",
    "unexplained_session": "used in sessions at an account which nothing that the account's owner declared explains",
}
"""What part an address played, in the only words there are for it."""

ACCOUNTS = ("mail", "social", "messaging", "cloud", "server", "other")
"""Kinds of account, never a provider's name: with one, a reader who knows the person knows the account."""

SHARED_BY = ("dedicated", "hosting", "broadband", "mobile", "cgnat", "vpn", "proxy", "tor", "unknown")
"""Who may stand behind an address, as registry records say it."""

CAUTION = (
    "Unexplained is not hostile, and an address is not a person."
    " Judge it against sources of your own before you act on it or name anybody."
)
WITHHELD = "Whose accounts, which provider, how often, at what minute and from which case is withheld."

_AS = re.compile(r"AS[0-9]{1,10}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_SNAPSHOT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_DEVICE = re.compile(r"device-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One address or prefix and the little that is said of it.

    ``first`` and ``last`` bound the use; at the grain of months they are the first days of months. ``origin_as`` and
    ``country`` are as of the first use, told by ``snapshot`` of the day ``as_of``. ``devices`` are random per bundle.
    """

    indicator: str
    role: str
    accounts: tuple[str, ...]
    first: date
    last: date
    shared_by: str = "unknown"
    origin_as: str | None = None
    country: str | None = None
    snapshot: str = ""
    as_of: date | None = None
    devices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is not closed; the texts of the case cannot pass."""
        _require(_is_canonical(self.indicator), "indicator")
        _require(self.role in ROLES, "role")
        _require(set(self.accounts) <= set(ACCOUNTS), "accounts")
        _require(self.shared_by in SHARED_BY, "shared_by")
        _require(self.first <= self.last, "times")
        _require(self.origin_as is None or bool(_AS.fullmatch(self.origin_as)), "origin_as")
        _require(self.country is None or bool(_COUNTRY.fullmatch(self.country)), "country")
        _require(not self.snapshot or bool(_SNAPSHOT.fullmatch(self.snapshot)), "snapshot")
        _require(all(_DEVICE.fullmatch(name) for name in self.devices), "devices")

    @property
    def network(self) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
        """The addresses that the item names."""
        return ipaddress.ip_network(self.indicator)

    @property
    def single(self) -> bool:
        """Whether the item names one address."""
        return "/" not in self.indicator


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Everything that leaves: the items in the order of their addresses, labels, the day of release, and the free text.

    ``sample`` marks fiction. ``grain`` says how coarse times are: ``month`` or ``day``.
    """

    items: tuple[Item, ...]
    tlp: str
    pap: str
    grain: str
    released: date
    sample: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse labels outside the lists, an empty bundle, and days where months were promised."""
        _require(bool(self.items), "items")
        _require(self.tlp in TLP and self.pap in PAP and self.grain in GRAINS, "labels")
        _require(
            self.grain == "day" or all(item.first.day == item.last.day == 1 for item in self.items), "days in months"
        )

    def canonical(self) -> bytes:
        """Return the content in one spelling; random ids are bound to it."""
        return json.dumps(asdict(self), sort_keys=True, default=date.isoformat).encode()

    def until(self, item: Item) -> date:
        """Return the first day after the period that bounds the use of an item."""
        last = item.last
        days = monthrange(last.year, last.month)[1] if self.grain == "month" else 1
        return last + timedelta(days=days)

    def period(self, item: Item) -> str:
        """Say when an item was used: ``2020-03`` or ``2020-03 to 2020-04``; days where days may be told."""
        size = 7 if self.grain == "month" else 10
        first, last = item.first.isoformat()[:size], item.last.isoformat()[:size]
        return first if first == last else f"{first} to {last}"

    def says(self, item: Item) -> str:
        """Say in sentences what is known of an item: the description in every form."""
        kinds = ", ".join(item.accounts)
        told = [
            (
                f"{'An address' if item.single else 'A range with an address'} {ROLES[item.role]}"
                f"{f' (kind of account: {kinds})' if kinds else ''}."
            ),
            f"Seen in {self.period(item)} (UTC); {'days are' if self.grain == 'month' else 'the time of day is'} withheld.",
        ]
        if item.origin_as:
            country = f", country {item.country}" if item.country else ""
            told.append(f"Announced by {item.origin_as}{country}, as of {item.as_of} ({item.snapshot}).")
        if item.devices:
            told.append(f"Seen with {', '.join(item.devices)} (random names, the same only within this bundle).")
        if self.sample:
            told.append("Fictional: from a sample case.")
        return " ".join([*told, CAUTION])


def coarse(day: date, grain: str) -> date:
    """Return the first day of the month, or the day itself where days may be told."""
    return day if grain == "day" else day.replace(day=1)


def written(value: Any) -> bytes:
    """Return a JSON document as it leaves: ASCII, so that a terminal shows exactly what is in it."""
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=True) + "\n").encode("ascii")


def _is_canonical(indicator: str) -> bool:
    try:
        network = ipaddress.ip_network(indicator)
    except ValueError:
        return False
    return str(network) in (indicator, f"{indicator}/{network.max_prefixlen}")


def _require(condition: bool, what: str) -> None:  # noqa: FBT001 - a guard: the condition is its whole subject
    """Fail without the value: a message about what must not leave may leave, too."""
    if not condition:
        message = f"a bundle cannot hold this: {what}"
        raise ValueError(message)

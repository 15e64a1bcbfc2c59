"""Which regional registry keeps the record of an address: RFC 9224 from an embedded, dated file.

``rdap_bootstrap.json`` restates IANA's ``ipv4.json`` and ``ipv6.json`` in their shape (``services`` = [prefixes, base
URLs]). The file for AS numbers is left out, because no source asks a registry about an AS. IANA names the registry
that *administers* a block. Single ranges were moved between registries later; such a registry answers with a redirect
to its sister, which is the gate's matter.
"""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources

from forensics.enrichment import addresses
from forensics.enrichment.addresses import Address, Network
from forensics.enrichment.special_purpose import special_purpose
from forensics.errors import UsageError

FILE = "rdap_bootstrap.json"
REGISTRIES = {
    "afrinic": "AFRINIC",
    "apnic": "APNIC",
    "arin": "ARIN",
    "lacnic": "LACNIC",
    "ripencc": "RIPE NCC",
}
_HOSTS = {
    "rdap.afrinic.net": "afrinic",
    "rdap.apnic.net": "apnic",
    "rdap.arin.net": "arin",
    "rdap.lacnic.net": "lacnic",
    "rdap.db.ripe.net": "ripencc",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One row: a prefix, the registry that administers it, and the base URL of its RDAP service."""

    prefix: Network
    registry: str
    base_url: str


@cache
def services() -> tuple[Service, ...]:
    """Return every row of the embedded file, most specific prefix first."""
    document = json.loads(resources.files("forensics.enrichment").joinpath(FILE).read_text(encoding="utf-8"))
    rows = [
        Service(prefix=ipaddress.ip_network(prefix), registry=_HOSTS[urls[0].split("/")[2]], base_url=urls[0])
        for part in document["files"].values()
        for prefixes, urls in part["services"]
        for prefix in prefixes
    ]
    return tuple(sorted(rows, key=lambda row: (-row.prefix.prefixlen, row.prefix.version, row.prefix)))


@cache
def published() -> dict[str, date]:
    """Return what day the restated files say that IANA published them: ``{"ipv4": …, "ipv6": …}``."""
    document = json.loads(resources.files("forensics.enrichment").joinpath(FILE).read_text(encoding="utf-8"))
    return {name: date.fromisoformat(part["publication"][:10]) for name, part in document["files"].items()}


def base_url(registry: str) -> str:
    """Return the base URL of a registry's RDAP service, with its closing slash.

    Raises:
        UsageError: no registry has this name.
    """
    for row in services():
        if row.registry == registry:
            return row.base_url
    message = f"no registry is called {registry!r}"
    raise UsageError(message, hint=f"Registries are {', '.join(REGISTRIES)}")


def registry_of(address: Address | str) -> str | None:
    """Return the registry that administers the address (a key of ``REGISTRIES``), or ``None``.

    ``None`` is also the answer for text that is no address and for special-purpose space, about which no registry has anything
    to say and no stranger should be asked. Documentation space is an exception: registries do hold records of it, and asking
    about it tells nobody anything, so invented cases can be rehearsed.
    """
    if isinstance(address, str):
        try:
            address = addresses.parse(address)
        except UsageError:
            return None
    row = special_purpose(address)
    if row is not None and row.globally_reachable is not True and not row.name.startswith("Documentation"):
        return None
    for service in services():
        if service.prefix.version == address.version and address in service.prefix:
            return service.registry
    return None

"""Which hosts belong together, and which addresses never left a network: what the way of a message is judged by."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

from forensics.ingest import fields

_INTERNAL = tuple(
    ipaddress.ip_network(net)
    for net in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
        "255.255.255.255/32",
        "::1/128", "fc00::/7", "fe80::/10", "2002:a00::/24", "2002:7f00::/24", "2002:ac10::/28", "2002:c0a8::/32",
    )
)  # fmt: skip
"""Addresses that never cross the border of a network; 2002:a00::/24 is 6to4 of 10.0.0.0/8, as Google writes it, and
255.255.255.255 what Exchange Online writes for itself.

Documentation ranges are not among them: they stand for public addresses.
"""

_RANGES = {
    version: tuple((int(net[0]), int(net[-1])) for net in _INTERNAL if net.version == version) for version in (4, 6)
}

_EXCHANGE_ONLINE = tuple(
    ipaddress.ip_network(net)
    for net in (
        "2603:1096::/32",
        "2603:10a6::/32",
        "2603:10b6::/32",
        "2603:10c6::/32",
        "2603:10d6::/32",
        "2a01:111:f400::/47",
    )
)
"""Networks by which servers of Exchange Online name each other in the chains of its messages: seen there, not a published
list. A hop from one of them is inside only where name and next hop say so, too.
"""
_OUTLOOK = frozenset({"outlook.com", "hotmail.com", "live.com", "msn.com", "office365.com", "microsoft.com"})

_FIRST = frozenset(str(first >> 24) for first, _ in _RANGES[4])
"""The first numbers of the IPv4 addresses among them; none of those networks is larger than one such number."""

_FAMILIES = (
    {"google.com", "gmail.com", "googlemail.com"},
    _OUTLOOK,
    {
        "yahoo.com", "yahoodns.net", "aol.com", "ymail.com", "rocketmail.com", "yahoo.co.uk", "yahoo.de", "yahoo.fr", "yahoo.es",
        "yahoo.it", "yahoo.ca", "yahoo.com.br", "yahoo.com.tr", "yahoo.co.in",
    },
    {"mail.ru", "inbox.ru", "list.ru", "bk.ru", "internet.ru", "smailru.net"},
    {
        "yandex.ru", "yandex.com", "yandex.net", "ya.ru", "yandex.az", "yandex.by", "yandex.com.tr", "yandex.kz", "yandex.ua",
        "yandex-team.ru", "narod.ru",
    },
    {"icloud.com", "me.com", "mac.com", "apple.com"},
    {"protonmail.ch", "protonmail.com", "proton.me", "proton.ch", "pm.me"},
    {"gmx.net", "gmx.de", "gmx.com", "gmx.at", "gmx.ch", "web.de", "kundenserver.de"},
    {"tutanota.com", "tutanota.de", "tuta.com", "tuta.io", "tutamail.com", "keemail.me"},
    {"zoho.com", "zohomail.com", "zoho.eu", "zohomail.eu"},
    {"messagingengine.com", "fastmail.com", "fastmail.fm"},
    {"ukr.net", "fwdcdn.com"},
)  # fmt: skip
"""Domains whose mail the same provider's servers receive."""


def is_large_provider(domain: str) -> bool:
    """Whether a domain is of a provider that receives mail for many people and is known to write true results."""
    site = site_of(domain)
    return any(_within(site, family) for family in _FAMILIES) or site in _MORE


_MORE = frozenset({"mailbox.org", "posteo.de"})
_FILTERS = frozenset(
    {
        "antispamcloud.com", "antispameurope.com", "barracudanetworks.com", "cudamail.com", "fireeyecloud.com",
        "hornetsecurity.com", "iphmx.com", "mailcontrol.com", "messagelabs.com", "mimecast.com", "mimecast.co.za", "mxlogic.net",
        "postini.com",
        "ppe-hosted.com", "pphosted.com", "retarus.com", "sophos.com", "trendmicro.com", "trendmicro.eu",
    }
)  # fmt: skip
"""Sites of services that filter the mail of others, on its way in as on its way out."""

_RENTED = re.compile(
    r"(?:^|[.-])(?:vps|vmi|ec2|dyn|dynamic|[asv]?dsl|dip|ppp|fbx|abo|hsd|dialup|cable|clients|customers?|broadband)(?=[.\d-])"
)
_SHARED_NUMBERS = 3

_PRIVATE_ENDS = frozenset(
    {"corp", "home", "internal", "intern", "invalid", "lan", "local", "localdomain", "localhost", "priv", "private"}
)
"""Last labels of names that are valid inside one network only."""

_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gov", "net", "org"})
_NEAR = {4: 16, 6: 32}
"""Bits that two addresses of one provider's network share, by IP version."""


@lru_cache(maxsize=16_384)
def is_internal(address: str) -> bool:
    """Whether an address cannot have crossed the border of a network (loopback, private, CGNAT, 6to4 of private)."""
    if ":" not in address and address.partition(".")[0] not in _FIRST:
        return False
    parsed = fields.parse_ip(address)
    if parsed is None:
        return False
    number = int(parsed)
    return any(first <= number <= last for first, last in _RANGES[parsed.version])


def are_near(one: str, other: str) -> bool:
    """Whether two addresses lie in one larger network."""
    first, second = fields.parse_ip(one), fields.parse_ip(other)
    if first is None or second is None or first.version != second.version:
        return False
    shift = first.max_prefixlen - _NEAR[first.version]
    return int(first) >> shift == int(second) >> shift


@lru_cache(maxsize=16_384)
def same_side(host: str, name: str) -> bool:
    """Whether a host and a domain belong together: equal, one below the other's site, or one provider's domains."""
    one, other = site_of(host), site_of(name)
    return bool(one) and (one == other or any(_within(one, family) and _within(other, family) for family in _FAMILIES))


@lru_cache(maxsize=16_384)
def is_exchange_online(address: str) -> bool:
    """Whether an address is one by which the servers of Exchange Online speak with each other."""
    parsed = fields.parse_ip(address)
    return parsed is not None and any(parsed in network for network in _EXCHANGE_ONLINE)


@lru_cache(maxsize=16_384)
def is_one_host(one: str, other: str) -> bool:
    """Whether two names are those of one host.

    A server of Exchange Online has several: ``X.mail.protection.outlook.com`` to the outside,
    ``X.eop-eur02.prod.protection.outlook.com``, ``X.outlook.office365.com`` and ``X.eurprd02.prod.outlook.com`` inside.
    """
    if one == other:
        return True
    first, second = one.partition(".")[0], other.partition(".")[0]
    return bool(first) and first == second and all(_within(site_of(name), _OUTLOOK) for name in (one, other))


def is_filter(host: str) -> bool:
    """Whether a host is, by its name, of a service that filters the mail of others."""
    return site_of(host) in _FILTERS


@lru_cache(maxsize=4_096)
def is_rented(host: str, address: str = "") -> bool:
    """Whether a name is that of a customer's line or rented machine: they bear the name of the provider, too.

    Such a name says so, or repeats most numbers of the address.
    """
    if _RENTED.search(host.lower()):
        return True
    numbers = {int(number) for number in re.findall(r"\d{1,3}", host)}
    return "." in address and sum(int(part) in numbers for part in set(address.split("."))) >= _SHARED_NUMBERS


def public_site(host: str) -> str:
    """Return the site of a host; "" also for names that are valid inside one network only."""
    site = site_of(host)
    return "" if site.rpartition(".")[2] in _PRIVATE_ENDS else site


def _within(site: str, family: frozenset[str] | set[str]) -> bool:
    return any(site == domain or site.endswith(f".{domain}") for domain in family)


def site_of(host: str) -> str:
    """Return the site of a host: its last two labels, or three below a second level such as ``com.az``.

    An approximation of the registrable domain without the Public Suffix List, and used only to say more or less trust.
    Addresses and single labels have none ("").
    """
    labels = host.strip("[]. ").lower().split(".")
    if len(labels) < 2 or fields.parse_ip(host.strip("[]")) is not None or not all(labels):  # noqa: PLR2004 - a name
        return ""
    deep = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL  # noqa: PLR2004 - country code
    return ".".join(labels[-3:] if deep else labels[-2:])

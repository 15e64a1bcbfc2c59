"""What a record names: the kinds of indicator and the one canonical spelling of each.

===================  =================================================================================================
``address``          IPv4 or IPv6 address; IPv4-mapped IPv6 is the IPv4 address (RFC 4291 section 2.5.5.2)
``prefix``           CIDR block with no host bits set (RFC 4632)
``range``            ``FIRST-LAST`` of one IP version, both included, that is no single block: a block is a prefix
``asn``              ``AS`` and the number (asplain, RFC 5396)
``domain``           host name in lower-case ASCII
``url``, ``email``   as written, without spaces: their case can matter
``tls_certificate``  SHA-256 fingerprint of the DER certificate, 64 lower-case hex digits, colons left out
``ssh_host_key``     ``SHA256:`` and 43 characters of base64, as OpenSSH prints it
``mail_helo``        the name that a mail client gave in HELO/EHLO (RFC 5321 section 4.1.1.1), lower-case
``device_id``        an identifier of a device as a provider exports it, or the whole text (user agent) that a client sends,
                     as written
``md5/sha1/sha256``  digest of a file in lower-case hex, whole: an abbreviated one could name another file
===================  =================================================================================================
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
import socket
from collections.abc import Callable
from typing import NamedTuple

from forensics.errors import UsageError

NETWORKS = ("address", "prefix", "range")
KINDS = (
    *NETWORKS,
    "asn",
    "domain",
    "url",
    "email",
    "tls_certificate",
    "ssh_host_key",
    "mail_helo",
    "device_id",
    "md5",
    "sha1",
    "sha256",
)
FIRST_KINDS = ("address", "prefix", "asn", "domain", "url", "email", "md5", "sha1", "sha256")
"""The kinds of schema 1."""

_ASN = re.compile(r"AS(?:0|[1-9]\d{0,9})", re.ASCII)
_DOMAIN = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+(?=[a-z0-9-]*[a-z])[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
_HEX = {"md5": 32, "sha1": 40, "sha256": 64, "tls_certificate": 64}
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
CANONICAL_V4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")
"""An IPv4 address as four decimal numbers without leading zeros."""
_COLONS = re.compile(r"(?:[0-9a-f]{2}:){31}[0-9a-f]{2}")
_SSH = re.compile(r"SHA256:([A-Za-z0-9+/]{43})=?")
_MAX_ASN = 2**32 - 1
_MAX_NAME = 255
_EXPLICIT = re.compile(r"([a-z_0-9]{3,20})=(.+)", re.DOTALL)


class Span(NamedTuple):
    """Addresses ``first`` to ``last``, both included, of one IP version (4 or 6)."""

    version: int
    first: int
    last: int

    @property
    def size(self) -> int:
        """How many addresses it holds."""
        return self.last - self.first + 1

    def holds(self, other: Span) -> bool:
        """Whether every address of ``other`` lies in it."""
        return self.version == other.version and self.first <= other.first and other.last <= self.last

    def meets(self, other: Span) -> bool:
        """Whether one address lies in both."""
        return self.version == other.version and self.first <= other.last and other.first <= self.last


def span(text: str) -> Span:
    """Return the addresses of a canonical address, prefix or range. It is asked for every record near a query."""
    if ":" not in text and "/" not in text and "-" not in text:  # one IPv4 address, as most are
        low = int.from_bytes(socket.inet_pton(socket.AF_INET, text))
        return Span(4, low, low)
    first, dash, last = text.partition("-")
    base, slash, length = first.partition("/")
    version, family, bits = (6, socket.AF_INET6, 128) if ":" in base else (4, socket.AF_INET, 32)
    low = int.from_bytes(socket.inet_pton(family, base))
    if dash:
        return Span(version, low, int.from_bytes(socket.inet_pton(family, last)))
    return Span(version, low, low | (1 << (bits - int(length))) - 1 if slash else low)


def blocks(found: Span) -> list[tuple[int, int]]:
    """Return the fewest CIDR blocks that make up a span, as (first address, prefix length), ascending."""
    bits = 32 if found.version == 4 else 128  # noqa: PLR2004
    whole = found.size.bit_length() - 1
    if found.size == 1 << whole and not found.first & found.size - 1:
        return [(found.first, bits - whole)]
    made: list[tuple[int, int]] = []
    at = found.first
    while at <= found.last:
        aligned = (at & -at).bit_length() - 1 if at else bits
        host = min(aligned, (found.last - at + 1).bit_length() - 1)
        made.append((at, bits - host))
        at += 1 << host
    return made


def canonical_indicator(kind: str, value: str) -> str:
    """Return the one spelling of an indicator.

    Raises:
        ValueError: it is not of the kind, and why.
    """
    made = _MAKERS.get(kind)
    return made(value) if made else _lower(kind, value.lower())


def parse_query(query: str) -> tuple[str, str]:
    """Return (kind, canonical text) of what the user asks for; ``KIND=TEXT`` names the kind.

    Raises:
        UsageError: it is nothing that a registry holds.
    """
    text = query.strip()
    named = _EXPLICIT.fullmatch(text) if "=" in text else None
    if named and named[1] in KINDS:
        return _named(named[1], named[2])
    for kind in ("address", "prefix", "asn", "md5", "sha1", "sha256", "ssh_host_key"):
        try:
            return kind, canonical_indicator(kind, text)
        except ValueError:
            continue
    first, dash, last = text.partition("-")
    if dash and _is_address(first) and _is_address(last):
        return _range_query(text)
    if _COLONS.fullmatch(text.lower()):
        return "tls_certificate", canonical_indicator("tls_certificate", text)
    spaced = any(char.isspace() for char in text)
    if not spaced and ("://" in text or text.count("@") == 1):
        return ("url" if "://" in text else "email"), text
    try:
        return "domain", canonical_indicator("domain", text.rstrip("."))
    except ValueError as error:
        message = f"not an address, prefix, range, AS number, domain, fingerprint or full digest: {text[:80]!r}"
        hint = "For example 203.0.113.45, 203.0.113.0/24, AS64497, or KIND=TEXT such as device_id=ABC"
        raise UsageError(message, hint=hint) from error


def parents(domain: str) -> list[str]:
    """Return the domains above a domain, the nearest first; a single label is none."""
    labels = domain.split(".")
    return [".".join(labels[index:]) for index in range(1, len(labels) - 1)]


def same_text(kind: str, text: str) -> list[tuple[str, str]]:
    """Return the (kind, text) under which a query that is no network may be on record, its own kind first."""
    asked = [(kind, text)]
    if kind == "sha256":
        asked.append(("tls_certificate", text))
    if kind == "domain":
        asked.append(("mail_helo", text))
    return asked


def _named(kind: str, text: str) -> tuple[str, str]:
    try:
        if kind == "range":
            return _range_query(text)
        return kind, canonical_indicator(kind, text)
    except ValueError as error:
        message = f"{text[:80]!r} is not of kind {kind}: {error}"
        raise UsageError(message, hint="Correct the query") from error


def _range_query(text: str) -> tuple[str, str]:
    """Return a queried range; one that is a single block is asked for as that block."""
    try:
        low, high = _ends(text)
    except ValueError as error:
        raise UsageError(f"{text[:80]!r} is no range: {error}", hint="Write FIRST-LAST") from error
    found = Span(low.version, int(low), int(high))
    if found.size == 1:
        return "address", str(low)
    made = blocks(found)
    return ("prefix", f"{low}/{made[0][1]}") if len(made) == 1 else ("range", f"{low}-{high}")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip())
    except ValueError:
        return False
    return True


def _address_text(value: str) -> str:
    """Return the one spelling of an address. Four decimal numbers without leading zeros are it already."""
    return value if CANONICAL_V4.fullmatch(value) else str(_address(value))


def _address(value: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = ipaddress.ip_address(value)
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            message = "an address with a zone id belongs to one machine"
            raise ValueError(message)
        return address.ipv4_mapped or address
    return address


def _ends(
    value: str,
) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, ipaddress.IPv4Address | ipaddress.IPv6Address]:
    first, _, last = value.partition("-")
    low, high = _address(first.strip()), _address(last.strip())
    if low.version != high.version:
        message = "its ends are of two IP versions"
        raise ValueError(message)
    if int(high) < int(low):
        message = f"it ends before it begins ({high} is below {low})"
        raise ValueError(message)
    return low, high


def _range(value: str) -> str:
    low, high = _ends(value)
    found = Span(low.version, int(low), int(high))
    if found.size == 1:
        message = f"it is one address: write it as kind address, {low}"
        raise ValueError(message)
    made = blocks(found)
    if len(made) == 1:
        message = f"it is one block: write it as kind prefix, {low}/{made[0][1]}"
        raise ValueError(message)
    return f"{low}-{high}"


def _asn(value: str) -> str:
    wanted = value.upper()
    if not _ASN.fullmatch(wanted) or int(wanted[2:]) > _MAX_ASN:
        message = "expected AS and a number below 2^32"
        raise ValueError(message)
    return wanted


def _ssh(value: str) -> str:
    found = _SSH.fullmatch(value)
    try:
        digest = base64.b64decode(f"{found[1]}=", validate=True) if found else b""
    except binascii.Error:
        digest = b""
    # The last of 43 characters has two spare bits; with them set, one key would have several spellings.
    wanted = "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
    if found is None or wanted[7:] != found[1]:
        message = "expected SHA256: and 43 characters of base64, as ssh-keygen -l prints it"
        raise ValueError(message)
    return wanted


def _as_written(kind: str, value: str) -> str:
    edges = kind == "device_id" and value == value.strip()
    if not value or len(value) > 8 * _MAX_NAME or (any(char.isspace() for char in value) and not edges):
        message = "expected text without spaces"
        raise ValueError(message)
    if kind in ("mail_helo", "device_id") and len(value) > _MAX_NAME:
        message = f"longer than {_MAX_NAME} characters"
        raise ValueError(message)
    return value


def _lower(kind: str, wanted: str) -> str:
    if kind == "domain":
        if len(wanted) > _MAX_NAME or not _DOMAIN.fullmatch(wanted):
            message = "expected a host name"
            raise ValueError(message)
        return wanted
    if kind == "tls_certificate" and _COLONS.fullmatch(wanted):
        return wanted.replace(":", "")
    if kind not in _HEX or not re.fullmatch(f"[0-9a-f]{{{_HEX[kind]}}}", wanted):
        message = f"expected {_HEX[kind]} hex digits" if kind in _HEX else "no such kind"
        raise ValueError(message)
    return wanted


_MAKERS: dict[str, Callable[[str], str]] = {
    "address": _address_text,
    "prefix": lambda value: str(ipaddress.ip_network(value, strict=True)),
    "range": _range,
    "asn": _asn,
    "ssh_host_key": _ssh,
    "url": lambda value: _as_written("url", value),
    "email": lambda value: _as_written("email", value),
    "device_id": lambda value: _as_written("device_id", value),
    "mail_helo": lambda value: _as_written("mail_helo", value.lower().rstrip(".")),
}
"""How kinds that are more than lower-case text are spelled."""

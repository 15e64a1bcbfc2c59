"""Values of collections, brought to the registry's one spelling or refused with a reason that can be counted.

Strict on purpose: ``010.1.2.3`` is 8.1.2.3 to some readers and 10.1.2.3 to others, a host name in a column of addresses
is a different claim, and a private address names a machine in every household. Nothing is repaired except "defanged"
spellings (``1[.]2[.]3[.]4``, ``hxxp://``), which are a convention of the field to keep links from being opened.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from forensics.registry.defanged import refang
from forensics.registry.indicator import CANONICAL_V4, canonical_indicator, span

_QUAD: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}", re.ASCII)
_ZERO_LED: Final = re.compile(r"(?:^|\.)0\d", re.ASCII)
_NAME: Final = re.compile(r"[A-Za-z0-9_*-]+(?:\.[A-Za-z0-9_*-]+)*\.?")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_HEX_KINDS: Final = {32: "md5", 40: "sha1", 64: "sha256"}
_HEX: Final = re.compile(r"[0-9A-Fa-f]+")
_SEVERAL: Final = re.compile(r"[,;\t\"]")
"""What parts the columns of a table: a row that begins with an address is no address."""
_LONGEST: Final = 2000
_OCTET: Final = 255
_WIDEST: Final = {4: 8, 6: 19}

EMPTY = "the value is empty"
CONTROL = "the value holds control, formatting or direction characters"
ZEROS = "leading zeros: readers disagree on what address is meant"
NAME_FOR_ADDRESS = "a host name stands where an address is expected"
ADDRESS_FOR_NAME = "an address stands where a host name is expected"
NO_ADDRESS = "not an IP address"
ZONE = "an address with a zone id belongs to one machine"
HOST_BITS = "the prefix has host bits set"
NO_PREFIX = "not a prefix"
TOO_WIDE = "the prefix is too wide to be an indicator"
NO_DOT = "a host name without a dot"
WILDCARD = "a host name with a wildcard"
NOT_ASCII = "a host name outside ASCII; its xn-- form is needed"
NO_NAME = "not a host name"
NO_URL = "not a web address with scheme and host"
NO_MAIL = "not a mail address"
NO_DIGEST = "not a whole digest of this kind"
NO_ASN = "not an AS number"
NO_RANGE = "not a range of addresses, or a range that is one address or block"
NOT_OF_KIND = "not of the kind that the collection states"
TOO_LONG = f"the value is longer than {_LONGEST:,} characters"
Special = Callable[[str], str]


def guess(value: str) -> str:
    """Return the kind that an undeclared value has by its shape, or ""."""
    text = refang(value.strip())
    if CANONICAL_V4.fullmatch(text) or _SCHEME.match(text):  # an address first, because most of a list is that
        return "url" if "/" in text else "address"
    if _HEX.fullmatch(text) and len(text) in _HEX_KINDS:
        return _HEX_KINDS[len(text)]
    if "/" in text:
        return "prefix" if (_QUAD.match(text) or text.count(":") > 1) and not _SEVERAL.search(text) else ""
    if _QUAD.fullmatch(text) or (text.count(":") > 1 and not _SEVERAL.search(text)):
        return "address"
    if "@" in text:
        return "email"
    return "domain" if "." in text and _NAME.fullmatch(text) else ""


def spelled(kind: str, value: str, special: Special) -> tuple[str, str]:
    """Return kind and value as the registry writes them; an address with a prefix length is a prefix.

    Raises:
        ValueError: with a reason that is the same text for the same cause.
    """
    text = refang(value.strip())
    if kind == "address" and CANONICAL_V4.fullmatch(text):
        if why := special(text):
            raise ValueError(why)
        return kind, text
    _printable(text)
    if kind in ("address", "prefix"):
        return _network(text, special)
    if kind == "range":
        return kind, _range(text, special)
    return kind, _READERS.get(kind, _other)(kind, text)


def _printable(text: str) -> None:
    if not text:
        raise ValueError(EMPTY)
    if len(text) > _LONGEST:
        raise ValueError(TOO_LONG)
    if not text.isprintable():
        raise ValueError(CONTROL)


def _network(text: str, special: Special) -> tuple[str, str]:
    if "/" in text:
        kind, found = _prefix(text)
    else:
        kind, found = "address", _address(text)
    why = special(found)
    if why:
        raise ValueError(why)
    return kind, found


def _address(text: str) -> str:
    if _QUAD.fullmatch(text):
        if _ZERO_LED.search(text):
            raise ValueError(ZEROS)
        if any(int(part) > _OCTET for part in text.split(".")):
            raise ValueError(NO_ADDRESS)
        return text
    if ":" not in text:
        raise ValueError(
            NAME_FOR_ADDRESS if _NAME.fullmatch(text) and not text.replace(".", "").isdigit() else NO_ADDRESS
        )
    if "%" in text:
        raise ValueError(ZONE)
    try:
        return canonical_indicator("address", text)
    except ValueError:
        raise ValueError(NO_ADDRESS) from None


def _prefix(text: str) -> tuple[str, str]:
    """Return a prefix, or the address that a prefix of full length is."""
    left, _, length = text.partition("/")
    if _QUAD.fullmatch(left) and _ZERO_LED.search(left):
        raise ValueError(ZEROS)
    if not length.isascii() or not length.isdigit() or (length[0] == "0" and length != "0"):
        raise ValueError(NO_PREFIX)
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(NO_PREFIX) from None
    if isinstance(network, ipaddress.IPv6Network) and network.network_address.scope_id is not None:
        raise ValueError(ZONE)
    if ipaddress.ip_address(left) != network.network_address:
        raise ValueError(HOST_BITS)
    if network.prefixlen < _WIDEST[network.version]:
        raise ValueError(TOO_WIDE)
    if network.prefixlen == network.max_prefixlen:
        return "address", _address(left)
    return "prefix", str(network)


def _domain(kind: str, text: str) -> str:
    name = text.rstrip(".") if text.endswith(".") and not text.endswith("..") else text
    if _QUAD.fullmatch(name) or ":" in name:
        raise ValueError(ADDRESS_FOR_NAME)
    for wrong, reason in ((not name.isascii(), NOT_ASCII), ("*" in name, WILDCARD), ("." not in name, NO_DOT)):
        if wrong:
            raise ValueError(reason)
    try:
        return canonical_indicator(kind, name)
    except ValueError:
        raise ValueError(NO_NAME) from None


def _url(_: str, text: str) -> str:
    """Return a web address with scheme and host in lower case; the rest is kept, for paths tell cases apart."""
    if any(char.isspace() for char in text):
        raise ValueError(NO_URL)
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(NO_URL) from None
    if not parts.scheme or not host or ("." not in host and ":" not in host):
        raise ValueError(NO_URL)
    login, at, _ = parts.netloc.rpartition("@")
    shown = f"[{host}]" if ":" in host else host
    return parts._replace(netloc=f"{login}{at}{shown}{'' if port is None else f':{port}'}").geturl()


def _mail(_: str, text: str) -> str:
    left, at, right = text.rpartition("@")
    if not at or not left or "@" in left or any(char.isspace() for char in text):
        raise ValueError(NO_MAIL)
    try:
        return f"{left}@{_domain('domain', right)}"
    except ValueError:
        raise ValueError(NO_MAIL) from None


def _digest(kind: str, text: str) -> str:
    try:
        return canonical_indicator(kind, text)
    except ValueError:
        raise ValueError(NO_DIGEST) from None


def _range(text: str, special: Special) -> str:
    if any(_ZERO_LED.search(end) for end in text.split("-") if _QUAD.fullmatch(end.strip())):
        raise ValueError(ZEROS)
    try:
        found = canonical_indicator("range", text)
    except ValueError:
        raise ValueError(NO_RANGE) from None
    held = span(found)
    if held.size > 1 << ((32 if held.version == 4 else 128) - _WIDEST[held.version]):  # noqa: PLR2004
        raise ValueError(TOO_WIDE)
    why = next((why for end in found.split("-") if (why := special(end))), "")
    if why:
        raise ValueError(why)
    return found


def _other(kind: str, text: str) -> str:
    try:
        return canonical_indicator(kind, text)
    except ValueError:
        raise ValueError(NOT_OF_KIND) from None


def _asn(kind: str, text: str) -> str:
    try:
        return canonical_indicator(kind, text if text[:2].upper() == "AS" else f"AS{text}")
    except ValueError:
        raise ValueError(NO_ASN) from None


_READERS: Final[Mapping[str, Callable[[str, str], str]]] = {
    "domain": _domain,
    "url": _url,
    "email": _mail,
    "asn": _asn,
    "md5": _digest,
    "sha1": _digest,
    "sha256": _digest,
}

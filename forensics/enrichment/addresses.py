"""Address text to packed integers: strict reading, unwrapping of embedded IPv4, arrays for the look-up.

Only ``ipaddress`` and ``inet_pton`` read text here, never ``inet_aton``: the latter takes octal, hexadecimal and
shortened forms, so a forged log line could be read as another address.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from forensics.errors import UsageError
from forensics.sentence import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_LOW_64 = (1 << 64) - 1
_SHOWN = 60  # characters of a refused text that a message repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwrapped:
    """The address that a look-up is made for, and what sort of address it was taken out of ("" if none)."""

    address: Address
    kind: str = ""


def parse(text: str) -> Address:
    """Read one address; no prefix length, zone id, blank, leading zero or short form.

    Raises:
        UsageError: the text is no address.
    """
    try:
        packed = socket.inet_pton(socket.AF_INET, text)
        if socket.inet_ntop(socket.AF_INET, packed) == text:  # nearly all, and in a tenth of the time
            return ipaddress.IPv4Address(packed)
    except (OSError, ValueError):
        pass
    try:
        return ipaddress.ip_address(_unscoped(text))
    except ValueError as error:
        message = f"not an IP address: {text[:_SHOWN]!r}"
        raise UsageError(message, hint="Write 192.0.2.1 or 2001:db8::1, without a prefix length or zone") from error


def _unscoped(text: str) -> str:
    """Refuse a zone id: it names an interface of another machine."""
    if "%" in text:
        raise ValueError(text)
    return text


def parse_network(text: str) -> Network:
    """Read one prefix such as ``192.0.2.0/24``; a single address is a prefix of full length.

    Raises:
        UsageError: the text is no prefix, or has bits set behind its length.
    """
    try:
        return ipaddress.ip_network(_unscoped(text))
    except ValueError as error:
        message = f"not an IP prefix: {text[:_SHOWN]!r}"
        raise UsageError(message, hint="Write 192.0.2.0/24 or 2001:db8::/32, with no bits behind the length") from error


def unwrap(address: Address) -> Unwrapped:
    """Return the IPv4 address inside a v4-mapped, NAT64, 6to4 or Teredo address.

    RFC 4291 §2.5.5.2, RFC 6052 §2.1 (well-known prefix only), RFC 3056 §2, RFC 4380 §4 (client address, bits inverted).
    """
    if isinstance(address, ipaddress.IPv4Address):
        return Unwrapped(address=address)
    inner, kind = _embedded(address)
    return Unwrapped(address=address if inner is None else inner, kind=kind)


def _embedded(address: ipaddress.IPv6Address) -> tuple[ipaddress.IPv4Address | None, str]:
    """Find the embedded IPv4 address and the name of the way it is embedded."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped, say("an IPv4-mapped address (RFC 4291)")
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF), say("a NAT64 address (RFC 6052)")
    if address.sixtofour is not None:
        return address.sixtofour, say("a 6to4 address (RFC 3056)")
    if address.teredo is not None:
        server, client = address.teredo
        return client, say("a Teredo address (RFC 4380) of a client behind server {server}", server=str(server))
    return None, ""


def pack_v4(addresses: Sequence[int]) -> NDArray[np.uint32]:
    """Return IPv4 addresses as an array of ``uint32``, shape (n,)."""
    import numpy as np

    return np.array(addresses, dtype=np.uint32)


def pack_v6(addresses: Sequence[int]) -> NDArray[np.uint64]:
    """Return IPv6 addresses as an array of ``uint64``, shape (n, 2): upper and lower half."""
    import numpy as np

    return np.array([(value >> 64, value & _LOW_64) for value in addresses], dtype=np.uint64).reshape(-1, 2)

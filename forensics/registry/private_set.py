"""A private search set: the networks of a release as keyed digests, for a partner who tests own addresses offline.

Every network becomes blocks of the lengths 4, 8, … 32 (IPv6: 4, 8, … 128); each block is one HMAC-SHA-256 (RFC 2104) under
a key of 32 random bytes. An address is tested by digesting it and the blocks around it at those lengths. Digests are
sorted and filled up with others that fit nothing to the next power of two, so that their order and exact number say nothing.

What it hides, and from whom: from whoever finds the file without the key, everything but the order of magnitude. From
whoever has the key, nothing for IPv4: 2^32 addresses are tried in hours, with fast code in minutes. What the partner tests
stays with the partner. An oblivious pseudo-random function (RFC 9497) would need both sides online and is not built.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forensics.errors import DataError, TamperError, UsageError
from forensics.registry.fields import Fields
from forensics.registry.indicator import NETWORKS, blocks, parse_query, span
from forensics.registry.record import canonical_line
from forensics.registry.states import INDICATOR

if TYPE_CHECKING:
    from forensics.model import Record

SCHEMA = "forensics/private-set/1"
STEP = 4
KEY_BYTES = 32
MAX_DIGESTS = 2**24
MAX_BYTES = 70 * MAX_DIGESTS
_WIDTHS = {4: 32, 6: 128}
_DIGEST = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[0-9a-f]{64}\n?")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateSet:
    """The set of a release: ``release`` and ``digest`` (of its records) say of which one."""

    release: str
    sequence: int
    digest: str
    digests: frozenset[bytes]

    def test(self, address: str, key: bytes) -> tuple[str, ...]:
        """Return the blocks around an address that are in the set, the narrowest first; nothing where none is.

        Raises:
            UsageError: it is no address.
        """
        kind, text = parse_query(address)
        if kind != "address":
            raise UsageError(f"{text[:80]!r} is no address", hint="Test single addresses")
        held = ipaddress.ip_address(text)
        found = []
        for length in range(_WIDTHS[held.version], 0, -STEP):
            block = ipaddress.ip_network((text, length), strict=False)
            if _digest(key, held.version, int(block.network_address), length) in self.digests:
                found.append(str(block))
        return tuple(found)


def read_key(data: bytes, where: str) -> bytes:
    """Return the key of a key file: 64 hex digits."""
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        text = ""
    if not _KEY.fullmatch(text):
        raise DataError("this is no key of a private set (64 hex digits)", where=where, hint="Name the file of the key")
    return bytes.fromhex(text.strip())


def build(release: str, sequence: int, digest: str, records: Iterable[Record], key: bytes) -> tuple[bytes, int]:
    """Return the bytes of the set and how many networks are in it: current indicators of the kinds of networks.

    Raises:
        DataError: there are too many.
    """
    networks = {
        record.network
        for record in records
        if record.kind in NETWORKS and record.superseded_at is None and record.state == INDICATOR
    }
    digests = {_digest(key, *block) for network in networks for block in _pieces(network)}
    if len(digests) > MAX_DIGESTS // 2:
        raise DataError(f"more than {MAX_DIGESTS // 2:,} blocks do not go into a private set", where=release)
    wanted = 1 << max(len(digests) - 1, 15).bit_length()
    digests |= {_fill(key, number) for number in range(wanted - len(digests))}
    document = {
        "schema": SCHEMA,
        "release": release,
        "sequence": sequence,
        "digest": digest,
        "step": STEP,
        "digests": sorted(item.hex() for item in digests),
    }
    return canonical_line({**document, "mac": _mac(document, key)}), len(networks)


def parse(data: bytes, key: bytes, where: str) -> PrivateSet:
    """Return the set of a file.

    Raises:
        DataError: it is none, or of a newer schema.
        TamperError: the key is another one, or the file was changed.
    """
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DataError("this is no private set", where=where, hint="Name the file that was exported") from error
    table = Fields(found, where)
    schema = table.text("schema")
    if schema != SCHEMA:
        raise DataError(f"this is no private set of schema {SCHEMA!r} but {schema[:60]!r}", where=where)
    mac = table.text("mac")
    document: dict[str, Any] = {name: value for name, value in found.items() if name != "mac"}
    try:
        wanted = _mac(document, key)
    except (ValueError, RecursionError):  # half characters, or nested too deep to be written
        wanted = ""
    if not wanted or not hmac.compare_digest(mac.encode(), wanted.encode()):
        what = "the key does not fit the set, or the set was changed"
        raise TamperError(what, where=where, hint="Ask for both again; nothing was tested")
    digests = table.items("digests")
    if table.take("step") != STEP or not all(isinstance(item, str) and _DIGEST.fullmatch(item) for item in digests):
        raise DataError("the set is not in the form of its schema", where=where)
    held = PrivateSet(
        release=table.text("release"),
        sequence=table.count("sequence", 1),
        digest=table.text("digest"),
        digests=frozenset(bytes.fromhex(str(item)) for item in digests),
    )
    table.done()
    return held


def _pieces(network: str) -> Iterable[tuple[int, int, int]]:
    """Yield a network as (IP version, first address, length) with lengths that are multiples of ``STEP``."""
    found = span(network)
    width = _WIDTHS[found.version]
    for first, length in blocks(found):
        longer = max(-(-length // STEP) * STEP, STEP)
        for number in range(1 << (longer - length)):
            yield found.version, first + (number << (width - longer)), longer


def _digest(key: bytes, version: int, first: int, length: int) -> bytes:
    return hmac.digest(key, f"{version}/{first:x}/{length}".encode(), "sha256")


def _fill(key: bytes, number: int) -> bytes:
    return hmac.digest(key, f"fill/{number}".encode(), "sha256")


def _mac(document: dict[str, Any], key: bytes) -> str:
    return hmac.digest(key, b"set/" + hashlib.sha256(canonical_line(document)).digest(), "sha256").hex()

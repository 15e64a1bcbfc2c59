"""Types of MISP attributes and the kinds of the registry (types of the MISP core format, draft-dulaunoy-misp-core-format)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_KINDS: Final = {
    "ip-src": "address",
    "ip-dst": "address",
    "domain": "domain",
    "hostname": "domain",
    "url": "url",
    "uri": "url",
    "email": "email",
    "email-src": "email",
    "email-reply-to": "email",
    "md5": "md5",
    "sha1": "sha1",
    "sha256": "sha256",
    "AS": "asn",
    "x509-fingerprint-sha256": "tls_certificate",
}
RECIPIENTS: Final = frozenset(
    {"email-dst", "target-email", "target-user", "target-machine", "target-org", "email-dst-display-name"}
)
"""What names who was attacked: more often a victim than infrastructure."""
_HASHES: Final = ("md5", "sha1", "sha256")


def parts(label: str, value: str) -> Iterator[tuple[str, str, str]]:
    """Yield kind ("" for none of ours), value and caveat of each value that an attribute names."""
    first, joint, second = label.partition("|")
    left, _, right = value.rpartition("|") if joint else (value, "", "")
    if not joint:
        yield _KINDS.get(label, ""), value, ""
    elif second == "port" and first in _KINDS:
        yield _KINDS[first], left, f"listed with port {right[:10]} only"
    elif first == "domain" and second == "ip":
        beside = "the event names it as a pair of name and address, without a time"
        yield "domain", left, beside
        yield "address", right, beside
    elif first == "filename" and second in _HASHES:
        yield second, right, f"file name in the event: {left[:100]}"
    else:
        yield "", value, ""

"""Verify DKIM signatures (RFC 6376, RFC 8463) and ARC seals (RFC 8617) offline, with keys that the user supplies.

Canonical forms and the choice of header fields are those of dkimpy. The signature itself is checked with
``cryptography``, so that Ed25519 works without a further library; the validity period of a signature (``t=``, ``x=``)
is held against the time when the message was received, not against today.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from forensics.ingest.mail_dkim_keys import Key

MESSAGE_LIMIT = 32 * 1024 * 1024
"""Bytes of a message that are canonicalised; larger ones are not verified, and the result says so."""

_TOO_LARGE = "the message is larger than what is verified, or holds runs of white space that no program writes"
MAX_SIGNATURES = 8
PASS, FAIL, PARTIAL, NO_KEY = "pass", "fail", "pass for a part", "not verifiable offline"
_RSA_BITS = 1_024
_LEEWAY = 36_000
"""Seconds by which clocks of signers may differ, as common verifiers allow."""

_HASHES = {b"rsa-sha256": "sha256", b"rsa-sha1": "sha1", b"ed25519-sha256": "sha256"}
_SIGNATURE_VALUE = re.compile(rb"([;\s]b\s*=)[^;]*")
_SPACE = re.compile(rb"\s+")
_LONG_RUN = re.compile(rb"[ \t]{10000}")
"""What would make the canonical form of a body cost the square of its length."""

_QUOTED_FROM = re.compile(rb"(?m)^>(>*From )")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What became of one signature. ``reason`` says why it does not verify, or what must be known of a pass."""

    domain: str
    selector: str
    result: str
    reason: str = ""
    key_source: str = ""
    headers: tuple[str, ...] = ()


class _InvalidError(ValueError):
    """A signature or key that cannot be used, with the reason."""


def verify(
    message: bytes, *, complete: bool, keys: Mapping[str, Key], received: datetime | None
) -> tuple[Verified, ...]:
    """Return one result per DKIM signature, topmost first. ``complete`` says whether these are all bytes of it."""
    import dkim

    try:
        headers, body = dkim.rfc822_parse(message)
    except (dkim.DKIMException, IndexError):
        return ()
    found = []
    whole = complete and len(message) <= MESSAGE_LIMIT and _LONG_RUN.search(message) is None
    places = [index for index, (name, _) in enumerate(headers) if name.lower() == b"dkim-signature"]
    for place in places[:MAX_SIGNATURES]:
        tags = tags_of(headers[place][1])
        domain, selector = _plain(tags, b"d"), _plain(tags, b"s")
        key = keys.get(f"{selector}._domainkey.{domain}")
        if key is None:
            found.append(Verified(domain=domain, selector=selector, result=NO_KEY, reason="no key was supplied for it"))
            continue
        try:
            result, reason = _checked(headers, place, body, tags, key, received) if whole else (NO_KEY, _TOO_LARGE)
        except _InvalidError as error:
            result, reason = FAIL, str(error)
        signed = tuple(name.decode("ascii", "replace") for name in _signed_names(tags))
        found.append(
            Verified(
                domain=domain,
                selector=selector,
                result=result,
                reason=reason,
                key_source=_source(key),
                headers=signed,
            )
        )
    return tuple(found)


def _source(key: Key) -> str:
    taken = f", taken {key.retrieved_at}" if key.retrieved_at else ""
    return f"{key.source}{taken}"


def tags_of(value: bytes) -> dict[bytes, bytes]:
    """Split a tag list; the first of two equal tags counts, and a list that has any is refused by ``_checked``."""
    found: dict[bytes, bytes] = {}
    for part in value.split(b";"):
        name, sign, text = part.partition(b"=")
        if sign:
            found.setdefault(name.strip(), text.strip())
    return found


def _plain(tags: Mapping[bytes, bytes], name: bytes) -> str:
    return _SPACE.sub(b"", tags.get(name, b"")).decode("ascii", "replace").strip(".").lower()


def _signed_names(tags: Mapping[bytes, bytes]) -> list[bytes]:
    return [name.strip().lower() for name in tags.get(b"h", b"").split(b":") if name.strip()]


def _checked(
    headers: list[Any], place: int, body: bytes, tags: dict[bytes, bytes], key: Key, received: datetime | None
) -> tuple[str, str]:
    """Return result and reason; ``_InvalidError`` where something about the signature or its key is wrong."""
    import dkim
    from dkim.canonicalization import CanonicalizationPolicy, InvalidCanonicalizationPolicyError

    _well_formed(tags)
    try:
        policy = CanonicalizationPolicy.from_c_value(tags.get(b"c", b"simple/simple"))
    except InvalidCanonicalizationPolicyError as error:
        raise _InvalidError("its canonical form (c=) is unknown") from error
    notes = _period(tags, received)
    part = _body_state(policy, body, tags) or _unsigned_fields(headers, tags)
    canonical = policy.canonicalize_headers(headers)
    chosen = dkim.select_headers(canonical, _signed_names(tags))
    name, value = headers[place]
    ((own_name, own_value),) = policy.canonicalize_headers([(name, _SIGNATURE_VALUE.sub(rb"\1", value))])
    data = b"".join(field + b":" + text for field, text in chosen) + own_name + b":" + own_value.rstrip(b"\r\n")
    if not _signature_holds(tags, data, key):
        raise _InvalidError(
            "the signature does not fit the supplied key: signed headers were changed, or the key of that day was another"
        )
    if part == "changed":
        raise _InvalidError("the headers are as signed, but the body differs from the one that was signed")
    if part:
        return PARTIAL, "; ".join([part, *notes])
    return PASS, "; ".join(notes)


def _well_formed(tags: Mapping[bytes, bytes]) -> None:
    missing = [name.decode() for name in (b"v", b"a", b"b", b"bh", b"d", b"h", b"s") if not tags.get(name)]
    if missing:
        raise _InvalidError(f"the signature has no {', '.join(missing)}")
    if tags[b"v"] != b"1":
        raise _InvalidError("a version of signatures that is not known (v=)")
    if tags[b"a"].lower() not in _HASHES:
        raise _InvalidError("an algorithm of signatures that is not known (a=)")
    if b"from" not in _signed_names(tags):
        raise _InvalidError("the signature does not cover From")
    if b"i" in tags and not re.fullmatch(r"(.*[@.])?" + re.escape(_plain(tags, b"d")), _plain(tags, b"i")):
        raise _InvalidError("the identity (i=) is not of the signing domain (d=)")


def _period(tags: Mapping[bytes, bytes], received: datetime | None) -> list[str]:
    """Hold the validity period against the time of receipt."""
    signed, expires = (tags.get(name, b"") for name in (b"t", b"x"))
    if any(value and not re.fullmatch(rb"\d{1,12}", value) for value in (signed, expires)):
        raise _InvalidError("the time of the signature (t= or x=) is no number")
    if signed and expires and int(expires) < int(signed):
        raise _InvalidError("the signature expires before it was made")
    if received is None:
        return ["its period cannot be checked, the time of receipt is unknown"] if expires else []
    if expires and int(expires) < received.timestamp() - _LEEWAY:
        raise _InvalidError("the signature had expired when the message was received")
    if signed and int(signed) > received.timestamp() + _LEEWAY:
        raise _InvalidError("the signature was made after the message was received")
    return []


def _body_state(policy: Any, body: bytes, tags: Mapping[bytes, bytes]) -> str:
    """Return "" where the whole body is as signed, "changed", or what part of it is signed.

    A mailbox file writes ``>From`` for ``From`` at the start of a line; a body that fits only without is as signed.
    """
    for candidate in (body, _QUOTED_FROM.sub(rb"\1", body)):
        canonical = policy.canonicalize_body(candidate)
        length = tags.get(b"l", b"")
        if length and (not re.fullmatch(rb"\d{1,12}", length) or int(length) > len(canonical)):
            raise _InvalidError("the signed length of the body (l=) is longer than the body")
        signed = canonical[: int(length)] if length else canonical
        digest = hashlib.new(_HASHES[tags[b"a"].lower()], signed, usedforsecurity=False).digest()
        if digest == _decoded(tags[b"bh"], "the body hash (bh=)"):
            rest = len(canonical) - len(signed)
            return f"the last {rest:,} bytes of the body are not signed (l=)" if rest else ""
    return "changed"


def _unsigned_fields(headers: list[Any], tags: Mapping[bytes, bytes]) -> str:
    """Name From or Subject where one of the mail is not covered: a field put on top of a signed one is what people see."""
    signed = _signed_names(tags)
    for name in (b"from", b"subject"):
        there = sum(field.lower() == name for field, _ in headers)
        if there > signed.count(name):
            return f"of {there} {name.decode().title()} field(s) {min(there, signed.count(name))} are signed"
    return ""


def _decoded(value: bytes, what: str) -> bytes:
    try:
        return base64.b64decode(_SPACE.sub(b"", value), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _InvalidError(f"{what} is no base64") from error


def _signature_holds(tags: Mapping[bytes, bytes], data: bytes, key: Key) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

    algorithm = tags[b"a"].lower()
    public = _public_key(tags, key)
    signature = _decoded(tags[b"b"], "the signature (b=)")
    try:
        if isinstance(public, ed25519.Ed25519PublicKey):
            public.verify(signature, hashlib.sha256(data).digest())
        elif isinstance(public, rsa.RSAPublicKey):
            digest = hashes.SHA1() if algorithm == b"rsa-sha1" else hashes.SHA256()  # noqa: S303 - as it was signed then
            public.verify(signature, data, padding.PKCS1v15(), digest)
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _public_key(tags: Mapping[bytes, bytes], key: Key) -> Any:
    """Read a key record; it must be of the signature's algorithm, not withdrawn, and long enough."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    record = tags_of(key.record.encode("utf-8"))
    kind = record.get(b"k", b"rsa").lower()
    written = record.get(b"p", b"")
    if not written:
        raise _InvalidError("the supplied key record withdraws the key (p= is empty)")
    if record.get(b"v", b"DKIM1") != b"DKIM1" or kind not in {b"rsa", b"ed25519"}:
        raise _InvalidError("the supplied key record is of no known kind")
    if not tags[b"a"].lower().startswith(kind):
        raise _InvalidError(f"the supplied key is for {kind.decode()}, the signature is not")
    raw = _decoded(written, "the supplied key (p=)")
    try:
        if kind == b"ed25519":
            return ed25519.Ed25519PublicKey.from_public_bytes(raw)
        public = load_der_public_key(raw) if raw[:1] == b"\x30" else None
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _InvalidError("the supplied key cannot be read") from error
    if not isinstance(public, rsa.RSAPublicKey):
        raise _InvalidError("the supplied key cannot be read")
    if public.key_size < _RSA_BITS:
        raise _InvalidError(f"the supplied key has {public.key_size} bits, which anybody can break")
    return public


_SILENT = logging.getLogger("forensics.dkim")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


def verify_arc(message: bytes, keys: Mapping[str, Key]) -> str:
    """Return ``pass``, ``fail`` or ``none`` for the chain of ARC seals, or "" where a key of it was not supplied."""
    import dkim

    missing = []

    def record(name: bytes, timeout: int = 0) -> bytes:  # noqa: ARG001 - the library's signature
        key = keys.get(name.decode("ascii", "replace").strip(".").lower())
        if key is None:
            missing.append(name)
            return b""
        return key.record.encode()

    if len(message) > MESSAGE_LIMIT:
        return ""
    try:
        result, _, _ = dkim.ARC(message, logger=_SILENT).verify(dnsfunc=record)
    except (dkim.DKIMException, ValueError, IndexError, KeyError, TypeError, AttributeError):
        return "" if missing else "fail"
    return "" if missing else (result or b"none").decode()

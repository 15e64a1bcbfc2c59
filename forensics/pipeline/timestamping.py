"""``custody timestamp``: have the current checkpoint stamped by authorities, or take in a token that was had by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from forensics.case import CaseFolder
from forensics.chain_of_custody import publish
from forensics.chain_of_custody.attestations import ROOTS, instant
from forensics.chain_of_custody.canonical import Value
from forensics.chain_of_custody.checkpoint import unverified
from forensics.chain_of_custody.timestamp_chain import check_response, read_roots
from forensics.chain_of_custody.timestamp_token import Token, nonce_of_request, read_response
from forensics.enrichment.source import LookupClass
from forensics.errors import CaseError, ForensicsError, NetworkError, StorageError, TamperError, UsageError
from forensics.pipeline import attesting
from forensics.pipeline.sealing import Sealer, signer

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from forensics.enrichment.servers import Endpoint

QUERY_TYPE = "application/timestamp-query"
_MAX_FILE = 65_536
_ROOT_HINT = "Name the authority's root certificate (--ca FILE.pem); authorities publish it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the user asks for: authorities by URL, or a response (and its query) that was had by hand."""

    case: Path
    urls: tuple[str, ...] = ()
    roots: tuple[Path, ...] = ()
    query: Path | None = None
    response: Path | None = None
    key: Path | None = None
    passphrase: str | None = None
    way: attesting.Way = field(default_factory=attesting.Way)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """A token that holds: by whom as the user names it, over how many records, and the response as it came."""

    source: str
    size: int
    token: Token
    response: bytes


def timestamp(wish: Wish) -> list[str]:
    """Do what the wish says; return what to tell the user.

    Raises:
        NetworkError: an authority gave no token; those that did are sealed.
        TamperError: a token does not hold. It was not taken into the case.
    """
    if bool(wish.urls) + bool(wish.response) + (wish.query is not None and wish.response is None) != 1:
        what = "name authorities (--tsa), or a response that you had by hand (--response), or write a query (--query)"
        raise UsageError(what, where="custody timestamp")
    case = CaseFolder.open(wish.case)
    if wish.query is not None and wish.response is None:
        return _write_query(case, wish.query)
    with Sealer.reopen(case, signer(wish.key, wish.passphrase)) as sealer:
        _, note = attesting.signed_head(sealer)
        fresh, roots = roots_of(sealer, wish.roots)
        failed: list[ForensicsError] = []
        if wish.response is not None:
            done = [_by_hand(wish, case, note, roots)]
        else:
            done, failed = _ask(wish, case, note, roots)
        told = _seal(sealer, done, fresh)
    if failed:
        more = "; what the others gave is sealed" if done else "; the case is as it was"
        raise NetworkError("; ".join(map(str, failed)) + more, where="custody timestamp", hint="Run it again later")
    return told


def _write_query(case: CaseFolder, target: Path) -> list[str]:
    """Write a request over the current checkpoint, for carrying it to an authority by hand."""
    note = (case.path / "checkpoint").read_bytes()
    attesting.keep_outside(case, target)
    try:
        target.write_bytes(_request(note)[0])
    except OSError as error:
        raise StorageError(f"cannot write the query ({error.strerror})", where=str(target)) from error
    return [
        f"Query:       {target} (SHA-256 of the checkpoint: {hashlib.sha256(note).hexdigest()})",
        "Send it to an authority, for example:",
        f"  curl -H 'Content-Type: {QUERY_TYPE}' --data-binary @{target.name} -o answer.tsr URL",
        f"then: forensics custody timestamp {case.path} --response answer.tsr --query {target.name} --ca ROOT.pem",
    ]


def _request(note: bytes) -> tuple[bytes, int]:
    """Return a request with a nonce, and the nonce. The authority is asked for its certificates."""
    from rfc3161_client import TimestampRequestBuilder

    made = TimestampRequestBuilder().data(note).nonce(nonce=True).cert_request(cert_request=True).build()
    return made.as_bytes(), int(made.nonce or 0)


def _ask(
    wish: Wish, case: CaseFolder, note: bytes, roots: Sequence[Certificate]
) -> tuple[list[Stamped], list[ForensicsError]]:
    named = tuple(attesting.endpoint(LookupClass.TIMESTAMP, url, clear_text=True) for url in wish.urls)
    opened = attesting.open_way(wish.way, LookupClass.TIMESTAMP, named, case.facts.pap)
    done: list[Stamped] = []
    failed: list[ForensicsError] = []
    for item in named:
        try:
            done.append(_one(opened, item, note, roots))
        except (NetworkError, TamperError) as error:
            failed.append(type(error)(error.what, where=item.text))
    if failed and not done:
        raise failed[0]
    return done, failed


def _one(opened: attesting.Opened, item: Endpoint, note: bytes, roots: Sequence[Certificate]) -> Stamped:
    query, nonce = _request(note)
    response = asked(opened, item, query)
    token = check_response(response, note, roots, nonce)
    return Stamped(source=item.text, size=unverified(note).size, token=token, response=response)


def asked(opened: attesting.Opened, item: Endpoint, query: bytes) -> bytes:
    """Send a request to an authority and return its whole response, unchecked; ``NetworkError`` where there is none."""
    reply = opened.post(item, "" if item.base else "/", query, QUERY_TYPE)
    if reply.status != 200:  # noqa: PLR2004 - HTTP
        raise NetworkError(f"the authority answered with HTTP {reply.status}", where=item.text)
    return reply.body


def _by_hand(wish: Wish, case: CaseFolder, note: bytes, roots: Sequence[Certificate]) -> Stamped:
    """Check a response that was had by hand: it may be over an earlier checkpoint."""
    response = _read(wish.response)
    nonce = nonce_of_request(_read(wish.query)) if wish.query is not None else None
    for size, stamped in attesting.checkpoints(case, note):
        if read_response(response).covers(stamped):
            token = check_response(response, stamped, roots, nonce)
            return Stamped(source="by hand", size=size, token=token, response=response)
    what = "the time stamp is over no checkpoint of this case"
    raise TamperError(what, where=str(wish.response), hint="Nothing was taken into the case")


def roots_of(sealer: Sealer, given: Sequence[Path]) -> tuple[dict[str, bytes], list[Certificate]]:
    """Return the files of certificates that are new to the case, and all certificates to check against."""
    files = {path: (sealer.case.path / path).read_bytes() for path in sorted(filter(ROOTS.fullmatch, sealer.log.files))}
    fresh: dict[str, bytes] = {}
    for item in given:
        data = _read(item)
        read_roots(data, str(item))
        path = f"timestamps/{hashlib.sha256(data).hexdigest()[:8]}.pem"
        if path not in files:
            fresh[path] = data
    roots: list[Certificate] = []
    for path, data in {**files, **fresh}.items():
        roots += [found for found in read_roots(data, path) if found not in roots]
    if not roots:
        raise UsageError("no root certificate to check a time stamp against", where="--ca", hint=_ROOT_HINT)
    return fresh, roots


def _seal(sealer: Sealer, done: Sequence[Stamped], fresh: dict[str, bytes]) -> list[str]:
    """Write the responses and the certificates into the case, and record them."""
    told = []
    new = list(fresh)
    for path, data in fresh.items():
        publish(sealer.case.path, path, data)
    for item in done:
        path = f"timestamps/{item.size}-{hashlib.sha256(item.response).hexdigest()[:8]}.tsr"
        if path in sealer.log.files:
            raise CaseError("this very time stamp is in the case already", where=path, hint="Nothing was changed")
        publish(sealer.case.path, path, item.response)
        subject: dict[str, Value] = {
            "authority": item.source,
            "covers": item.size,
            "policy": item.token.policy,
            "time": instant(item.token.time),
            "accuracy_us": int(item.token.accuracy.total_seconds() * 1_000_000),
        }
        sealer.record("timestamp.receive", subject, [path, *new])
        new = []
        told.append(f"Stamped:     {item.size} records at {instant(item.token.time)} by {item.source} ({path})")
    head, _ = attesting.signed_head(sealer)
    return [*told, *attesting.receipt(sealer.case, head)]


def _read(path: Path | None) -> bytes:
    try:
        with (path or Path()).open("rb") as file:
            data = file.read(_MAX_FILE + 1)
    except OSError as error:
        raise UsageError(f"cannot read the file ({error.strerror})", where=str(path)) from error
    if len(data) > _MAX_FILE:
        raise UsageError("the file is too large to be a time stamp or a certificate", where=str(path))
    return data

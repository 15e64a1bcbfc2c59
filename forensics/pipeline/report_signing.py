"""``report --sign``: sign the PDF of a case for readers whose programs know certificates, and record it.

The unsigned PDF is made and sealed first, and stays as it is whatever happens then. What is signed are its very bytes; the
signed file is sealed beside it, under a name with its own digest, so that no later one takes its place.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from forensics import __version__
from forensics.case import CaseFolder
from forensics.chain_of_custody import document_keys, keyfile, publish
from forensics.chain_of_custody.attestations import instant
from forensics.chain_of_custody.canonical import Value
from forensics.chain_of_custody.pkcs11_token import SCHEME
from forensics.chain_of_custody.timestamp_chain import check_reply, read_roots
from forensics.chain_of_custody.timestamp_token import Token
from forensics.enrichment.source import LookupClass
from forensics.errors import DataError, KeyMaterialError, MissingExtraError, NetworkError, UsageError
from forensics.pipeline import attesting, timestamping
from forensics.pipeline.clock import now
from forensics.pipeline.printing import at_hand
from forensics.pipeline.sealing import Sealer, signer
from forensics.report.language.speech import ENGLISH, Speech

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, CertificateRevocationList

    from forensics.chain_of_custody.document_keys import DocumentKey
    from forensics.enrichment.servers import Endpoint
    from forensics.pipeline.printing import Printed
    from forensics.report.pdf.signing import Ask

FOLDER = "signed"
PASSPHRASES = ("FORENSICS_SIGN_PASSPHRASE", "FORENSICS_PASSPHRASE")
"""Where the passphrase of a document key is looked for, in this order; the second is that of the log's key, too."""

_HINT = "pip install 'forensics[pdf]'; the unsigned report is complete"
_TEXT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the user asks for. ``sign`` is a file or ``pkcs11:…``, ``secret`` its passphrase or PIN.

    ``authorities`` are roots of the time-stamping authority, ``trust`` those of the signer's certificate and ``lists`` of
    revoked certificates, both for the archive alone.
    """

    case: Path
    sign: str
    profile: str = ""
    speech: Speech = ENGLISH
    secret: str | None = None
    certificate: Path | None = None
    url: str = ""
    authorities: tuple[Path, ...] = ()
    archive: bool = False
    trust: tuple[Path, ...] = ()
    lists: tuple[Path, ...] = ()
    key: Path | None = None
    passphrase: str | None = None
    way: attesting.Way = field(default_factory=attesting.Way)


@dataclass(slots=True, kw_only=True)
class _Authority:
    """An authority that may be asked, what it has to answer to, and its last token."""

    endpoint: Endpoint
    opened: attesting.Opened
    roots: list[Certificate]
    last: Token | None = None

    def ask(self, query: bytes, digest: bytes) -> bytes:
        """Have a digest stamped; ``NetworkError`` or ``TamperError`` where no token that holds comes back."""
        try:
            response = timestamping.asked(self.opened, self.endpoint, query)
        except NetworkError as error:
            hint = "The unsigned report is as it was; try later, or leave --tsa out: then no time is proven"
            raise NetworkError(error.what, where=error.where, hint=hint) from error
        self.last = check_reply(query, digest, response, self.roots)
        return response


def secret_wanted(sign: str) -> str:
    """Say what has to be asked for before a document key can be used: a passphrase, a PIN, or nothing (empty)."""
    if sign.startswith(SCHEME):
        return "" if os.environ.get("FORENSICS_PIN") else "PIN"
    try:
        locked = document_keys.is_locked(sign)
    except KeyMaterialError:  # told when it is opened: the unsigned report is made first
        return ""
    return "Passphrase" if locked and _passphrase() is None else ""


def sign_report(wish: Wish, tell: Callable[[str], None]) -> None:
    """Sign the PDF of a case and seal it; ``tell`` hears of each file as it is there, of the unsigned report first.

    Raises:
        KeyMaterialError: no key, a wrong passphrase, a certificate that is another's, expired or not yet valid.
        NetworkError, TamperError: the authority is not to be reached, or what it answered does not hold.
        UsageError: the copy for the archive cannot be made; what was signed before stays sealed.
    """
    if wish.archive and not wish.url:
        raise UsageError(
            "a copy for the archive needs a time stamp", where="--lta", hint="Name an authority: --tsa URL"
        )
    case = CaseFolder.open(wish.case)
    with _reopened(case, wish) as sealer:
        printed = at_hand(sealer, wish.profile, wish.speech)
        tell(f"Unsigned:    {printed.path} (SHA-256 {printed.sha256})")
        _require_signing()
        key = document_keys.open_document_key(wish.sign, _secret(wish), wish.certificate)
        document_keys.require_usable(key, now())
        authority = _authority(wish, sealer) if wish.url else None
        signed = _signed(printed, key, authority.ask if authority else None)
        for line in _seal(sealer, printed, key, signed, authority):
            tell(line)
        if wish.archive and authority is not None:
            for line in _archive(wish, sealer, printed, key, signed, authority):
                tell(line)


def _reopened(case: CaseFolder, wish: Wish) -> Sealer:
    who = signer(wish.key, wish.passphrase)
    try:
        return Sealer.reopen(case, who)
    except KeyMaterialError as error:
        hint = "A signature is recorded in the case by the key that sealed it (--key FILE); a one-time key was not kept"
        raise KeyMaterialError(error.what, where=error.where, hint=hint) from error


def _secret(wish: Wish) -> str | None:
    if wish.sign.startswith(SCHEME):
        return wish.secret if wish.secret is not None else os.environ.get("FORENSICS_PIN")
    return wish.secret if wish.secret is not None else _passphrase()


def _passphrase() -> str | None:
    return next((held for name in PASSPHRASES if (held := os.environ.get(name))), None)


def _require_signing() -> None:
    from importlib.util import find_spec

    if find_spec("pyhanko") is None:
        raise MissingExtraError("signing a PDF needs pyHanko, which is not installed", hint=_HINT)


def _authority(wish: Wish, sealer: Sealer) -> _Authority:
    """Open the way to the authority: the roots it has to answer to first, then plan and consent."""
    _, roots = timestamping.roots_of(sealer, wish.authorities)
    named = attesting.endpoint(LookupClass.TIMESTAMP, wish.url, clear_text=True)
    opened = attesting.open_way(
        wish.way,
        LookupClass.TIMESTAMP,
        (named,),
        sealer.case.facts.pap,
        subject="the signature of a report",
        questions=2 if wish.archive else 1,
    )
    return _Authority(endpoint=named, opened=opened, roots=roots)


def _signed(printed: Printed, key: DocumentKey, ask: Ask | None) -> bytes:
    """Sign, and look at what was made as a reader will, before anything of it is kept."""
    from forensics.report.pdf import checking, signing

    made = signing.sign(signing.Act(pdf=printed.data, key=key, at=now(), version=__version__), ask)
    seen = checking.check(made, checking.Trust(roots=(), now=now()))
    found = seen.signature
    if found is None or seen.defect or not found.sound or not found.whole:
        why = seen.defect or (", ".join(found.odd) if found is not None else "") or "it does not verify"
        raise DataError(
            f"what was signed is not what a reader would accept ({why})",
            where=printed.path.name,
            hint="Nothing was kept, the unsigned report is as it was; please report this",
        )
    return made


def _seal(
    sealer: Sealer, printed: Printed, key: DocumentKey, signed: bytes, authority: _Authority | None, of: str = ""
) -> list[str]:
    """Write a signed file into the case, record it as an act of its own, and say so; ``of`` is set for an archive copy."""
    digest = hashlib.sha256(signed).hexdigest()
    level = "PAdES B-LTA" if of else "PAdES B-T" if authority else "PAdES B-B"
    path = f"{FOLDER}/{printed.path.stem}-{printed.profile}-{digest[:8]}{'-lta' if of else ''}.pdf"
    subject: dict[str, Value] = {
        "document": path,
        "sha256": digest,
        "of": of or printed.sha256,
        "level": level,
        "certificate": key.certificate.subject.rfc4514_string()[:_TEXT],
        "fingerprint": key.fingerprint,
        "checkpoint": printed.checkpoint,
    }
    if authority is not None and authority.last is not None:
        subject["authority"] = authority.endpoint.text
        subject["policy"] = authority.last.policy
        subject["time"] = instant(authority.last.time)
        subject["accuracy_us"] = int(authority.last.accuracy.total_seconds() * 1_000_000)
    publish(sealer.case.path, path, signed)
    sealer.record("report.sign", subject, [path])
    return _told(sealer, path, subject)


def _told(sealer: Sealer, path: str, subject: dict[str, Value]) -> list[str]:
    time = (
        f"Stamped:     {subject['time']} by {subject['authority']}"
        if "time" in subject
        else "Stamped:     by nobody. The signature has no proven time: only this computer's clock says when (--tsa URL)"
    )
    return [
        f"Signed:      {sealer.case.path / path} ({subject['level']})",
        f"SHA-256:     {subject['sha256']}",
        f"Certificate: {subject['certificate']} (SHA-256 {subject['fingerprint']})",
        time,
        f"Checkpoint:  of {subject['checkpoint']} records, printed and attached in the report",
    ]


def _archive(
    wish: Wish, sealer: Sealer, printed: Printed, key: DocumentKey, signed: bytes, authority: _Authority
) -> list[str]:
    from forensics.report.pdf import archiving

    roots = [*authority.roots, *(item for path in wish.trust for item in read_roots(keyfile.read(path), str(path)))]
    lists = [_revoked(path) for path in wish.lists]
    material = archiving.Material(roots=roots, lists=lists, at=now())
    copy = archiving.archived(signed, material, authority.ask)
    return _seal(sealer, printed, key, copy, authority, hashlib.sha256(signed).hexdigest())


def _revoked(path: Path) -> CertificateRevocationList:
    """Read a list of revoked certificates, PEM or DER."""
    from cryptography import x509

    data = keyfile.read(path)
    try:
        return x509.load_pem_x509_crl(data) if data.startswith(b"-----") else x509.load_der_x509_crl(data)
    except ValueError as error:
        what = "this is no list of revoked certificates"
        raise KeyMaterialError(what, where=str(path), hint="Its issuer publishes it (PEM or DER)") from error

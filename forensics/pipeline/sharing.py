"""``share``: what may leave a case, read by the custodian first, recorded before it leaves, and kept as it left.

Order: the case verifies → what was chosen is checked by the guard → a closed bundle is made → the free text and the
finished bytes are screened for everything of the case → the bytes are sealed into the case with consent, recipients and
reason (``share.release``) → only then is the file written that leaves. A dry run ends before the sealing.

The ids of a bundle are random: they are the one thing in a case that ``SOURCE_DATE_EPOCH`` and a key do not fix.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensics import chain_of_custody as custody
from forensics import event_store
from forensics.case import CaseFolder
from forensics.chain_of_custody.canonical import Value
from forensics.errors import KeyMaterialError, PolicyError, StorageError, TamperError, UsageError
from forensics.exchange import screening
from forensics.exchange.bundle import Bundle
from forensics.exchange.encryption import Recipient, encrypt
from forensics.exchange.exporter import Exporter, exporters
from forensics.exchange.identifiers import SECRET_BYTES, Identifiers, new_secret
from forensics.pipeline import clock, sealing
from forensics.pipeline.sealed_inputs import owner_of
from forensics.pipeline.sealed_log import LastAnalysis, last_analysis
from forensics.pipeline.share_canaries import canaries, known_ids
from forensics.pipeline.share_guard import asked_for, looked_at, released
from forensics.pipeline.share_note import processing_note
from forensics.pipeline.share_request import DEVICE, ShareRequest, check_request, labels, recipients_of
from forensics.pipeline.shared_items import blank, is_sample, items

if TYPE_CHECKING:
    from forensics.model import Owner

FOLDER = "shared"
_DECLARE = "Declare addresses, devices or a clean period (--owner FILE) and analyse again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A bundle that passed every check: its exact bytes, and the word by which the same bytes are made again."""

    bundle: Bundle
    form: str
    data: bytes
    review: str
    stays: tuple[str, ...]
    recipients: tuple[Recipient, ...]

    @property
    def sha256(self) -> str:
        """Digest of the bytes before encryption, in hex."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What was done: the bundle, and for a release the file that may leave and its digest."""

    prepared: Prepared
    dry_run: bool
    output: Path | None = None
    sent_sha256: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the documented object; the bytes themselves only for a dry run."""
        made = self.prepared
        return {
            "schema": "forensics/share/1",
            "dry_run": self.dry_run,
            "format": made.form,
            "items": [item.indicator for item in made.bundle.items],
            "stays": list(made.stays),
            "tlp": made.bundle.tlp,
            "pap": made.bundle.pap,
            "recipients": [one.fingerprint for one in made.recipients],
            "sha256": made.sha256,
            "bytes": len(made.data),
            "review": made.review if self.dry_run else None,
            "content": made.data.decode() if self.dry_run else None,
            "output": None if self.output is None else str(self.output),
            "sent_sha256": self.sent_sha256 or None,
        }


def share(request: ShareRequest, key: Path | None, passphrase: str | None) -> Shared:
    """Check, screen and release what was asked for, or show what would leave.

    Raises:
        PolicyError: the owner guard, the screening, a missing consent or an unfit label refuses; nothing was written.
        TamperError: the case does not verify.
        UsageError: the request has no meaning.
    """
    check_request(request)
    recipients = recipients_of(request.recipients)
    case = CaseFolder.open(request.case)
    if not custody.verify_case(request.case).ok:
        hint = "Run `forensics verify`; a table that was changed could name the owner as a stranger"
        raise TamperError("the case does not verify: nothing was shared", where=str(request.case), hint=hint)
    prepared = _prepared(case, request, recipients)
    if request.dry_run:
        return Shared(prepared=prepared, dry_run=True)
    return _release(case, request, prepared, key, passphrase)


def _prepared(case: CaseFolder, request: ShareRequest, recipients: tuple[Recipient, ...]) -> Prepared:
    analysis = last_analysis(case.path)
    owner = _declared(case, analysis)
    asked = asked_for(case, request.findings, request.addresses)
    uses = looked_at(case, owner, asked, sample=is_sample(case), reason=request.reason)
    left, stays = released(uses, named=request.addresses)
    secret, wanted = _reviewed(request.as_reviewed)
    tlp, pap = labels(case.facts, request)
    bundle = Bundle(
        items=items(left, request.times, secret if DEVICE in request.include else None),
        tlp=tlp,
        pap=pap,
        grain=request.times,
        released=clock.now().date(),
        sample=is_sample(case, left),
        note=request.note,
    )
    data = _screened(case, request, bundle, secret, (owner, analysis))
    digest = hashlib.sha256(data).hexdigest()
    if wanted and digest != wanted:
        hint = "The case, the options or the day changed since: look at it again with --dry-run"
        raise PolicyError("nothing was shared: these are not the bytes that were reviewed", hint=hint)
    review = f"{secret.hex()}:{digest}"
    return Prepared(bundle=bundle, form=request.form, data=data, review=review, stays=stays, recipients=recipients)


def _declared(case: CaseFolder, analysis: LastAnalysis) -> Owner:
    """Return what the owner declared; without it, the owner's own addresses would count as unexplained."""
    if analysis.inputs.get("owner.toml") != analysis.files.get("owner.toml"):
        hint = "Analyse again, so that the roles of addresses follow from it"
        raise PolicyError("nothing was shared: the owner declared something new since the analysis", hint=hint)
    owner = owner_of(case, analysis)
    if not owner.declares_baseline:
        raise PolicyError(
            "nothing was shared: the owner declared nothing, so that nobody can tell the owner's addresses",
            hint=_DECLARE,
        )
    return owner


def _reviewed(text: str) -> tuple[bytes, str]:
    """Return the secret of the ids, and the digest that was reviewed ("" for none)."""
    if not text:
        return new_secret(), ""
    secret, _, digest = text.strip().partition(":")
    try:
        found = bytes.fromhex(secret)
    except ValueError:
        found = b""
    if len(found) != SECRET_BYTES or len(digest) != hashlib.sha256().digest_size * 2:
        raise UsageError("--as-reviewed is not what a dry run printed", hint="Copy the whole line after `Review:`")
    return found, digest.lower()


def _screened(
    case: CaseFolder, request: ShareRequest, bundle: Bundle, secret: bytes, known: tuple[Owner, LastAnalysis]
) -> bytes:
    """Return the bytes, after reading note and bytes as an adversary would."""
    owner, analysis = known
    allowed = frozenset(item.indicator for item in bundle.items)
    exporter: Exporter = exporters()[request.form]
    ids = Identifiers(secret, bundle.canonical())
    data = exporter.write(bundle, ids.again())
    neutral = exporter.write(blank(bundle), ids.again())
    views = screening.Views(data.decode())
    more = tuple(text for text in (request.consent, request.reason) if text)
    with event_store.connect(case.path) as connection:
        held = [*canaries(case, owner, analysis.exhibits, connection, more)] if request.note else None
        why = screening.refused_note(request.note, held, allowed) if held is not None else ""
        if why:
            hint = "Write it without; what it was is not repeated here"
            raise PolicyError(f"nothing was shared: the note holds {why}", where="--note", hint=hint)
        found = held if held is not None else canaries(case, owner, analysis.exhibits, connection, more)
        why = screening.leaked(data.decode(), neutral.decode(), found, allowed)
        if why or known_ids(connection, views.words()):
            raise PolicyError(
                f"nothing was shared: the finished bundle holds {why or 'an id of the case'}",
                hint="Choose fewer items; if the note is innocent, this is a defect: please report it without the case",
            )
    return data


def _release(
    case: CaseFolder, request: ShareRequest, made: Prepared, key: Path | None, passphrase: str | None
) -> Shared:
    """Seal what leaves into the case, then write it out."""
    sent = encrypt(made.data, made.recipients) if made.recipients else made.data
    digest = hashlib.sha256(sent).hexdigest()
    output = request.output
    if output is None:
        raise UsageError("the file that leaves has to be named", hint="--output FILE")
    subject = _subject(request, made, digest)
    with _sealer(case, key, passphrase) as sealer:
        folder = f"{FOLDER}/{made.sha256[:16]}"
        files = {f"{folder}/bundle{exporters()[made.form].suffix}": made.data}
        files[f"{folder}/processing-note.txt"] = processing_note(made.bundle, subject, request.reason, clock.stamp())
        for name, data in files.items():
            case.write(name, data)
        sealer.record("share.release", subject, sorted(files), reason=request.reason)
    _write_out(output, sent)
    return Shared(prepared=made, dry_run=False, output=output, sent_sha256=digest)


def _subject(request: ShareRequest, made: Prepared, sent: str) -> Mapping[str, Value]:
    return {
        "format": made.form,
        "items": len(made.bundle.items),
        "sha256": made.sha256,
        "sent_sha256": sent,
        "recipients": [one.fingerprint for one in made.recipients],
        "encrypted": bool(made.recipients),
        "consent": request.consent.strip(),
        "tlp": made.bundle.tlp,
        "pap": made.bundle.pap,
        "times": made.bundle.grain,
    }


def _sealer(case: CaseFolder, key: Path | None, passphrase: str | None) -> sealing.Sealer:
    try:
        return sealing.Sealer.reopen(case, sealing.signer(key, passphrase))
    except KeyMaterialError as error:
        hint = "What leaves has to be recorded: use the key that sealed the case (--key FILE). A one-time key is gone"
        raise KeyMaterialError(f"nothing was shared: {error.what}", where=error.where, hint=hint) from error


def _write_out(output: Path, data: bytes) -> None:
    """Write the file that leaves, readable by its owner only and never over something."""
    try:
        handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        hint = "The release is recorded and its bytes are in the case under shared/: share again to another --output"
        raise StorageError(f"cannot write the bundle ({error.strerror})", where=str(output), hint=hint) from error

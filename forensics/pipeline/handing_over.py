"""Handing a case over by files: offer, bundle, comparison, receipt; each side signs its own part.

The giver's log records the offer, with the digest of the encrypted bundle if one was made, and later the receipt,
whatever it says: accepted, partial or refused. Offers and receipts are kept in the case under ``transfers/``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from forensics import chain_of_custody as custody
from forensics.chain_of_custody import bag, durable, people, sshsig, transfer
from forensics.chain_of_custody.canonical import Value
from forensics.chain_of_custody.statement import MAX_FILE
from forensics.chain_of_custody.transfer import Offer, Receipt, Side
from forensics.errors import CaseError, EvidenceError, ForensicsError, StorageError, TamperError, UsageError
from forensics.exchange import hand_over
from forensics.pipeline.by_person import ByPerson, Desk, at_desk, signer_of
from forensics.pipeline.clock import stamp
from forensics.pipeline.examiners import public_key
from forensics.pipeline.share_request import recipients_of

TRANSFERS = "transfers"
SHOWN = 10
LONGEST = 2_000
"""Letters of a receiver, reason or authority in a paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The encrypted file to make beside an offer, and who can open it."""

    path: Path
    recipients: Sequence[str] = ()
    passphrase: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the receiver decides: refuse in any case; accept in part what did not match as a whole."""

    refuse: bool = False
    partial: bool = False


def offer(folder: Path, to: str, out: Path, by: ByPerson, *, to_key: Path | None, bundle: Bundle | None) -> list[str]:
    """Offer a case: verify it, make the bundle, sign the offer, record both."""
    if not to.strip():
        raise UsageError("it is not said to whom", hint="Name the receiver: --to NAME")
    _require_short(to, by)
    _require_new(out)
    receiver_key = public_key(to_key).line if to_key else ""
    with at_desk(folder, by) as desk:
        signer = desk.require_examiner()
        report = custody.verify_case(desk.sealer.case.path)
        head = report.checkpoint
        if head is None or not report.ok:
            raise TamperError("the case does not verify: it is not handed over", where=str(folder), hint="Run verify")
        packed = _packed(desk, bundle) if bundle is not None else None
        made = Offer(
            origin=head.origin,
            size=head.size,
            root=head.root.hex(),
            giver=_side(by, desk.name(), desk.sealer.case.facts.authority),
            receiver=to,
            receiver_key=receiver_key,
            bundle=packed,
            key=signer.key,
        )
        data = transfer.write_offer(made, signer)
        sha256 = custody.describe("x", data).sha256
        name = f"{TRANSFERS}/{sha256[:16]}.offer"
        subject: dict[str, Value] = {"by": desk.name(), "to": to, "offer": sha256, "size": head.size, "root": made.root}
        if receiver_key:
            subject["to_key"] = receiver_key
        if packed is not None and bundle is not None:
            recipients = [one.fingerprint for one in recipients_of(bundle.recipients)]
            subject["bundle"] = {**packed, "recipients": list[Value](recipients or ["passphrase"])}
        try:
            told = desk.record("transfer.offer", subject, {name: data})
        except ForensicsError:
            if bundle is not None:  # nobody offered it
                bundle.path.unlink(missing_ok=True)
            raise
        _write_new(out, data)
    lines = [f"offer:   {out} (SHA-256 {sha256})", f"case:    {made.origin} size {made.size} root {made.root}"]
    if packed is not None and bundle is not None:
        lines.append(f"bundle:  {bundle.path} (SHA-256 {packed['sha256']}, {packed['bytes']} bytes)")
    return [*lines, f"by key:  {signer.key.fingerprint} ({desk.name()}): tell it by another way", *told]


def accept(
    paper: Path, folder: Path, out: Path, by: ByPerson, decision: Decision, *, expect: str = ""
) -> tuple[str, list[str]]:
    """Compare a received case with its offer and sign a receipt; the outcome, and what to tell. Nothing is changed."""
    if not people.NAME.fullmatch(by.name):
        raise UsageError("it is not said who receives", hint="Name yourself: --by NAME (letters, digits, . _ @ -)")
    _require_new(out)
    _require_short("", by)
    if not folder.is_dir():
        raise EvidenceError("no such folder", where=str(folder), hint="Give the case as received: --case DIR")
    offered = _read_offer(paper)
    key = offered.key.fingerprint
    if expect and expect not in {key, offered.key.line}:
        raise TamperError(f"the offer is signed by {key}, not by the key you expect", where=paper.name)
    signer = signer_of(by.sign, by.secret) if by.sign else custody.of_identity(_own(by))
    if offered.receiver_key and offered.receiver_key != signer.key.line:
        raise UsageError("the offer is made to another key than yours", hint="Use the key that you told the giver")
    problems = transfer.compare(folder, offered)
    outcome = "accepted"
    if problems or decision.refuse:
        matched_in_part = decision.partial and not decision.refuse
        outcome = "partial" if matched_in_part else "refused"
    if decision.refuse and not by.why:
        raise UsageError("a refusal needs its reason", hint="Give it: --why '…'")
    receipt = Receipt(
        offer=offered.sha256,
        origin=offered.origin,
        size=offered.size,
        root=offered.root,
        outcome=outcome,
        receiver=_side(by, by.name, ""),
        problems=problems,
        count=len(problems),
        key=signer.key,
    )
    _write_new(out, transfer.write_receipt(receipt, signer))
    told = [f"{one.what}{': ' + one.path if one.path else ''}" for one in problems[:SHOWN]]
    more = [f"and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
    lines = [
        f"offer:   {offered.origin} size {offered.size} root {offered.root}",
        f"giver:   {offered.giver.name}, {key}",
        *told,
        *more,
        f"{outcome}: {out}",
    ]
    return outcome, lines


def receive(folder: Path, paper: Path, by: ByPerson) -> list[str]:
    """Record a receipt in the giver's log, whatever it says; it has to answer an offer of this case."""
    data = _read(paper)
    receipt = transfer.read_receipt(data)
    with at_desk(folder, by) as desk:
        desk.require_examiner()
        name = f"{TRANSFERS}/{receipt.offer[:16]}.offer"
        sealed = desk.sealer.log.files.get(name)
        if sealed is None or sealed.sha256 != receipt.offer:
            raise TamperError(
                "the receipt answers no offer of this case", where=paper.name, hint="Ask which case it is"
            )
        offered = _read_offer(desk.sealer.case.path / name)
        if (receipt.origin, receipt.size, receipt.root) != (offered.origin, offered.size, offered.root):
            raise TamperError("the receipt is about another state of the case than was offered", where=paper.name)
        if offered.receiver_key not in {"", receipt.key.line}:
            raise TamperError("the receipt is signed by another key than the offer names", where=paper.name)
        sha256 = custody.describe("x", data).sha256
        kept = f"{TRANSFERS}/{sha256[:16]}.receipt"
        if kept in desk.sealer.log.files:
            raise CaseError("this receipt is recorded already", where=paper.name)
        subject: dict[str, Value] = {
            "by": desk.name(),
            "offer": receipt.offer,
            "receipt": sha256,
            "outcome": receipt.outcome,
            "problems": receipt.count,
            "receiver": receipt.receiver.name,
            "receiver_key": receipt.key.line,
            "receiver_reason": receipt.receiver.reason,
            "received": receipt.receiver.time,
        }
        told = desk.record("transfer.accept", subject, {kept: data})
        path = desk.sealer.case.path
        failed = [f"{one.what}: {transfer.place_of(path, one) or 'the case as a whole'}" for one in receipt.problems]
    return [
        f"{receipt.outcome} by {receipt.receiver.name}, {receipt.key.fingerprint}, at {receipt.receiver.time}",
        *([f"reason: {receipt.receiver.reason}"] if receipt.receiver.reason else []),
        *failed[:SHOWN],
        *told,
    ]


def unpack(source: Path, target: Path, identity: Path | None, passphrase: str) -> list[str]:
    """Open a bundle into a new folder; the case lies in its ``data``. Nothing is left behind by a failure."""
    _require_new(target)
    identities = hand_over.identities_of(identity) if identity is not None else []
    if not identities and not hand_over.wants_passphrase(source):
        raise UsageError("the bundle is encrypted for a key", hint="Name the file that holds it: --identity FILE")
    try:
        with tempfile.TemporaryDirectory(prefix=".forensics-", dir=target.parent) as name:
            plain, opened = Path(name) / "bag.tar", Path(name) / "bag"
            hand_over.decrypt_to(source, plain, identities, passphrase)
            opened.mkdir()
            with plain.open("rb") as stream:
                count = bag.read_bag(stream, opened)
            opened.rename(target)
            durable.sync_tree(target)
    except OSError as error:
        raise StorageError(f"the bundle cannot be unpacked ({error.strerror})", where=str(target)) from error
    return [
        f"unpacked: {count} files; the case is {target / 'data'}",
        "next: forensics custody accept OFFER --case DIR",
    ]


def _packed(desk: Desk, bundle: Bundle) -> dict[str, Value]:
    """Write the encrypted bundle of the case as it stands; its name, size and digest."""
    recipients = recipients_of(bundle.recipients)
    if bool(recipients) == bool(bundle.passphrase):
        raise UsageError("a bundle is made for recipients, or for a passphrase", hint="--recipient age1…, or neither")
    case, log = desk.sealer.case, desk.sealer.log
    files = {**log.files, **{name: custody.measure(case.path, name) for name in ("custody.jsonl", "checkpoint")}}
    info = {
        "External-Identifier": log.origin,
        "Internal-Sender-Description": "A sealed case. Check it: sh data/verify/verify.sh",
    }
    write = partial(_write_bag, case.path, files, info)
    size, sha256 = hand_over.encrypt_for(write, bundle.path, recipients, bundle.passphrase)
    return {"name": bundle.path.name, "bytes": size, "sha256": sha256}


def _write_bag(path: Path, files: dict[str, custody.Output], info: dict[str, str], stream: BinaryIO) -> None:
    bag.write_bag(path, files, info, stream)


def _own(by: ByPerson) -> custody.Identity:
    from forensics.pipeline import sealing

    held = sealing.signer(by.key, by.passphrase)
    if held.one_time:
        raise UsageError("a receipt is signed with a key that you keep", hint="Make one: forensics keys new")
    return held.identity


def _side(by: ByPerson, name: str, authority: str) -> Side:
    return Side(name=name, time=stamp(), reason=by.why, authority=by.authority or authority)


def _read_offer(path: Path) -> Offer:
    data = _read(path)
    try:
        return transfer.read_offer(data)
    except TamperError as error:
        raise TamperError(error.what, where=path.name, hint=f"Ask for the {sshsig.OFFER} once more") from error


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE + 1)
    except OSError as error:
        raise EvidenceError(f"the file cannot be read ({error.strerror})", where=str(path)) from error


def _require_short(to: str, by: ByPerson) -> None:
    if any(len(text) > LONGEST for text in (to, by.why, by.authority)):
        raise UsageError(
            f"a text is longer than {LONGEST} letters", hint="Put it into a file of the case, and say where"
        )


def _require_new(path: Path) -> None:
    if path.exists():
        raise UsageError("there is already something of this name", hint=f"Choose another: {path.name}")


def _write_new(path: Path, data: bytes) -> None:
    try:
        with path.open("xb") as file:
            file.write(data)
    except OSError as error:
        raise StorageError(f"the file cannot be written ({error.strerror})", where=str(path)) from error

"""Handing a case over: the giver's signed offer, the receiver's comparison and signed receipt.

A hand-over is complete only with the receiver's own signature over what was received: that tells "never provided" from
"accepted, then lost". Both papers name the case by origin, number of records and Merkle root. Through the log these
commit to every file, but tell nobody anything who does not hold the case: neither paper holds a name or a digest of
evidence. A receipt names what did not match by record and entry.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics.chain_of_custody import acts, durable, reading, ssh_keys, sshsig, statement
from forensics.chain_of_custody.folder import open_plain
from forensics.chain_of_custody.history import LOG_NAME, History
from forensics.chain_of_custody.people import NAME
from forensics.chain_of_custody.verify import Expected, verify_case
from forensics.errors import TamperError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from forensics.chain_of_custody.acts import Output
    from forensics.chain_of_custody.canonical import Value
    from forensics.chain_of_custody.people import Signer
    from forensics.chain_of_custody.ssh_keys import PersonKey

OUTCOMES = ("accepted", "partial", "refused")
LISTED = 10_000
"""Problems listed in a receipt; the rest is counted."""

_ROOT = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a hand-over: who, when (UTC), why, under which authority."""

    name: str
    time: str
    reason: str = ""
    authority: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A case as it is offered: its head, to whom, in which (encrypted) bundle if any; ``key`` is the giver's."""

    origin: str
    size: int
    root: str
    giver: Side
    receiver: str
    receiver_key: str = ""
    bundle: Mapping[str, Value] | None = None
    key: PersonKey
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What did not match. ``record`` and ``entry`` say which ``out`` entry is meant (-1: none); ``path`` is not written."""

    what: str
    record: int = -1
    entry: int = -1
    path: str = ""

    def as_line(self) -> dict[str, Value]:
        """Return the line of a receipt."""
        return {"entry": self.entry, "record": self.record, "what": self.what}


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the receiver says: about which offer, with which outcome, and what did not match."""

    offer: str
    origin: str
    size: int
    root: str
    outcome: str
    receiver: Side
    problems: Sequence[Problem]
    count: int
    key: PersonKey


def write_offer(offer: Offer, signer: Signer) -> bytes:
    """Return the offer as a file, signed by the giver."""
    head: dict[str, Value] = {
        "origin": offer.origin,
        "size": offer.size,
        "root": offer.root,
        "to": offer.receiver,
        **_side(offer.giver),
    }
    if offer.receiver_key:
        head["to_key"] = offer.receiver_key
    if offer.bundle is not None:
        head["bundle"] = dict(offer.bundle)
    return statement.write(sshsig.OFFER, head, (), signer)


def read_offer(data: bytes) -> Offer:
    """Undo ``write_offer``; the signature is checked, whose it is has to be decided by the caller."""
    paper = statement.read(data, sshsig.OFFER)
    bundle = paper.head.get("bundle")
    if paper.entries or not isinstance(bundle, dict | None):
        raise _malformed(sshsig.OFFER)
    origin, size, root = _case(paper)
    receiver_key = _text(paper.head, "to_key")
    if receiver_key:
        ssh_keys.parse_line(receiver_key)
    return Offer(
        origin=origin,
        size=size,
        root=root,
        giver=_read_side(paper),
        receiver=_text(paper.head, "to"),
        receiver_key=receiver_key,
        bundle=bundle,
        key=paper.key,
        sha256=hashlib.sha256(data).hexdigest(),
    )


def write_receipt(receipt: Receipt, signer: Signer) -> bytes:
    """Return the receipt as a file, signed by the receiver."""
    head: dict[str, Value] = {
        "offer": receipt.offer,
        "origin": receipt.origin,
        "size": receipt.size,
        "root": receipt.root,
        "outcome": receipt.outcome,
        "problems": receipt.count,
        **_side(receipt.receiver),
    }
    lines = [problem.as_line() for problem in receipt.problems[:LISTED]]
    return statement.write(sshsig.RECEIPT, head, lines, signer)


def read_receipt(data: bytes) -> Receipt:
    """Undo ``write_receipt``."""
    paper = statement.read(data, sshsig.RECEIPT)
    origin, size, root = _case(paper)
    outcome, count = _text(paper.head, "outcome"), paper.head.get("problems")
    problems = tuple(_problem(entry) for entry in paper.entries)
    if outcome not in OUTCOMES or not isinstance(count, int) or min(count, LISTED) != len(problems):
        raise _malformed(sshsig.RECEIPT)
    if (outcome == "partial" and not count) or (outcome == "accepted" and count):
        message = f"the receipt says {outcome}, but lists {count} problems"
        raise TamperError(message)
    return Receipt(
        offer=_text(paper.head, "offer"),
        origin=origin,
        size=size,
        root=root,
        outcome=outcome,
        receiver=_read_side(paper),
        problems=problems,
        count=count,
        key=paper.key,
    )


def compare(folder: Path, offer: Offer) -> list[Problem]:
    """Hash every file of the received case and compare with the offer; what did not match, nothing if all did."""
    report = verify_case(folder, Expected(size=offer.size, root=offer.root))
    history, places = _told(folder)
    found: list[Problem] = []
    giver = history.people.keys.get(offer.key.fingerprint)
    if giver is None or giver.name != offer.giver.name or history.origin != offer.origin:
        found.append(Problem(what="the offer is not by an examiner of this case"))
    if report.ok:
        return found
    found += [Problem(what=f"step {step.n} fails: {step.title}") for step in report.steps if not step.ok]
    return [*found, *_files(folder, history.files, places)]


def place_of(folder: Path, problem: Problem) -> str:
    """Return the path that a receipt means by record and entry, from the log of the giver; empty if there is none."""
    if problem.record < 0:
        return ""
    for record in reading.read_records(folder):
        if record.seq == problem.record:
            return record.act.out[problem.entry].path if 0 <= problem.entry < len(record.act.out) else ""
    return ""


def _told(folder: Path) -> tuple[History, dict[str, tuple[int, int]]]:
    """Read the log as far as it can be read: what it says, and where each file is named last."""
    history, places = History(), dict[str, tuple[int, int]]()
    try:
        with open_plain(folder, LOG_NAME) as file:
            for line in reading.lines(file):
                record = acts.decode_record(line)
                history.check_rules(record)
                history.apply(record, line)
                history.apply_keys(record)
                places |= {output.path: (record.seq, entry) for entry, output in enumerate(record.act.out)}
    except (OSError, TamperError):
        return history, places  # which step fails is told by the verification
    return history, places


def _files(folder: Path, files: Mapping[str, Output], places: Mapping[str, tuple[int, int]]) -> Iterator[Problem]:
    for path, sealed in sorted(files.items()):
        record, entry = places[path]
        try:
            with open_plain(folder, path) as file:
                same = durable.digest_stream(file) == (sealed.bytes, sealed.sha256)
            what = "" if same else "changed"
        except FileNotFoundError:
            what = "missing"
        except OSError:
            what = "unreadable"
        if what:
            yield Problem(what=what, record=record, entry=entry, path=path)


def _side(side: Side) -> dict[str, Value]:
    texts = {"by": side.name, "time": side.time, "reason": side.reason, "authority": side.authority}
    return {name: value for name, value in texts.items() if value}


def _read_side(paper: statement.Statement) -> Side:
    texts = {name: _text(paper.head, name) for name in ("by", "time", "reason", "authority")}
    if not NAME.fullmatch(texts["by"]) or not acts.is_time(texts["time"]):
        raise _malformed(str(paper.head["kind"]))
    return Side(name=texts["by"], time=texts["time"], reason=texts["reason"], authority=texts["authority"])


def _case(paper: statement.Statement) -> tuple[str, int, str]:
    size, root = paper.head.get("size"), _text(paper.head, "root")
    if isinstance(size, bool) or not isinstance(size, int) or size < 1 or len(root) != _ROOT:
        raise _malformed(str(paper.head["kind"]))
    return _text(paper.head, "origin"), size, root


def _problem(entry: Mapping[str, Value]) -> Problem:
    record, place, what = entry.get("record"), entry.get("entry"), entry.get("what")
    if not (isinstance(record, int) and isinstance(place, int) and isinstance(what, str)):
        raise _malformed(sshsig.RECEIPT)
    return Problem(what=what, record=record, entry=place)


def _text(head: Mapping[str, Value], name: str) -> str:
    value = head.get(name, "")
    if not isinstance(value, str):
        raise _malformed(str(head["kind"]))
    return value


def _malformed(kind: str) -> TamperError:
    return TamperError(f"the {kind} is malformed")
